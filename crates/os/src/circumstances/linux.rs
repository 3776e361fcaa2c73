//! `/proc/self`, and two system calls without a wrapper.
//!
//! All of the files are the kernel's own, of bounded size.

mod groups;
mod mounts;

use std::fs;
use std::path::Path;

pub(super) use mounts::mounts;

use super::{Area, Fact, fact};

pub(super) fn facts() -> Vec<Fact> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut facts = rights(&status);
    facts.extend(rank(&status));
    facts.extend(groups::facts());
    facts.extend(session());
    facts.extend(place());
    facts
}

fn rights(status: &str) -> Vec<Fact> {
    let field = |name| field(status, name);
    let label = [
        "/proc/self/attr/current",
        "/proc/self/attr/apparmor/current",
    ]
    .into_iter()
    .find_map(text_of);
    vec![
        fact(Area::Rights, "umask", field("Umask")),
        fact(
            Area::Rights,
            "capabilities",
            field("CapEff").map(|mask| capabilities(&mask)),
        ),
        fact(
            Area::Rights,
            "capabilities that it could ever have",
            field("CapBnd").map(|mask| capabilities(&mask)),
        ),
        fact(
            Area::Rights,
            "no new privileges",
            field("NoNewPrivs").map(yes_or_no),
        ),
        fact(
            Area::Rights,
            "system calls are filtered",
            field("Seccomp").map(filtered),
        ),
        fact(
            Area::Rights,
            "security label",
            Some(label.unwrap_or_else(|| "none".to_owned())),
        ),
    ]
}

fn rank(status: &str) -> Vec<Fact> {
    vec![
        fact(Area::Rank, "scheduling policy", policy()),
        fact(Area::Rank, "I/O class", io_class()),
        fact(
            Area::Rank,
            "score when memory lacks",
            text_of("/proc/self/oom_score_adj"),
        ),
        fact(
            Area::Rank,
            "timer slack in nanoseconds",
            text_of("/proc/self/timerslack_ns"),
        ),
        fact(
            Area::Rank,
            "processors that it may use",
            field(status, "Cpus_allowed_list"),
        ),
    ]
}

fn session() -> Vec<Fact> {
    let number = |path| {
        let text = text_of(path)?;
        // `(uid_t)-1`: nobody has logged in.
        Some(if text == "4294967295" {
            "none".to_owned()
        } else {
            text
        })
    };
    let parent = rustix::process::getppid().map(rustix::process::Pid::as_raw_nonzero);
    let parent = parent.and_then(|pid| text_of(format!("/proc/{pid}/comm")));
    vec![
        fact(
            Area::Session,
            "audit session",
            number("/proc/self/sessionid"),
        ),
        fact(
            Area::Session,
            "user who has logged in",
            number("/proc/self/loginuid"),
        ),
        fact(Area::Session, "started by", parent),
    ]
}

/// Two processes share a namespace when its link has the same number.
fn place() -> Vec<Fact> {
    const NAMESPACES: [(&str, &str); 7] = [
        ("namespace of mounts", "mnt"),
        ("namespace of processes", "pid"),
        ("namespace of users", "user"),
        ("namespace of the network", "net"),
        ("namespace of host names", "uts"),
        ("namespace of shared memory", "ipc"),
        ("namespace of control groups", "cgroup"),
    ];
    let link = |path: String| Some(fs::read_link(path).ok()?.display().to_string());
    let mut facts = vec![fact(
        Area::Place,
        "root directory",
        link("/proc/self/root".into()),
    )];
    for (name, file) in NAMESPACES {
        facts.push(fact(
            Area::Place,
            name,
            link(format!("/proc/self/ns/{file}")),
        ));
    }
    facts
}

/// What a file has, without the end of its line; `None`: nothing, or no such file.
fn text_of(path: impl AsRef<Path>) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let text = text.trim_end_matches(['\n', '\0']).trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A field of `/proc/PID/status`, `proc_pid_status(5)`.
fn field(status: &str, name: &str) -> Option<String> {
    let mut lines = status.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    Some(value.trim().to_owned())
}

fn yes_or_no(value: String) -> String {
    match value.as_str() {
        "0" => "no".to_owned(),
        "1" => "yes".to_owned(),
        _ => value,
    }
}

fn filtered(value: String) -> String {
    match value.as_str() {
        "0" => "no".to_owned(),
        "1" => "all but four".to_owned(),
        "2" => "yes".to_owned(),
        _ => value,
    }
}

/// Those of a mask in hexadecimal, by name where that is short.
fn capabilities(mask: &str) -> String {
    let Ok(bits) = u64::from_str_radix(mask, 16) else {
        return mask.to_owned();
    };
    let last = text_of("/proc/sys/kernel/cap_last_cap").and_then(|text| text.parse::<u32>().ok());
    let all = last.map(|last| u64::MAX >> 63_u32.saturating_sub(last));
    if bits == 0 {
        return "none".to_owned();
    }
    if Some(bits) == all {
        return "all".to_owned();
    }
    format!("{} of them ({bits:x})", bits.count_ones())
}

/// `sched_getscheduler(2)`.
fn policy() -> Option<String> {
    // SAFETY: no memory is touched; 0 is this process.
    let policy = unsafe { libc::sched_getscheduler(0) };
    let word = match policy & !libc::SCHED_RESET_ON_FORK {
        libc::SCHED_OTHER => "other",
        libc::SCHED_BATCH => "batch",
        libc::SCHED_IDLE => "idle",
        libc::SCHED_FIFO => "first in, first out",
        libc::SCHED_RR => "round robin",
        _ => return None,
    };
    Some(word.to_owned())
}

/// `ioprio_get(2)`, which no C library wraps: three bits of class, then the level.
fn io_class() -> Option<String> {
    const PROCESS: libc::c_int = 1;
    // SAFETY: no memory is touched; 0 is this process.
    let priority = unsafe { libc::syscall(libc::SYS_ioprio_get, PROCESS, 0) };
    let level = priority & 0x7;
    match u32::try_from(priority).ok()? >> 13 {
        0 => Some("as the nice value says".to_owned()),
        1 => Some(format!("real time, level {level}")),
        2 => Some(format!("best effort, level {level}")),
        3 => Some("idle".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_known() {
        let facts = facts();
        let of = |name: &str| {
            let fact = facts.iter().find(|fact| fact.name == name);
            fact.unwrap_or_else(|| panic!("{name}")).value.clone()
        };
        for name in [
            "umask",
            "capabilities",
            "scheduling policy",
            "I/O class",
            "namespace of mounts",
        ] {
            assert!(of(name).is_some(), "{name}");
        }
    }
}
