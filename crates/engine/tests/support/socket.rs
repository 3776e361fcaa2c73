//! At what others find a service.

use outlast_model::socket::{Address, Socket};

/// A plain one.
pub(crate) fn socket() -> Socket {
    Socket {
        name: "main".to_owned(),
        address: Address::Tcp("127.0.0.1:80".parse().expect("an address")),
        backlog: None,
        reuse_port: false,
    }
}
