//! What has been registered with native managers from here: one small file a
//! service.
//!
//! A record is written by the last step of an installation and removed by the
//! first of a removal, so that whoever finds one finds the whole service. It has
//! no secrets; everybody may read it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use outlast_os::paths;
use serde::{Deserialize, Serialize};

use crate::bounded;
use crate::definition::{Definition, NativeName, Scope};
use crate::manager::{Error, ManagerKind};
use crate::step::Step;

/// The folder with the records of one scope.
#[derive(Clone, Debug)]
pub struct Register {
    dir: PathBuf,
}

/// A service that was registered from here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Which manager has it.
    #[serde(rename = "manager")]
    pub manager_kind: ManagerKind,
    /// What was asked for.
    pub definition: Definition,
    /// What the program is.
    pub origin: Origin,
    /// The steps that registered it; without them nobody could say what to
    /// remove.
    pub steps: Vec<Step>,
    /// The version that registered it, as in `0.1.0`.
    pub version: String,
}

/// What a registered program is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A guardian, `outlast run`.
    Guardian {
        /// Its file; `None`: a command given once.
        file: Option<PathBuf>,
        /// Where it keeps its state.
        state_dir: PathBuf,
    },
    /// A program that is a service itself, by the library.
    Program,
}

impl Register {
    /// The records of `scope`: below the folder that has the guardians' state
    /// directories, under a name that no guardian can have.
    ///
    /// # Errors
    /// When this user has no home folder.
    pub fn of(scope: Scope) -> io::Result<Self> {
        let parent = match scope {
            Scope::System => paths::system_parent(),
            Scope::User => paths::user_parent()?,
        };
        Ok(Self::at(parent.join(".native")))
    }

    /// The records in `dir`; for tests.
    pub fn at(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// The folder; it need not exist.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where the record of `name` is or would be.
    pub fn path_of(&self, name: &NativeName) -> PathBuf {
        self.dir.join(format!("{}.json", file_stem(name)))
    }

    /// The record of `name`.
    ///
    /// # Errors
    /// When it is there and cannot be read or understood.
    pub fn get(&self, name: &NativeName) -> Result<Option<Registration>, Error> {
        read(&self.path_of(name))
    }

    /// All records, by name. One that cannot be understood costs only itself.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    pub fn all(&self) -> Result<Vec<Result<Registration, Error>>, Error> {
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(Error::io("read", &self.dir, source)),
        };
        let mut paths: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "json")
            })
            .collect();
        paths.sort();
        Ok(paths
            .iter()
            .filter_map(|path| read(path).transpose())
            .collect())
    }

    /// The step that puts `registration` on record.
    ///
    /// # Panics
    /// Never: what is stored has no form that JSON lacks.
    pub fn record(&self, registration: &Registration) -> Step {
        let mut text = serde_json::to_string_pretty(registration)
            .expect("no map with other keys than text, and no failing implementation");
        text.push('\n');
        Step::File {
            path: self.path_of(&registration.definition.name),
            text,
            mode: 0o644,
        }
    }

    /// Where the inverses of a transaction on `name` are while it goes on.
    pub(crate) fn undo_path(&self, name: &NativeName) -> PathBuf {
        self.dir.join(format!("{}.undo", file_stem(name)))
    }
}

fn read(path: &Path) -> Result<Option<Registration>, Error> {
    let text = match bounded::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Error::io("read", path, source)),
    };
    serde_json::from_slice(&text)
        .map(Some)
        .map_err(|source| Error::BadRecord {
            path: path.to_owned(),
            source,
        })
}

/// The name as a file's: what is no plain ASCII letter, digit, dot, hyphen or
/// underscore stands as `%` and its UTF-8 in hexadecimal, so that every name
/// fits on every file system. Capitals too, as some systems fold case.
fn file_stem(name: &NativeName) -> String {
    let mut stem = String::new();
    for byte in name.as_str().bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => stem.push(char::from(byte)),
            b'.' if !stem.is_empty() => stem.push('.'),
            other => stem.push_str(&format!("%{other:02x}")),
        }
    }
    // 255 bytes is the most that common file systems take; a name of so many
    // foreign letters is cut and told apart by all of its bytes.
    if stem.len() > 200 {
        let hash = name
            .as_str()
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        stem.truncate(180);
        stem.push_str(&format!("+{hash:016x}"));
    }
    stem
}
