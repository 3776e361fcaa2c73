//! Whether a program that has just been written could be started: whoever restarts a
//! working service for a new file wants to know that before.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{machine_code, sys, why_not_executable};

/// So much of a program is read.
const HEAD: u64 = 64 * 1024;

/// Whether a program could be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fitness {
    /// Nothing speaks against it.
    Fit,
    /// It is still being written, as far as can be seen.
    Busy,
    /// It could not be, for this reason.
    Unfit(String),
}

/// A program that is looked at again and again.
#[derive(Debug, Default)]
pub struct FitnessCheck {
    last: Option<Stamp>,
}

/// What is different when a file was written to.
type Stamp = (PathBuf, u64, Option<SystemTime>);

impl FitnessCheck {
    /// How the file at `path` is now. Reads its beginning.
    ///
    /// Linux tells whether somebody holds the file open for writing, and Windows does.
    /// Elsewhere, and on network drives, one that is another than at the last look is
    /// taken to be [`Busy`](Fitness::Busy): two looks at some distance must agree.
    pub fn look(&mut self, path: &Path) -> Fitness {
        let metadata = match std::fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => return Fitness::Unfit(error.to_string()),
        };
        let stamp = (path.to_owned(), metadata.len(), metadata.modified().ok());
        let is_same = self.last.as_ref() == Some(&stamp);
        self.last = Some(stamp);
        match sys::is_open_for_writing(path) {
            Some(true) => return Fitness::Busy,
            None if !is_same => return Fitness::Busy,
            Some(false) | None => {}
        }
        let reason = why_not_executable(path).or_else(|| why_not_whole(path, metadata.len()));
        reason.map_or(Fitness::Fit, Fitness::Unfit)
    }
}

/// A program that may be executed and not read is the kernel's business.
fn why_not_whole(path: &Path, length: u64) -> Option<String> {
    let mut head = Vec::new();
    if length == 0 {
        return Some("the file is empty".to_owned());
    }
    let file = File::open(path).ok()?;
    file.take(HEAD).read_to_end(&mut head).ok()?;
    let is_named_so = path
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("exe"));
    if is_named_so && !head.starts_with(b"MZ") {
        return Some("its header is not that of an .exe file".to_owned());
    }
    let flaw = machine_code::flaw(&head, length)?;
    let is_foreign = matches!(flaw, machine_code::Flaw::Foreign { .. });
    (!is_foreign || !sys::runs_foreign_code()).then(|| flaw.to_string())
}
