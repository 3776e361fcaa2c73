//! Nobody tells.

use tokio::sync::mpsc::UnboundedSender;

use super::News;

#[derive(Debug)]
pub(super) enum Source {}

impl Source {
    pub(super) const fn open(_told: &UnboundedSender<News>) -> Option<Self> {
        None
    }

    pub(super) fn allow(&self, _announcement: u64) {
        match *self {}
    }
}
