//! Linux' `/sys/power`. macOS and FreeBSD tell nothing here that is a file.

use std::fs;
use std::path::Path;

use super::{PowerPlan, SleepKind};

pub(super) fn kinds() -> Option<Vec<SleepKind>> {
    kinds_below(Path::new("/sys/power"))
}

/// The states of `/sys/power/state`; which kind `mem` is says the word in
/// brackets of `mem_sleep`, and a `disk` in brackets that says `disabled` is none
/// (`Documentation/admin-guide/pm/sleep-states.rst` of the kernel).
fn kinds_below(power: &Path) -> Option<Vec<SleepKind>> {
    let states = fs::read_to_string(power.join("state")).ok()?;
    let chosen = |file: &str| {
        let text = fs::read_to_string(power.join(file)).ok()?;
        let word = text.split_whitespace().find(|word| word.starts_with('['))?;
        Some(word.trim_matches(['[', ']']).to_owned())
    };
    let mut kinds = Vec::new();
    for state in states.split_whitespace() {
        let kind = match state {
            "freeze" => SleepKind::ToIdle,
            "standby" => SleepKind::ToMemory,
            "mem" if chosen("mem_sleep").as_deref() == Some("s2idle") => SleepKind::ToIdle,
            "mem" => SleepKind::ToMemory,
            "disk" if chosen("disk").as_deref() != Some("disabled") => SleepKind::ToDisk,
            _ => continue,
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    Some(kinds)
}

pub(super) fn plan() -> Option<PowerPlan> {
    None
}

#[expect(clippy::unnecessary_wraps, reason = "Windows has to ask, and may fail")]
pub(super) fn has_fast_startup() -> Option<bool> {
    Some(false)
}

pub(super) fn is_saving() -> Option<bool> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(files: &[(&str, &str)]) -> Option<Vec<SleepKind>> {
        let power = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            fs::write(power.path().join(name), text).expect("written");
        }
        kinds_below(power.path())
    }

    #[test]
    fn the_kernel_tells_how_it_sleeps() {
        use SleepKind::{ToDisk, ToIdle, ToMemory};
        let all = ("state", "freeze mem disk\n");
        let deep = ("mem_sleep", "s2idle [deep]\n");
        let disk = ("disk", "[platform] shutdown reboot\n");
        let told = kinds(&[all, deep, disk]).expect("known");
        assert_eq!(told, [ToIdle, ToMemory, ToDisk]);
        let told = kinds(&[all, ("mem_sleep", "[s2idle]\n"), ("disk", "[disabled]\n")]);
        assert_eq!(told, Some(vec![ToIdle]));
    }

    #[test]
    fn a_kernel_that_cannot_sleep_is_told_from_one_that_says_nothing() {
        assert_eq!(kinds(&[("state", "\n")]), Some(Vec::new()));
        assert_eq!(kinds(&[]), None);
    }
}
