//! What `/proc` tells about a process (`proc(5)`).

use std::process::Child;

/// Processor seconds, of all its threads.
pub(crate) fn cpu_seconds(pid: u32) -> f64 {
    cpu_seconds_of(&pid.to_string())
}

/// Processor seconds of the thread that asks.
pub(crate) fn own_cpu_seconds() -> f64 {
    cpu_seconds_of("thread-self")
}

fn cpu_seconds_of(whose: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{whose}/stat")).expect("it lives");
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or("")
        .split_whitespace()
        .collect();
    let ticks = |index: usize| {
        fields
            .get(index)
            .and_then(|text| text.parse::<f64>().ok())
            .unwrap_or(f64::NAN)
    };
    (ticks(11) + ticks(12)) / rustix::param::clock_ticks_per_second() as f64
}

/// Waits for the end of `child` and returns its processor seconds: `/proc` still
/// has them while it is not reaped.
pub(crate) fn cpu_seconds_of_zombie(child: &mut Child) -> f64 {
    let pid = child.id();
    while state(pid) != Some('Z') {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let seconds = cpu_seconds(pid);
    child.wait().expect("it can be waited for");
    seconds
}

fn state(pid: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(')').next()?.trim_start().chars().next()
}

/// How many descriptors it has open.
pub(crate) fn open_files(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd"))
        .expect("the process lives")
        .count()
}

/// Proportional set size in KiB.
pub(crate) fn pss_kib(pid: u32) -> u64 {
    field(&format!("/proc/{pid}/smaps_rollup"), "Pss:")
}

/// How often its threads went to sleep or were interrupted.
pub(crate) fn context_switches(pid: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("the process lives");
    tasks
        .filter_map(|task| Some(task.ok()?.path().join("status")))
        .map(|status| {
            let status = status.display().to_string();
            field(&status, "voluntary_ctxt_switches:")
                + field(&status, "nonvoluntary_ctxt_switches:")
        })
        .sum()
}

fn field(path: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(path).expect("the process lives");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .expect("the field is there");
    line.split_whitespace()
        .next()
        .and_then(|number| number.parse().ok())
        .expect("it is a number")
}
