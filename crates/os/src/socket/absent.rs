//! Windows hands sockets over in a way of its own, which no server understands.

use std::path::PathBuf;

use outlast_model::StartFailure;
use outlast_model::exit::StartStep;

use crate::account::Account;
use crate::process::Handed;

#[derive(Debug)]
pub(super) enum Socket {}

impl Socket {
    pub(super) fn open(
        definition: &outlast_model::Socket,
        _user: Option<&Account>,
    ) -> Result<Self, StartFailure> {
        let address = &definition.address;
        Err(StartFailure {
            step: StartStep::Listen,
            subject: PathBuf::from(address.to_string()),
            os_error: None,
            message: format!("cannot open {address}: Windows hands no sockets to programs"),
        })
    }

    pub(super) fn hand(&self) -> Handed<'_> {
        match *self {}
    }

    pub(super) fn inode(&self) -> Option<u64> {
        match *self {}
    }
}
