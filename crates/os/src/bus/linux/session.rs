//! What logind knows of one session.

use std::collections::BTreeMap;
use std::time::Duration;

use zbus::{OwnedObjectPath, OwnedVariant, Variant};

use super::connection::Connection;
use super::{all_of, first_of, odd, of_logind, texts, within};
use crate::bus::BusError;

const LOGIND: &str = "org.freedesktop.login1";

/// A session and its user, by the names of logind's D-Bus properties.
#[derive(Clone, Debug)]
pub(crate) struct SessionProperties {
    /// The number of its user.
    pub(crate) uid: u32,
    /// What it is at; `None`: no seat.
    pub(crate) seat: Option<String>,
    /// Those of the session that are text or numbers.
    pub(crate) session: BTreeMap<String, String>,
    /// Those of its user.
    pub(crate) user: BTreeMap<String, String>,
}

/// The session that is called `id` now.
pub(crate) fn session(id: &str, patience: Duration) -> Result<SessionProperties, BusError> {
    let id = id.to_owned();
    within(patience, async move {
        let mut logind = Connection::to_the_bus().await?;
        let reply = logind.call(&of_logind("GetSession"), &(&id,)).await?;
        let path: OwnedObjectPath = reply.body().deserialize().map_err(|error| odd(&error))?;
        let all = all_of(LOGIND, path.as_str());
        let reply = logind
            .call(&all, &("org.freedesktop.login1.Session",))
            .await?;
        let session = texts(&reply)?;
        let body = reply.body();
        let told: BTreeMap<String, OwnedVariant> =
            body.deserialize().map_err(|error| odd(&error))?;
        let Some((uid, user)) = user_in(told.get("User")) else {
            return Err(BusError::Refused {
                name: "unexpected answer".to_owned(),
                text: "logind does not say whose the session is".to_owned(),
            });
        };
        let reply = logind
            .call(&all_of(LOGIND, &user), &("org.freedesktop.login1.User",))
            .await?;
        let seat = match first_of(told.get("Seat")) {
            Some(Variant::Str(seat)) if !seat.as_str().is_empty() => Some(seat.to_string()),
            _ => None,
        };
        Ok(SessionProperties {
            uid,
            seat,
            session,
            user: texts(&reply)?,
        })
    })
}

/// The number and the object of a session's user.
fn user_in(pair: Option<&OwnedVariant>) -> Option<(u32, String)> {
    let Some(Variant::Structure(pair)) = pair.map(|value| &**value) else {
        return None;
    };
    match pair.fields() {
        [Variant::U32(uid), Variant::ObjectPath(path)] => Some((*uid, path.to_string())),
        _ => None,
    }
}
