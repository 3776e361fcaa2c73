//! All steps or none.
//!
//! Before a step is taken, the steps that take it back are on disk, flushed. A
//! step that fails, and a process that dies, leave a list of inverses, which
//! [`run`] carries out at once and [`recover`] when the next command comes. As
//! inverses are idempotent, it does not matter whether the last step was taken.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use outlast_os::access;
use outlast_os::lock::{LockError, StateLock};

use crate::bounded;
use crate::definition::NativeName;
use crate::manager::Error;
use crate::register::Register;
use crate::step::Step;

/// Takes steps. The machine, or something that behaves like it.
pub trait Host {
    /// The steps that would take `step` back, given how things are now: they
    /// are asked for right before it is taken. None: nothing would change.
    ///
    /// # Errors
    /// When it cannot be found out how things are.
    fn inverse(&self, step: &Step) -> Result<Vec<Step>, Error>;

    /// Takes `step`.
    ///
    /// # Errors
    /// When it could not be taken; what it is about is as before then.
    fn take(&mut self, step: &Step) -> Result<(), Error>;
}

/// Why a transaction did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A step failed, and everything is as it was before.
    #[error(transparent)]
    TakenBack(Error),
    /// A step failed, and so did taking back what was done before it.
    #[error("{failed}; and what was done before that could not be taken back: {kept}")]
    HalfDone {
        /// Why the step failed.
        failed: Error,
        /// Why it could not be taken back. The list is kept, for
        /// [`recover`].
        kept: Error,
    },
}

impl From<Error> for Failure {
    /// For what fails before the first step.
    fn from(error: Error) -> Self {
        Self::TakenBack(error)
    }
}

/// The right to change what is registered; for one process at a time.
#[derive(Debug)]
pub struct Exclusive {
    lock: Option<StateLock>,
    dir: PathBuf,
}

impl Exclusive {
    /// Takes it.
    ///
    /// # Errors
    /// When another process has it, or the register's folder cannot be made.
    pub fn acquire(register: &Register) -> Result<Self, Error> {
        let dir = register.dir();
        access::give_dir(dir, None, 0o755)
            .map_err(|source| Error::io("make the folder", dir, source))?;
        match StateLock::acquire(dir) {
            Ok(lock) => Ok(Self {
                lock: Some(lock),
                dir: dir.to_owned(),
            }),
            Err(LockError::Held { .. }) => Err(Error::Refused {
                attempt: "change what is registered".to_owned(),
                reason: "another outlast command is doing so right now; try again".to_owned(),
            }),
            Err(LockError::Io { path, source }) => Err(Error::io("lock", &path, source)),
        }
    }
}

/// Where nothing is registered any more, nothing is left behind either.
impl Drop for Exclusive {
    fn drop(&mut self) {
        let Some(lock) = self.lock.take() else {
            return;
        };
        let entries = fs::read_dir(&self.dir).map(Iterator::count);
        if entries.is_ok_and(|entries| entries > 1) {
            return;
        }
        lock.remove();
        // Each goes only if it is empty.
        if fs::remove_dir(&self.dir).is_ok()
            && let Some(parent) = self.dir.parent()
        {
            let _ = fs::remove_dir(parent);
        }
    }
}

/// Takes all `steps` for the service `name`, or none.
///
/// # Errors
/// When a step fails.
pub fn run(
    host: &mut dyn Host,
    register: &Register,
    name: &NativeName,
    steps: &[Step],
    _exclusive: &Exclusive,
) -> Result<(), Failure> {
    let mut undo = Undo::open(register.undo_path(name)).map_err(Failure::TakenBack)?;
    match take_all(host, steps, &mut undo) {
        Ok(()) => undo.forget().map_err(Failure::TakenBack),
        Err(failed) => match undo.carry_out(host) {
            Ok(_) => Err(Failure::TakenBack(failed)),
            Err(kept) => Err(Failure::HalfDone { failed, kept }),
        },
    }
}

fn take_all(host: &mut dyn Host, steps: &[Step], undo: &mut Undo) -> Result<(), Error> {
    for step in steps {
        undo.add(&host.inverse(step)?)?;
        host.take(step)?;
    }
    Ok(())
}

/// Takes back what a process that died halfway did for `name`. Returns whether
/// there was something.
///
/// # Errors
/// When an inverse fails. The list is kept then.
pub fn recover(
    host: &mut dyn Host,
    register: &Register,
    name: &NativeName,
    _exclusive: &Exclusive,
) -> Result<bool, Error> {
    let path = register.undo_path(name);
    // It has nothing in it: no step is taken before the list is whole.
    let _ = fs::remove_file(access::unfinished(&path));
    if !path.exists() {
        return Ok(false);
    }
    let undo = Undo::open(path)?;
    undo.carry_out(host).map_err(|source| Error::HalfDone {
        name: name.clone(),
        source: Box::new(source),
    })
}

/// Whether a process died halfway with `name`, so that [`recover`] has something
/// to do.
pub fn is_half_done(register: &Register, name: &NativeName) -> bool {
    let path = register.undo_path(name);
    path.exists() || access::unfinished(&path).exists()
}

/// The list of inverses on disk: a line a step, each a JSON array.
struct Undo {
    path: PathBuf,
    file: File,
}

impl Undo {
    fn open(path: PathBuf) -> Result<Self, Error> {
        let file = open_appending(&path).map_err(|source| Error::io("open", &path, source))?;
        Ok(Self { path, file })
    }

    fn add(&mut self, inverses: &[Step]) -> Result<(), Error> {
        if inverses.is_empty() {
            return Ok(());
        }
        let mut line = serde_json::to_vec(inverses)
            .expect("no map with other keys than text, and no failing implementation");
        line.push(b'\n');
        self.file
            .write_all(&line)
            .and_then(|()| self.file.sync_all())
            .map_err(|source| Error::io("write", &self.path, source))
    }

    /// Carries out the inverses, the last step's first, and forgets them.
    fn carry_out(self, host: &mut dyn Host) -> Result<bool, Error> {
        let text =
            bounded::read(&self.path).map_err(|source| Error::io("read", &self.path, source))?;
        let mut lines: Vec<Vec<Step>> = Vec::new();
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            // The writer died within this line, so its step was not taken.
            if !line.ends_with(b"\n") {
                break;
            }
            let steps = serde_json::from_slice(line).map_err(|source| Error::BadRecord {
                path: self.path.clone(),
                source,
            })?;
            lines.push(steps);
        }
        for step in lines.iter().rev().flatten() {
            host.take(step)?;
        }
        let was_something = !lines.is_empty();
        self.forget()?;
        Ok(was_something)
    }

    fn forget(self) -> Result<(), Error> {
        let Self { path, file } = self;
        // Windows removes no file that is open.
        drop(file);
        fs::remove_file(&path).map_err(|source| Error::io("remove", &path, source))
    }
}

/// Only its owner may write what will be done in his name.
fn open_appending(path: &Path) -> io::Result<File> {
    if !path.exists() {
        access::write_whole(path, b"", 0o600)?;
    }
    OpenOptions::new().append(true).open(path)
}
