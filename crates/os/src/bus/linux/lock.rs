//! logind's inhibitor locks (org.freedesktop.login1(5), `Inhibit`).

use std::os::fd::OwnedFd;
use std::time::Duration;

use super::super::{Blocked, BusError, LockPurpose, LogindLock};
use super::connection::Connection;
use super::{odd, of_logind, within};

/// A lock of logind: it holds until this and all copies of it are closed.
///
/// The descriptor is closed on exec. The library receives it without that and
/// makes a copy with it, so there are two for a moment; what the guardian starts
/// in that moment is given no descriptor that is not meant for it.
#[derive(Debug)]
pub struct Lock {
    _descriptor: OwnedFd,
}

pub(in super::super) fn block(
    whats: &'static [&'static str],
    purpose: &LockPurpose<'_>,
    patience: Duration,
) -> Result<Blocked, BusError> {
    let asker = Asker {
        who: purpose.who.to_owned(),
        why: purpose.why.to_owned(),
    };
    within(patience, async move {
        let mut logind = Connection::to_the_bus().await?;
        match asker.ask(&mut logind, &whats.join(":")).await {
            Ok(lock) => Ok(Blocked {
                locks: vec![lock],
                granted: whats.to_vec(),
                refused: Vec::new(),
            }),
            Err(BusError::Refused { .. }) if whats.len() > 1 => {
                asker.ask_one_by_one(&mut logind, whats).await
            }
            Err(error) => Err(error),
        }
    })
}

struct Asker {
    who: String,
    why: String,
}

impl Asker {
    async fn ask(&self, logind: &mut Connection, what: &str) -> Result<Lock, BusError> {
        let arguments = (what, self.who.as_str(), self.why.as_str(), "block");
        let reply = logind.call(&of_logind("Inhibit"), &arguments).await?;
        let body = reply.body();
        let descriptor: zbus::OwnedFd = body.deserialize().map_err(|error| odd(&error))?;
        Ok(Lock {
            _descriptor: descriptor.into(),
        })
    }

    async fn ask_one_by_one(
        &self,
        logind: &mut Connection,
        whats: &'static [&'static str],
    ) -> Result<Blocked, BusError> {
        let mut blocked = Blocked {
            locks: Vec::new(),
            granted: Vec::new(),
            refused: Vec::new(),
        };
        for &what in whats {
            match self.ask(logind, what).await {
                Ok(lock) => {
                    blocked.locks.push(lock);
                    blocked.granted.push(what);
                }
                Err(error @ BusError::Refused { .. }) => blocked.refused.push((what, error)),
                Err(error) => return Err(error),
            }
        }
        if blocked.locks.is_empty()
            && let Some((_, error)) = blocked.refused.pop()
        {
            return Err(error);
        }
        Ok(blocked)
    }
}

pub(in super::super) fn locks(patience: Duration) -> Result<Vec<LogindLock>, BusError> {
    type Told = Vec<(String, String, String, String, u32, u32)>;
    within(patience, async move {
        let mut logind = Connection::to_the_bus().await?;
        let reply = logind.call(&of_logind("ListInhibitors"), &()).await?;
        let body = reply.body();
        let told: Told = body.deserialize().map_err(|error| odd(&error))?;
        let lock = |(what, who, why, mode, uid, pid)| LogindLock {
            what,
            who,
            why,
            mode,
            uid,
            pid,
        };
        Ok(told.into_iter().map(lock).collect())
    })
}
