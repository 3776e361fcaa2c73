//! What the disk thread is given to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use outlast_model::record::Stream;
use outlast_model::service::Capture;
use outlast_model::{InstanceId, RealTime, Record, ServiceName};
use outlast_os::pipe::Carrier;
use tokio::sync::mpsc::UnboundedSender;

use super::pool::Pool;
use crate::diagnosis::Incident;

/// Something to do with the disk.
pub(crate) enum Job {
    /// Append this to the events.
    Append(Record),
    /// The same, and say when it is done.
    AppendAcknowledged(Record, Acknowledgement),
    /// A death of this service is on its way: what is told of it meanwhile comes
    /// after that.
    DeathComes(ServiceName),
    /// Fill in the last lines that the instance printed, then append.
    Death(Record, Acknowledgement),
    /// Have this diagnosed, once its end is on record.
    Diagnose(Incident, UnboundedSender<Incident>),
    /// Append what was not counted as waiting: a record of the recorder's own.
    Note(Record),
    /// Add output to its segment.
    Deliver(Delivery),
    /// Close the segments of this service.
    Forget(ServiceName),
    /// Write what is left, say so, and end.
    Finish(Acknowledgement),
}

/// Output on its way to its segment.
pub(crate) struct Delivery {
    /// Where it comes from.
    pub(crate) origin: Arc<Origin>,
    /// When it was taken out of the pipe.
    pub(crate) at: RealTime,
    /// The bytes.
    pub(crate) carrier: Carrier,
    /// Where the empty carrier belongs.
    pub(crate) pool: Arc<Pool>,
}

/// Where output comes from.
pub(crate) struct Origin {
    /// Which service.
    pub(crate) service: ServiceName,
    /// Which instance.
    pub(crate) instance: InstanceId,
    /// Which of its streams.
    pub(crate) stream: Stream,
    /// How it is kept.
    pub(crate) policy: Capture,
    /// What could not be kept of the service.
    pub(crate) losses: Arc<Losses>,
}

/// The output of one service, all of its instances: what could not be kept of it,
/// and how much there was.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    printed: AtomicU64,
    total: AtomicU64,
    /// Since output was last kept.
    untold: AtomicU64,
}

impl Losses {
    /// How many bytes were printed in all.
    pub(crate) fn printed(&self) -> u64 {
        self.printed.load(Ordering::Relaxed)
    }

    /// Counts bytes that were printed, kept or not.
    pub(crate) fn count_printed(&self, bytes: usize) {
        self.printed.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// How many bytes there are in all.
    pub(crate) fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// Counts bytes whose loss is told by somebody else.
    pub(crate) fn count(&self, bytes: u64) {
        self.total.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts bytes; true when they are the first since output was kept.
    pub(crate) fn begin(&self, bytes: u64) -> bool {
        self.count(bytes);
        self.untold.fetch_add(bytes, Ordering::Relaxed) == 0
    }

    /// Output is kept again: how many bytes are missing before it.
    pub(crate) fn end(&self) -> u64 {
        self.untold.swap(0, Ordering::Relaxed)
    }
}

/// Says that something is done, once; also when it is dropped, because then
/// nobody will do it any more.
pub(crate) struct Acknowledgement(SyncSender<()>);

/// Waits for an [`Acknowledgement`].
pub(crate) struct Done(Receiver<()>);

impl Acknowledgement {
    pub(crate) fn new() -> (Self, Done) {
        let (sender, receiver) = sync_channel(1);
        (Self(sender), Done(receiver))
    }

    pub(crate) fn give(self) {
        // Whoever waited may have lost patience.
        let _ = self.0.try_send(());
    }
}

impl Done {
    /// Blocks until it is done, for `patience` at the most.
    pub(crate) fn wait(&self, patience: Duration) -> Result<(), OutOfPatience> {
        match self.0.recv_timeout(patience) {
            Ok(()) | Err(RecvTimeoutError::Disconnected) => Ok(()),
            Err(RecvTimeoutError::Timeout) => Err(OutOfPatience),
        }
    }
}

/// It was not done in time.
pub(crate) struct OutOfPatience;
