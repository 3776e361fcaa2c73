//! A channel of a test's own.

use std::ffi::OsStr;

use outlast_model::ServiceName;
use outlast_os::account::Account;
use outlast_os::channel::Channel;

pub(crate) struct Made {
    pub(crate) channel: Channel,
    _state: tempfile::TempDir,
}

impl Made {
    /// `account` is the core's.
    pub(crate) fn new(account: Option<&Account>) -> Self {
        let state = tempfile::tempdir().expect("a temporary folder");
        let core = ServiceName::new("core").expect("valid");
        Self {
            channel: Channel::make(state.path(), &core, account).expect("made"),
            _state: state,
        }
    }

    pub(crate) fn address(&self) -> &OsStr {
        self.channel.address()
    }
}

/// It leaves nothing behind, whatever becomes of the test.
impl Drop for Made {
    fn drop(&mut self) {
        let _ = self.channel.remove();
    }
}

pub(crate) fn own() -> Account {
    Account::current().expect("whoever runs tests has an account")
}
