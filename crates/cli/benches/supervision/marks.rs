//! Every instance says when it began, as its first act.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A FIFO to which instances write `PID NANOSECONDS`.
pub(crate) struct Marks {
    path: PathBuf,
    lines: BufReader<File>,
}

/// The first act of one instance.
pub(crate) struct Mark {
    pub(crate) pid: u32,
    /// On the monotonic clock.
    pub(crate) nanoseconds: u64,
}

impl Marks {
    pub(crate) fn new(folder: &Path) -> Self {
        let path = folder.join("marks");
        let made = Command::new("mkfifo")
            .arg(&path)
            .status()
            .expect("mkfifo can be run");
        assert!(made.success(), "a FIFO can be made");
        // Open for both, so that it never ends.
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .expect("the FIFO can be opened");
        Self {
            path,
            lines: BufReader::new(file),
        }
    }

    pub(crate) fn path(&self) -> &str {
        self.path.to_str().expect("temporary paths are Unicode")
    }

    /// Waits for the next mark.
    pub(crate) fn next(&mut self) -> Mark {
        let mut line = String::new();
        self.lines
            .read_line(&mut line)
            .expect("the FIFO can be read");
        let (pid, nanoseconds) = line.trim().split_once(' ').expect("a mark has two numbers");
        Mark {
            pid: pid.parse().expect("a mark begins with a process number"),
            nanoseconds: nanoseconds.parse().expect("a mark ends with a time"),
        }
    }
}

/// What a marking instance does: says that it is there, then nothing.
pub(crate) fn mark(fifo: &str) {
    let line = format!("{} {}\n", std::process::id(), monotonic_nanoseconds());
    let mut file = OpenOptions::new()
        .append(true)
        .open(fifo)
        .expect("the FIFO is there");
    file.write_all(line.as_bytes())
        .expect("somebody reads the FIFO");
    drop(file);
    loop {
        std::thread::park();
    }
}

/// The monotonic clock, which is the same in all processes.
pub(crate) fn monotonic_nanoseconds() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0)
}
