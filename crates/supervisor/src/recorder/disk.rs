//! The disk thread: everything that is written goes through here.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

use outlast_model::limits::Reached;
use outlast_model::record::{Entry, OutputLine, ServiceEntry};
use outlast_model::{InstanceId, Record, ServiceName};
use outlast_os::clock;

use super::Health;
use super::behind::{Behind, Wanted, service_of};
use super::event_store::EventStore;
use super::job::{Delivery, Job};
use super::log_store::LogStore;
use crate::fault;
use crate::narrator::Narrator;

/// How long the start of a guardian waits for the disk to tell which instance
/// was the last. Afterwards numbers begin at 1: they may then repeat, which
/// makes records harder to read and nothing worse.
const OPENING_PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// Starts the thread on `state_dir`, and says which number the next instance
/// has.
pub(super) fn start(
    state_dir: &Path,
    jobs: Receiver<Job>,
    (health, narrator): (Arc<Health>, Narrator),
) -> io::Result<(JoinHandle<()>, InstanceId)> {
    let (tell, told) = sync_channel(1);
    let state_dir = state_dir.to_owned();
    let thread = std::thread::Builder::new()
        .name("disk".to_owned())
        .spawn(move || {
            let events = EventStore::open(&state_dir, Arc::clone(&health), narrator);
            let _ = tell.send(events.next_instance());
            let disk = Disk {
                events,
                logs: LogStore::new(&state_dir),
                health,
                behind: Behind::default(),
            };
            disk.run(&jobs);
        })?;
    Ok((
        thread,
        told.recv_timeout(OPENING_PATIENCE).unwrap_or(InstanceId(1)),
    ))
}

struct Disk {
    events: EventStore,
    logs: LogStore,
    health: Arc<Health>,
    behind: Behind,
}

impl Disk {
    fn run(mut self, jobs: &Receiver<Job>) {
        for job in jobs {
            if let Job::Finish(acknowledgement) = job {
                self.finish();
                return acknowledgement.give();
            }
            // After a panic one job is half done; the next ones are not its
            // business.
            fault::contained("the disk thread", || self.perform(job));
        }
    }

    fn perform(&mut self, job: Job) {
        match job {
            Job::Append(record) => self.append(record),
            Job::AppendAcknowledged(record, acknowledgement) => {
                self.append(record);
                acknowledgement.give();
            }
            Job::DeathComes(service) => self.behind.expect(service),
            Job::Death(record, acknowledgement) => {
                self.tell_expired_of(&record);
                let service = service_of(&record).cloned();
                let record = self.with_last_output(record);
                self.write(record);
                acknowledgement.give();
                let held = service.map(|service| self.behind.let_go(&service));
                let held = held.unwrap_or_default();
                held.records.into_iter().for_each(|held| self.write(held));
                held.incidents.into_iter().for_each(Wanted::tell);
            }
            Job::Diagnose(incident, whom) => {
                let wanted = Wanted { incident, whom };
                if let Some(wanted) = self.behind.hold_incident(wanted) {
                    wanted.tell();
                }
            }
            Job::Note(record) => self.events.append(record),
            Job::Deliver(delivery) => self.deliver(delivery),
            Job::Forget(service) => self.logs.forget(&service),
            Job::Finish(acknowledgement) => acknowledgement.give(),
        }
    }

    /// Appends a record that was counted as waiting, unless it has to wait for a death.
    fn append(&mut self, record: Record) {
        for record in self.behind.hold(record) {
            self.write(record);
        }
    }

    fn write(&mut self, record: Record) {
        self.events.append(record);
        self.health.waiting.fetch_sub(1, Ordering::Relaxed);
    }

    fn with_last_output(&self, mut record: Record) -> Record {
        if let Entry::Service {
            service,
            entry: ServiceEntry::Death(death),
        } = &mut record.entry
        {
            death.last_output = self.logs.last_output(service, death);
            let said_so = death.last_output.iter().any(tells_of_too_many_files);
            let limit = death.open_files.filter(|_| said_so);
            death
                .reached
                .extend(limit.map(|limit| Reached::OpenFiles { limit }));
        }
        record
    }

    /// What a dead instance cost in old output is on record before its death.
    fn tell_expired_of(&mut self, record: &Record) {
        if let Entry::Service { service, .. } = &record.entry
            && let Some(entry) = self.logs.expired(service)
        {
            self.note(service, entry);
        }
    }

    fn finish(&mut self) {
        for record in self.behind.let_all_go() {
            self.write(record);
        }
        for service in self.logs.services() {
            if let Some(entry) = self.logs.expired(&service) {
                self.note(&service, entry);
            }
        }
        self.events.flush();
    }

    fn deliver(&mut self, delivery: Delivery) {
        let service = delivery.origin.service.clone();
        for entry in self.logs.deliver(delivery) {
            self.note(&service, entry);
        }
    }

    fn note(&mut self, service: &ServiceName, entry: ServiceEntry) {
        let entry = Entry::Service {
            service: service.clone(),
            entry,
        };
        self.events.append(Record {
            at: clock::now().real,
            entry,
        });
    }
}

/// Every C library and every run-time built on one says it in these words (`EMFILE`);
/// the system tells nobody but the program.
fn tells_of_too_many_files(line: &OutputLine) -> bool {
    const WORDS: &[u8] = b"too many open files";
    let mut places = line.text.windows(WORDS.len());
    places.any(|place| place.eq_ignore_ascii_case(WORDS))
}
