//! The disk thread's part with events: what a full or broken disk does not take
//! is held, and written when it takes it again.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use outlast_journal::EventWriter;
use outlast_model::record::{Entry, GuardianEntry};
use outlast_model::{InstanceId, Record};
use outlast_os::clock;

use super::Health;
use crate::narrator::Narrator;

/// How many records are held for a disk that does not take them; about 1 MiB.
const HELD: usize = 1024;

/// Appends records, sooner or later.
pub(crate) struct EventStore {
    state_dir: PathBuf,
    writer: Option<EventWriter>,
    next_instance: InstanceId,
    /// Oldest first.
    held: VecDeque<Record>,
    /// How many could not even be held, since the last that was written.
    lost: u64,
    health: Arc<Health>,
    narrator: Narrator,
}

impl EventStore {
    pub(crate) fn open(state_dir: &Path, health: Arc<Health>, narrator: Narrator) -> Self {
        let mut store = Self {
            state_dir: state_dir.to_owned(),
            writer: None,
            next_instance: InstanceId(1),
            held: VecDeque::new(),
            lost: 0,
            health,
            narrator,
        };
        if let Err(error) = store.open_writer() {
            store.tell_trouble(&error);
        }
        store
    }

    /// The number that the next instance has.
    pub(crate) const fn next_instance(&self) -> InstanceId {
        self.next_instance
    }

    /// Appends `record` after those that are held.
    pub(crate) fn append(&mut self, record: Record) {
        if self.held.len() >= HELD {
            self.held.pop_front();
            self.lost += 1;
            self.health.lost.fetch_add(1, Ordering::Relaxed);
        }
        self.held.push_back(record);
        self.flush();
    }

    /// Writes what is held, as far as the disk takes it.
    pub(crate) fn flush(&mut self) {
        match self.try_flush() {
            Ok(()) => self.tell_recovery(),
            Err(error) => self.tell_trouble(&error),
        }
    }

    fn try_flush(&mut self) -> outlast_journal::Result<()> {
        self.open_writer()?;
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        if self.lost > 0 {
            let entry = Entry::Guardian(GuardianEntry::RecordsLost { count: self.lost });
            writer.append(&Record {
                at: clock::now().real,
                entry,
            })?;
            self.lost = 0;
        }
        while let Some(record) = self.held.front() {
            writer.append(record)?;
            self.held.pop_front();
        }
        Ok(())
    }

    fn open_writer(&mut self) -> outlast_journal::Result<()> {
        if self.writer.is_none() {
            let writer = EventWriter::open(&self.state_dir)?;
            self.next_instance = writer.next_instance();
            self.writer = Some(writer);
        }
        Ok(())
    }

    fn tell_trouble(&self, error: &outlast_journal::Error) {
        let mut degraded = self
            .health
            .degraded
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if degraded.is_none() {
            self.narrator.complain(format!(
                "cannot record events: {error}; services are supervised, and what happens is held in memory until it \
                 can be recorded"
            ));
        }
        *degraded = Some(error.to_string());
    }

    fn tell_recovery(&self) {
        let mut degraded = self
            .health
            .degraded
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if degraded.take().is_some() {
            self.narrator
                .complain("events are recorded again".to_owned());
        }
    }
}
