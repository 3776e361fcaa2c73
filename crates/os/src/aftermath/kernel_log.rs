//! `/dev/kmsg` (kernel: ABI/testing/dev-kmsg): one record a read, `priority,sequence,
//! microseconds,flags;text`, with lines of fields after it.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::time::Duration;

use outlast_model::RealTime;
use rustix::fs::OFlags;
use rustix::time::{ClockId, clock_gettime};

use super::KernelLine;

/// So many records are kept of what the buffer holds.
const MOST: usize = 4000;

/// The longest record, by the kernel's own bound.
const RECORD: usize = 8192;

pub(super) fn lines() -> Vec<KernelLine> {
    let opened = File::options()
        .read(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open("/dev/kmsg");
    let Ok(mut file) = opened else {
        return Vec::new();
    };
    let began = began();
    let mut lines = std::collections::VecDeque::new();
    let mut record = [0; RECORD];
    loop {
        match file.read(&mut record) {
            Ok(0) => break,
            Ok(length) => {
                let text = String::from_utf8_lossy(&record[..length]);
                lines.extend(parse(&text, began));
                if lines.len() > MOST {
                    lines.pop_front();
                }
            }
            // What was to be read has been overwritten meanwhile; the next read goes on
            // after it.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            Err(_) => break,
        }
    }
    lines.into()
}

/// When the kernel's own clock began.
fn began() -> i64 {
    let told = clock_gettime(ClockId::Monotonic);
    let nanoseconds = told.tv_sec * 1_000_000_000 + told.tv_nsec;
    crate::clock::now().real.unix_nanos() - nanoseconds
}

fn parse(record: &str, began: i64) -> Option<KernelLine> {
    let (head, text) = record.lines().next()?.split_once(';')?;
    let microseconds: u64 = head.split(',').nth(2)?.parse().ok()?;
    Some(KernelLine {
        at: RealTime::from_unix_nanos(began).after(Duration::from_micros(microseconds)),
        text: text.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_its_time_and_its_text() {
        let line = parse("6,339,5140900,-;NET: Registered\n SUBSYSTEM=net\n", 1000);
        let line = line.expect("it is one");
        assert_eq!(line.text, "NET: Registered");
        assert_eq!(line.at.unix_nanos(), 5_140_900_000 + 1000);
        assert_eq!(parse("nothing", 0), None);
        assert_eq!(parse("6,339,x,-;text", 0), None);
    }
}
