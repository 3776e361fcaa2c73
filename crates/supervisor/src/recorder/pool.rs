//! The carriers, of which there are few: whether one is free tells whether the
//! disk keeps up.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use outlast_os::pipe::Carrier;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

/// So that the pipe of one service can be emptied while the output of another
/// is written, and a burst of small outputs does not look like a stall. A
/// carrier is two descriptors and no memory while it is empty.
const CARRIERS: usize = 8;

/// Empty carriers, handed out by the capture thread and given back by the disk
/// thread.
pub(crate) struct Pool {
    /// Held by who waits next, so that waiting is first come, first served.
    empty: Mutex<UnboundedReceiver<Carrier>>,
    way_back: UnboundedSender<Carrier>,
    made: AtomicUsize,
    /// No carrier came back in time, and none has come back since.
    stalled: AtomicBool,
}

impl Pool {
    pub(crate) fn new() -> Self {
        let (way_back, empty) = unbounded_channel();
        Self {
            empty: Mutex::new(empty),
            way_back,
            made: AtomicUsize::new(0),
            stalled: AtomicBool::new(false),
        }
    }

    /// An empty carrier, or `None` when the disk has not given one back for
    /// `patience`, and from then on at once until it does.
    pub(crate) async fn take(&self, patience: Duration) -> Option<Carrier> {
        let mut empty = match self.empty.try_lock() {
            Ok(empty) => empty,
            Err(_) if self.stalled.load(Ordering::Relaxed) => return None,
            Err(_) => timeout(patience, self.empty.lock()).await.ok()?,
        };
        if let Some(carrier) = empty.try_recv().ok().or_else(|| self.make()) {
            self.stalled.store(false, Ordering::Relaxed);
            return Some(carrier);
        }
        if self.stalled.load(Ordering::Relaxed) {
            return None;
        }
        // The way back is never closed: this pool holds one end itself.
        let returned = timeout(patience, empty.recv()).await.ok().flatten();
        self.stalled.store(returned.is_none(), Ordering::Relaxed);
        returned
    }

    /// Gives an empty carrier back.
    pub(crate) fn give_back(&self, carrier: Carrier) {
        // The receiving end lives as long as the pool.
        let _ = self.way_back.send(carrier);
    }

    fn make(&self) -> Option<Carrier> {
        if self.made.load(Ordering::Relaxed) >= CARRIERS {
            return None;
        }
        let carrier = Carrier::new().ok()?;
        self.made.fetch_add(1, Ordering::Relaxed);
        Some(carrier)
    }
}
