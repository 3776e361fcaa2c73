//! Both streams of a service that has printed something, under one bound.

use std::io;
use std::path::Path;

use outlast_model::record::Stream;
use outlast_model::{InstanceId, RealTime};

use super::Arrival;
use super::bounds::{Bounds, MAX_SEGMENTS, MAX_WINDOW};
use super::closed::{ClosedSegments, is_aged};
use super::inventory::Inventory;
use super::open::OpenSegment;
use super::window::{Next, Window};
use crate::error::{Context, Error, Result};
use crate::index::ENTRY_BYTES;
use crate::layout;

/// Where the segments are and how many may be there.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) dir: Box<Path>,
    pub(super) bounds: Bounds,
}

/// The writers of a service.
#[derive(Debug)]
pub(super) struct Writers {
    pub(super) closed: ClosedSegments,
    streams: [StreamWriter; 2],
}

#[derive(Debug)]
struct StreamWriter {
    open: Option<OpenSegment>,
    next_number: u64,
    last_instance: Option<InstanceId>,
}

impl Writers {
    /// Takes over what is on disk.
    pub(super) fn begin(dir: &Path) -> Result<Self> {
        let inventory = Inventory::take(dir)?;
        Ok(Self {
            closed: inventory.closed,
            streams: inventory.next_number.map(|next_number| StreamWriter {
                open: None,
                next_number,
                last_instance: None,
            }),
        })
    }

    /// Whether `instance` was the last one to print on `stream`.
    pub(super) fn last_was(&self, stream: Stream, instance: InstanceId) -> bool {
        self.streams[stream as usize].last_instance == Some(instance)
    }

    pub(super) fn next(
        &mut self,
        place: &Place,
        stream: Stream,
        arrival: Arrival,
    ) -> Result<Next<'_>> {
        self.close_if_done(place, stream, arrival.at)?;
        let room = self
            .open(stream)
            .map_or(0, |segment| place.bounds.room(segment.total()))
            .min(MAX_WINDOW);
        if room == 0 {
            return Ok(Next::Read);
        }
        self.make_room(place, stream, room + ENTRY_BYTES)?;
        let writer = &mut self.streams[stream as usize];
        // A bound that was lowered may have cost the segment.
        let Some(segment) = &mut writer.open else {
            return Ok(Next::Read);
        };
        writer.last_instance = Some(arrival.instance);
        segment
            .note(arrival)
            .context("write the index in", &place.dir)?;
        Ok(Next::Splice(Window::new(segment, room)))
    }

    /// Writes some of `bytes`, none of it past the next place where the segment
    /// changes, and tells how many.
    pub(super) fn write_some(
        &mut self,
        place: &Place,
        stream: Stream,
        arrival: Arrival,
        bytes: &[u8],
    ) -> Result<usize> {
        self.close_if_done(place, stream, arrival.at)?;
        let take = self.portion(place, stream, bytes);
        // The segment that is open may be closed to make room.
        self.make_room(place, stream, Bounds::empty_segment() + take as u64)?;
        let segment = self.open_or_begin(place, stream, arrival)?;
        segment
            .note(arrival)
            .and_then(|()| segment.write(&bytes[..take]))
            .context("write to", &place.dir)
    }

    /// Deletes what is too old at `now`, open segments included: a stream that
    /// has been silent that long begins a new one.
    pub(super) fn expire(&mut self, place: &Place, now: RealTime) -> Result<()> {
        for stream in Stream::ALL {
            if self
                .open(stream)
                .is_some_and(|segment| is_aged(segment.last(), &place.bounds, now))
            {
                self.close(place, stream);
            }
        }
        self.closed.delete_aged(&place.dir, &place.bounds, now)
    }

    /// Makes room for `needed` bytes of `stream`: deletes the oldest segments,
    /// and if there is none left (only after a bound was lowered) closes those
    /// that are open, the stream's own last.
    pub(super) fn make_room(&mut self, place: &Place, stream: Stream, needed: u64) -> Result<()> {
        while self.bytes() + needed > place.bounds.keep() || self.closed.len() > MAX_SEGMENTS {
            if self.closed.delete_oldest(&place.dir)? {
                continue;
            }
            let other = match stream {
                Stream::Stdout => Stream::Stderr,
                Stream::Stderr => Stream::Stdout,
            };
            let victim = [other, stream]
                .into_iter()
                .find(|&stream| self.open(stream).is_some());
            let Some(victim) = victim else {
                let full = io::ErrorKind::StorageFull.into();
                return Err(Error::new("make room in", &place.dir, full));
            };
            self.close(place, victim);
        }
        Ok(())
    }

    fn open(&self, stream: Stream) -> Option<&OpenSegment> {
        self.streams[stream as usize].open.as_ref()
    }

    fn bytes(&self) -> u64 {
        let open = self
            .streams
            .iter()
            .filter_map(|writer| writer.open.as_ref());
        self.closed.bytes() + open.map(OpenSegment::total).sum::<u64>()
    }

    /// Closes the segment if it may not or need not take more: it is bad or not
    /// in place any more, or full and at a line end, or the search for a line
    /// end has gone on for too long.
    fn close_if_done(&mut self, place: &Place, stream: Stream, now: RealTime) -> Result<()> {
        let Some(segment) = &mut self.streams[stream as usize].open else {
            return Ok(());
        };
        let done = match segment.settle() {
            _ if !segment.is_good() => true,
            Err(_) => true,
            Ok(()) if !segment.is_in_place(&place.dir, stream, now) => true,
            Ok(()) if place.bounds.room(segment.total()) > 0 => false,
            Ok(()) if place.bounds.seam_room(segment.total()) == 0 => true,
            Ok(()) => segment.ends_a_line().context("read back", &place.dir)?,
        };
        if done {
            self.close(place, stream);
        }
        Ok(())
    }

    fn close(&mut self, place: &Place, stream: Stream) {
        let Some(segment) = self.streams[stream as usize].open.take() else {
            return;
        };
        if let Some(closed) = segment.close(&place.dir, stream) {
            self.closed.push(stream, closed);
        }
    }

    /// How many of `bytes` go in at once: up to where the segment is full, and
    /// when it is, through the next line end.
    fn portion(&self, place: &Place, stream: Stream, bytes: &[u8]) -> usize {
        let total = self
            .open(stream)
            .map_or(Bounds::empty_segment(), OpenSegment::total);
        match place.bounds.room(total) {
            0 => {
                let searched = &bytes[..at_most(bytes.len(), place.bounds.seam_room(total))];
                let line_end = searched.iter().position(|&byte| byte == b'\n');
                line_end.map_or(searched.len(), |position| position + 1)
            }
            room => at_most(bytes.len(), room),
        }
    }

    fn open_or_begin(
        &mut self,
        place: &Place,
        stream: Stream,
        arrival: Arrival,
    ) -> Result<&mut OpenSegment> {
        let writer = &mut self.streams[stream as usize];
        writer.last_instance = Some(arrival.instance);
        if writer.open.is_none() {
            let number = writer.next_number;
            let created = OpenSegment::create(&place.dir, stream, number, arrival);
            // A number whose files somebody else made is not asked for again.
            let taken = matches!(&created, Err(error)
                if error.reason().kind() == io::ErrorKind::AlreadyExists);
            if created.is_ok() || taken {
                writer.next_number += 1;
            }
            writer.open = Some(created?);
        }
        writer.open.as_mut().ok_or_else(|| {
            let path = layout::data(stream).path(&place.dir, writer.next_number);
            Error::new("open", &path, io::ErrorKind::NotFound.into())
        })
    }
}

fn at_most(length: usize, limit: u64) -> usize {
    usize::try_from(limit).map_or(length, |limit| length.min(limit))
}
