//! What services tell of themselves: one socket for each instance that may.
//!
//! A message is believed when its sender is in the instance's process tree. The
//! socket is read on the main thread, as the rest of what wakes the dispatcher:
//! a read is a few microseconds, and so is the look at the sender.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use outlast_model::exit::StartStep;
use outlast_model::health::Notice;
use outlast_model::{Event, HealthPolicy, InstanceId, Pid, ServiceName, StartFailure};
use outlast_os::account::Logon;
use outlast_os::notify_socket::message::Store;
use outlast_os::notify_socket::{Message, Messages, NotifySocket, Passed, Received};
use outlast_os::stored::Stored;
use outlast_os::tree::Tree;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use crate::kept::Storing;
use crate::narrator::Narrator;
use crate::wake::Wake;

/// The socket of an instance that is about to be started.
pub(crate) struct Ear {
    socket: NotifySocket,
    watchdog: Option<Duration>,
}

/// Stops listening when it is dropped: nobody is told what an instance says that
/// has made way for another.
#[derive(Debug)]
pub(crate) struct Listening(AbortHandle);

/// Whom a socket is for, and who is told.
pub(crate) struct Listener {
    pub(crate) service: ServiceName,
    pub(crate) instance: InstanceId,
    pub(crate) tree: Tree,
    /// Whether anything may be kept for it.
    pub(crate) may_store: bool,
    pub(crate) wakes: UnboundedSender<Wake>,
    pub(crate) narrator: Narrator,
}

impl Ear {
    /// Makes one, if the service may tell something; it runs under `logon`.
    pub(crate) fn make(
        policy: &HealthPolicy,
        logon: Option<&Logon>,
    ) -> Result<Option<Self>, StartFailure> {
        if !policy.is_told() {
            return Ok(None);
        }
        let socket =
            NotifySocket::bind(logon.map(Logon::account)).map_err(|error| cannot(&error))?;
        Ok(Some(Self {
            socket,
            watchdog: policy.watchdog,
        }))
    }

    /// The variables by which a program finds it. `WATCHDOG_PID` is not set: the
    /// number is not known before the program runs, and without it the variable
    /// is meant for whoever finds it.
    pub(crate) fn variables(&self) -> Vec<(OsString, OsString)> {
        let mut variables = vec![("NOTIFY_SOCKET".into(), self.socket.name())];
        if let Some(every) = self.watchdog {
            let microseconds = every.as_micros().to_string();
            variables.push(("WATCHDOG_USEC".into(), microseconds.into()));
        }
        variables
    }

    /// Begins to listen. What an instance says before this waits in the socket.
    pub(crate) fn listen(self, listener: Listener) -> io::Result<Listening> {
        let messages = self.socket.listen()?;
        let task = tokio::spawn(listener.hear(messages));
        Ok(Listening(task.abort_handle()))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Listener {
    /// Each trouble is told once: who sends rubbish sends much of it.
    async fn hear(self, mut messages: Messages) {
        let (mut stranger, mut stored, mut long) =
            (Once::default(), Once::default(), Once::default());
        while let Ok(received) = messages.next().await {
            let Received {
                sender,
                message,
                passed,
            } = received;
            let Some(message) = message else {
                long.tell(|| self.complain("sends messages that are too long"));
                continue;
            };
            if !sender.is_some_and(|sender| self.tree.contains(sender)) {
                stranger.tell(|| self.complain(&who(sender)));
                continue;
            }
            let passed = match &message.store {
                Some(_) if !self.may_store => {
                    stored.tell(|| {
                        self.complain(
                            "wants something to be kept, and its `fd_store` allows nothing",
                        );
                    });
                    None
                }
                Some(store) => {
                    self.tell(Wake::Storing(self.storing(store, passed)));
                    None
                }
                None => Some(passed),
            };
            if !self.pass_on(message).await {
                return;
            }
            // Only now: the sender of a barrier waits for it.
            drop(passed);
        }
    }

    fn storing(&self, store: &Store, passed: Passed) -> Storing {
        let (name, found) = match store {
            Store::Keep { name, watch } => (name, Some(Stored::from_message(passed, *watch))),
            Store::Remove(name) => (name, None),
        };
        Storing {
            service: self.service.clone(),
            instance: self.instance,
            name: name.clone(),
            found,
        }
    }

    /// Returns when that has been dealt with, so that whoever says much waits for
    /// the guardian and not the other way round; false: it has ended.
    async fn pass_on(&self, message: Message) -> bool {
        for notice in message.notices {
            if let Notice::MainPid(pid) = notice
                && !self.tree.contains(pid)
            {
                continue;
            }
            let told = self.tell(Wake::Happened(Event::Notified {
                service: self.service.clone(),
                instance: self.instance,
                notice,
            }));
            // The dispatcher is gone only when the guardian has ended.
            if !told {
                return false;
            }
        }
        let (waiting, dealt) = oneshot::channel();
        if !self.tell(Wake::Dealt(waiting)) {
            return false;
        }
        // It never says anything but that it ends.
        let Err(_ended) = dealt.await;
        true
    }

    fn tell(&self, wake: Wake) -> bool {
        self.wakes.send(wake).is_ok()
    }

    fn complain(&self, what: &str) {
        self.narrator.complain(format!("{} {what}", self.service));
    }
}

fn who(sender: Option<Pid>) -> String {
    let who = sender.map_or_else(
        || "a process that cannot be seen from here".to_owned(),
        |pid| format!("process {pid}, which is not of it or has ended already,"),
    );
    format!("is spoken for by {who}: what that says is ignored")
}

/// Something that is told the first time only.
#[derive(Default)]
struct Once(bool);

impl Once {
    fn tell(&mut self, tell: impl FnOnce()) {
        if !std::mem::replace(&mut self.0, true) {
            tell();
        }
    }
}

/// The failure of a start whose service could tell nothing.
fn cannot(error: &io::Error) -> StartFailure {
    StartFailure {
        step: StartStep::Prepare,
        subject: PathBuf::from("notify socket"),
        os_error: error.raw_os_error(),
        message: format!("cannot make the socket by which it tells how it is: {error}"),
    }
}
