//! From the death of an instance to the first act of the next.

use std::process::Command;

use crate::floor;
use crate::guarded::{Guarded, Output, child, median};
use crate::marks::{Marks, monotonic_nanoseconds};

const ROUNDS: usize = 200;

pub(crate) fn bench() {
    let floor = median(&mut floor::restarts(ROUNDS));
    println!("restart  floor                median {floor:.3} ms");
    for (name, output) in [
        ("without capture", Output::Discarded),
        ("with capture", Output::Captured),
    ] {
        let time = median(&mut restarts(output));
        println!(
            "restart  outlast {name:<16} median {time:.3} ms   {:.2} x floor",
            time / floor
        );
    }
}

fn restarts(output: Output) -> Vec<f64> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut marks = Marks::new(folder.path());
    let guarded = Guarded::run(folder, 1, &[&child(), "mark", marks.path()], output);
    let mut instance = marks.next();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let begin = monotonic_nanoseconds();
        kill(instance.pid);
        instance = marks.next();
        times.push((instance.nanoseconds - begin) as f64 / 1e6);
    }
    drop(guarded);
    times
}

/// `SIGKILL` to `pid`.
fn kill(pid: u32) {
    let pid = i32::try_from(pid)
        .ok()
        .and_then(rustix::process::Pid::from_raw)
        .expect("a process number");
    if rustix::process::kill_process(pid, rustix::process::Signal::KILL).is_err() {
        let _ = Command::new("kill")
            .args(["-KILL", &pid.as_raw_nonzero().to_string()])
            .status();
    }
}
