//! logind's inhibitor locks.

use std::io;
use std::time::Duration;

use outlast_model::inhibitor::{Denied, Grant, Keeper, Overrider, Prevented, Refused};

use super::{Listed, Purpose};
use crate::bus::{self, BusError, Lock, LockPurpose};
use crate::inspection::login;

/// What is asked for. The lid is not: a computer that was closed and put into a
/// bag would stay on in there. Whoever wants that sets `HandleLidSwitch=ignore`.
const WHATS: [Prevented; 2] = [Prevented::Sleep, Prevented::Idle];
const WORDS: [&str; WHATS.len()] = [WHATS[0].word(), WHATS[1].word()];

#[derive(Debug)]
pub(super) struct Held {
    _locks: Vec<Lock>,
}

pub(super) fn hold(purpose: &Purpose<'_>, patience: Duration) -> Result<(Held, Grant), Denied> {
    let purpose = LockPurpose {
        who: purpose.who,
        why: purpose.why,
    };
    let blocked = bus::block(&WORDS, &purpose, patience).map_err(|error| denied(&error))?;
    let refused = blocked.refused.iter().filter_map(|(word, error)| {
        Some(Refused {
            what: prevented(word)?,
            reason: denied(error).reason,
        })
    });
    let grant = Grant {
        by: Keeper::Logind,
        prevents: blocked
            .granted
            .iter()
            .filter_map(|word| prevented(word))
            .collect(),
        refused: refused.collect(),
        overriders: overriders(),
    };
    let held = Held {
        _locks: blocked.locks,
    };
    Ok((held, grant))
}

fn prevented(word: &str) -> Option<Prevented> {
    WHATS.into_iter().find(|what| what.word() == word)
}

fn overriders() -> Vec<Overrider> {
    let mut overriders = vec![Overrider::Administrator];
    if login::lid_overrides_inhibitors() {
        overriders.push(Overrider::Lid);
    }
    overriders
}

fn denied(error: &BusError) -> Denied {
    let reason = match error {
        BusError::Unreachable(_) | BusError::TimedOut(_) if check().is_err() => {
            return no_logind();
        }
        BusError::Unreachable(cause) => format!("logind cannot be reached over D-Bus: {cause}"),
        BusError::TimedOut(patience) => {
            format!("logind has not answered within {} s", patience.as_secs())
        }
        BusError::Refused { name, .. } if name.ends_with(".ServiceUnknown") => return no_logind(),
        BusError::Refused { name, .. } if is_about_rights(name) => {
            "logind grants it to root, and to a user in a session of this machine; for this account a rule of polkit \
             can allow org.freedesktop.login1.inhibit-block-sleep"
                .to_owned()
        }
        BusError::Refused { text, .. } => format!("logind refuses: {text}"),
    };
    Denied { reason }
}

fn is_about_rights(name: &str) -> bool {
    [".AccessDenied", ".InteractiveAuthorizationRequired"]
        .iter()
        .any(|end| name.ends_with(end))
}

pub(super) fn check() -> Result<(), Denied> {
    if cfg!(not(feature = "bus")) {
        return Err(Denied {
            reason: "this program speaks no D-Bus, and logind is asked that way".to_owned(),
        });
    }
    if bus::is_logind_there() {
        return Ok(());
    }
    Err(no_logind())
}

fn no_logind() -> Denied {
    Denied {
        reason: "there is no logind here (systemd's, or elogind), and nobody else keeps a Linux machine awake"
            .to_owned(),
    }
}

pub(super) fn list(patience: Duration) -> io::Result<Vec<Listed>> {
    let locks = bus::locks(patience).map_err(|error| io::Error::other(denied(&error).reason))?;
    let listed = |lock: bus::LogindLock| Listed {
        what: lock.what.split(':').map(str::to_owned).collect(),
        who: lock.who,
        why: lock.why,
        mode: lock.mode,
        pid: lock.pid,
        uid: lock.uid,
    };
    Ok(locks.into_iter().map(listed).collect())
}
