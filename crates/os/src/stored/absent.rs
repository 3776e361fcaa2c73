//! Nothing is kept.

use super::Watch;
use crate::notify_socket::SystemPassed;
use crate::process::Handed;

#[derive(Clone, Debug)]
pub(super) enum Stored {}

impl Stored {
    pub(super) fn from_message(_passed: SystemPassed, _watch: Watch) -> Vec<Self> {
        Vec::new()
    }

    pub(super) fn hand(&self) -> Handed<'_> {
        match *self {}
    }

    pub(super) fn is_same(&self, _other: &Self) -> bool {
        match *self {}
    }

    #[expect(clippy::unused_async, reason = "elsewhere it waits")]
    pub(super) async fn hung_up(&self) {
        match *self {}
    }
}
