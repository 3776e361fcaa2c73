//! The file of the events journal that is being written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::{Context, Result};
use crate::layout::EVENTS;

/// A file of lines, open for appending.
#[derive(Debug)]
pub(super) struct EventFile {
    number: u64,
    path: PathBuf,
    file: File,
    bytes: u64,
    end: End,
}

/// What a file ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    LineFeed,
    /// A line that was not written to its end. It is closed off before the next
    /// one instead of being cut away, because a follower may have read it.
    Torn,
}

impl EventFile {
    /// The file that an earlier run wrote to; `None` if it has gone.
    pub(super) fn open(dir: &Path, number: u64) -> Result<Option<Self>> {
        let path = EVENTS.path(dir, number);
        let mut file = match options().open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.context("open", &path)?,
        };
        let (bytes, end) = read_end(&mut file).context("read", &path)?;
        Ok(Some(Self {
            number,
            path,
            file,
            bytes,
            end,
        }))
    }

    /// A new file. Makes the folder, too, but not the state directory around
    /// it: only the supervisor knows the permissions that has to have.
    pub(super) fn create(dir: &Path, number: u64) -> Result<Self> {
        let path = EVENTS.path(dir, number);
        let mut file = options().create_new(true).open(&path);
        if matches!(&file, Err(error) if error.kind() == io::ErrorKind::NotFound) {
            fs::create_dir(dir).context("create", dir)?;
            file = options().create_new(true).open(&path);
        }
        Ok(Self {
            number,
            file: file.context("create", &path)?,
            path,
            bytes: 0,
            end: End::LineFeed,
        })
    }

    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether the file is what its name leads to, and as long as it should be.
    pub(super) fn is_in_place(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|metadata| metadata.len() == self.bytes)
    }

    /// Appends `line`, which has its line feed, on a line of its own. A line
    /// that lacks no more than that at the end is whole.
    pub(super) fn append(&mut self, line: &[u8]) -> Result<()> {
        let with_closing;
        let bytes = match self.end {
            End::LineFeed => line,
            End::Torn => {
                with_closing = [b"\n", line].concat();
                &with_closing
            }
        };
        let (written, result) = write(&mut self.file, bytes);
        self.bytes += written as u64;
        self.end = match bytes[..written].last() {
            None => self.end,
            Some(b'\n') => End::LineFeed,
            Some(_) => End::Torn,
        };
        if written + 1 >= bytes.len() {
            return Ok(());
        }
        result.context("write to", &self.path)
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    options
}

fn read_end(file: &mut File) -> io::Result<(u64, End)> {
    let bytes = file.seek(SeekFrom::End(0))?;
    if bytes == 0 {
        return Ok((0, End::LineFeed));
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    let end = match last {
        [b'\n'] => End::LineFeed,
        _ => End::Torn,
    };
    Ok((bytes, end))
}

/// As [`Write::write_all`], but tells how much went in before an error.
fn write(file: &mut File, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut written = 0;
    while written < bytes.len() {
        match file.write(&bytes[written..]) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(count) => written += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
}
