//! What POSIX has; Linux has more.

use std::fs::File;
use std::os::fd::AsFd as _;
use std::os::unix::fs::FileTypeExt as _;

use rustix::process::{Resource, getrlimit};

use super::{Area, Circumstances, Fact, Limit, fact};
use crate::account::Account;

pub(super) fn of_this_process() -> Circumstances {
    let mut facts = account();
    facts.push(fact(Area::Place, "working directory", working_directory()));
    facts.push(fact(Area::Session, "terminal", Some(terminal())));
    facts.push(fact(Area::Rank, "nice value", nice_value()));
    #[cfg(target_os = "linux")]
    let mounts = {
        facts.extend(super::linux::facts());
        super::linux::mounts()
    };
    #[cfg(not(target_os = "linux"))]
    let mounts = {
        facts.push(fact(Area::Rights, "umask", Some(umask())));
        None
    };
    Circumstances {
        facts,
        limits: limits(),
        mounts,
    }
}

fn account() -> Vec<Fact> {
    let uid = rustix::process::geteuid().as_raw();
    let name = Account::current().ok();
    let user = name.map_or_else(
        || uid.to_string(),
        |account| format!("{} ({uid})", account.name()),
    );
    let groups = rustix::process::getgroups().ok().map(|groups| {
        let mut numbers: Vec<u32> = groups
            .into_iter()
            .map(rustix::process::Gid::as_raw)
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
        if numbers.is_empty() {
            "none".to_owned()
        } else {
            numbers.join(" ")
        }
    });
    let group = rustix::process::getegid().as_raw().to_string();
    vec![
        fact(Area::Account, "user", Some(user)),
        fact(Area::Account, "group", Some(group)),
        fact(Area::Account, "further groups", groups),
    ]
}

fn working_directory() -> Option<String> {
    let dir = std::env::current_dir().ok()?;
    Some(dir.display().to_string())
}

/// Whether there is one that the process could ask its user by.
fn terminal() -> String {
    match File::open("/dev/tty") {
        Ok(_) => "yes".to_owned(),
        Err(_) => "none".to_owned(),
    }
}

fn nice_value() -> Option<String> {
    let nice = rustix::process::getpriority_process(None).ok()?;
    Some(nice.to_string())
}

/// Only by setting it: see [`super::of_this_process`].
#[cfg(not(target_os = "linux"))]
fn umask() -> String {
    let mask = rustix::process::umask(rustix::fs::Mode::empty());
    rustix::process::umask(mask);
    format!("{:03o}", mask.bits())
}

const LIMITS: [(&str, Resource); 7] = [
    ("open files", Resource::Nofile),
    ("processes of the user", Resource::Nproc),
    ("size of a core dump", Resource::Core),
    ("size of a file", Resource::Fsize),
    ("locked memory", Resource::Memlock),
    ("stack", Resource::Stack),
    ("processor time in seconds", Resource::Cpu),
];

#[cfg(target_os = "linux")]
const MORE_LIMITS: [(&str, Resource); 4] = [
    ("address space", Resource::As),
    ("waiting signals", Resource::Sigpending),
    ("real-time priority", Resource::Rtprio),
    ("nice value, as 20 less it", Resource::Nice),
];
#[cfg(not(target_os = "linux"))]
const MORE_LIMITS: [(&str, Resource); 0] = [];

fn limits() -> Vec<Limit> {
    let all = LIMITS.iter().chain(&MORE_LIMITS);
    all.map(|&(name, resource)| {
        let limit = getrlimit(resource);
        Limit {
            name,
            soft: limit.current,
            hard: limit.maximum,
        }
    })
    .collect()
}

pub(super) fn standard_input() -> Option<&'static str> {
    let input = std::io::stdin();
    if rustix::termios::isatty(&input) {
        return Some("terminal");
    }
    let file = File::from(input.as_fd().try_clone_to_owned().ok()?);
    let metadata = file.metadata().ok()?;
    let kind = metadata.file_type();
    Some(if kind.is_fifo() {
        "pipe"
    } else if kind.is_socket() {
        "socket"
    } else if kind.is_file() {
        "file"
    } else if is_nothing(&metadata) {
        "nothing"
    } else {
        "device"
    })
}

/// `/dev/null`, by the device that it is.
fn is_nothing(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == metadata.rdev())
}

#[cfg(test)]
mod tests {
    use super::super::of_this_process;

    #[test]
    fn limits_are_what_the_system_says() {
        let limits = of_this_process().limits;
        let files = limits.iter().find(|limit| limit.name == "open files");
        let files = files.expect("every Unix limits them");
        assert!(files.soft.is_none_or(|soft| soft > 2));
        assert!(
            files
                .hard
                .is_none_or(|hard| files.soft.is_some_and(|soft| soft <= hard))
        );
    }
}
