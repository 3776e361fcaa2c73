//! Nothing runs while a machine sleeps. What differs is how much earlier a
//! guardian is stopped, and how much of a sleep its clock sees.

use outlast_native::ManagerKind;
use outlast_os::inspection::power::SleepKind;

use super::{Circumstances, Fate, Form, Said};

/// What holds for every sleep that the clocks show.
const NO_LIMIT: &str = "no time limit counts that";

pub(super) fn prospect(circumstances: &Circumstances<'_>) -> Said {
    let facts = circumstances.facts;
    let systemd = facts.systemd_sleep();
    if systemd.as_ref().is_some_and(|systemd| systemd.is_masked) {
        let text = "systemd does not put this machine to sleep (sleep.target is masked)".to_owned();
        return (Fate::GoesOn, text, None);
    }
    match facts.sleep_kinds() {
        Some(kinds) if kinds.is_empty() => {
            (Fate::GoesOn, "this machine cannot sleep".to_owned(), None)
        }
        Some(kinds) if kinds.contains(&SleepKind::ModernStandby) => in_standby(circumstances.form),
        Some(kinds) => {
            let mut text = still(circumstances, "it stands still");
            if kinds.contains(&SleepKind::ToIdle) {
                text.push_str("; only moments in which a suspend-to-idle is interrupted may count");
            }
            (Fate::Pauses, text, None)
        }
        None => (
            Fate::Pauses,
            still(
                circumstances,
                "how this machine sleeps is unknown; while it does, it stands still",
            ),
            None,
        ),
    }
}

fn in_standby(form: Form) -> Said {
    match form {
        Form::MachineService => (
            Fate::Throttled,
            format!(
                "this machine has Modern Standby: it is suspended, or runs about a second in thirty; {NO_LIMIT}"
            ),
            None,
        ),
        Form::UserService | Form::Terminal => (
            Fate::Pauses,
            format!(
                "this machine has Modern Standby: it is suspended, as all of a session is; {NO_LIMIT}"
            ),
            None,
        ),
    }
}

fn still(circumstances: &Circumstances<'_>, first: &str) -> String {
    let mut text = first.to_owned();
    let systemd = circumstances.facts.systemd_sleep();
    let freezing = systemd.and_then(|systemd| systemd.freezing);
    // A user's service and a session are in user.slice, which is what is frozen.
    let is_frozen = circumstances.form != Form::MachineService
        && freezing.is_some_and(|services| !services.is_empty());
    if is_frozen {
        text.push_str(", frozen by systemd from before the sleep until after it");
    }
    // FreeBSD's clocks do not tell how long a machine slept.
    if circumstances.planned().manager_kind == ManagerKind::FreeBsd {
        text.push_str(", and goes on when the machine wakes; how long that was is not told here");
    } else {
        text.push_str(", and goes on when the machine wakes; ");
        text.push_str(NO_LIMIT);
    }
    text
}
