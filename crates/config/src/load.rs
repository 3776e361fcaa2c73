//! Reading the file.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::config::{Config, Host, parse_source};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::render::Colour;
use crate::report::Report;
use crate::source::{Source, Span};

/// The largest file that is read, in bytes: ten times one with a thousand
/// services.
pub const MAX_FILE_SIZE: u64 = 1024 * 1024;

/// Why a file gives no configuration.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It is not there.
    #[error("{} does not exist", .0.display())]
    NotFound(PathBuf),
    /// It is no file, so reading might never end.
    #[error("{} is {found}, not a file", .path.display())]
    NotAFile {
        /// What was to be read.
        path: PathBuf,
        /// What it is.
        found: FileKind,
    },
    /// It has more than [`MAX_FILE_SIZE`].
    #[error("{} is larger than 1 MiB", .0.display())]
    TooLarge(PathBuf),
    /// The OS did not give it.
    #[error("{} cannot be read", .path.display())]
    Unreadable {
        /// What was to be read.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It was read and its content is wrong.
    #[error("{0}")]
    Invalid(Diagnostics),
}

/// What is not a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A folder.
    Folder,
    /// A pipe, a socket or a device.
    Special,
}

impl std::fmt::Display for FileKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Folder => "a folder",
            Self::Special => "a pipe or a device",
        })
    }
}

impl LoadError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotFound(_) => {
                Some("`outlast init` writes one to begin with; --file names another")
            }
            Self::NotAFile {
                found: FileKind::Folder,
                ..
            } => Some("name the file in it"),
            Self::NotAFile { .. } => Some("save it as a file: it is read again at every reload"),
            Self::TooLarge(_) => Some("a guardian's file is small; is this the right one?"),
            Self::Unreadable { .. } => Some("check its permissions"),
            Self::Invalid(_) => None,
        }
    }

    /// All of it as text for a terminal, ending with a newline.
    pub fn render(&self, colour: Colour) -> String {
        match self {
            Self::Invalid(diagnostics) => diagnostics.render(colour),
            other => crate::render::plain_error(&other.whole(), other.hint(), colour),
        }
    }

    /// The message with its causes.
    fn whole(&self) -> String {
        match std::error::Error::source(self) {
            Some(cause) => format!("{self}: {cause}"),
            None => self.to_string(),
        }
    }
}

/// Reads and checks the file `path`; a relative one counts from the current
/// folder. Blocks while the file is read.
///
/// # Errors
/// Says why there is no configuration, with everything that is wrong in the
/// file.
pub fn load(path: &Path, host: &Host) -> Result<Config, LoadError> {
    let unreadable = |source| unreadable(path, source);
    let absolute = std::path::absolute(path).map_err(unreadable)?;
    // Looked at before it is opened, because opening a pipe waits for a writer.
    check(path, &std::fs::metadata(&absolute).map_err(unreadable)?)?;
    let file = File::open(&absolute).map_err(unreadable)?;
    check(path, &file.metadata().map_err(unreadable)?)?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_SIZE + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_SIZE {
        return Err(LoadError::TooLarge(path.to_owned()));
    }
    let source = decode(path, bytes).map_err(LoadError::Invalid)?;
    parse_source(source, &absolute, host).map_err(LoadError::Invalid)
}

fn unreadable(path: &Path, source: io::Error) -> LoadError {
    if source.kind() == io::ErrorKind::NotFound {
        return LoadError::NotFound(path.to_owned());
    }
    LoadError::Unreadable {
        path: path.to_owned(),
        source,
    }
}

fn check(path: &Path, metadata: &Metadata) -> Result<(), LoadError> {
    let found = if metadata.is_dir() {
        FileKind::Folder
    } else if !metadata.is_file() {
        FileKind::Special
    } else if metadata.len() > MAX_FILE_SIZE {
        return Err(LoadError::TooLarge(path.to_owned()));
    } else {
        return Ok(());
    };
    Err(LoadError::NotAFile {
        path: path.to_owned(),
        found,
    })
}

fn decode(path: &Path, bytes: Vec<u8>) -> Result<Source, Diagnostics> {
    String::from_utf8(bytes)
        .map(|text| Source::new(path, &text))
        .map_err(|error| {
            // The valid part keeps its length, so the offset holds in both.
            let offset = error.utf8_error().valid_up_to();
            let shown = String::from_utf8_lossy(error.as_bytes());
            let mut report = Report::default();
            report.push(
                Diagnostic::error(
                    Span::from(offset..offset + char::REPLACEMENT_CHARACTER.len_utf8()),
                    "the file is not UTF-8",
                )
                .label("this byte belongs to no character")
                .help("save it as UTF-8; editors call it that or \"Unicode (UTF-8)\""),
            );
            report.finish(Source::new(path, &shown))
        })
}
