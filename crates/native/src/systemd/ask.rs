//! Asking systemd: over D-Bus, or by its tools where there is no D-Bus.

use std::io;
use std::time::Duration;

use outlast_os::account::Account;
use outlast_os::bus::{self, BusError, Linger, Verb, Whose};
use outlast_os::process::{ToolEnded, run_tool};

use crate::definition::Scope;
use crate::manager::Error;

use super::state::{self, Properties};

/// Reading all units takes seconds on a slow machine; `systemctl` waits for 90 s.
const FOR_A_RELOAD: Duration = Duration::from_secs(90);

/// systemd answers in milliseconds, and in a second on a machine that has a lot
/// else to do; one that takes longer than this hangs.
const FOR_AN_ANSWER: Duration = Duration::from_secs(10);

pub(super) const fn whose(scope: Scope) -> Whose {
    match scope {
        Scope::System => Whose::Machine,
        Scope::User => Whose::User,
    }
}

/// Has systemd read its units; one that does not run will do so when it starts.
pub(super) fn reload(scope: Scope) -> Result<(), Error> {
    if !bus::is_running(whose(scope)) {
        return Ok(());
    }
    let attempt = || "have systemd read its units".to_owned();
    match bus::reload(whose(scope), FOR_A_RELOAD) {
        Err(BusError::Unreachable(_)) => {
            let ended = systemctl(scope, &["daemon-reload"], FOR_A_RELOAD, attempt)?;
            succeeded(&ended, attempt)
        }
        other => other.map_err(|error| said_no(error, attempt())),
    }
}

/// What systemd tells of `unit`; one that does not run knows no unit.
pub(super) fn properties(scope: Scope, unit: &str) -> Result<Properties, Error> {
    let attempt = || format!("ask systemd about {unit}");
    if !bus::is_running(whose(scope)) {
        return Ok(Properties::from(
            [("LoadState", "not-found"), ("ActiveState", "inactive")]
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        ));
    }
    match bus::properties(whose(scope), unit, FOR_AN_ANSWER) {
        Err(BusError::Unreachable(_)) => {
            let words = ["show", "--all", "--", unit];
            let ended = systemctl(scope, &words, FOR_AN_ANSWER, attempt)?;
            succeeded(&ended, attempt)?;
            Ok(state::told(&ended.stdout))
        }
        other => other.map_err(|error| said_no(error, attempt())),
    }
}

/// Has `unit` started, stopped or both, and waits until that is done.
pub(super) fn job(scope: Scope, verb: Verb, unit: &str, patience: Duration) -> Result<(), Error> {
    let word = match verb {
        Verb::Start => "start",
        Verb::Stop => "stop",
        Verb::Restart => "restart",
    };
    let attempt = || format!("{word} {unit}");
    if !bus::is_running(whose(scope)) {
        return Err(Error::Refused {
            attempt: attempt(),
            reason: match scope {
                Scope::System => "systemd does not run here",
                Scope::User => {
                    "the systemd of this user does not run; `loginctl enable-linger` has it run \
                     without a session"
                }
            }
            .to_owned(),
        });
    }
    match bus::job(whose(scope), verb, unit, patience) {
        Ok(result) if result == "done" => Ok(()),
        Ok(result) => Err(Error::Refused {
            attempt: attempt(),
            reason: format!("it came to this: {result}; `journalctl -u {unit}` may tell why"),
        }),
        Err(BusError::Unreachable(_)) => {
            let ended = systemctl(scope, &[word, "--", unit], patience, attempt)?;
            succeeded(&ended, attempt)
        }
        Err(error) => Err(said_no(error, attempt())),
    }
}

/// Has the user `name` linger, or not.
pub(super) fn set_linger(name: &str, linger: Linger) -> Result<(), Error> {
    let (verb, attempt) = match linger {
        Linger::On => (
            "enable-linger",
            format!("have services of {name} run without a session"),
        ),
        Linger::Off => (
            "disable-linger",
            format!("have services of {name} end with the session"),
        ),
    };
    let no_account = |reason: String| Error::Account {
        account: name.to_owned(),
        reason,
    };
    let account = Account::find(name).map_err(|error| no_account(error.to_string()))?;
    let uid = account
        .uid()
        .ok_or_else(|| no_account("it has no number that logind could be told".to_owned()))?;
    let result = match bus::set_linger(uid, linger, FOR_AN_ANSWER) {
        Err(BusError::Unreachable(_)) => {
            let words = [verb.to_owned(), name.to_owned()];
            run_tool("loginctl", &words, FOR_AN_ANSWER)
                .map_err(|error| unanswered(error, attempt.clone(), FOR_AN_ANSWER))
                .and_then(|ended| succeeded(&ended, || attempt.clone()))
        }
        other => other.map_err(|error| said_no(error, attempt.clone())),
    };
    result.map_err(|error| match error {
        Error::NoPermission { attempt, .. } => Error::Refused {
            attempt,
            reason: format!(
                "logind does not let {name} do so; an administrator can, by `loginctl {verb} \
                 {name}`, or install the service for the machine"
            ),
        },
        other => other,
    })
}

fn systemctl(
    scope: Scope,
    words: &[&str],
    patience: Duration,
    attempt: impl Fn() -> String,
) -> Result<ToolEnded, Error> {
    let mut line = match (scope, bus::runtime_dir()) {
        (Scope::System, _) => vec!["systemctl".to_owned()],
        // A session that was made by `su` lacks the variable by which
        // `systemctl` finds the user's systemd.
        (Scope::User, Some(dir)) => vec![
            "env".to_owned(),
            format!("XDG_RUNTIME_DIR={}", dir.display()),
            "systemctl".to_owned(),
            "--user".to_owned(),
        ],
        (Scope::User, None) => vec!["systemctl".to_owned(), "--user".to_owned()],
    };
    line.extend(words.iter().map(|&word| word.to_owned()));
    run_tool(&line[0], &line[1..], patience).map_err(|error| unanswered(error, attempt(), patience))
}

fn succeeded(ended: &ToolEnded, attempt: impl Fn() -> String) -> Result<(), Error> {
    if ended.is_success {
        return Ok(());
    }
    let reason = ended.stderr.trim();
    let source = || io::Error::new(io::ErrorKind::PermissionDenied, reason.to_owned());
    // systemctl(1): 4 as in LSB, insufficient privileges.
    if ended.code == Some(4) && !Account::is_privileged() {
        return Err(Error::system(attempt(), source()));
    }
    Err(Error::Refused {
        attempt: attempt(),
        reason: reason.to_owned(),
    })
}

fn unanswered(source: io::Error, attempt: String, patience: Duration) -> Error {
    if source.kind() == io::ErrorKind::TimedOut {
        return Error::TimedOut { attempt, patience };
    }
    Error::system(attempt, source)
}

fn said_no(error: BusError, attempt: String) -> Error {
    match error {
        BusError::TimedOut(patience) => Error::TimedOut { attempt, patience },
        BusError::Unreachable(source) => Error::system(attempt, source),
        BusError::Refused { name, text } => match name.as_str() {
            "org.freedesktop.DBus.Error.AccessDenied"
            | "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired" => {
                let source = io::Error::new(io::ErrorKind::PermissionDenied, text);
                Error::system(attempt, source)
            }
            "org.freedesktop.systemd1.OnlyByDependency" => Error::Refused {
                attempt,
                reason: "it is disabled; give it another start type first".to_owned(),
            },
            _ => Error::Refused {
                attempt,
                reason: text,
            },
        },
    }
}
