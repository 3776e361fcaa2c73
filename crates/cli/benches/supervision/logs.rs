//! Captured output, beside `cat` into a file.

use std::io::Write as _;
use std::time::{Duration, Instant};

use crate::floor;
use crate::guarded::{Guarded, Output, child};
use crate::proc;

const MEBIBYTES: u64 = 1024;

pub(crate) fn bench() {
    let (floor_rate, floor_cpu) = floor::cat(MEBIBYTES);
    println!("logs     cat                  {floor_rate:.0} MiB/s   {floor_cpu:.2} CPU s/GiB");
    let (rate, cpu) = captured();
    println!(
        "logs     outlast              {rate:.0} MiB/s   {cpu:.2} CPU s/GiB   {:.2} x rate, {:.2} x CPU",
        rate / floor_rate,
        cpu / floor_cpu
    );
}

fn captured() -> (f64, f64) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let done = folder.path().join("done");
    let script = format!(
        "[ -e {done} ] || {{ {child} spew {bytes} 100; : > {done}; }}; exec sleep 3600",
        done = done.display(),
        child = child(),
        bytes = MEBIBYTES << 20,
    );
    let begin = Instant::now();
    let guarded = Guarded::run(folder, 1, &["/bin/sh", "-c", &script], Output::Captured);
    while !guarded.path().join("done").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let seconds = begin.elapsed().as_secs_f64();
    let mut cpu = proc::cpu_seconds(guarded.pid());
    // The guardian is done when it stops using the processor.
    loop {
        std::thread::sleep(Duration::from_millis(300));
        let now = proc::cpu_seconds(guarded.pid());
        if now - cpu < 0.01 {
            break;
        }
        cpu = now;
    }
    (
        MEBIBYTES as f64 / seconds,
        cpu / (MEBIBYTES as f64 / 1024.0),
    )
}

/// What a spewing instance does: `bytes` bytes in lines of `line` bytes.
pub(crate) fn spew(bytes: &str, line: &str) {
    let mut left: usize = bytes.parse().expect("a number of bytes");
    let line: usize = line.parse().expect("a length of a line");
    let mut block = vec![b'x'; 65536 / line * line];
    for index in (line - 1..block.len()).step_by(line) {
        block[index] = b'\n';
    }
    let mut output = std::io::stdout().lock();
    while left > 0 {
        let count = left.min(block.len());
        if output.write_all(&block[..count]).is_err() {
            std::process::exit(3);
        }
        left -= count;
    }
}
