//! The output of one service on disk.

use std::path::Path;

use outlast_model::record::{OutputLine, Stream};
use outlast_model::{InstanceId, RealTime};

use super::Arrival;
use super::bounds::Bounds;
use super::closed::Expired;
use super::window::Next;
use super::writers::{Place, Writers};
use crate::error::{Error, Result};
use crate::read;

/// Both streams of one service, held within its bounds.
///
/// It is made without touching the disk; files are listed when the first bytes
/// come, and made when they are written. A new one never appends to files that
/// are there already. After any error it is as usable as before: the next call
/// tries again, with a new file where the old one was bad.
///
/// Nothing is synced: what was written survives the death of the guardian, but
/// the last seconds may not survive a power failure.
#[derive(Debug)]
pub struct ServiceLog {
    place: Place,
    /// Boxed, because most services of a thousand may never print.
    writers: Option<Box<Writers>>,
}

/// A write that did not get everything to the disk.
#[derive(Debug, thiserror::Error)]
#[error("only {written} bytes of the output went to the disk")]
pub struct WriteFailed {
    /// Why.
    pub source: Error,
    /// How many bytes went in before; the rest did not.
    pub written: usize,
}

/// How much of the last output is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TailLimits {
    /// The most lines.
    pub lines: usize,
    /// The most bytes, all lines together. It bounds what is read, too.
    pub bytes: usize,
}

impl ServiceLog {
    /// The log in `dir` (see
    /// [`layout::service_log_dir`](crate::layout::service_log_dir)).
    pub fn new(dir: &Path, bounds: Bounds) -> Self {
        Self {
            place: Place {
                dir: dir.into(),
                bounds,
            },
            writers: None,
        }
    }

    /// Puts other bounds into force, from the next bytes on.
    pub const fn set_bounds(&mut self, bounds: Bounds) {
        self.place.bounds = bounds;
    }

    /// Where the next bytes of `stream` go. To be called when there are bytes
    /// to move: when they arrived, and from whom, is put on record by it.
    ///
    /// # Errors
    /// The disk does not take it, or segments that have to make room cannot be
    /// deleted. The bytes are still with the caller.
    pub fn next(&mut self, stream: Stream, arrival: Arrival) -> Result<Next<'_>> {
        let (place, writers) = self.begin()?;
        writers.next(place, stream, arrival)
    }

    /// Writes all of `bytes`, rotating at line ends as often as necessary.
    ///
    /// # Errors
    /// As [`Self::next`]; what went in before is told with the error.
    pub fn write(
        &mut self,
        stream: Stream,
        arrival: Arrival,
        bytes: &[u8],
    ) -> std::result::Result<(), WriteFailed> {
        let mut written = 0;
        while written < bytes.len() {
            written += self
                .begin()
                .and_then(|(place, writers)| {
                    writers.write_some(place, stream, arrival, &bytes[written..])
                })
                .map_err(|source| WriteFailed { source, written })?;
        }
        Ok(())
    }

    /// Deletes segments that are too old at `now`, or over the bound because it
    /// was lowered. Age is looked at here only, so somebody has to call this
    /// now and then (once an hour is plenty for bounds given in days).
    ///
    /// # Errors
    /// Segments cannot be listed or deleted.
    pub fn expire(&mut self, now: RealTime) -> Result<()> {
        let (place, writers) = self.begin()?;
        writers.expire(place, now)?;
        writers.make_room(place, Stream::Stdout, 0)
    }

    /// What was deleted to keep the bounds since this was last asked. To be
    /// asked after each of the other calls, whether they succeeded or not.
    pub fn take_expired(&mut self) -> Option<Expired> {
        self.writers.as_mut()?.closed.take_expired()
    }

    /// The last lines that `instance` printed, oldest first, both streams
    /// merged by arrival time, without line ends. A line that is longer than
    /// the limit has lost its beginning. Costs nothing if it printed nothing
    /// through this value.
    ///
    /// # Errors
    /// What was written cannot be read back.
    pub fn tail(&self, instance: InstanceId, limits: TailLimits) -> Result<Vec<OutputLine>> {
        let printed = self.writers.as_ref().is_some_and(|writers| {
            Stream::ALL
                .into_iter()
                .any(|stream| writers.last_was(stream, instance))
        });
        if !printed {
            return Ok(Vec::new());
        }
        read::tail(&self.place.dir, instance, limits)
    }

    fn begin(&mut self) -> Result<(&Place, &mut Writers)> {
        let writers = match self.writers.take() {
            Some(writers) => writers,
            None => Box::new(Writers::begin(&self.place.dir)?),
        };
        Ok((&self.place, self.writers.insert(writers)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_service_costs_a_few_words() {
        assert!(size_of::<ServiceLog>() <= 64);
    }

    #[test]
    fn both_open_streams_fit_into_half_a_kilobyte() {
        assert!(size_of::<Writers>() <= 512);
    }
}
