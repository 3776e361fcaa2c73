//! What a manager tells.

use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Something that the manager tells this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// To end.
    Stop {
        /// Why.
        why: WhyStop,
        /// After how long the manager goes on without this process. `None`: as
        /// long as it is told to wait, or nobody knows.
        time_left: Option<Duration>,
    },
    /// To read its configuration again.
    Reload,
}

/// Why a process is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyStop {
    /// Somebody wants this service stopped.
    Asked,
    /// The machine is about to shut down, and waits for this service before it
    /// stops the others.
    Preshutdown,
    /// The machine shuts down.
    Shutdown,
}

/// What the manager tells, in order. Where a manager tells by signals
/// ([`signals`](crate::signals)), nothing ever comes.
#[derive(Debug)]
pub struct Notices {
    incoming: UnboundedReceiver<Notice>,
    /// So that a wait without a manager does not end.
    _open: UnboundedSender<Notice>,
}

pub(super) fn channel() -> (Notices, UnboundedSender<Notice>) {
    let (sender, incoming) = unbounded_channel();
    let notices = Notices {
        incoming,
        _open: sender.clone(),
    };
    (notices, sender)
}

impl Notices {
    /// The next one. Cancel-safe; needs no particular runtime.
    pub async fn next(&mut self) -> Notice {
        match self.incoming.recv().await {
            Some(notice) => notice,
            // The sender in `self` keeps the channel open.
            None => std::future::pending().await,
        }
    }

    /// The next one; blocks the calling thread until it comes.
    ///
    /// # Panics
    /// Within an asynchronous task of tokio.
    pub fn wait(&mut self) -> Notice {
        self.incoming
            .blocking_recv()
            .expect("the sender in `self` keeps the channel open")
    }
}
