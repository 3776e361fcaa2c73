//! The segments that are no longer written to, and which of them goes next.

use std::collections::VecDeque;
use std::path::Path;

use outlast_model::RealTime;
use outlast_model::record::{ServiceEntry, Stream};

use super::bounds::Bounds;
use crate::error::Result;
use crate::layout;
use crate::numbered::{Removal, remove};

/// Output that was deleted to keep the bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Expired {
    /// How many segments.
    pub segments: u32,
    /// How many bytes of output were in them.
    pub bytes: u64,
}

impl From<Expired> for ServiceEntry {
    fn from(expired: Expired) -> Self {
        Self::OutputExpired {
            segments: expired.segments,
            bytes: expired.bytes,
        }
    }
}

/// A segment that is complete.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClosedSegment {
    pub(super) number: u64,
    pub(super) data_bytes: u64,
    pub(super) index_bytes: u64,
    /// When its last byte arrived.
    pub(super) last: RealTime,
}

/// The complete segments of a service.
#[derive(Debug, Default)]
pub(super) struct ClosedSegments {
    /// Of each stream, ascending by number.
    streams: [VecDeque<ClosedSegment>; 2],
    bytes: u64,
    expired: Expired,
}

impl ClosedSegments {
    /// Adds one with a number above all of its stream.
    pub(super) fn push(&mut self, stream: Stream, segment: ClosedSegment) {
        self.bytes += segment.data_bytes + segment.index_bytes;
        self.streams[stream as usize].push_back(segment);
    }

    /// What all take on disk, indexes included.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn len(&self) -> usize {
        self.streams.iter().map(VecDeque::len).sum()
    }

    /// What was deleted since this was last asked.
    pub(super) fn take_expired(&mut self) -> Option<Expired> {
        let expired = std::mem::take(&mut self.expired);
        (expired.segments > 0).then_some(expired)
    }

    /// Deletes the oldest one; `false` if there is none.
    pub(super) fn delete_oldest(&mut self, dir: &Path) -> Result<bool> {
        let Some(stream) = self.oldest() else {
            return Ok(false);
        };
        self.delete_front(dir, stream)?;
        Ok(true)
    }

    /// Deletes those whose last byte is too old at `now`.
    pub(super) fn delete_aged(&mut self, dir: &Path, bounds: &Bounds, now: RealTime) -> Result<()> {
        while let Some(stream) = self.oldest()
            && self.streams[stream as usize]
                .front()
                .is_some_and(|segment| is_aged(segment.last, bounds, now))
        {
            self.delete_front(dir, stream)?;
        }
        Ok(())
    }

    /// The stream whose first segment ended first. Within a stream the order is
    /// that of the numbers, whatever the clock did.
    fn oldest(&self) -> Option<Stream> {
        Stream::ALL
            .into_iter()
            .filter_map(|stream| Some((self.streams[stream as usize].front()?.last, stream)))
            .min()
            .map(|(_, stream)| stream)
    }

    fn delete_front(&mut self, dir: &Path, stream: Stream) -> Result<()> {
        let Some(segment) = self.streams[stream as usize].front_mut() else {
            return Ok(());
        };
        // Step by step, so that a failure between leaves the account true.
        if remove(&layout::data(stream).path(dir, segment.number))? == Removal::Removed {
            self.expired.segments = self.expired.segments.saturating_add(1);
            self.expired.bytes += segment.data_bytes;
        }
        self.bytes -= std::mem::take(&mut segment.data_bytes);
        remove(&layout::index(stream).path(dir, segment.number))?;
        self.bytes -= std::mem::take(&mut segment.index_bytes);
        self.streams[stream as usize].pop_front();
        Ok(())
    }
}

/// Whether a segment that ended at `last` is too old at `now`.
pub(super) fn is_aged(last: RealTime, bounds: &Bounds, now: RealTime) -> bool {
    bounds
        .max_age()
        .is_some_and(|max_age| last.after(max_age) < now)
}
