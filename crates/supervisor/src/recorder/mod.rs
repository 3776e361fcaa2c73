//! Where records and output go, without ever holding up supervision.
//!
//! ```text
//!  dispatcher ──records──────────────────────────────┐
//!      │                                             ▼
//!      └──deaths, new output──▶ capture ──carriers──▶ disk ──▶ events, segments
//!                                 ▲                   │
//!                                 └──empty carriers───┘
//! ```
//!
//! The disk thread is the only one that may be blocked by a disk. There are few
//! carriers: when the disk does not answer, none comes back, and the capture
//! thread drops output instead of letting a service wait for longer than its
//! bound. Nobody waits for the disk thread, with one exception: a restart waits
//! until the death before it is on record, for [`DEATH_PATIENCE`] at the most
//! and once per stall.

mod awaited_line;
mod behind;
mod capture;
mod disk;
mod event_store;
mod job;
mod log_store;
mod pool;
mod salvage;

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use outlast_api::v1::JournalStatus;
use outlast_model::record::{Death, Entry, ServiceEntry};
use outlast_model::service::Capture;
use outlast_model::{InstanceId, Record, ServiceName};
use outlast_os::pipe::PipeReader;
use tokio::sync::mpsc::UnboundedSender;

pub(crate) use self::awaited_line::AwaitedLine;
use self::capture::CaptureThread;
use self::job::{Acknowledgement, Done, Job, Losses};
use crate::diagnosis::Incident;
use crate::narrator::Narrator;

/// How long a restart waits for the death before it to be on record when the
/// disk does not answer. After that it is recorded when the disk answers again.
const DEATH_PATIENCE: Duration = Duration::from_millis(100);

/// How long the end of the guardian waits for the disk to take what is left.
const END_PATIENCE: Duration = Duration::from_secs(5);

/// How many records may wait for a disk that does not answer; what comes beyond
/// that is counted instead of kept. About 10 MiB.
const MAX_WAITING: u64 = 10_000;

/// The way to the recorder's threads.
pub(crate) struct Recorder {
    disk: Sender<Job>,
    disk_thread: JoinHandle<()>,
    capture: Option<CaptureThread>,
    health: Arc<Health>,
    captured: HashMap<ServiceName, Kept>,
    /// Deaths that may not be on record yet.
    deaths: Vec<Done>,
    /// Whether the last death was not on record in time.
    stalled: bool,
}

/// What is remembered of a service whose output is kept.
struct Kept {
    /// The instance that printed last.
    instance: InstanceId,
    /// What could not be kept.
    losses: Arc<Losses>,
}

/// The output of a new instance.
pub(crate) struct Output {
    /// Of which service.
    pub(crate) service: ServiceName,
    /// Of which instance.
    pub(crate) instance: InstanceId,
    /// How it is kept.
    pub(crate) policy: Capture,
    /// Standard output and standard error.
    pub(crate) pipes: [PipeReader; 2],
    /// The line by which it is ready, if it is so by one.
    pub(crate) awaited: Option<AwaitedLine>,
}

/// What the disk thread tells about itself.
#[derive(Debug, Default)]
pub(crate) struct Health {
    /// How many records were handed over and are not dealt with.
    waiting: AtomicU64,
    /// How many records could not be kept.
    lost: AtomicU64,
    /// Why records cannot be kept now.
    degraded: Mutex<Option<String>>,
}

impl Recorder {
    /// Starts recording below `state_dir`, and says which number the next
    /// instance has. A directory that cannot be used is no error: what cannot be
    /// kept is counted until it can be.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub(crate) fn start(state_dir: &Path, narrator: Narrator) -> io::Result<(Self, InstanceId)> {
        let (disk, jobs) = channel();
        let health = Arc::new(Health::default());
        let (disk_thread, next_instance) =
            disk::start(state_dir, jobs, (Arc::clone(&health), narrator))?;
        let recorder = Self {
            disk,
            disk_thread,
            capture: None,
            health,
            captured: HashMap::new(),
            deaths: Vec::new(),
            stalled: false,
        };
        Ok((recorder, next_instance))
    }

    /// Puts `record` on record, soon.
    pub(crate) fn record(&self, record: Record) {
        if self.health.waiting.load(Ordering::Relaxed) >= MAX_WAITING {
            self.health.lost.fetch_add(1, Ordering::Relaxed);
        } else {
            self.hand_over(Job::Append(self.counted(record)));
        }
    }

    /// Puts the record of a death on record, with the last lines that the
    /// instance printed. Before an instance is started,
    /// [`Recorder::await_deaths`] has to be called.
    pub(crate) fn record_death(&mut self, record: Record) {
        let Some((service, death)) = death_of(&record) else {
            return self.record(record);
        };
        let (service, instance) = (service.clone(), death.instance);
        let is_behind = self.stalled && self.health.waiting.load(Ordering::Relaxed) > 0;
        let (acknowledgement, done) = Acknowledgement::new();
        let record = self.counted(record);
        let kept = self
            .captured
            .get(&service)
            .is_some_and(|kept| kept.instance == instance);
        match self.capture.as_ref().filter(|_| kept) {
            Some(capture) => {
                self.hand_over(Job::DeathComes(service.clone()));
                capture.record_death((service, instance), Job::Death(record, acknowledgement));
            }
            None => self.hand_over(Job::AppendAcknowledged(record, acknowledgement)),
        }
        self.stalled = is_behind;
        if !is_behind {
            self.deaths.push(done);
        }
    }

    /// Has the end of an instance diagnosed by `whom`, once it is on record.
    pub(crate) fn diagnose(&self, incident: Incident, whom: UnboundedSender<Incident>) {
        self.hand_over(Job::Diagnose(incident, whom));
    }

    /// Returns when every death so far is on record, or has taken too long.
    /// Apart from [`Recorder::record_death`], so that a start is prepared while
    /// the disk thread works.
    pub(crate) fn await_deaths(&mut self) {
        for done in std::mem::take(&mut self.deaths) {
            self.stalled = done
                .wait(if self.stalled {
                    Duration::ZERO
                } else {
                    DEATH_PATIENCE
                })
                .is_err();
        }
    }

    /// Makes ready to keep output. Before this has succeeded no pipe must be
    /// given to a service, for nobody would empty it.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub(crate) fn prepare_capture(&mut self) -> io::Result<()> {
        if self.capture.is_none() {
            self.capture = Some(CaptureThread::start(self.disk.clone())?);
        }
        Ok(())
    }

    /// Begins to keep the output of an instance.
    ///
    /// # Panics
    /// Before [`Recorder::prepare_capture`].
    pub(crate) fn keep(&mut self, output: Output) {
        let capture = self
            .capture
            .as_ref()
            .expect("whoever makes pipes has prepared the capture");
        let kept = self
            .captured
            .entry(output.service.clone())
            .or_insert_with(|| Kept {
                instance: output.instance,
                losses: Arc::default(),
            });
        kept.instance = output.instance;
        capture.keep(output, Arc::clone(&kept.losses));
    }

    /// Releases what is held for a service that is no longer there.
    pub(crate) fn forget(&mut self, service: ServiceName) {
        self.captured.remove(&service);
        self.hand_over(Job::Forget(service));
    }

    /// How many bytes of a service's output could not be kept.
    pub(crate) fn dropped(&self, service: &ServiceName) -> u64 {
        self.captured
            .get(service)
            .map_or(0, |kept| kept.losses.total())
    }

    /// How many bytes a service has printed; `None`: its output is not kept.
    pub(crate) fn printed(&self, service: &ServiceName) -> Option<u64> {
        let kept = self.captured.get(service)?;
        Some(kept.losses.printed())
    }

    /// How recording goes.
    pub(crate) fn status(&self) -> JournalStatus {
        JournalStatus {
            degraded: self
                .health
                .degraded
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            lost_records: self.health.lost.load(Ordering::Relaxed),
        }
    }

    /// Writes what is left and ends the threads, or gives up on a disk that does
    /// not answer.
    pub(crate) fn finish(self) {
        let (acknowledgement, done) = Acknowledgement::new();
        match &self.capture {
            Some(capture) => capture.finish(Job::Finish(acknowledgement)),
            None => self.hand_over(Job::Finish(acknowledgement)),
        }
        if done.wait(END_PATIENCE).is_ok() {
            let _ = self.disk_thread.join();
        }
    }

    fn counted(&self, record: Record) -> Record {
        self.health.waiting.fetch_add(1, Ordering::Relaxed);
        record
    }

    fn hand_over(&self, job: Job) {
        // The thread ends only after `Finish`.
        let _ = self.disk.send(job);
    }
}

fn death_of(record: &Record) -> Option<(&ServiceName, &Death)> {
    match &record.entry {
        Entry::Service {
            service,
            entry: ServiceEntry::Death(death),
        } => Some((service, death)),
        _ => None,
    }
}
