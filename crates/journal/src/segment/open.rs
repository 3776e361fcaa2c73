//! The segment of a stream that is being written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use outlast_model::RealTime;
use outlast_model::record::Stream;

use super::Arrival;
use super::closed::ClosedSegment;
use crate::error::{Context, Result};
use crate::index::{Entry, IndexWriter};
use crate::layout;
use crate::numbered::remove;

/// How often, while bytes arrive, it is checked that the segment is still the
/// file that its name leads to. One `stat` a second costs nothing, and when
/// somebody deletes or truncates the file, output of at most this time is lost.
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// A segment with its index, open for writing.
#[derive(Debug)]
pub(super) struct OpenSegment {
    number: u64,
    /// Its position is its end: nobody else writes or seeks.
    data: File,
    data_bytes: u64,
    index: IndexWriter,
    length: Length,
    last_byte: LastByte,
    last: RealTime,
    checked: RealTime,
    health: Health,
}

/// Whether `data_bytes` is what is in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Known,
    /// The file was handed out and nobody has said what went in.
    ToBeAsked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LastByte {
    LineEnd,
    Other,
    /// It was spliced, so nobody has seen it.
    Unseen,
}

/// Whether more may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    Good,
    /// An error said that another file may do better.
    Bad,
}

impl OpenSegment {
    /// Makes both files. The index comes first, so that whoever sees a segment
    /// finds its index.
    pub(super) fn create(
        dir: &Path,
        stream: Stream,
        number: u64,
        arrival: Arrival,
    ) -> Result<Self> {
        let index_path = layout::index(stream).path(dir, number);
        let data_path = layout::data(stream).path(dir, number);
        let index = create_index(dir, &index_path, entry(0, arrival))?;
        let data = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&data_path)
            .inspect_err(|_| remove_remains(&index_path))
            .context("create", &data_path)?;
        Ok(Self {
            number,
            data,
            data_bytes: 0,
            index,
            length: Length::Known,
            last_byte: LastByte::LineEnd,
            last: arrival.at,
            checked: arrival.at,
            health: Health::Good,
        })
    }

    /// What it takes on disk, index included.
    pub(super) const fn total(&self) -> u64 {
        self.data_bytes + self.index.bytes()
    }

    pub(super) const fn last(&self) -> RealTime {
        self.last
    }

    pub(super) fn is_good(&self) -> bool {
        self.health == Health::Good
    }

    /// Learns what really went in, if the last window was given back without a
    /// word.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        if self.length == Length::ToBeAsked {
            self.data_bytes = self.data.seek(SeekFrom::End(0))?;
            self.length = Length::Known;
        }
        Ok(())
    }

    /// Whether the file is still what its name leads to, as far as that was
    /// checked within [`CHECK_EVERY`].
    pub(super) fn is_in_place(&mut self, dir: &Path, stream: Stream, now: RealTime) -> bool {
        let unchecked = now.unix_nanos().saturating_sub(self.checked.unix_nanos());
        if (0..CHECK_EVERY.as_nanos() as i64).contains(&unchecked) {
            return true;
        }
        self.checked = now;
        fs::metadata(layout::data(stream).path(dir, self.number))
            .is_ok_and(|metadata| metadata.len() == self.data_bytes)
    }

    /// Puts `arrival` on record for the bytes that come next.
    pub(super) fn note(&mut self, arrival: Arrival) -> io::Result<()> {
        self.last = arrival.at;
        let noted = self.index.note(entry(self.data_bytes, arrival));
        self.judge(noted)
    }

    /// Writes some of `bytes`, with one system call, and tells how many.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match self.data.write(bytes) {
            Ok(0) => Err(io::ErrorKind::WriteZero.into()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
            other => other,
        };
        let written = self.judge(written)?;
        self.data_bytes += written as u64;
        if let Some(&last) = bytes[..written].last() {
            self.last_byte = if last == b'\n' {
                LastByte::LineEnd
            } else {
                LastByte::Other
            };
        }
        Ok(written)
    }

    /// Whether the last byte ends a line.
    pub(super) fn ends_a_line(&mut self) -> io::Result<bool> {
        if self.last_byte == LastByte::Unseen {
            let read = self.read_last_byte();
            self.last_byte = self.judge(read)?;
        }
        Ok(self.last_byte == LastByte::LineEnd)
    }

    fn read_last_byte(&mut self) -> io::Result<LastByte> {
        let mut last = [0];
        self.data.seek(SeekFrom::End(-1))?;
        self.data.read_exact(&mut last)?;
        Ok(if last == *b"\n" {
            LastByte::LineEnd
        } else {
            LastByte::Other
        })
    }

    /// The file, for somebody else to write to; says nothing about what went in
    /// until [`Self::spliced`].
    pub(super) const fn hand_out(&mut self) {
        self.length = Length::ToBeAsked;
    }

    pub(super) const fn data(&self) -> &File {
        &self.data
    }

    pub(super) const fn spliced(&mut self, bytes: u64) {
        self.length = Length::Known;
        if bytes > 0 {
            self.data_bytes += bytes;
            self.last_byte = LastByte::Unseen;
        }
    }

    /// Takes note that `result`, got with this segment's files, is an error
    /// that another file might not have.
    pub(super) fn judge<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result
            && spoils(error)
        {
            self.health = Health::Bad;
        }
        result
    }

    /// Ends it; `None` if nothing was in it and it is removed.
    pub(super) fn close(mut self, dir: &Path, stream: Stream) -> Option<ClosedSegment> {
        // What cannot be asked is taken as it was known.
        let _ = self.settle();
        if self.data_bytes == 0 {
            let data = remove(&layout::data(stream).path(dir, self.number));
            let index = remove(&layout::index(stream).path(dir, self.number));
            if data.is_ok() && index.is_ok() {
                return None;
            }
        }
        Some(ClosedSegment {
            number: self.number,
            data_bytes: self.data_bytes,
            index_bytes: self.index.bytes(),
            last: self.last,
        })
    }
}

/// Whether a file that gave this error is given up. A full disk is full for
/// every file, and the segment may go on when there is room again.
fn spoils(error: &io::Error) -> bool {
    !matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::Interrupted
    )
}

const fn entry(offset: u64, arrival: Arrival) -> Entry {
    Entry {
        offset,
        at: arrival.at,
        instance: arrival.instance,
    }
}

fn create_index(dir: &Path, path: &Path, first: Entry) -> Result<IndexWriter> {
    let mut index = IndexWriter::create(path, first);
    if matches!(&index, Err(error) if error.kind() == io::ErrorKind::NotFound) {
        create_folders(dir)?;
        index = IndexWriter::create(path, first);
    }
    if !matches!(&index, Err(error) if error.kind() == io::ErrorKind::AlreadyExists) {
        index = index.inspect_err(|_| remove_remains(path));
    }
    index.context("create", path)
}

/// Removes what a full disk leaves of an index. If it cannot be removed now,
/// the next run of the guardian does it.
fn remove_remains(path: &Path) {
    let _ = remove(path);
}

/// Makes `dir` and the folder around it. Not the state directory above them:
/// only the supervisor knows the permissions it has to have.
fn create_folders(dir: &Path) -> Result<()> {
    for folder in [dir.parent(), Some(dir)].into_iter().flatten() {
        match fs::create_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => other.context("create", folder)?,
        }
    }
    Ok(())
}
