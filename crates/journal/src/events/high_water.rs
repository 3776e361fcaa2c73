//! How far numbers have come: what a writer has to know before it goes on.

use std::path::Path;

use serde::Deserialize;

use super::lines::Lines;
use crate::error::Result;
use crate::layout::EVENTS;
use crate::read::chain::Position;

/// Numbers above this were not given by us: they would need millennia. Leaving
/// them out keeps a damaged line from using up all numbers there are.
const HIGHEST: u64 = u64::MAX / 2;

/// The highest numbers in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct HighWater {
    pub(super) seq: u64,
    pub(super) instance: u64,
}

/// The part of a line that has numbers, in any version.
#[derive(Deserialize)]
struct Numbers {
    #[serde(default)]
    seq: u64,
    #[serde(default)]
    instance: u64,
    #[serde(default)]
    highest_instance: u64,
}

impl HighWater {
    /// Reads the newest file in `dir`, and older ones if it has no readable
    /// line. Every file but the first begins with the numbers of those before
    /// it, so one is enough.
    pub(super) fn find(dir: &Path) -> Result<Self> {
        for number in EVENTS.list(dir)?.into_iter().rev() {
            let found = Self::of_file(dir, number)?;
            if found != Self::default() {
                return Ok(found);
            }
        }
        Ok(Self::default())
    }

    fn of_file(dir: &Path, number: u64) -> Result<Self> {
        let mut highest = Self::default();
        let mut lines = Lines::new(dir, Position::At { number, offset: 0 })?;
        while let Some(line) = lines.next_of_file()? {
            highest.see(&line);
        }
        // A last line that lacks only its line feed is a record.
        highest.see(lines.unfinished());
        Ok(highest)
    }

    /// Takes the numbers of `line` into account, if it has any.
    pub(super) fn see(&mut self, line: &[u8]) {
        if let Ok(numbers) = serde_json::from_slice::<Numbers>(line) {
            let credible = |seen: u64| if seen > HIGHEST { 0 } else { seen };
            self.seq = self.seq.max(credible(numbers.seq));
            self.instance = self
                .instance
                .max(credible(numbers.instance))
                .max(credible(numbers.highest_instance));
        }
    }
}
