//! Reading a family of numbered files as one, in order, while it grows at one
//! end and is deleted at the other.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::error::{Context, Error, Result};
use crate::numbered::Numbered;

/// How much is read at once.
pub(crate) const BLOCK: u64 = 64 * 1024;

/// How often files may vanish between being listed and being opened before
/// that is an error: only something that deletes faster than we list does it.
const MAX_VANISHED: usize = 100;

/// A place in a family of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// Where the oldest file begins.
    Beginning,
    /// In this file, at this offset.
    At { number: u64, offset: u64 },
}

/// What [`Chain::read`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// More bytes of the same file are in the buffer.
    Bytes,
    /// That file is complete; the next one is this, and between them so many
    /// are missing.
    Moved { number: u64, missing: u64 },
    /// There is nothing more at the moment.
    End,
}

/// The files of one family, as one.
#[derive(Debug)]
pub(crate) struct Chain {
    dir: PathBuf,
    family: Numbered,
    current: Option<Current>,
}

#[derive(Debug)]
struct Current {
    number: u64,
    file: File,
    newest: Newest,
}

/// Whether the current file can still grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Newest {
    /// It could when it was last looked.
    Perhaps,
    /// A newer one was seen after its end: what the writer put into it between
    /// the two looks is read before moving on.
    No,
}

impl Chain {
    pub(crate) fn new(dir: &Path, family: Numbered, position: Position) -> Result<Self> {
        let mut chain = Self {
            dir: dir.to_owned(),
            family,
            current: None,
        };
        if let Position::At { number, offset } = position {
            chain.current = chain.open(number)?;
            if let Some(current) = &mut chain.current {
                let seek = current.file.seek(SeekFrom::Start(offset));
                seek.context("read", &family.path(dir, number))?;
            }
        }
        Ok(chain)
    }

    /// The number of the file that is being read.
    pub(crate) fn number(&self) -> Option<u64> {
        self.current.as_ref().map(|current| current.number)
    }

    /// Appends up to [`BLOCK`] bytes to `buffer`.
    pub(crate) fn read(&mut self, buffer: &mut Vec<u8>) -> Result<Progress> {
        loop {
            let Some(current) = &mut self.current else {
                return self.move_after(None);
            };
            let path = || self.family.path(&self.dir, current.number);
            let mut limited = (&current.file).take(BLOCK);
            if limited
                .read_to_end(buffer)
                .map_err(|error| Error::new("read", &path(), error))?
                > 0
            {
                return Ok(Progress::Bytes);
            }
            let number = current.number;
            if current.newest == Newest::No {
                return self.move_after(Some(number));
            }
            if self.family.first_after(&self.dir, Some(number))?.is_none() {
                return Ok(Progress::End);
            }
            current.newest = Newest::No;
        }
    }

    fn move_after(&mut self, last: Option<u64>) -> Result<Progress> {
        for _ in 0..MAX_VANISHED {
            let Some(number) = self.family.first_after(&self.dir, last)? else {
                return Ok(Progress::End);
            };
            if let Some(next) = self.open(number)? {
                self.current = Some(next);
                let missing = last.map_or(0, |last| number - last - 1);
                return Ok(Progress::Moved { number, missing });
            }
        }
        let vanished = io::ErrorKind::NotFound.into();
        Err(Error::new("open a listed file in", &self.dir, vanished))
    }

    /// `None` if it has just been deleted.
    fn open(&self, number: u64) -> Result<Option<Current>> {
        let path = self.family.path(&self.dir, number);
        match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            other => Ok(Some(Current {
                number,
                file: other.context("open", &path)?,
                newest: Newest::Perhaps,
            })),
        }
    }
}
