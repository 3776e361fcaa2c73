//! The line by which an instance is ready, as far as the capture has to do with
//! it: while it is awaited, output is looked at on its way.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use outlast_config::LinePattern;
use outlast_model::Event;
use outlast_os::pipe::{Carrier, Moved, PipeSource};
use tokio::sync::mpsc::UnboundedSender;

use crate::ready_line::LineSearch;
use crate::wake::Wake;

/// How much is looked at at once.
const CHUNK: usize = 16 * 1024;

/// The line that an instance is to print, on whichever stream.
pub(crate) struct AwaitedLine {
    pattern: LinePattern,
    /// What is told when it has.
    printed: Event,
    wakes: UnboundedSender<Wake>,
    /// Nobody looks for it any more.
    is_over: AtomicBool,
}

impl AwaitedLine {
    /// When a line with `pattern` is printed, `printed` is told, once.
    pub(crate) const fn new(
        pattern: LinePattern,
        printed: Event,
        wakes: UnboundedSender<Wake>,
    ) -> Self {
        Self {
            pattern,
            printed,
            wakes,
            is_over: AtomicBool::new(false),
        }
    }
}

/// Looks for the line in one stream.
pub(super) struct Lookout {
    awaited: Arc<AwaitedLine>,
    search: Mutex<LineSearch>,
}

impl Lookout {
    pub(super) fn new(awaited: &Arc<AwaitedLine>) -> Self {
        Self {
            search: Mutex::new(LineSearch::new(awaited.pattern.clone())),
            awaited: Arc::clone(awaited),
        }
    }

    /// Whether it still looks.
    pub(super) fn is_on(&self) -> bool {
        !self.awaited.is_over.load(Ordering::Relaxed)
    }

    /// As [`PipeSource::lift`], by way of this process.
    pub(super) fn lift(&self, source: &PipeSource, carrier: &mut Carrier) -> io::Result<Moved> {
        let mut bytes = [0; CHUNK];
        let moved = source.read(&mut bytes)?;
        if let Moved::Bytes(count) = moved {
            self.look_at(&bytes[..count]);
            carrier.put(&bytes[..count])?;
        }
        Ok(moved)
    }

    pub(super) fn look_at(&self, bytes: &[u8]) {
        let mut search = self.search.lock().unwrap_or_else(PoisonError::into_inner);
        if search.take(bytes) && !self.awaited.is_over.swap(true, Ordering::Relaxed) {
            // The dispatcher is gone only when the guardian has ended.
            let _ = self
                .awaited
                .wakes
                .send(Wake::Happened(self.awaited.printed.clone()));
        }
    }
}
