//! Who starts a guardian when the machine starts, and whether it had ended at
//! all.

use outlast_native::{ManagerKind, StartType, Trigger};
use outlast_os::inspection::boot::BootTarget;

use super::{Circumstances, Fate, Form, Said};

pub(super) fn prospect(circumstances: &Circumstances<'_>) -> Said {
    match circumstances.form {
        Form::MachineService => of_machine(circumstances),
        Form::UserService => of_user(circumstances),
        Form::Terminal => (
            Fate::StaysAway,
            "it is not started: nobody but you starts it".to_owned(),
            Some("make it a native service: outlast install".to_owned()),
        ),
    }
}

fn of_machine(circumstances: &Circumstances<'_>) -> Said {
    let facts = circumstances.facts;
    let is_windows = circumstances.planned().manager_kind == ManagerKind::Windows;
    match facts.has_fast_startup() {
        Some(true) if is_windows => (
            Fate::GoesOn,
            "Fast Startup hibernates services at a shutdown: it goes on after power on, without a new start; \
             a restart starts it anew"
                .to_owned(),
            Some("powercfg /hibernate off".to_owned()),
        ),
        None if is_windows => {
            let (fate, text, fix) = started(circumstances);
            let more = "unless Fast Startup is on, with which it goes on without a new start; that is unknown here";
            (fate, format!("{text}, {more}"), fix)
        }
        _ => started(circumstances),
    }
}

fn of_user(circumstances: &Circumstances<'_>) -> Said {
    let user = &circumstances.user;
    if circumstances.planned().manager_kind == ManagerKind::Systemd {
        let lingers = circumstances.facts.lingers(user) == Some(true);
        if lingers || !circumstances.subject.is_installed() {
            return started(circumstances);
        }
    }
    match started(circumstances) {
        (Fate::StartsAnew, ..) => {
            let text = format!("it is started when {user} logs on, and not before");
            (Fate::StartsAnew, text, None)
        }
        other => other,
    }
}

/// As its manager starts it.
fn started(circumstances: &Circumstances<'_>) -> Said {
    let planned = circumstances.planned();
    let anew = |how: &str| (Fate::StartsAnew, format!("it is started {how}"), None);
    match &planned.definition.start {
        StartType::Auto | StartType::Delayed if circumstances.subject.enabled() == Some(false) => {
            disabled(circumstances)
        }
        StartType::Auto | StartType::Delayed if has_nowhere_to_boot_to(circumstances) => (
            Fate::StaysAway,
            "it is not started: this machine has no default.target to boot into".to_owned(),
            Some("systemctl set-default multi-user.target".to_owned()),
        ),
        StartType::Auto => anew("with the machine, whether somebody logs on or not"),
        StartType::Delayed => anew("with the machine, after the others"),
        StartType::Trigger(Trigger::Network) => anew("when the network is there"),
        StartType::Trigger(Trigger::Path(path)) => {
            anew(&format!("when there is {}", path.display()))
        }
        StartType::Manual | StartType::Disabled => away(circumstances),
    }
}

fn has_nowhere_to_boot_to(circumstances: &Circumstances<'_>) -> bool {
    let planned = circumstances.planned();
    planned.manager_kind == ManagerKind::Systemd
        && planned.is_the_machine_s()
        && circumstances.facts.boot_target() == Some(BootTarget::Missing)
}

fn away(circumstances: &Circumstances<'_>) -> Said {
    let planned = circumstances.planned();
    (
        Fate::StaysAway,
        format!(
            "it is not started until somebody does (start = \"{}\")",
            planned.definition.start.word()
        ),
        Some(format!("outlast config set {} start=auto", planned.name())),
    )
}

/// By somebody who has gone round `outlast`.
fn disabled(circumstances: &Circumstances<'_>) -> Said {
    let planned = circumstances.planned();
    let systemd_s = match (planned.manager_kind, circumstances.form) {
        (ManagerKind::Systemd, Form::MachineService) => Some(""),
        (ManagerKind::Systemd, _) => Some("--user "),
        _ => None,
    };
    (
        Fate::StaysAway,
        "it is not started: somebody has disabled it".to_owned(),
        systemd_s.map(|whose| format!("systemctl {whose}enable {}", planned.name())),
    )
}
