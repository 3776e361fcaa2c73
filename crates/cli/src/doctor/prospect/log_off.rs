//! What ends with its user's session, and what does not.

use outlast_native::ManagerKind;
use outlast_os::inspection::login::Place;

use super::{Circumstances, Fate, Form, Said};

pub(super) fn prospect(circumstances: &Circumstances<'_>) -> Said {
    let (fate, mut text, fix) = match circumstances.form {
        Form::MachineService => of_machine(circumstances),
        Form::UserService => of_user(circumstances),
        Form::Terminal => in_terminal(circumstances),
    };
    let policy = circumstances.facts.login_policy();
    if let Some(limit) = policy.and_then(|policy| policy.idle_session_limit)
        && circumstances.form != Form::MachineService
    {
        text.push_str(&format!(
            "; an idle session is ended after {limit} (StopIdleSessionSec)"
        ));
    }
    (fate, text, fix)
}

fn of_machine(circumstances: &Circumstances<'_>) -> Said {
    let more = match circumstances.planned().manager_kind {
        ManagerKind::Windows => {
            "; a program that handles console events itself (Java without -Xrs) may take it for its own end, \
             and is started again then"
        }
        _ => "",
    };
    (Fate::GoesOn, format!("nothing happens to it{more}"), None)
}

fn of_user(circumstances: &Circumstances<'_>) -> Said {
    let user = &circumstances.user;
    if circumstances.planned().manager_kind != ManagerKind::Systemd {
        return (
            Fate::Ends,
            format!("it ends with the session of {user}, and is started when {user} logs on"),
            Some(machine_s()),
        );
    }
    // `install` sees to it that the user lingers, or does not install.
    if !circumstances.subject.is_installed() {
        let text = format!("nothing happens to it, as `install` lets {user} linger");
        return (Fate::GoesOn, text, None);
    }
    match circumstances.facts.lingers(user) {
        Some(true) => (
            Fate::GoesOn,
            format!("nothing happens to it, as {user} lingers"),
            None,
        ),
        Some(false) => (
            Fate::Ends,
            format!("it ends with the last session, as user services of {user} do not linger"),
            Some(format!("loginctl enable-linger {user}")),
        ),
        None => (
            Fate::Unknown,
            format!(
                "whether user services of {user} go on is unknown: there is no logind that would say"
            ),
            Some(machine_s()),
        ),
    }
}

fn in_terminal(circumstances: &Circumstances<'_>) -> Said {
    let user = &circumstances.user;
    let facts = circumstances.facts;
    let policy = match circumstances.planned().manager_kind {
        // Neither has a logind.
        ManagerKind::Windows | ManagerKind::Launchd => None,
        _ => facts.login_policy(),
    };
    let ends = |why: &str| {
        let text = format!("it ends with the session{why}");
        (Fate::Ends, text, Some(install()))
    };
    let Some(policy) = policy else {
        return match circumstances.planned().manager_kind {
            ManagerKind::Windows | ManagerKind::Launchd => ends(""),
            _ => (
                Fate::Unknown,
                "whether it outlives its terminal is unknown: there is no logind that would say"
                    .to_owned(),
                Some(install()),
            ),
        };
    };
    match (facts.place(), policy.kills(user)) {
        // Not of a session: an ended session does not concern it, and its user's
        // services do.
        (Some(Place::UserServices), _) if facts.lingers(user) != Some(true) => ends(&format!(
            ": terminals of this desktop are user services of {user}, which do not linger"
        )),
        (Some(Place::UserServices), _) => uncertain("the desktop may end it with its terminal"),
        (_, Some(true)) => ends(&format!(
            ", as logind ends what one of {user} has started (KillUserProcesses); nohup, screen and tmux do not help"
        )),
        (_, Some(false)) => uncertain(&format!(
            "logind leaves what one of {user} has started, but it loses its terminal, and the desktop may end it"
        )),
        (_, None) => uncertain("whether logind ends it is not known (KillUserProcesses)"),
    }
}

fn uncertain(why: &str) -> Said {
    let text = format!("it may end with the session: {why}");
    (Fate::Unknown, text, Some(install()))
}

fn install() -> String {
    "make it a native service: outlast install".to_owned()
}

fn machine_s() -> String {
    "install it as a service of the machine, with account in [native]".to_owned()
}
