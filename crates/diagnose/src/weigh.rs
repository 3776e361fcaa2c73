//! How much weight words have, by how it ended.

use outlast_model::Confidence;

use crate::case::Case;
use crate::sign::Sign;

/// Signals that somebody else sends, or the kernel: whatever a program was saying, it is
/// not what it died of.
const FROM_OUTSIDE: [&str; 14] = [
    "KILL", "TERM", "HUP", "INT", "QUIT", "USR1", "USR2", "ALRM", "VTALRM", "PROF", "XCPU", "XFSZ",
    "SYS", "PIPE",
];

/// Signals of a fault, of which other words tell than those that a program says itself.
const FAULTS: [&str; 6] = ["SEGV", "BUS", "ILL", "FPE", "TRAP", "EMT"];

/// The most that can be concluded from `evidence`, given all that was seen.
pub(crate) fn at_most(case: &Case, all: &[Sign], evidence: &[Sign]) -> Confidence {
    // A log of systemd tells how it ended as a guardian does.
    let is_end_known = all.iter().any(|sign| sign.name == "exit");
    let is_open = case.is_log_only && !is_end_known;
    if is_open && !evidence.iter().any(is_certain_in_a_log) {
        return Confidence::Medium;
    }
    if !evidence.iter().all(is_said_by_the_program) {
        return Confidence::High;
    }
    if all.iter().any(|sign| sign.name == "stalled") {
        return Confidence::Medium;
    }
    if all
        .iter()
        .any(|sign| sign.name == "exit" && is_not_its_own(sign))
    {
        return Confidence::Low;
    }
    let is_elsewhere = |sign: &Sign| sign.name == "said" && sign.field("where") != Some("block");
    if all.iter().any(ends_it) && evidence.iter().any(is_elsewhere) {
        return Confidence::Medium;
    }
    Confidence::High
}

/// In a log alone, only what is printed at no other time is sure.
fn is_certain_in_a_log(sign: &Sign) -> bool {
    sign.field("fatality") == Some("process")
        || matches!(
            sign.name,
            "kernel" | "manager" | "memory-daemon" | "exit" | "event-log"
        )
}

/// What is no more than the words of a program that were perhaps survived, and that it
/// ended.
fn is_said_by_the_program(sign: &Sign) -> bool {
    match sign.name {
        "block" => sign.field("fatality") != Some("process"),
        "exit" => sign.field("signal").is_none() && sign.field("like").is_none(),
        name => matches!(
            name,
            "said"
                | "began"
                | "shown"
                | "warned"
                | "last-words"
                | "failed"
                | "brief"
                | "memory"
                | "changed"
        ),
    }
}

fn is_not_its_own(exit: &Sign) -> bool {
    let is_one_of = |signals: &[&str]| {
        [exit.field("signal"), exit.field("like")]
            .into_iter()
            .flatten()
            .any(|signal| signals.contains(&signal))
    };
    is_one_of(&FROM_OUTSIDE) || is_one_of(&FAULTS)
}

/// An error at the end that nobody caught: other lines do not tell more of it.
fn ends_it(sign: &Sign) -> bool {
    let is = |field: &str, value: &str| sign.field(field) == Some(value);
    sign.name == "block"
        && is("position", "last")
        && !is("fatality", "thread")
        && !is("logged", "yes")
}
