//! Reading events from the newest back: whoever asks why something ended looks for
//! what came last.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::MAX_LINE_BYTES;
use super::reader::{is_event, parse};
use super::stored::StoredRecord;
use crate::error::{Context as _, Result};
use crate::layout::{self, EVENTS};

/// How much is read at a time.
const CHUNK: u64 = 64 * 1024;

/// The events of a state directory, newest first, as far as they are there when it is
/// opened. What is damaged is skipped.
#[derive(Debug)]
pub struct EventsBackwards {
    dir: PathBuf,
    /// The files that are not begun yet, the oldest first.
    numbers: Vec<u64>,
    file: Option<Unread>,
}

/// A file, of which the end has been read.
#[derive(Debug)]
struct Unread {
    file: File,
    path: PathBuf,
    /// So many bytes at its beginning have not been read.
    before: u64,
    /// What has been read and not been given out.
    buffer: Vec<u8>,
}

impl EventsBackwards {
    /// Reads the events below `state_dir`. A folder that does not exist is an empty
    /// journal.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn open(state_dir: &Path) -> Result<Self> {
        let dir = layout::events_dir(state_dir);
        Ok(Self {
            numbers: EVENTS.list(&dir)?,
            dir,
            file: None,
        })
    }

    /// The event before the last that was given out, of those whose line `is_wanted`;
    /// `None`: there is none. A line that is not wanted costs little.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn next(&mut self, is_wanted: impl Fn(&[u8]) -> bool) -> Result<Option<StoredRecord>> {
        loop {
            let Some(file) = &mut self.file else {
                let Some(number) = self.numbers.pop() else {
                    return Ok(None);
                };
                self.file = Unread::open(EVENTS.path(&self.dir, number))?;
                continue;
            };
            match file.line()? {
                Some(line) if is_wanted(&line) => {
                    if let Some(record) = parse(&line).filter(is_event) {
                        return Ok(Some(record));
                    }
                }
                Some(_) => {}
                None => self.file = None,
            }
        }
    }
}

impl Unread {
    /// One that has been deleted meanwhile was the oldest, and made room.
    fn open(path: PathBuf) -> Result<Option<Self>> {
        let opened = File::open(&path);
        if matches!(&opened, Err(error) if error.kind() == io::ErrorKind::NotFound) {
            return Ok(None);
        }
        let file = opened.context("read", &path)?;
        let length = file.metadata().context("read", &path)?;
        Ok(Some(Self {
            file,
            before: length.len(),
            path,
            buffer: Vec::new(),
        }))
    }

    /// The last line that has not been given out, without its end.
    fn line(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            if self.buffer.last() == Some(&b'\n') {
                self.buffer.pop();
            }
            let end = self.buffer.iter().rposition(|&byte| byte == b'\n');
            if let Some(end) = end {
                return Ok(Some(self.buffer.split_off(end + 1)));
            }
            if self.before == 0 {
                let first = std::mem::take(&mut self.buffer);
                return Ok((!first.is_empty()).then_some(first));
            }
            // Nobody writes such a line; what it is does not matter.
            if self.buffer.len() > MAX_LINE_BYTES {
                self.buffer.clear();
            }
            self.read_more()?;
        }
    }

    fn read_more(&mut self) -> Result<()> {
        let count = self.before.min(CHUNK);
        self.before -= count;
        let mut chunk = Vec::with_capacity(self.buffer.len() + CHUNK as usize);
        let read = self
            .file
            .seek(SeekFrom::Start(self.before))
            .and_then(|_| (&mut self.file).take(count).read_to_end(&mut chunk));
        read.context("read", &self.path)?;
        chunk.append(&mut self.buffer);
        self.buffer = chunk;
        Ok(())
    }
}
