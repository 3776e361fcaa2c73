//! A request to a native service under way, with the time that is left for it.

use std::thread;
use std::time::{Duration, Instant};

use outlast_os::process::ToolEnded;

use crate::definition::NativeName;
use crate::manager::Error;

/// For whom, and how long.
pub(crate) struct Asked<'a> {
    /// The service.
    pub(crate) name: &'a NativeName,
    patience: Duration,
    deadline: Instant,
}

impl<'a> Asked<'a> {
    /// Begins now, and has `patience`.
    pub(crate) fn begin(name: &'a NativeName, patience: Duration) -> Self {
        Self {
            name,
            patience,
            deadline: Instant::now() + patience,
        }
    }

    /// The time that is left; zero when it is over.
    pub(crate) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Looks every `interval` until `is_done`, for managers that tell nobody of a
    /// change. Blocks.
    ///
    /// # Errors
    /// That `verb` was not done in time, and those of `is_done`.
    pub(crate) fn until(
        &self,
        verb: &str,
        interval: Duration,
        mut is_done: impl FnMut() -> Result<bool, Error>,
    ) -> Result<(), Error> {
        while !is_done()? {
            if self.left().is_zero() {
                return Err(self.timed_out(verb));
            }
            thread::sleep(interval);
        }
        Ok(())
    }

    /// Why `verb` was not done by the tool that has `ended`: it took too long, or
    /// what it has printed, else `silence`.
    pub(crate) fn not_done(&self, verb: &str, ended: &ToolEnded, silence: &str) -> Error {
        if self.left().is_zero() {
            return self.timed_out(verb);
        }
        self.refused_by(verb, ended, silence)
    }

    /// That `verb` was not done in time.
    pub(crate) fn timed_out(&self, verb: &str) -> Error {
        Error::TimedOut {
            attempt: format!("{verb} {}", self.name),
            patience: self.patience,
        }
    }

    /// That the manager does not do `verb`, for `reason`.
    pub(crate) fn refused(&self, verb: &str, reason: &str) -> Error {
        Error::Refused {
            attempt: format!("{verb} {}", self.name),
            reason: reason.to_owned(),
        }
    }

    /// The same, for what its tool has printed, else `silence`.
    pub(crate) fn refused_by(&self, verb: &str, ended: &ToolEnded, silence: &str) -> Error {
        let told = format!("{}{}", ended.stdout, ended.stderr);
        match told.trim() {
            "" => self.refused(verb, silence),
            told => self.refused(verb, told),
        }
    }
}
