//! Nobody tells.

use outlast_model::MachineEvent;
use tokio::sync::mpsc::UnboundedSender;

#[derive(Debug)]
pub(super) enum Source {}

impl Source {
    pub(super) const fn open(_told: &UnboundedSender<MachineEvent>) -> Option<Self> {
        None
    }

    pub(super) fn allow(&self, _announcement: u64) {
        match *self {}
    }
}
