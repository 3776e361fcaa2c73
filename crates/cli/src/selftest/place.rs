//! Where notes and verdicts are: in the guardian's state directory when that is
//! the person's own, else beside those of the person's own guardians. Root writes
//! nothing into a folder of somebody who could have laid a link there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use outlast_os::access;
use outlast_os::account::Account;
use outlast_os::paths;
use serde_json::Value;

use super::note::{Note, VERSION};
use super::{SelfTest, Watched};
use crate::failure::Failure;

/// What is written can be read by whoever wrote it.
const MODE: u32 = 0o600;

/// The two files of one self-test of one guardian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    note: PathBuf,
    verdict: PathBuf,
}

impl Place {
    /// The place for `test` of `watched`. Changes nothing.
    pub(super) fn of(watched: &Watched, test: SelfTest) -> Result<Self, Failure> {
        let word = test.word();
        if is_own(&watched.state_dir) {
            return Ok(Self::below(&watched.state_dir, &format!("selftest-{word}")));
        }
        let parents = paths::state_dirs();
        let parent = parents.first().ok_or_else(|| {
            Failure::of(
                "find a folder for the self-test",
                &io::Error::from(io::ErrorKind::NotFound),
            )
        })?;
        let stem = format!("selftest-{}-{word}", watched.name);
        Ok(Self::below(parent, &stem))
    }

    fn below(folder: &Path, stem: &str) -> Self {
        Self {
            note: folder.join(format!("{stem}.note.json")),
            verdict: folder.join(format!("{stem}.json")),
        }
    }

    /// The note of one that was begun. One that cannot be understood is none.
    pub(super) fn note(&self) -> Result<Option<Note>, Failure> {
        match fs::read(&self.note) {
            Ok(text) => {
                let note = serde_json::from_slice::<Note>(&text).ok();
                Ok(note.filter(|note| note.v == VERSION))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", &self.note, &error)),
        }
    }

    /// Leaves `note`.
    pub(super) fn leave(&self, note: &Note) -> Result<(), Failure> {
        let text = serde_json::to_vec(note).expect("a note has no keys but text");
        write(&self.note, &text)
    }

    /// Removes the note.
    pub(super) fn forget(&self) -> Result<(), Failure> {
        match fs::remove_file(&self.note) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(failed("remove", &self.note, &error))
            }
            _ => Ok(()),
        }
    }

    /// Writes the verdict, and says where.
    pub(super) fn write(&self, report: &Value) -> Result<PathBuf, Failure> {
        write(&self.verdict, format!("{report:#}\n").as_bytes())?;
        Ok(self.verdict.clone())
    }
}

/// Whether nobody else owns `dir`. Where files do not tell their owner (Windows),
/// a folder that can be written to has no links of others, which take a right
/// that services do not have.
fn is_own(dir: &Path) -> bool {
    match (access::owner_of(dir), Account::current()) {
        (Ok(Some(owner)), Ok(own)) => owner == own.name(),
        (Ok(None), _) => true,
        _ => false,
    }
}

fn write(path: &Path, text: &[u8]) -> Result<(), Failure> {
    access::write_whole(path, text, MODE).map_err(|error| failed("write", path, &error))
}

fn failed(attempt: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::of(&format!("{attempt} {}", path.display()), error)
        .hint(Account::how_to_be_privileged())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::doctor::Prospect;
    use crate::doctor::prospect::{Fate, Form};

    fn place(state_dir: &Path) -> Place {
        let watched = Watched {
            name: "shop".to_owned(),
            state_dir: state_dir.to_owned(),
            promise: Prospect {
                form: Form::MachineService,
                moment: SelfTest::Lock.moment(),
                fate: Fate::GoesOn,
                text: String::new(),
                fix: None,
            },
            machine: json!({}),
        };
        Place::of(&watched, SelfTest::Lock).expect("there is one")
    }

    #[test]
    fn what_is_one_s_own_holds_the_files() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = place(folder.path());
        assert_eq!(place.verdict, folder.path().join("selftest-lock.json"));
        assert_ne!(place.note, place.verdict);
    }

    #[test]
    fn what_is_not_known_to_be_one_s_own_is_not_written_into() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = place(&folder.path().join("gone"));
        assert!(!place.note.starts_with(folder.path()), "{place:?}");
        assert!(place.verdict.ends_with("selftest-shop-lock.json"));
    }

    #[test]
    fn a_note_that_cannot_be_understood_is_none() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = place(folder.path());
        assert_eq!(place.note().expect("read"), None);
        fs::write(&place.note, "{\"v\":1}").expect("written");
        assert_eq!(place.note().expect("read"), None);
        place.forget().expect("removed");
        place.forget().expect("removed already");
    }
}
