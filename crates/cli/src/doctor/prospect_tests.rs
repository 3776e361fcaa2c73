//! What will become of which guardian on which machine.

use outlast_native::{ManagerKind, StartType};
use outlast_os::inspection::boot::BootTarget;
use outlast_os::inspection::login::{LoginPolicy, Place};
use outlast_os::inspection::power::SleepKind;
use outlast_os::inspection::systemd_sleep::SystemdSleep;

use super::fake::{Fake, Guardian};
use super::prospect::Fate::{Ends, GoesOn, Pauses, StartsAnew, StaysAway, Throttled, Unknown};
use super::prospect::Form::{MachineService, Terminal, UserService};
use super::prospect::Moment::{Lock, LogOff, Sleep, StartUp};
use super::prospect::{Fate, Form, Moment};

fn plain() -> Guardian {
    Guardian::of("[services.api]\ncommand = 'api'")
}

fn of_user() -> Guardian {
    plain().of_user().installed()
}

fn policy() -> LoginPolicy {
    LoginPolicy {
        kills_user_processes: Some(false),
        killed_users: Vec::new(),
        spared_users: Vec::new(),
        lid_switch: "suspend".to_owned(),
        lid_switch_on_power: "suspend".to_owned(),
        lid_ignores_inhibitors: true,
        idle_action: "ignore".to_owned(),
        idle_session_limit: None,
        delay_limit: "5s".to_owned(),
    }
}

fn with_policy(policy: LoginPolicy) -> Fake {
    Fake {
        policy: Some(policy),
        ..Fake::default()
    }
}

fn sleeping(kinds: &[SleepKind]) -> Fake {
    Fake {
        sleep_kinds: Some(kinds.to_vec()),
        ..Fake::default()
    }
}

/// What becomes of `guardian`, and that its text has `part`.
#[track_caller]
fn check(guardian: &Guardian, machine: &Fake, at: (Form, Moment), expected: (Fate, &str)) {
    let prospect = guardian.prospect(machine, at.0, at.1);
    assert_eq!(prospect.fate, expected.0, "{prospect:?}");
    assert!(prospect.text.contains(expected.1), "{prospect:?}");
}

#[test]
fn what_is_not_installed_is_also_looked_at_in_a_terminal() {
    assert_eq!(plain().forms(), [MachineService, Terminal]);
    assert_eq!(plain().of_user().forms(), [UserService, Terminal]);
    assert_eq!(plain().installed().forms(), [MachineService]);
    assert_eq!(of_user().forms(), [UserService]);
}

#[test]
fn a_lock_does_nothing_but_may_be_followed_by_a_sleep() {
    for form in [MachineService, Terminal] {
        check(
            &plain(),
            &Fake::default(),
            (form, Lock),
            (GoesOn, "nothing"),
        );
    }
    let standby = sleeping(&[SleepKind::ModernStandby]);
    check(
        &plain(),
        &standby,
        (MachineService, Lock),
        (GoesOn, "Modern Standby"),
    );
    let idle = with_policy(LoginPolicy {
        idle_action: "suspend".to_owned(),
        ..policy()
    });
    check(
        &plain(),
        &idle,
        (MachineService, Lock),
        (GoesOn, "IdleAction=suspend"),
    );
}

#[test]
fn a_sleep_stops_everything_and_no_limit_counts_it() {
    let memory = sleeping(&[SleepKind::ToMemory]);
    check(
        &plain(),
        &memory,
        (MachineService, Sleep),
        (Pauses, "no time limit counts that"),
    );
    let idle = sleeping(&[SleepKind::ToIdle]);
    check(
        &plain(),
        &idle,
        (MachineService, Sleep),
        (Pauses, "suspend-to-idle"),
    );
    let unknown = Fake {
        sleep_kinds: None,
        ..Fake::default()
    };
    check(
        &plain(),
        &unknown,
        (MachineService, Sleep),
        (Pauses, "unknown"),
    );
    let freebsd = plain().with(ManagerKind::FreeBsd);
    check(
        &freebsd,
        &unknown,
        (MachineService, Sleep),
        (Pauses, "not told here"),
    );
}

#[test]
fn a_machine_that_cannot_sleep_does_not() {
    check(
        &plain(),
        &sleeping(&[]),
        (Terminal, Sleep),
        (GoesOn, "cannot sleep"),
    );
    let masked = Fake {
        systemd_sleep: Some(systemd(true, &[])),
        ..Fake::default()
    };
    check(&plain(), &masked, (Terminal, Sleep), (GoesOn, "masked"));
}

fn systemd(is_masked: bool, freezing: &[&str]) -> SystemdSleep {
    SystemdSleep {
        version: Some(257),
        freezing: Some(freezing.iter().map(|&name| name.to_owned()).collect()),
        are_users_frozen: Some(false),
        is_masked,
    }
}

#[test]
fn modern_standby_suspends_sessions_and_throttles_services() {
    let standby = sleeping(&[SleepKind::ModernStandby, SleepKind::ToDisk]);
    let windows = plain().with(ManagerKind::Windows);
    check(
        &windows,
        &standby,
        (MachineService, Sleep),
        (Throttled, "a second in thirty"),
    );
    check(&windows, &standby, (Terminal, Sleep), (Pauses, "suspended"));
}

#[test]
fn a_newer_systemd_freezes_users_and_not_the_machine_s_services() {
    let machine = Fake {
        systemd_sleep: Some(systemd(false, &["systemd-suspend.service"])),
        ..Fake::default()
    };
    check(
        &of_user(),
        &machine,
        (UserService, Sleep),
        (Pauses, "frozen by systemd"),
    );
    check(
        &plain(),
        &machine,
        (Terminal, Sleep),
        (Pauses, "frozen by systemd"),
    );
    let of_machine = plain().prospect(&machine, MachineService, Sleep);
    assert!(!of_machine.text.contains("frozen"), "{of_machine:?}");
}

#[test]
fn a_service_of_the_machine_outlives_every_session() {
    let kills = with_policy(LoginPolicy {
        kills_user_processes: Some(true),
        ..policy()
    });
    check(
        &plain(),
        &kills,
        (MachineService, LogOff),
        (GoesOn, "nothing"),
    );
    let windows = plain().with(ManagerKind::Windows);
    check(
        &windows,
        &Fake::default(),
        (MachineService, LogOff),
        (GoesOn, "-Xrs"),
    );
}

#[test]
fn a_user_s_service_outlives_its_sessions_when_the_user_lingers() {
    let lingering = |lingers| Fake {
        lingers,
        ..Fake::default()
    };
    check(
        &of_user(),
        &lingering(Some(true)),
        (UserService, LogOff),
        (GoesOn, "ann lingers"),
    );
    check(
        &of_user(),
        &lingering(Some(false)),
        (UserService, LogOff),
        (Ends, "of ann"),
    );
    check(
        &of_user(),
        &lingering(None),
        (UserService, LogOff),
        (Unknown, "no logind"),
    );
    let ends = of_user().prospect(&lingering(Some(false)), UserService, LogOff);
    assert_eq!(ends.fix.as_deref(), Some("loginctl enable-linger ann"));
    let planned = plain().of_user();
    check(
        &planned,
        &lingering(Some(false)),
        (UserService, LogOff),
        (GoesOn, "install"),
    );
    let agent = of_user().with(ManagerKind::Launchd);
    check(
        &agent,
        &lingering(None),
        (UserService, LogOff),
        (Ends, "session of ann"),
    );
}

#[test]
fn what_a_terminal_runs_ends_as_logind_is_set() {
    let at = (Terminal, LogOff);
    let policy_with = |kills_user_processes| LoginPolicy {
        kills_user_processes,
        ..policy()
    };
    let machine = |kills| with_policy(policy_with(kills));
    check(&plain(), &machine(Some(true)), at, (Ends, "logind ends"));
    check(
        &plain(),
        &machine(Some(false)),
        at,
        (Unknown, "logind leaves"),
    );
    check(&plain(), &machine(None), at, (Unknown, "not known"));
    check(&plain(), &Fake::default(), at, (Unknown, "no logind"));
    let idle = with_policy(LoginPolicy {
        idle_session_limit: Some("30min".to_owned()),
        ..policy_with(Some(true))
    });
    check(&plain(), &idle, at, (Ends, "StopIdleSessionSec"));
    let fix = plain().prospect(&machine(Some(true)), Terminal, LogOff).fix;
    assert!(fix.is_some_and(|fix| fix.contains("outlast install")));
}

#[test]
fn a_desktop_s_terminal_is_part_of_its_user_s_services() {
    let terminal = |lingers| Fake {
        place: Some(Place::UserServices),
        lingers: Some(lingers),
        ..with_policy(policy())
    };
    check(
        &plain(),
        &terminal(false),
        (Terminal, LogOff),
        (Ends, "user services of ann"),
    );
    check(
        &plain(),
        &terminal(true),
        (Terminal, LogOff),
        (Unknown, "desktop"),
    );
}

#[test]
fn windows_and_macos_end_what_a_session_has_started() {
    for manager in [ManagerKind::Windows, ManagerKind::Launchd] {
        let guardian = plain().with(manager);
        check(
            &guardian,
            &Fake::default(),
            (Terminal, LogOff),
            (Ends, "session"),
        );
    }
}

#[test]
fn a_native_service_is_started_as_its_definition_says() {
    let machine = Fake::default();
    let at = (MachineService, StartUp);
    let mut guardian = plain();
    check(&guardian, &machine, at, (StartsAnew, "with the machine"));
    guardian.definition.start = StartType::Manual;
    check(&guardian, &machine, at, (StaysAway, "manual"));
    let mut disabled = plain().installed();
    disabled.enabled = Some(false);
    check(&disabled, &machine, at, (StaysAway, "disabled"));
    let fix = disabled.prospect(&machine, MachineService, StartUp).fix;
    assert_eq!(fix.as_deref(), Some("systemctl enable shop"));
    let nowhere = Fake {
        boot_target: Some(BootTarget::Missing),
        ..Fake::default()
    };
    check(&plain(), &nowhere, at, (StaysAway, "default.target"));
}

#[test]
fn a_user_s_service_waits_for_its_user_unless_that_lingers() {
    let lingering = |lingers| Fake {
        lingers,
        ..Fake::default()
    };
    let at = (UserService, StartUp);
    check(
        &of_user(),
        &lingering(Some(true)),
        at,
        (StartsAnew, "with the machine"),
    );
    check(
        &of_user(),
        &lingering(Some(false)),
        at,
        (StartsAnew, "when ann logs on"),
    );
    check(
        &plain(),
        &lingering(None),
        (Terminal, StartUp),
        (StaysAway, "nobody but you"),
    );
}

#[test]
fn after_a_fast_startup_services_go_on_without_a_new_start() {
    let machine = |has_fast_startup| Fake {
        has_fast_startup,
        ..Fake::default()
    };
    let windows = plain().with(ManagerKind::Windows).installed();
    let at = (MachineService, StartUp);
    check(&windows, &machine(Some(true)), at, (GoesOn, "Fast Startup"));
    check(
        &windows,
        &machine(Some(false)),
        at,
        (StartsAnew, "with the machine"),
    );
    check(&windows, &machine(None), at, (StartsAnew, "unknown here"));
}
