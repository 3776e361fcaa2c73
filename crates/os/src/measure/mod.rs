//! What the operating system costs this process: the cheapest of its calls, a read
//! of a file that is in memory, and what the process has used so far.
//!
//! | | Unix | Windows |
//! |---|---|---|
//! | a call | `getppid(2)` | `NtWaitForSingleObject` without a wait |
//! | a read | `pread(2)` of the own program's file | `ReadFile` of it |
//! | processor time | `getrusage(2)` | `GetProcessTimes` |
//! | switches | `getrusage(2)` | – |
//!
//! Nothing here takes the time: who measures chooses how often and which clock.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::fs::File;
use std::io;
use std::time::Duration;

use crate::process::own_program;

/// Makes one system call that does nearly nothing, and is never answered without
/// entering the kernel.
pub fn call() {
    sys::call();
}

/// A file that is in memory as long as this process runs: its own program.
#[derive(Debug)]
pub struct Source(File);

impl Source {
    /// Opens it.
    ///
    /// # Errors
    /// As the file system tells them, for instance when the program was removed.
    pub fn open() -> io::Result<Self> {
        File::open(own_program()?).map(Self)
    }

    /// Fills `buffer` from the file's beginning, with one system call.
    ///
    /// # Errors
    /// As the file system tells them; `UnexpectedEof` when there is less.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<()> {
        if sys::read_at_start(&self.0, buffer)? < buffer.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

/// What this process has used since it was started, all of its threads together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Processor time, in user mode and in the kernel.
    pub cpu: Duration,
    /// `None`: this system does not tell.
    pub switches: Option<Switches>,
}

/// How often the process was taken off a processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switches {
    /// Because it waited for something.
    pub voluntary: u64,
    /// Because another one was to run.
    pub involuntary: u64,
}

/// What this process has used so far; `None`: this system does not tell.
pub fn usage() -> Option<Usage> {
    sys::usage()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn the_own_program_is_read_and_never_beyond_its_end() {
        let source = Source::open().expect("this program has a file");
        let mut first = [0_u8; 1];
        source.read(&mut first).expect("a program is not empty");
        let mut page = [0_u8; 4096];
        source.read(&mut page).expect("a program is longer");
        assert_eq!(page[0], first[0]);
        let mut too_long = vec![0_u8; 1 << 30];
        let error = source.read(&mut too_long).expect_err("no test is so large");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn what_a_process_computes_is_counted() {
        let before = usage().expect("every system tells");
        let begun = Instant::now();
        // Bound by its own processor time: a machine that is busy takes longer.
        while usage().expect("as before").cpu < before.cpu + Duration::from_millis(20) {
            call();
            assert!(begun.elapsed() < Duration::from_secs(60), "nothing counts");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_wait_is_a_voluntary_switch() {
        let count = || usage().and_then(|usage| usage.switches).expect("Unix");
        let before = count().voluntary;
        for _ in 0..10 {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(count().voluntary >= before + 10);
    }
}
