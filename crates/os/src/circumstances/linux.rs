//! `/proc/self`, control groups and two system calls without a wrapper.
//!
//! All of the files are the kernel's own, of bounded size.

use std::fs;
use std::path::Path;

use super::{Area, Fact, Mount, fact};

/// A machine with more is one of containers, and nobody reads such a list.
const MOST_MOUNTS: usize = 2000;

pub(super) fn facts() -> Vec<Fact> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut facts = rights(&status);
    facts.extend(rank(&status));
    facts.extend(group());
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

fn group() -> Vec<Fact> {
    let path = text_of("/proc/self/cgroup").and_then(|text| group_path(&text));
    let limit = |file: &str| {
        let path = path.as_deref()?;
        ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
            .iter()
            .find_map(|root| least(Path::new(root), path, file))
    };
    vec![
        fact(
            Area::Group,
            "most memory of the control group",
            limit("memory.max"),
        ),
        fact(
            Area::Group,
            "memory from which it is slowed down",
            limit("memory.high"),
        ),
        fact(
            Area::Group,
            "processor time of the control group",
            limit("cpu.max"),
        ),
        fact(
            Area::Group,
            "most processes of the control group",
            limit("pids.max"),
        ),
        fact(Area::Group, "control group", path),
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

/// The path of version 2, else that of systemd's own hierarchy, else the first.
fn group_path(text: &str) -> Option<String> {
    let path_in = |prefix: &str| text.lines().find_map(|line| line.strip_prefix(prefix));
    let path = path_in("0::")
        .or_else(|| {
            text.lines()
                .find_map(|line| line.split_once(":name=systemd:").map(|(_, path)| path))
        })
        .or_else(|| text.lines().next()?.splitn(3, ':').nth(2))?;
    Some(path.to_owned())
}

/// What binds of the files called `file` of a group and of those above it: the least
/// number, which `max` is not. `None`: no file has any.
fn least(root: &Path, group: &str, file: &str) -> Option<String> {
    let group = root.join(group.trim_start_matches('/'));
    let values: Vec<String> = group
        .ancestors()
        .take_while(|dir| dir.starts_with(root))
        .filter_map(|dir| text_of(dir.join(file)))
        .collect();
    let number = |value: &String| -> Option<u64> {
        let mut words = value.split(' ').map(str::parse::<u64>);
        let first = words.next()?.ok()?;
        match words.next() {
            // Microseconds of each period: 100000 is one processor.
            Some(period) => first.checked_mul(100_000)?.checked_div(period.ok()?),
            None => Some(first),
        }
    };
    let least = values
        .iter()
        .filter(|value| number(value).is_some())
        .min_by_key(|value| number(value));
    match (least, values.is_empty()) {
        (Some(value), _) => Some(value.clone()),
        (None, false) => Some("unlimited".to_owned()),
        (None, true) => None,
    }
}

pub(super) fn mounts() -> Option<Vec<Mount>> {
    let text = fs::read_to_string("/proc/self/mountinfo").ok()?;
    Some(text.lines().take(MOST_MOUNTS).filter_map(mount).collect())
}

/// A line of `proc_pid_mountinfo(5)`: number, parent, device, root, place, options,
/// any number of tags, `-`, kind, source, options of the file system.
fn mount(line: &str) -> Option<Mount> {
    let mut words = line.split(' ');
    let root = words.nth(3)?;
    let at = words.next()?;
    let options = words.next()?;
    let kind = words.skip_while(|&word| word != "-").nth(1)?;
    let of = match root {
        "/" => String::new(),
        part => format!(" (its folder {})", plain(part)),
    };
    Some(Mount {
        at: plain(at),
        what: format!("{kind} {options}{of}"),
    })
}

/// Spaces, tabs, line feeds and backslashes stand as three octal digits.
fn plain(word: &str) -> String {
    let codes = [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ];
    let mut text = word.to_owned();
    for (code, character) in codes {
        text = text.replace(code, character);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_told_with_what_a_process_sees_of_them() {
        let line = "36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 shared:2 - ext3 /dev/root rw";
        let mount = mount(line).expect("it is whole");
        assert_eq!(mount.at, "/mnt 2");
        assert_eq!(mount.what, "ext3 rw,noatime (its folder /mnt1)");
        assert_eq!(super::mount("36 35 98:0 / /"), None);
        let own = mounts().expect("/proc is there");
        assert!(own.iter().any(|mount| mount.at == "/"));
    }

    #[test]
    fn the_group_of_version_2_is_told_where_there_is_one() {
        let hybrid = "4:memory:/a\n1:name=systemd:/b\n0::/c\n";
        assert_eq!(group_path(hybrid).as_deref(), Some("/c"));
        assert_eq!(
            group_path("4:memory:/a\n1:name=systemd:/b:c\n").as_deref(),
            Some("/b:c")
        );
        assert_eq!(group_path("4:memory:/a:b\n").as_deref(), Some("/a:b"));
        assert_eq!(group_path(""), None);
    }

    #[test]
    fn the_least_limit_above_a_group_is_its_own() {
        let root = tempfile::tempdir().expect("a folder");
        let inner = root.path().join("a/b");
        fs::create_dir_all(&inner).expect("made");
        let put =
            |path: &str, text: &str| fs::write(root.path().join(path), text).expect("written");
        put("a/pids.max", "100\n");
        put("a/b/pids.max", "max\n");
        put("a/cpu.max", "50000 100000\n");
        put("a/b/cpu.max", "200000 100000\n");
        put("a/b/memory.max", "max\n");
        let of = |file: &str| least(root.path(), "/a/b", file);
        assert_eq!(of("pids.max").as_deref(), Some("100"));
        assert_eq!(of("cpu.max").as_deref(), Some("50000 100000"));
        assert_eq!(of("memory.max").as_deref(), Some("unlimited"));
        assert_eq!(of("memory.high"), None);
    }

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
