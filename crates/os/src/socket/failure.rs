//! Why a socket could not be opened, in words.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use outlast_model::StartFailure;
use outlast_model::exit::StartStep;
use outlast_model::socket::Address;

use crate::inspection::listeners;

pub(super) fn explain(address: &Address, error: &io::Error) -> StartFailure {
    let why = match address {
        Address::Tcp(at) => of_port(*at, error, || listeners::at(*at)),
        Address::Udp(at) => of_port(*at, error, || None),
        Address::Unix { path, .. } => of_file(path, error),
    };
    StartFailure {
        step: StartStep::Listen,
        subject: PathBuf::from(address.to_string()),
        os_error: error.raw_os_error(),
        message: format!("cannot listen at {address}: {why}"),
    }
}

fn of_port(at: SocketAddr, error: &io::Error, who: impl FnOnce() -> Option<String>) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => match who() {
            Some(who) => format!("{who} does already"),
            None => "somebody does already".to_owned(),
        },
        io::ErrorKind::PermissionDenied if at.port() < 1024 => format!(
            "ports below 1024 are not for everybody; run the guardian as root, give it \
             CAP_NET_BIND_SERVICE, or lower net.ipv4.ip_unprivileged_port_start ({error})"
        ),
        io::ErrorKind::AddrNotAvailable => format!(
            "this machine has no such address now; `network = \"online\"` waits until it has \
             some ({error})"
        ),
        _ => error.to_string(),
    }
}

fn of_file(path: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "somebody does already".to_owned(),
        io::ErrorKind::AlreadyExists => {
            "there is something else at this path, which is left alone".to_owned()
        }
        _ if error.raw_os_error() == Some(libc::ENAMETOOLONG) => format!(
            "the path has {} bytes, which is more than the system allows",
            path.as_os_str().len()
        ),
        io::ErrorKind::PermissionDenied => {
            format!("the guardian may not make a file there ({error})")
        }
        _ => error.to_string(),
    }
}
