//! One instance: who owns its process, and who waits for its end.

use outlast_model::event::Tree as Remains;
use outlast_model::exit::Usage;
use outlast_model::limits::Reached;
use outlast_model::{Event, Exit, InstanceId, ServiceName};
use outlast_os::tree::{Process, ProcessHandle, Tree};
use tokio::sync::mpsc::UnboundedSender;

use crate::notices::Listening;
use crate::samples::Looking;
use crate::wake::{Admitted, Wake};

/// What the dispatcher holds of a service, beside what the engine knows.
#[derive(Debug)]
pub(crate) struct Slot {
    /// The service's process tree; it outlives the instances.
    pub(crate) tree: Tree,
    /// The tree of the commands that ask about it, from the first question on.
    pub(crate) probes: Option<Tree>,
    /// Whether it is being looked at.
    pub(crate) looking: Looking,
    /// The instance that runs now.
    pub(crate) live: Option<Live>,
}

/// The instance that runs now.
#[derive(Debug)]
pub(crate) struct Live {
    /// Which one.
    pub(crate) instance: InstanceId,
    /// Its main process, for asking it to end.
    pub(crate) process: ProcessHandle,
    /// Hears what it tells of itself, if it may.
    pub(crate) _listening: Option<Listening>,
}

/// What belongs to an instance until the last process of its tree has ended.
#[derive(Debug)]
pub(crate) struct Owned {
    /// Its main process.
    pub(crate) process: Process,
    /// Its service's process tree.
    pub(crate) tree: Tree,
    /// The account that it runs under, and what that may, if it is its own; its
    /// secrets.
    pub(crate) admitted: Option<Admitted>,
}

/// Begins to wait for the end of the process and then of its tree. Exactly one
/// `Exited` is told, followed by one `TreeEmptied` when it was populated. After
/// that the logon is ended, the right to use a channel, and the files with secrets.
pub(crate) fn watch(
    service: ServiceName,
    instance: InstanceId,
    owned: Owned,
    wakes: UnboundedSender<Wake>,
) {
    let Owned {
        process,
        tree,
        admitted,
    } = owned;
    let mut duty = DutyToTell {
        service,
        instance,
        wakes,
        told: false,
    };
    tokio::spawn(async move {
        let (exit, usage) = process.exited().await;
        let reached = tree.reached();
        // An error here means that nobody knows; waiting for the end of the
        // tree finds out, and a kill comes in time if it does not end.
        let remains = match tree.is_empty() {
            Ok(true) => Remains::Empty,
            Ok(false) | Err(_) => Remains::Populated,
        };
        duty.tell_exit(Ended {
            exit,
            usage,
            reached,
            remains,
        });
        if remains == Remains::Populated && tree.emptied().await.is_ok() {
            duty.tell_emptied();
        }
        if let Some(admitted) = admitted {
            end(admitted).await;
        }
    });
}

async fn end(admitted: Admitted) {
    let Admitted {
        logon,
        admission,
        secrets,
    } = admitted;
    if admission.is_some() || secrets.is_some() {
        // The file system may block.
        tokio::task::spawn_blocking(move || drop((admission, secrets)));
    }
    if let Some(logon) = logon {
        logon.end().await;
    }
}

/// The duty to tell the end of an instance. When the task that has it panics,
/// the end is told all the same, as one that nobody can describe: better than
/// an instance that is believed to live for ever.
struct DutyToTell {
    service: ServiceName,
    instance: InstanceId,
    wakes: UnboundedSender<Wake>,
    told: bool,
}

/// What there is to tell.
struct Ended {
    exit: Exit,
    usage: Option<Usage>,
    reached: Vec<Reached>,
    remains: Remains,
}

impl DutyToTell {
    fn tell_exit(&mut self, ended: Ended) {
        let Ended {
            exit,
            usage,
            reached,
            remains: tree,
        } = ended;
        self.told = true;
        self.send(Event::Exited {
            service: self.service.clone(),
            instance: self.instance,
            exit,
            usage,
            reached,
            tree,
        });
    }

    fn tell_emptied(&self) {
        self.send(Event::TreeEmptied {
            service: self.service.clone(),
            instance: self.instance,
        });
    }

    fn send(&self, event: Event) {
        // The dispatcher is gone only when the guardian has ended.
        let _ = self.wakes.send(Wake::Happened(event));
    }
}

impl Drop for DutyToTell {
    fn drop(&mut self) {
        if !self.told {
            self.tell_exit(Ended {
                exit: Exit::Unknown,
                usage: None,
                reached: Vec::new(),
                remains: Remains::Populated,
            });
        }
    }
}
