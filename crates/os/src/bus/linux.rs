//! systemd's and logind's D-Bus interfaces (org.freedesktop.systemd1(5),
//! org.freedesktop.login1(5)).

pub(crate) mod connection;
mod lock;
mod session;

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::thread;
use std::time::Duration;

use zbus::{Message, ObjectPath, OwnedObjectPath, OwnedVariant, Variant};

use self::connection::{Call, Connection};
use super::{BusError, Linger, Verb, Whose};

pub use self::lock::Lock;
pub(super) use self::lock::{block, locks};
pub(crate) use self::session::{SessionProperties, session};

const SYSTEMD: &str = "org.freedesktop.systemd1";
const MANAGER: &str = "org.freedesktop.systemd1.Manager";
const MANAGER_PATH: &str = "/org/freedesktop/systemd1";

pub(super) fn reload(whose: Whose, patience: Duration) -> Result<(), BusError> {
    within(patience, async move {
        let mut systemd = Connection::to_systemd(whose).await?;
        systemd.call(&manager("Reload"), &()).await?;
        Ok(())
    })
}

pub(super) fn properties(
    whose: Whose,
    unit: &str,
    patience: Duration,
) -> Result<BTreeMap<String, String>, BusError> {
    let unit = unit.to_owned();
    within(patience, async move {
        let mut systemd = Connection::to_systemd(whose).await?;
        let reply = systemd.call(&manager("LoadUnit"), &(&unit,)).await?;
        let path: OwnedObjectPath = reply.body().deserialize().map_err(|error| odd(&error))?;
        let mut told = BTreeMap::new();
        for interface in ["Unit", "Service"] {
            let all = all_of(SYSTEMD, path.as_str());
            let reply = match systemd
                .call(&all, &(&format!("{SYSTEMD}.{interface}"),))
                .await
            {
                // A unit that is no service has no such properties.
                Err(BusError::Refused { .. }) if interface == "Service" => continue,
                other => other?,
            };
            told.extend(texts(&reply)?);
        }
        Ok(told)
    })
}

pub(super) fn login_settings(patience: Duration) -> Result<BTreeMap<String, String>, BusError> {
    within(patience, async move {
        let mut logind = Connection::to_the_bus().await?;
        let all = all_of("org.freedesktop.login1", "/org/freedesktop/login1");
        let reply = logind
            .call(&all, &("org.freedesktop.login1.Manager",))
            .await?;
        texts(&reply)
    })
}

/// The question for all properties of one interface of an object.
fn all_of<'a>(destination: &'a str, path: &'a str) -> Call<'a> {
    Call {
        destination,
        path,
        interface: "org.freedesktop.DBus.Properties",
        method: "GetAll",
    }
}

fn texts(reply: &Message) -> Result<BTreeMap<String, String>, BusError> {
    let body = reply.body();
    let all: BTreeMap<String, OwnedVariant> = body.deserialize().map_err(|error| odd(&error))?;
    let told = all.iter();
    Ok(told
        .filter_map(|(name, value)| Some((name.clone(), text_of(value)?)))
        .collect())
}

pub(super) fn job(
    whose: Whose,
    verb: Verb,
    unit: &str,
    patience: Duration,
) -> Result<String, BusError> {
    let unit = unit.to_owned();
    let method = match verb {
        Verb::Start => "StartUnit",
        Verb::Stop => "StopUnit",
        Verb::Restart => "RestartUnit",
    };
    within(patience, async move {
        let mut systemd = Connection::to_systemd(whose).await?;
        systemd.hear_of_jobs().await?;
        let reply = systemd.call(&manager(method), &(&unit, "replace")).await?;
        let body = reply.body();
        let job: ObjectPath<'_> = body.deserialize().map_err(|error| odd(&error))?;
        systemd.end_of_job(&job).await
    })
}

pub(super) fn set_linger(uid: u32, linger: Linger, patience: Duration) -> Result<(), BusError> {
    within(patience, async move {
        let mut logind = Connection::to_the_bus().await?;
        let is_on = linger == Linger::On;
        let may_ask_for_a_password = false;
        logind
            .call(
                &of_logind("SetUserLinger"),
                &(uid, is_on, may_ask_for_a_password),
            )
            .await?;
        Ok(())
    })
}

fn of_logind(method: &'static str) -> Call<'static> {
    Call {
        destination: "org.freedesktop.login1",
        path: "/org/freedesktop/login1",
        interface: "org.freedesktop.login1.Manager",
        method,
    }
}

fn manager(method: &'static str) -> Call<'static> {
    Call {
        destination: SYSTEMD,
        path: MANAGER_PATH,
        interface: MANAGER,
        method,
    }
}

/// Runs `work` on a thread with a runtime of its own, so that it does not matter
/// whether whoever asks is inside one.
fn within<T: Send + 'static>(
    patience: Duration,
    work: impl Future<Output = Result<T, BusError>> + Send + 'static,
) -> Result<T, BusError> {
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(BusError::Unreachable)?;
        runtime
            .block_on(async { tokio::time::timeout(patience, work).await })
            .unwrap_or(Err(BusError::TimedOut(patience)))
    };
    let thread = thread::Builder::new()
        .name("bus".to_owned())
        .spawn(run)
        .map_err(BusError::Unreachable)?;
    thread.join().unwrap_or_else(|_| {
        Err(BusError::Unreachable(io::Error::other(
            "the thread that asked has panicked",
        )))
    })
}

/// An answer of another form than the interface promises.
pub(crate) fn odd(error: &zbus::Error) -> BusError {
    BusError::Refused {
        name: "unexpected answer".to_owned(),
        text: error.to_string(),
    }
}

/// What a pair, as logind has it for whatever is an object of its own, begins with.
pub(crate) fn first_of(pair: Option<&OwnedVariant>) -> Option<&Variant<'static>> {
    match pair.map(|value| &**value) {
        Some(Variant::Structure(pair)) => pair.fields().first(),
        _ => None,
    }
}

fn text_of(value: &Variant<'_>) -> Option<String> {
    Some(match value {
        Variant::Str(text) => text.to_string(),
        Variant::ObjectPath(path) => path.to_string(),
        Variant::Bool(true) => "yes".to_owned(),
        Variant::Bool(false) => "no".to_owned(),
        Variant::I32(number) => number.to_string(),
        Variant::U32(number) => number.to_string(),
        Variant::I64(number) => number.to_string(),
        Variant::U64(number) => number.to_string(),
        Variant::Array(list) => {
            let words: Option<Vec<String>> = list.iter().map(word_of).collect();
            words?.join(" ")
        }
        _ => return None,
    })
}

fn word_of(value: &Variant<'_>) -> Option<String> {
    match value {
        Variant::Str(text) => Some(text.to_string()),
        _ => None,
    }
}
