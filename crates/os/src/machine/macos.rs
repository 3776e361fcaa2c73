//! macOS: IOKit tells of sleep, of where power comes from, and of the sessions at the
//! screen.
//!
//! A thread of its own has a run loop, in which all of them call back. It sleeps
//! until one of them does, or until it is told what is allowed. Everything that is
//! registered is taken back on that thread, before it ends.

mod registered;
mod run_loop;

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use outlast_model::MachineEvent;
use outlast_model::machine::Session;
use tokio::sync::mpsc::UnboundedSender;

use self::registered::{Console, PowerSources, SystemPower};
use self::run_loop::{Bell, RunLoop};
use super::News;
use super::console_sessions::{Known, Listed, Place};
use super::system_power::{Answers, NotificationId, Supply};

/// The session at the screen that this process runs in, if it is that of the user as
/// whom it runs.
pub(crate) fn own_session() -> Option<Session> {
    let sessions = registered::sessions()?;
    registered::own_place()?
        .among(&sessions)
        .map(Listed::session)
}

/// For an answer that is owed to the kernel. It takes a moment; the thread may be
/// waiting for another process, though.
const LAST_PATIENCE: Duration = Duration::from_secs(1);

/// The way to the thread.
#[derive(Debug)]
pub(super) struct Source {
    shared: Arc<Shared>,
}

impl Source {
    pub(super) fn open(told: &UnboundedSender<News>) -> Option<Self> {
        let shared = Arc::new(Shared::default());
        let thread = thread::Builder::new().name("machine".to_owned());
        let theirs = Arc::clone(&shared);
        let told = told.clone();
        thread.spawn(move || listen(&theirs, told)).ok()?;
        Some(Self { shared })
    }

    pub(super) fn allow(&self, announcement: u64) {
        let mut wishes = self.shared.lock();
        wishes.allowed = announcement.max(wishes.allowed);
        wishes.ring();
    }
}

impl Drop for Source {
    /// The process may end after this, and an answer that nobody gives any more holds
    /// a sleep up for half a minute. So it waits for the thread, for a while.
    fn drop(&mut self) {
        let mut wishes = self.shared.lock();
        wishes.is_unwanted = true;
        wishes.ring();
        let is_there = |wishes: &mut Wishes| !wishes.has_ended;
        drop((self.shared.ended).wait_timeout_while(wishes, LAST_PATIENCE, is_there));
    }
}

#[derive(Debug, Default)]
struct Shared {
    wishes: Mutex<Wishes>,
    ended: Condvar,
}

/// What the thread shall do, and how it is woken for it.
#[derive(Debug, Default)]
struct Wishes {
    /// Up to which announcement.
    allowed: u64,
    is_unwanted: bool,
    has_ended: bool,
    /// `None`: it looks for itself before it sleeps first, or has ended.
    bell: Option<Bell>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Wishes> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wishes {
    fn ring(&self) {
        if let Some(bell) = &self.bell {
            bell.ring();
        }
    }
}

/// Says that the thread has ended, in whichever way.
struct Ending<'a>(&'a Shared);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        let mut wishes = self.0.lock();
        wishes.has_ended = true;
        self.0.ended.notify_all();
    }
}

/// Until nobody wants to be told any more. What cannot be registered is not told.
fn listen(shared: &Shared, told: UnboundedSender<News>) {
    let _ending = Ending(shared);
    let Some(run_loop) = RunLoop::current() else {
        return;
    };
    let ear = Ear {
        shared,
        told,
        connection: Cell::new(0),
        answers: RefCell::default(),
        supply: RefCell::default(),
        sessions: RefCell::default(),
        place: registered::own_place(),
    };
    let Some(door) = run_loop.door(&ear) else {
        return;
    };
    shared.lock().bell = Some(door.bell());
    let _system = SystemPower::register(&ear, &run_loop);
    let _sources = PowerSources::register(&ear, &run_loop);
    let _console = Console::register(&ear, &run_loop);
    // What was wished before there was a bell.
    ear.look_at_wishes();
    while !shared.lock().is_unwanted {
        run_loop.run_until_stopped();
    }
    shared.lock().bell = None;
}

/// What is called back, all on its thread.
#[derive(Debug)]
struct Ear<'a> {
    shared: &'a Shared,
    told: UnboundedSender<News>,
    /// By which the kernel is answered; zero: by none.
    connection: Cell<u32>,
    answers: RefCell<Answers>,
    supply: RefCell<Supply>,
    sessions: RefCell<Known>,
    /// `None`: it is not known.
    place: Option<Place>,
}

impl Ear<'_> {
    fn tell(&self, event: MachineEvent) -> bool {
        self.told.send(News::Event(event)).is_ok()
    }

    /// A message about sleep, and what has to be sent back with its answer.
    fn system_power(&self, message: (u32, NotificationId)) {
        let tell = |event| self.tell(event);
        let at_once = self.answers.borrow_mut().hear(message, tell);
        self.answer(at_once);
    }

    fn power_source(&self, kind: &str) {
        if let Some(event) = self.supply.borrow_mut().hear(kind) {
            self.tell(event);
        }
    }

    fn sessions(&self, now: &[Listed]) {
        let mut known = self.sessions.borrow_mut();
        for event in known.hear(now) {
            self.tell(event);
        }
        if let Some(present) = self.place.and_then(|place| known.present(place)) {
            let _ = self.told.send(News::Sessions(present));
        }
    }

    fn look_at_wishes(&self) {
        let (allowed, is_unwanted) = {
            let wishes = self.shared.lock();
            (wishes.allowed, wishes.is_unwanted)
        };
        let allowed = self.answers.borrow_mut().allow(allowed);
        self.answer(allowed);
        if is_unwanted {
            RunLoop::stop_current();
        }
    }

    /// Nobody is told of a sleep any more, and none waits.
    fn close(&self) {
        let awaited = self.answers.borrow_mut().close();
        self.answer(awaited);
    }

    fn answer(&self, all: impl IntoIterator<Item = NotificationId>) {
        for id in all {
            registered::allow_power_change(self.connection.get(), id);
        }
    }
}
