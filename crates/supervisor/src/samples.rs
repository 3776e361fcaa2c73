//! Looking how much a service has done, so that the engine finds out whether it
//! hangs. That reads files for each process and thread, so a thread of the pool
//! does it; every look gets one answer, also when it panics.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use outlast_model::hang::Sample;
use outlast_model::{Event, InstanceId, ServiceName};
use outlast_os::tree::Tree;
use tokio::sync::mpsc::UnboundedSender;

use crate::wake::Wake;

/// Whether a service is still being looked at. There is never more than one such
/// thread for it, should the system not answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Looking(Arc<AtomicBool>);

/// A look at an instance.
pub(crate) struct Look {
    /// Of which service.
    pub(crate) service: ServiceName,
    /// Which one.
    pub(crate) instance: InstanceId,
    /// The number of the sample.
    pub(crate) number: u32,
    /// Its processes.
    pub(crate) tree: Tree,
    /// What it has printed, if that is seen.
    pub(crate) printed: Option<u64>,
}

/// Looks; the answer comes as [`Event::Sampled`].
pub(crate) fn take(look: Look, looking: &Looking, wakes: UnboundedSender<Wake>) {
    let Look {
        service,
        instance,
        number,
        tree,
        printed,
    } = look;
    let is_busy = looking.0.swap(true, Ordering::Relaxed);
    let duty = Duty {
        answer: Some((service, instance, number)),
        sample: None,
        looking: (!is_busy).then(|| looking.clone()),
        wakes,
    };
    if !is_busy {
        tokio::task::spawn_blocking(move || {
            let mut duty = duty;
            // What the system does not tell is nobody's failure.
            let sample = tree.sample().unwrap_or_default();
            duty.sample = Some(Sample { printed, ..sample });
        });
    }
}

/// The duty to answer; done when it is dropped.
struct Duty {
    answer: Option<(ServiceName, InstanceId, u32)>,
    sample: Option<Sample>,
    looking: Option<Looking>,
    wakes: UnboundedSender<Wake>,
}

impl Drop for Duty {
    fn drop(&mut self) {
        if let Some(looking) = &self.looking {
            looking.0.store(false, Ordering::Relaxed);
        }
        if let Some((service, instance, number)) = self.answer.take() {
            // The dispatcher is gone only when the guardian has ended.
            let _ = self.wakes.send(Wake::Happened(Event::Sampled {
                service,
                instance,
                number,
                sample: self.sample,
            }));
        }
    }
}
