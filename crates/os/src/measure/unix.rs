//! `getppid(2)`, `pread(2)`, `getrusage(2)`.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

use super::{Switches, Usage};

/// No C library remembers the answer: a parent may end at any time.
pub(super) fn call() {
    std::hint::black_box(rustix::process::getppid());
}

pub(super) fn read_at_start(file: &File, buffer: &mut [u8]) -> io::Result<usize> {
    file.read_at(buffer, 0)
}

pub(super) fn usage() -> Option<Usage> {
    // SAFETY: all-zero is a valid `rusage`.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: `usage` is a valid place for the result.
    let code = unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut usage) };
    (code == 0).then(|| Usage {
        cpu: duration(usage.ru_utime) + duration(usage.ru_stime),
        switches: Some(Switches {
            voluntary: u64::try_from(usage.ru_nvcsw).unwrap_or(0),
            involuntary: u64::try_from(usage.ru_nivcsw).unwrap_or(0),
        }),
    })
}

fn duration(time: libc::timeval) -> Duration {
    Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or(0))
        + Duration::from_micros(u64::try_from(time.tv_usec).unwrap_or(0))
}
