//! The disk thread's part with output: from carriers into segments.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use outlast_journal::layout;
use outlast_journal::segment::{Arrival, Bounds, Drops, Next, ServiceLog, TailLimits};
use outlast_model::record::{Death, OutputLine, ServiceEntry};
use outlast_model::{RealTime, ServiceName};
use outlast_os::pipe::Carrier;

use super::job::{Delivery, Origin};
use super::salvage::Salvage;

/// What the record of a death has of the output before it.
const TAIL: TailLimits = TailLimits {
    lines: 20,
    bytes: 8 * 1024,
};

/// How much is read at the seam between two segments.
const SEAM_CHUNK: usize = 16 * 1024;

/// How often the deletion of old output is told at the most: a service that
/// prints without end deletes many segments a second, and the events of all
/// services share one journal.
const EXPIRED_INTERVAL: Duration = Duration::from_secs(60);

/// How often segments are looked at for their age, while something is written.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(3600);

/// The segments of all services.
pub(crate) struct LogStore {
    state_dir: PathBuf,
    logs: HashMap<ServiceName, Log>,
    seam: Vec<u8>,
}

/// The segments of one service.
struct Log {
    segments: ServiceLog,
    drops: Drops,
    salvage: Option<Salvage>,
    /// When segments are looked at for their age again.
    expiry: RealTime,
    /// Deleted and not told yet: segments and bytes.
    expired: (u32, u64),
    /// When it may be told again.
    next_told: RealTime,
}

impl LogStore {
    pub(crate) fn new(state_dir: &Path) -> Self {
        Self {
            state_dir: state_dir.to_owned(),
            logs: HashMap::new(),
            seam: Vec::new(),
        }
    }

    /// Puts what `delivery` carries into its segment, or drops and counts it,
    /// and sends the carrier home. Returns what is worth a record.
    pub(crate) fn deliver(&mut self, delivery: Delivery) -> Vec<ServiceEntry> {
        let Delivery {
            origin,
            at,
            mut carrier,
            pool,
        } = delivery;
        let log = self.logs.entry(origin.service.clone()).or_insert_with(|| {
            let dir = layout::service_log_dir(&self.state_dir, &origin.service);
            Log::new(ServiceLog::new(&dir, Bounds::from(&origin.policy)))
        });
        log.segments.set_bounds(Bounds::from(&origin.policy));
        let arrival = Arrival {
            at,
            instance: origin.instance,
        };
        let mut entries = Vec::new();
        match log.write(&mut carrier, (&origin, arrival), &mut self.seam) {
            Ok(()) => entries.extend(log.drops.kept()),
            Err(error) => entries.extend(log.give_up(&mut carrier, (&origin, arrival), &error)),
        }
        pool.give_back(carrier);
        log.expire(at);
        entries.extend(log.tell_expired(at));
        entries
    }

    /// The last lines that were printed before `death`, as far as they can be
    /// had.
    pub(crate) fn last_output(&self, service: &ServiceName, death: &Death) -> Vec<OutputLine> {
        let Some(log) = self.logs.get(service) else {
            return Vec::new();
        };
        let mut lines = log.segments.tail(death.instance, TAIL).unwrap_or_default();
        if let Some(salvage) = &log.salvage {
            lines.extend(salvage.lines(death.instance, TAIL.lines));
        }
        lines.drain(..lines.len().saturating_sub(TAIL.lines));
        lines
    }

    /// What was deleted of a service's output and is not on record yet.
    pub(crate) fn expired(&mut self, service: &ServiceName) -> Option<ServiceEntry> {
        self.logs.get_mut(service)?.take_expired()
    }

    /// The services of which there are segments.
    pub(crate) fn services(&self) -> Vec<ServiceName> {
        self.logs.keys().cloned().collect()
    }

    /// Closes the segments of a service that is no longer there.
    pub(crate) fn forget(&mut self, service: &ServiceName) {
        self.logs.remove(service);
    }
}

impl Log {
    fn new(segments: ServiceLog) -> Self {
        Self {
            segments,
            drops: Drops::default(),
            salvage: None,
            expiry: RealTime::default(),
            expired: (0, 0),
            next_told: RealTime::default(),
        }
    }

    /// Writes until `carrier` is empty. After an error it still carries what did
    /// not go in.
    fn write(
        &mut self,
        carrier: &mut Carrier,
        (origin, arrival): (&Origin, Arrival),
        seam: &mut Vec<u8>,
    ) -> io::Result<()> {
        while !carrier.is_empty() {
            match self
                .segments
                .next(origin.stream, arrival)
                .map_err(io::Error::other)?
            {
                Next::Splice(window) => {
                    let (count, delivered) = carrier.deliver(window.file(), window.room());
                    match delivered {
                        Ok(()) => window.advance(count),
                        // What went in is told by the file's length.
                        Err(error) => {
                            let told = same_error(&error);
                            window.fail(error);
                            return Err(told);
                        }
                    }
                }
                Next::Read => {
                    seam.resize(SEAM_CHUNK, 0);
                    let count = carrier.read(seam)?;
                    self.segments
                        .write(origin.stream, arrival, &seam[..count])
                        .map_err(|failed| {
                            let lost = (count - failed.written) as u64;
                            origin.losses.count(lost);
                            io::Error::other(failed)
                        })?;
                }
            }
        }
        self.salvage = None;
        Ok(())
    }

    /// Drops what `carrier` still has; its end is held for the record of a
    /// death.
    fn give_up(
        &mut self,
        carrier: &mut Carrier,
        (origin, arrival): (&Origin, Arrival),
        error: &io::Error,
    ) -> Option<ServiceEntry> {
        let (bytes, salvage) =
            Salvage::take(carrier, (arrival.instance, origin.stream), arrival.at);
        self.salvage = Some(salvage);
        origin.losses.count(bytes);
        self.drops.dropped(bytes, arrival.at, &error.to_string())
    }

    /// What was deleted to keep the bounds, now and then.
    fn tell_expired(&mut self, now: RealTime) -> Option<ServiceEntry> {
        if let Some(expired) = self.segments.take_expired() {
            self.expired.0 += expired.segments;
            self.expired.1 += expired.bytes;
        }
        if now < self.next_told {
            return None;
        }
        let told = self.take_expired();
        if told.is_some() {
            self.next_told = now.after(EXPIRED_INTERVAL);
        }
        told
    }

    fn take_expired(&mut self) -> Option<ServiceEntry> {
        let (segments, bytes) = std::mem::take(&mut self.expired);
        (segments > 0).then_some(ServiceEntry::OutputExpired { segments, bytes })
    }

    fn expire(&mut self, now: RealTime) {
        if now >= self.expiry {
            self.expiry = now.after(EXPIRY_INTERVAL);
            // What cannot be deleted now is tried again with the next output.
            let _ = self.segments.expire(now);
        }
    }
}

/// Errors cannot be cloned, and both the segment and the record need this one.
fn same_error(error: &io::Error) -> io::Error {
    error
        .raw_os_error()
        .map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}
