//! The conversation with logind, on one connection.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::time::Duration;

use outlast_model::MachineEvent;
use outlast_model::machine::SessionChange;
use serde::Serialize;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use zbus::message::Message;
use zbus::{DynamicType, OwnedObjectPath, OwnedVariant, Variant};

use super::super::{News, announces};
use super::known::{Known, SessionFacts};
use super::leaders::{Leader, Leaders};
use crate::bus::connection::{Call, Connection};
use crate::bus::{BusError, first_of, odd};

const LOGIND: &str = "org.freedesktop.login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const MANAGER_PATH: &str = "/org/freedesktop/login1";
const SESSION: &str = "org.freedesktop.login1.Session";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// What is heard, and nothing else, so that nothing else wakes anybody. A session
/// that is idle tells so by the same signal as one that is locked.
const RULES: [&str; 8] = [
    "type='signal',sender='org.freedesktop.login1',interface='org.freedesktop.login1.Manager',member='PrepareForSleep'",
    "type='signal',sender='org.freedesktop.login1',interface='org.freedesktop.login1.Manager',member='PrepareForShutdown'",
    "type='signal',sender='org.freedesktop.login1',interface='org.freedesktop.login1.Manager',member='SessionNew'",
    "type='signal',sender='org.freedesktop.login1',interface='org.freedesktop.login1.Manager',member='SessionRemoved'",
    "type='signal',sender='org.freedesktop.login1',interface='org.freedesktop.login1.Session',member='Lock'",
    "type='signal',sender='org.freedesktop.login1',interface='org.freedesktop.login1.Session',member='Unlock'",
    "type='signal',sender='org.freedesktop.login1',interface='org.freedesktop.DBus.Properties',\
     member='PropertiesChanged',arg0='org.freedesktop.login1.Session'",
    "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',\
     arg0='org.freedesktop.login1'",
];

/// Who speaks with logind.
pub(super) struct Logind<'a> {
    pub(super) known: &'a mut Known,
    pub(super) told: &'a UnboundedSender<News>,
    pub(super) permitted: &'a mut UnboundedReceiver<u64>,
    /// How much was announced so far, as [`MachineEvents`](super::super::MachineEvents)
    /// counts it, too.
    pub(super) announced: &'a mut u64,
    /// Those of the sessions that are known.
    pub(super) leaders: Leaders,
}

/// How a conversation came to its end without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Nobody wants to be told any more.
    Unwanted,
}

/// What logind waits for before the machine sleeps or shuts down.
#[derive(Debug, Default)]
struct Inhibitor {
    /// While this is open, logind waits, …
    held: Option<OwnedFd>,
    /// … for so long at the most.
    limit: Option<Duration>,
}

impl Inhibitor {
    fn time_left(&self) -> Option<Duration> {
        self.held.as_ref().and(self.limit)
    }
}

impl Logind<'_> {
    /// Listens on a new connection, until that breaks or nobody wants to be told
    /// any more. Calls `met` when logind has answered.
    pub(super) async fn converse(mut self, met: &mut impl FnMut()) -> Result<Ended, BusError> {
        let mut bus = Connection::to_the_bus().await?;
        for rule in RULES {
            bus.hear(rule).await?;
        }
        let mut inhibitor = Inhibitor::default();
        if has_owner(&mut bus).await? {
            inhibitor = self.greet(&mut bus).await?;
            met();
        }
        loop {
            tokio::select! {
                signal = bus.next_signal() => {
                    self.heard(&signal?, &mut bus, &mut inhibitor).await?;
                }
                permit = self.permitted.recv() => match permit {
                    Some(announcement) => self.permit(announcement, &mut inhibitor),
                    None => return Ok(Ended::Unwanted),
                },
                (path, pid) = self.leaders.ended() => {
                    self.leader_ended(&path, pid, &mut bus).await?;
                }
            }
        }
    }

    /// Finds out how things are, and has logind wait from now on.
    async fn greet(&mut self, bus: &mut Connection) -> Result<Inhibitor, BusError> {
        let manager = properties(bus, MANAGER_PATH, MANAGER).await?;
        let is = |name| {
            matches!(
                manager.get(name).map(|value| &**value),
                Some(Variant::Bool(true))
            )
        };
        let limit = match manager.get("InhibitDelayMaxUSec").map(|value| &**value) {
            Some(Variant::U64(time)) => Some(Duration::from_micros(*time)),
            _ => None,
        };
        let held = inhibit(bus).await?;
        let inhibitor = Inhibitor { held, limit };
        let mut sessions = BTreeMap::new();
        self.leaders = Leaders::default();
        for path in list_sessions(bus).await? {
            if let Some(Found { facts, leader }) = session(bus, &path).await? {
                self.leaders.set(&path, leader);
                sessions.insert(path, facts);
            }
        }
        let events = self.known.sessions_are(sessions);
        self.tell(events);
        // What was announced before the connection broke is over by now, or not
        // yet. What has begun in between waits for nobody any more.
        let sleep = if is("PreparingForSleep") {
            self.known.sleep_begins(None)
        } else {
            self.known.sleep_is_over()
        };
        self.tell(sleep);
        let shutdown = if is("PreparingForShutdown") {
            self.known.shutdown_begins()
        } else {
            self.known.shutdown_is_over()
        };
        self.tell(shutdown);
        Ok(inhibitor)
    }

    async fn heard(
        &mut self,
        signal: &Message,
        bus: &mut Connection,
        inhibitor: &mut Inhibitor,
    ) -> Result<(), BusError> {
        let header = signal.header();
        let (Some(member), Some(path)) = (header.member(), header.path()) else {
            return Ok(());
        };
        match member.as_str() {
            "SessionNew" => self.session_began(signal, bus).await?,
            "NameOwnerChanged" => self.restarted(signal, bus, inhibitor).await?,
            "PropertiesChanged" => self.session_changed(signal, path.as_str()),
            "PrepareForSleep" => {
                let time_left = inhibitor.time_left();
                let event = match said(signal) {
                    Some(true) => self.known.sleep_begins(time_left),
                    Some(false) => self.known.sleep_is_over(),
                    None => None,
                };
                self.announce(event, bus, inhibitor).await?;
            }
            "PrepareForShutdown" => {
                let event = match said(signal) {
                    Some(true) => self.known.shutdown_begins(),
                    Some(false) => self.known.shutdown_is_over(),
                    None => None,
                };
                self.announce(event, bus, inhibitor).await?;
            }
            "SessionRemoved" => {
                let ended: Option<(String, OwnedObjectPath)> = said(signal);
                if let Some((_, path)) = ended {
                    self.session_ended(path.as_str());
                }
            }
            "Lock" => self.session_is(path.as_str(), SessionChange::Locked),
            "Unlock" => self.session_is(path.as_str(), SessionChange::Unlocked),
            _ => {}
        }
        Ok(())
    }

    /// Tells what begins, or that it is over; then logind waits again, for the
    /// next time.
    async fn announce(
        &mut self,
        event: Option<MachineEvent>,
        bus: &mut Connection,
        inhibitor: &mut Inhibitor,
    ) -> Result<(), BusError> {
        self.tell(event);
        if inhibitor.held.is_none() && !self.known.is_something_announced() {
            inhibitor.held = inhibit(bus).await?;
        }
        Ok(())
    }

    /// One that has begun anew need not know of the inhibitor.
    async fn restarted(
        &mut self,
        signal: &Message,
        bus: &mut Connection,
        inhibitor: &mut Inhibitor,
    ) -> Result<(), BusError> {
        let owners: Option<(String, String, String)> = said(signal);
        *inhibitor = match owners {
            Some((_, _, new)) if !new.is_empty() => self.greet(bus).await?,
            _ => Inhibitor::default(),
        };
        Ok(())
    }

    async fn session_began(
        &mut self,
        signal: &Message,
        bus: &mut Connection,
    ) -> Result<(), BusError> {
        let Some((_, path)): Option<(String, OwnedObjectPath)> = said(signal) else {
            return Ok(());
        };
        let path = path.as_str();
        if let Some(Found { facts, leader }) = session(bus, path).await? {
            self.leaders.set(path, leader);
            let event = self.known.session_began(path.to_owned(), facts);
            self.tell(event);
        }
        Ok(())
    }

    fn session_ended(&mut self, path: &str) {
        self.leaders.forget(path);
        let event = self.known.session_ended(path);
        self.tell(event);
    }

    /// logind says that a session has ended when the last program has that was
    /// started in it. Its user is gone before that, unless another process leads
    /// the session now.
    async fn leader_ended(
        &mut self,
        path: &str,
        pid: u32,
        bus: &mut Connection,
    ) -> Result<(), BusError> {
        let found = session(bus, path).await?;
        match found.and_then(|found| found.leader) {
            Some(other) if other.pid != pid => self.leaders.set(path, Some(other)),
            _ => self.session_ended(path),
        }
        Ok(())
    }

    fn session_changed(&mut self, signal: &Message, path: &str) {
        let changed: Option<(String, BTreeMap<String, OwnedVariant>, Vec<String>)> = said(signal);
        let Some((_, changed, _)) = changed else {
            return;
        };
        match changed.get("LockedHint").map(|value| &**value) {
            Some(Variant::Bool(true)) => self.session_is(path, SessionChange::Locked),
            Some(Variant::Bool(false)) => self.session_is(path, SessionChange::Unlocked),
            _ => {}
        }
        match changed.get("Active").map(|value| &**value) {
            Some(Variant::Bool(true)) => self.session_is(path, SessionChange::Connected),
            Some(Variant::Bool(false)) => self.session_is(path, SessionChange::Disconnected),
            _ => {}
        }
    }

    fn session_is(&mut self, path: &str, now: SessionChange) {
        let event = self.known.session_is(path, now);
        self.tell(event);
    }

    fn permit(&self, announcement: u64, inhibitor: &mut Inhibitor) {
        // A permit for an earlier one, whose end has come without it, is void.
        if announcement == *self.announced && self.known.is_something_announced() {
            inhibitor.held = None;
        }
    }

    fn tell(&mut self, events: impl IntoIterator<Item = MachineEvent>) {
        for event in events {
            self.send(News::Event(event));
        }
        if let Some(sessions) = self.known.news_of_sessions() {
            self.send(News::Sessions(sessions));
        }
    }

    fn send(&mut self, news: News) {
        *self.announced += u64::from(announces(&news));
        let _ = self.told.send(news);
    }
}

/// Takes the lock for which logind waits. `None`: it is refused, as where polkit
/// is missing; then logind waits for nobody.
async fn inhibit(bus: &mut Connection) -> Result<Option<OwnedFd>, BusError> {
    let why = "services are told before the machine sleeps or shuts down";
    let body = ("sleep:shutdown", "outlast", why, "delay");
    let reply = match manager(bus, "Inhibit", &body).await {
        Err(BusError::Refused { .. }) => return Ok(None),
        other => other?,
    };
    let body = reply.body();
    let lock: zbus::OwnedFd = body.deserialize().map_err(|error| odd(&error))?;
    // This is a copy, which is closed by whatever is executed; the one that was
    // received is not, and ends with the answer. A start that comes in between
    // closes it as all others, in the child.
    Ok(Some(OwnedFd::from(lock)))
}

/// Their object paths.
async fn list_sessions(bus: &mut Connection) -> Result<Vec<String>, BusError> {
    let reply = manager(bus, "ListSessions", &()).await?;
    let body = reply.body();
    let listed: Vec<(String, u32, String, String, OwnedObjectPath)> =
        body.deserialize().map_err(|error| odd(&error))?;
    let path = |(_, _, _, _, path): (_, _, _, _, OwnedObjectPath)| path.as_str().to_owned();
    Ok(listed.into_iter().map(path).collect())
}

/// A session as logind has it.
struct Found {
    facts: SessionFacts,
    /// `None`: it cannot be watched.
    leader: Option<Leader>,
}

/// `None`: there is no such session of a user who is logged on.
async fn session(bus: &mut Connection, path: &str) -> Result<Option<Found>, BusError> {
    let first = properties_of_session(bus, path).await?;
    let leader = first.and_then(|told| Leader::open(leader_in(&told)?));
    // It may have ended before it could be watched, and its number be another
    // process's. logind has seen that then, so what it says from here on counts.
    let told = properties_of_session(bus, path).await?;
    Ok(told.and_then(|told| {
        Some(Found {
            facts: facts_in(&told)?,
            leader: leader.filter(|leader| leader_in(&told) == Some(leader.pid)),
        })
    }))
}

type Properties = BTreeMap<String, OwnedVariant>;

/// `None`: it is gone.
async fn properties_of_session(
    bus: &mut Connection,
    path: &str,
) -> Result<Option<Properties>, BusError> {
    match properties(bus, path, SESSION).await {
        Err(BusError::Refused { .. }) => Ok(None),
        other => other.map(Some),
    }
}

fn leader_in(told: &Properties) -> Option<u32> {
    match told.get("Leader").map(|value| &**value) {
        Some(Variant::U32(pid)) => Some(*pid),
        _ => None,
    }
}

/// `None`: it is none of a user who has logged on (that of a login screen, of a
/// user's own systemd, of `cron`), or the user has logged off and has left
/// programs behind.
fn facts_in(told: &Properties) -> Option<SessionFacts> {
    let text = |name| match told.get(name).map(|value| &**value) {
        Some(Variant::Str(text)) => Some(text.as_str()),
        _ => None,
    };
    let is = |name, otherwise| match told.get(name).map(|value| &**value) {
        Some(Variant::Bool(value)) => *value,
        _ => otherwise,
    };
    let state = text("State");
    if !text("Class").is_none_or(|class| class.starts_with("user")) || state == Some("closing") {
        return None;
    }
    Some(SessionFacts {
        is_locked: is("LockedHint", false),
        // One that is being made is not active yet, and will be.
        is_active: is("Active", true) || state == Some("opening"),
        is_local: first_of(told.get("Seat")).is_some_and(|seat| *seat != Variant::from("")),
        is_enterable: is_within_reach(first_of(told.get("User"))),
        ..SessionFacts::new(text("Id")?, text("Name"))
    })
}

/// Whether this process may start programs as the user with this number.
fn is_within_reach(uid: Option<&Variant<'_>>) -> bool {
    let own = rustix::process::geteuid();
    own.is_root() || uid == Some(&Variant::U32(own.as_raw()))
}

async fn has_owner(bus: &mut Connection) -> Result<bool, BusError> {
    let call = Call {
        destination: "org.freedesktop.DBus",
        path: "/org/freedesktop/DBus",
        interface: "org.freedesktop.DBus",
        method: "NameHasOwner",
    };
    let reply = bus.call(&call, &(LOGIND,)).await?;
    reply.body().deserialize().map_err(|error| odd(&error))
}

async fn manager<B>(
    bus: &mut Connection,
    method: &'static str,
    body: &B,
) -> Result<Message, BusError>
where
    B: Serialize + DynamicType,
{
    let call = Call {
        destination: LOGIND,
        path: MANAGER_PATH,
        interface: MANAGER,
        method,
    };
    bus.call(&call, body).await
}

async fn properties(
    bus: &mut Connection,
    path: &str,
    interface: &str,
) -> Result<BTreeMap<String, OwnedVariant>, BusError> {
    let call = Call {
        destination: LOGIND,
        path,
        interface: PROPERTIES,
        method: "GetAll",
    };
    let reply = bus.call(&call, &(interface,)).await?;
    reply.body().deserialize().map_err(|error| odd(&error))
}

/// What a signal says, if it has the form that it should have.
fn said<T>(signal: &Message) -> Option<T>
where
    T: serde::de::DeserializeOwned + zbus::Type,
{
    signal.body().deserialize().ok()
}
