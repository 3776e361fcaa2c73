//! The limit of the machine: a loop that does nothing but wait and start again,
//! and `cat` into a file.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::guarded::child;
use crate::marks::{Marks, monotonic_nanoseconds};
use crate::proc;

/// Milliseconds from a kill to the first act of the next instance.
pub(crate) fn restarts(rounds: usize) -> Vec<f64> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut marks = Marks::new(folder.path());
    let start = || {
        Command::new(child())
            .args(["mark", marks.path()])
            .spawn()
            .expect("it can be started")
    };
    let mut process = start();
    let mut times = Vec::new();
    marks.next();
    for _ in 0..rounds {
        let begin = monotonic_nanoseconds();
        process.kill().expect("it can be killed");
        process.wait().expect("it can be waited for");
        process = Command::new(child())
            .args(["mark", marks.path()])
            .spawn()
            .expect("it can be started");
        times.push((marks.next().nanoseconds - begin) as f64 / 1e6);
    }
    process.kill().expect("it can be killed");
    process.wait().expect("it can be waited for");
    times
}

/// MiB per second and processor seconds per GiB of `cat` from a pipe into a file.
pub(crate) fn cat(mebibytes: u64) -> (f64, f64) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let bytes = (mebibytes << 20).to_string();
    let begin = Instant::now();
    let mut spew = Command::new(child())
        .args(["spew", &bytes, "100"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it can be started");
    let file = File::create(folder.path().join("out")).expect("a file can be made");
    let mut cat = Command::new("cat")
        .stdin(spew.stdout.take().expect("it was asked for"))
        .stdout(file)
        .spawn()
        .expect("cat can be run");
    spew.wait().expect("it can be waited for");
    let seconds = proc::cpu_seconds_of_zombie(&mut cat);
    (
        mebibytes as f64 / begin.elapsed().as_secs_f64(),
        seconds / (mebibytes as f64 / 1024.0),
    )
}
