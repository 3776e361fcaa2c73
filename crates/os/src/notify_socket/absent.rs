//! No such sockets.

use std::ffi::OsString;
use std::io;

use super::Received;
use crate::account::Account;

#[derive(Debug)]
pub(super) enum NotifySocket {}

#[derive(Debug)]
pub(super) enum Messages {}

#[derive(Debug)]
pub(crate) enum Passed {}

impl NotifySocket {
    pub(super) fn bind(_sender: Option<&Account>) -> io::Result<Self> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "a service can tell nothing here: there is no notify socket on this system",
        ))
    }

    pub(super) fn name(&self) -> OsString {
        match *self {}
    }

    pub(super) fn listen(self) -> io::Result<Messages> {
        match self {}
    }
}

impl Messages {
    #[expect(clippy::unused_async, reason = "elsewhere it waits")]
    pub(super) async fn next(&mut self) -> io::Result<Received> {
        match *self {}
    }
}

impl Passed {
    pub(super) const fn is_empty(&self) -> bool {
        match *self {}
    }
}
