//! What earlier runs of the guardian left in a service's folder.

use std::fs;
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

use outlast_model::RealTime;
use outlast_model::record::Stream;

use super::closed::{ClosedSegment, ClosedSegments};
use crate::error::{Context, Result};
use crate::layout;
use crate::numbered::{filenames, remove};

/// What was found.
#[derive(Debug)]
pub(super) struct Inventory {
    pub(super) closed: ClosedSegments,
    /// For each stream, a number that no file has had.
    pub(super) next_number: [u64; 2],
}

impl Inventory {
    /// Lists `dir`, which need not exist, and removes what holds no output:
    /// empty segments, and indexes without a segment (both are left by a crash
    /// or a full disk at the moment a segment was begun).
    pub(super) fn take(dir: &Path) -> Result<Self> {
        let names = filenames(dir)?;
        let mut inventory = Self {
            closed: ClosedSegments::default(),
            next_number: [1; 2],
        };
        for stream in Stream::ALL {
            let data = numbers(&names, |name| layout::data(stream).number(name));
            let index = numbers(&names, |name| layout::index(stream).number(name));
            let last = data.last().max(index.last()).copied().unwrap_or(0);
            inventory.next_number[stream as usize] = last + 1;
            for &number in index.iter().filter(|n| data.binary_search(n).is_err()) {
                remove(&layout::index(stream).path(dir, number))?;
            }
            for number in data {
                if let Some(segment) = inspect(dir, stream, number)? {
                    inventory.closed.push(stream, segment);
                }
            }
        }
        Ok(inventory)
    }
}

fn numbers(names: &[String], number: impl Fn(&str) -> Option<u64>) -> Vec<u64> {
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| number(name)).collect();
    numbers.sort_unstable();
    numbers
}

/// The segment with this number; `None` if it was empty and is removed.
fn inspect(dir: &Path, stream: Stream, number: u64) -> Result<Option<ClosedSegment>> {
    let data_path = layout::data(stream).path(dir, number);
    let index_path = layout::index(stream).path(dir, number);
    let data = match fs::metadata(&data_path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.context("look at", &data_path)?,
    };
    if data.len() == 0 {
        remove(&data_path)?;
        remove(&index_path)?;
        return Ok(None);
    }
    Ok(Some(ClosedSegment {
        number,
        data_bytes: data.len(),
        index_bytes: fs::metadata(&index_path).map_or(0, |index| index.len()),
        last: modified(&data),
    }))
}

/// When a file was last written; the epoch where that is not told, so that it
/// counts as the oldest.
fn modified(metadata: &fs::Metadata) -> RealTime {
    let nanoseconds = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |since| since.as_nanos());
    RealTime::from_unix_nanos(i64::try_from(nanoseconds).unwrap_or(i64::MAX))
}
