//! The files of the events journal as their writer knows them.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::Path;

use outlast_model::{RealTime, Record};

use super::bounds::{EventBounds, MAX_LINE_BYTES};
use super::event_file::EventFile;
use super::high_water::HighWater;
use super::stored::{StoredEvent, StoredRecord, Time, VERSION};
use crate::error::{Context, Error, Result};
use crate::layout::EVENTS;
use crate::numbered::remove;

/// Where the journal is and how large it may be.
#[derive(Debug)]
pub(super) struct JournalPlace {
    pub(super) dir: Box<Path>,
    pub(super) bounds: EventBounds,
}

/// The files, and the numbers to go on from.
#[derive(Debug)]
pub(super) struct JournalFiles {
    highest: HighWater,
    /// Ascending by number.
    closed: VecDeque<ClosedFile>,
    newest: Newest,
    next_number: u64,
}

#[derive(Clone, Copy, Debug)]
struct ClosedFile {
    number: u64,
    bytes: u64,
}

/// The file that is written to.
#[derive(Debug)]
enum Newest {
    /// The one an earlier run wrote to, not opened yet.
    Left(ClosedFile),
    Open(EventFile),
    /// None: the next record begins one.
    None,
}

impl JournalFiles {
    pub(super) fn recover(dir: &Path) -> Result<Self> {
        let highest = HighWater::find(dir)?;
        let mut closed = list(dir)?;
        let newest = closed.pop_back();
        Ok(Self {
            highest,
            closed,
            next_number: newest.map_or(0, |file| file.number) + 1,
            newest: newest.map_or(Newest::None, Newest::Left),
        })
    }

    pub(super) const fn highest(&self) -> HighWater {
        self.highest
    }

    pub(super) fn append(&mut self, place: &JournalPlace, record: &Record) -> Result<u64> {
        let stored = StoredRecord::new(record, self.highest.seq + 1);
        let line = encode(&stored, place)?;
        // The byte more is for closing off a torn line.
        let length = line.len() as u64 + 1;
        self.open_left(place)?;
        self.close_unless_it_takes(place, length);
        if matches!(self.newest, Newest::None) {
            self.begin_file(place, record.at, length)?;
        }
        self.make_room(place, length)?;
        self.write(place, &line)?;
        Ok(stored.seq)
    }

    fn open_left(&mut self, place: &JournalPlace) -> Result<()> {
        if let Newest::Left(file) = &self.newest {
            let opened = EventFile::open(&place.dir, file.number)?;
            self.newest = opened.map_or(Newest::None, Newest::Open);
        }
        Ok(())
    }

    /// Closes the newest file if it is full, or if somebody deleted or
    /// shortened it.
    fn close_unless_it_takes(&mut self, place: &JournalPlace, length: u64) {
        if let Newest::Open(file) = &self.newest
            && (file.bytes() + length > place.bounds.rotate || !file.is_in_place())
        {
            self.close();
        }
    }

    fn close(&mut self) {
        if let Newest::Open(file) = std::mem::replace(&mut self.newest, Newest::None) {
            self.closed.push_back(ClosedFile {
                number: file.number(),
                bytes: file.bytes(),
            });
        }
    }

    /// Begins a file with its bookkeeping line, when there is room for that and
    /// `length` bytes more.
    fn begin_file(&mut self, place: &JournalPlace, at: RealTime, length: u64) -> Result<()> {
        let first = StoredRecord {
            v: VERSION,
            seq: self.highest.seq,
            time: Time(at),
            service: None,
            event: StoredEvent::Continued {
                highest_instance: self.highest.instance,
            },
        };
        let line = encode(&first, place)?;
        self.make_room(place, line.len() as u64 + length)?;
        let file = EventFile::create(&place.dir, self.next_number)?;
        self.next_number += 1;
        self.newest = Newest::Open(file);
        self.write(place, &line)
    }

    /// Deletes the oldest files until `length` more bytes fit. The newest one
    /// stays: it is closed before it is as large as the bound.
    fn make_room(&mut self, place: &JournalPlace, length: u64) -> Result<()> {
        let newest = match &self.newest {
            Newest::Open(file) => file.bytes(),
            Newest::Left(_) | Newest::None => 0,
        };
        let mut bytes = newest + self.closed.iter().map(|file| file.bytes).sum::<u64>();
        while bytes + length > place.bounds.keep
            && let Some(oldest) = self.closed.front()
        {
            remove(&EVENTS.path(&place.dir, oldest.number))?;
            bytes -= oldest.bytes;
            self.closed.pop_front();
        }
        Ok(())
    }

    fn write(&mut self, place: &JournalPlace, line: &[u8]) -> Result<()> {
        let Newest::Open(file) = &mut self.newest else {
            let not_open = io::ErrorKind::NotFound.into();
            return Err(Error::new("append to the events in", &place.dir, not_open));
        };
        if let Err(error) = file.append(line) {
            // A full disk is full for every file; another error may be this
            // file's own.
            if error.reason().kind() != io::ErrorKind::StorageFull {
                self.close();
            }
            return Err(error);
        }
        self.highest.see(line);
        Ok(())
    }
}

/// The files in `dir`.
fn list(dir: &Path) -> Result<VecDeque<ClosedFile>> {
    let mut files = VecDeque::new();
    for number in EVENTS.list(dir)? {
        let path = EVENTS.path(dir, number);
        match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => files.push_back(ClosedFile {
                number,
                bytes: other.context("look at", &path)?.len(),
            }),
        }
    }
    Ok(files)
}

/// `stored` as a line, with its line feed.
fn encode(stored: &StoredRecord, place: &JournalPlace) -> Result<Vec<u8>> {
    let mut line = serde_json::to_vec(stored)
        .map_err(io::Error::from)
        .context("write a record to", &place.dir)?;
    if line.len() > MAX_LINE_BYTES {
        let too_long = io::Error::new(io::ErrorKind::InvalidInput, "the record is too long");
        return Err(Error::new("write a record to", &place.dir, too_long));
    }
    line.push(b'\n');
    Ok(line)
}
