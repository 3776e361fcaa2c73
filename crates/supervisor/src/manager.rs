//! What the native manager is told of the guardian, and what it asks for.
//!
//! [`teller`] decides what is to be told, after every wake of the loop and by
//! the loop itself: a loop that hangs feeds no watchdog and asks for no more
//! time. Here it is told. Without a manager nothing is computed and nothing
//! wakes up.

mod teller;
mod text;

use std::io;

use outlast_model::AwakeTime;
use outlast_os::clock;
use outlast_os::manager_link::{Link, LinkKind, Notice};

use crate::dispatcher::Dispatcher;
use teller::{Situation, Teller, Word};

/// The native manager, as the guardian sees it.
#[derive(Debug)]
pub(crate) struct Manager {
    link: Link,
    /// `None`: nobody listens.
    teller: Option<Teller>,
}

impl Manager {
    /// The one behind `link`; the guardian begins at `now`.
    pub(crate) fn new(link: Link, now: AwakeTime) -> Self {
        let teller = match link.kind() {
            LinkKind::Nobody => None,
            kind => Some(Teller::new(kind, link.watchdog(), now)),
        };
        Self { link, teller }
    }

    /// When there is something to tell even if nothing happens before; `None`:
    /// there is not.
    pub(crate) fn due(&self) -> Option<AwakeTime> {
        self.teller.as_ref().and_then(Teller::due)
    }

    /// A reload begins.
    pub(crate) fn reloading(&mut self) {
        let word = self.teller.as_mut().and_then(Teller::reloading);
        self.tell(word);
    }

    /// A reload was applied or refused.
    pub(crate) fn reloaded(&mut self) {
        let word = self.teller.as_mut().and_then(Teller::reloaded);
        self.tell(word);
    }

    fn tell(&mut self, words: impl IntoIterator<Item = Word>) {
        for word in words {
            match word {
                Word::Ready => self.ready(),
                Word::Status(text) => self.link.status(&text),
                Word::Reloading => self.link.reloading(),
                Word::Stopping => self.link.stopping(),
                Word::MoreTime(time) => self.link.more_time(time),
                Word::Alive => self.link.alive(),
            }
        }
    }

    /// The one word without which a manager would wait for ever.
    fn ready(&mut self) {
        let told = self.link.ready();
        if told.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
            && let Some(teller) = &mut self.teller
        {
            teller.not_heard(clock::now().awake);
        }
    }
}

impl Dispatcher {
    /// Tells the native manager what is new.
    pub(crate) fn inform_manager(&mut self) {
        let Some(teller) = &mut self.manager.teller else {
            return;
        };
        let situation = Situation {
            world: &self.world,
            deadline: self.timer,
            now: clock::now().awake,
        };
        let words = teller.observe(&situation);
        if let Some(missing) = teller.take_missing() {
            self.narrator.complain(format!(
                "the native manager is told that the guardian is up, though not all of it is: {missing}"
            ));
        }
        self.manager.tell(words);
    }

    /// Does what the native manager asks for.
    pub(crate) fn noticed(&mut self, notice: Notice) {
        match notice {
            // Another request would be one by somebody in a hurry.
            Notice::Stop { .. } if self.world.is_shutting_down() => {}
            Notice::Stop { .. } => self.terminate(),
            Notice::Reload => self.reload_file(),
        }
    }
}
