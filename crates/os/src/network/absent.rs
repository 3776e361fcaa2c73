//! Nobody tells.

use outlast_model::machine::Network;
use tokio::sync::mpsc::UnboundedSender;

pub(super) const IS_TOLD: bool = false;

#[derive(Debug)]
pub(super) enum Source {}

impl Source {
    pub(super) const fn open(_told: &UnboundedSender<Network>) -> Option<Self> {
        None
    }
}

pub(super) const fn current() -> Option<Network> {
    None
}
