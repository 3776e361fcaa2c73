//! Tells people what happens, without ever holding up the supervisor.
//!
//! A terminal that was paused with Ctrl-S, or a pipe that nobody reads, blocks
//! whoever writes to it. So a thread of its own does the telling, and what does
//! not fit into its queue is not told: it is in the events journal all the same.
//! The thread begins with the first thing there is to tell.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use outlast_model::Record;

use crate::fault;
use crate::guardian::Narration;

/// How many things may wait for a slow terminal.
const QUEUE: usize = 256;

/// The way to the narrating thread. Clones lead to the same.
#[derive(Clone)]
pub(crate) struct Narrator(Arc<Inner>);

struct Inner {
    /// Which events are told; `None`: troubles only.
    is_told: Option<fn(&Record) -> bool>,
    /// Taken by the thread when it begins.
    narration: Mutex<Option<Narration>>,
    /// `None` when there is no thread to be had: silence is the smaller harm.
    queue: OnceLock<Option<SyncSender<Told>>>,
}

enum Told {
    Record(Box<Record>),
    Complaint(String),
}

impl Narrator {
    /// A narrator that tells by these means.
    pub(crate) fn new(narration: Narration) -> Self {
        Self(Arc::new(Inner {
            is_told: narration.record.is_some().then_some(narration.is_told),
            narration: Mutex::new(Some(narration)),
            queue: OnceLock::new(),
        }))
    }

    /// Tells an event, or does not when the terminal is too slow.
    pub(crate) fn tell(&self, record: &Record) {
        if self.0.is_told.is_some_and(|is_told| is_told(record)) {
            self.send(Told::Record(Box::new(record.clone())));
        }
    }

    /// Tells a trouble of the guardian itself.
    pub(crate) fn complain(&self, complaint: String) {
        self.send(Told::Complaint(complaint));
    }

    fn send(&self, told: Told) {
        if let Some(queue) = self.0.queue.get_or_init(|| self.0.start()) {
            let _ = queue.try_send(told);
        }
    }
}

impl Inner {
    fn start(&self) -> Option<SyncSender<Told>> {
        let mut narration = self
            .narration
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()?;
        let (queue, incoming) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("narrator".to_owned())
            .spawn(move || {
                for told in incoming {
                    fault::contained("telling what happens", || narrate(&mut narration, told));
                }
            });
        thread.is_ok().then_some(queue)
    }
}

fn narrate(narration: &mut Narration, told: Told) {
    match told {
        Told::Record(record) => {
            if let Some(tell) = &mut narration.record {
                tell(&record);
            }
        }
        Told::Complaint(complaint) => (narration.complaint)(&complaint),
    }
}
