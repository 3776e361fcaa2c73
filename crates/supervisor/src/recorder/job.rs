//! What the disk thread is given to do.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use outlast_model::record::Stream;
use outlast_model::service::Capture;
use outlast_model::{InstanceId, RealTime, Record, ServiceName};
use outlast_os::pipe::Carrier;

use super::pool::Pool;

/// Something to do with the disk.
pub(crate) enum Job {
    /// Append this to the events.
    Append(Record),
    /// The same, and say when it is done.
    AppendAcknowledged(Record, Acknowledgement),
    /// Fill in the last lines that the instance printed, then append.
    Death(Record, Acknowledgement),
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
    /// How many bytes of the service could not be kept.
    pub(crate) dropped: Arc<AtomicU64>,
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
