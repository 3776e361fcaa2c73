//! The last of the output that could not be kept, so that the record of a death
//! has it even when the disk is full.

use outlast_model::record::{OutputLine, Stream};
use outlast_model::{InstanceId, RealTime};
use outlast_os::pipe::Carrier;

/// How many bytes at the end are held, per service whose disk is in trouble.
const HELD: usize = 4 * 1024;

/// The end of what was dropped.
pub(crate) struct Salvage {
    instance: InstanceId,
    stream: Stream,
    at: RealTime,
    bytes: Vec<u8>,
}

impl Salvage {
    /// Empties `carrier`, and says how many bytes it held and what their end
    /// was.
    pub(crate) fn take(
        carrier: &mut Carrier,
        from: (InstanceId, Stream),
        at: RealTime,
    ) -> (u64, Self) {
        let mut held = Vec::new();
        let mut count = 0;
        let mut buffer = [0; HELD];
        while let Ok(read @ 1..) = carrier.read(&mut buffer) {
            count += read as u64;
            held.extend_from_slice(&buffer[..read]);
            held.drain(..held.len().saturating_sub(HELD));
        }
        count += carrier.discard();
        (
            count,
            Self {
                instance: from.0,
                stream: from.1,
                at,
                bytes: held,
            },
        )
    }

    /// Its last lines, if `instance` printed them. The first may be cut.
    pub(crate) fn lines(&self, instance: InstanceId, at_most: usize) -> Vec<OutputLine> {
        if self.instance != instance {
            return Vec::new();
        }
        let text = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
        let mut lines: Vec<OutputLine> = text
            .rsplit(|&byte| byte == b'\n')
            .take(at_most)
            .map(|line| OutputLine {
                stream: self.stream,
                at: self.at,
                text: line.to_vec(),
            })
            .collect();
        lines.reverse();
        lines
    }
}
