//! Two halves that tests know by heart.

use super::document::{Attempt, Fact, Got, Half, Limit, Mode, Mount, Outcome, Round, Variable};

/// A half in a terminal.
pub(crate) fn user() -> Half {
    Half {
        mode: Mode::User,
        how: "by this command".to_owned(),
        machine: Some("workshop".to_owned()),
        system: "linux".to_owned(),
        side_by_side: true,
        rounds: rounds(100.0),
        got: Got {
            facts: vec![
                fact("account", "user", Some("ann (1000)")),
                fact("session", "terminal", Some("yes")),
                fact("session", "standard input", Some("terminal")),
                fact("group", "most memory of the control group", None),
                fact("place", "namespace of mounts", Some("mnt:[1]")),
            ],
            limits: vec![limit("open files", Some(1024), Some(524_288))],
            mounts: Some(vec![mount("/", "ext4 rw"), mount("/tmp", "tmpfs rw")]),
            variables: vec![
                variable("DB_PASSWORD", None),
                variable("HOME", Some("/home/ann")),
                variable("PATH", Some("/home/ann/.cargo/bin:/usr/bin")),
                variable("TERM", Some("xterm")),
            ],
        },
        attempts: vec![
            attempt("write-read-only-page", Outcome::Stopped),
            attempt("write-system-file", Outcome::Stopped),
        ],
    }
}

/// The same as a service.
pub(crate) fn service() -> Half {
    Half {
        mode: Mode::Service,
        how: "by systemd, as a service of the machine".to_owned(),
        got: Got {
            facts: vec![
                fact("account", "user", Some("root (0)")),
                fact("session", "terminal", Some("none")),
                fact("session", "standard input", Some("nothing")),
                fact(
                    "group",
                    "most memory of the control group",
                    Some("1073741824"),
                ),
                fact("place", "namespace of mounts", Some("mnt:[2]")),
            ],
            limits: vec![limit("open files", Some(524_288), Some(524_288))],
            mounts: Some(vec![mount("/", "ext4 ro"), mount("/run/x", "tmpfs rw")]),
            variables: vec![
                variable("INVOCATION_ID", Some("1")),
                variable("PATH", Some("/usr/bin:/usr/sbin")),
            ],
        },
        attempts: vec![
            attempt("write-read-only-page", Outcome::Stopped),
            attempt("write-system-file", Outcome::Succeeded),
        ],
        ..user()
    }
}

/// Seven rounds around `call` nanoseconds a call.
pub(crate) fn rounds(call: f64) -> Vec<Round> {
    [0.97, 0.98, 0.99, 1.0, 1.01, 1.02, 1.03]
        .map(|part| Round {
            call_ns: call * part,
            read_1_ns: 300.0 * part,
            read_4096_ns: 500.0 * part,
            timer_late_us: (60.0 * part).round(),
            timer_late_p99_us: (100.0 * part).round(),
            voluntary_switches: Some(400.0 * part),
            involuntary_switches: Some(0.0),
            processors: Some(1.0 * part),
        })
        .to_vec()
}

pub(crate) fn fact(area: &str, name: &str, value: Option<&str>) -> Fact {
    Fact {
        area: area.to_owned(),
        name: name.to_owned(),
        value: value.map(str::to_owned),
    }
}

pub(crate) fn variable(name: &str, value: Option<&str>) -> Variable {
    Variable {
        name: name.to_owned(),
        value: value.map(str::to_owned),
        fingerprint: None,
    }
}

fn limit(name: &str, soft: Option<u64>, hard: Option<u64>) -> Limit {
    Limit {
        name: name.to_owned(),
        soft,
        hard,
    }
}

fn mount(at: &str, what: &str) -> Mount {
    Mount {
        at: at.to_owned(),
        what: what.to_owned(),
    }
}

fn attempt(access: &str, outcome: Outcome) -> Attempt {
    Attempt {
        access: access.to_owned(),
        outcome,
        why: None,
    }
}
