//! What a program knows of its life as a service.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use outlast_model::AwakeTime;
use outlast_os::manager_link::Link;
use tokio::sync::mpsc::UnboundedSender;

use crate::events::{Event, Events, Listeners};
use crate::log::Log;
use crate::machine::{MachineEvent, Wait};
use crate::manager::Manager;
use crate::reload::Reload;
use crate::sockets::{self, Socket};
use crate::stop::{StopRequested, StopToken};

/// A program's view of its life as a service: what it tells its manager, and
/// what it is told. Clones are the same; they may go to any thread.
///
/// ```no_run
/// # fn main() -> std::process::ExitCode {
/// outlast::service("shop").run(|ctx| async move {
///     ctx.status("opening the till");
///     // …
///     ctx.ready();
///     ctx.stopping().await;
/// })
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Context(Arc<Shared>);

/// What the program's side and the watcher have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) name: String,
    pub(crate) manager: Manager,
    pub(crate) link: Link,
    pub(crate) log: Log,
    pub(crate) stop: StopToken,
    pub(crate) words: UnboundedSender<Word>,
    pub(crate) listeners: Listeners,
    pub(crate) is_ready: AtomicBool,
    pub(crate) reloads: AtomicUsize,
    /// Whether somebody wants to know what the machine does.
    pub(crate) is_listening: AtomicBool,
}

/// What the program tells the watcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// It can be used.
    Ready,
    /// It starts or ends, and needs so much longer than it would have.
    MoreTime(Duration),
    /// It wants to be stopped.
    Stop,
    /// It wants to know what the machine does.
    Listen,
    /// The machine need not wait for it any longer, as to its announcement of this
    /// number.
    Allow(u64),
    /// It has ended; there is nothing left to watch.
    Ended,
}

impl Context {
    pub(crate) const fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// The program can be used: a manager that waits for it goes on, and starts
    /// what depends on it. Calling it again does nothing.
    ///
    /// A program that has not called it within
    /// [`start_timeout`](crate::Service::start_timeout) has failed.
    ///
    /// ```no_run
    /// # fn example(ctx: outlast::Context) -> std::io::Result<()> {
    /// let listener = std::net::TcpListener::bind("127.0.0.1:8080")?;
    /// ctx.ready();
    /// # Ok(()) }
    /// ```
    pub fn ready(&self) {
        if !self.0.is_ready.swap(true, Ordering::AcqRel) {
            self.0.tell(Word::Ready);
        }
    }

    /// What the program does, as one line for people: `systemctl status` shows
    /// it. Managers without such a line ignore it.
    ///
    /// ```no_run
    /// # fn example(ctx: outlast::Context) {
    /// ctx.status("12 customers");
    /// # }
    /// ```
    pub fn status(&self, text: &str) {
        self.0.link.status(text);
    }

    /// The program works: feeds the manager's watchdog. Only needed with
    /// [`watchdog_manual`](crate::Service::watchdog_manual).
    ///
    /// ```no_run
    /// # fn example(ctx: outlast::Context) {
    /// loop {
    ///     // One round of the loop that must not hang.
    ///     ctx.alive();
    /// #   break;
    /// }
    /// # }
    /// ```
    pub fn alive(&self) {
        self.0.link.alive();
    }

    /// While it starts or ends: it needs up to `time` from now on. What was left
    /// of [`start_timeout`](crate::Service::start_timeout) or
    /// [`stop_timeout`](crate::Service::stop_timeout) is replaced by it. A machine
    /// that shuts down may not wait.
    ///
    /// ```no_run
    /// # fn example(ctx: outlast::Context) {
    /// ctx.more_time(std::time::Duration::from_secs(300));
    /// ctx.status("upgrading the database");
    /// # }
    /// ```
    pub fn more_time(&self, time: Duration) {
        self.0.tell(Word::MoreTime(time));
    }

    /// Ends when the program is to end; as
    /// [`StopToken::requested`](crate::StopToken::requested).
    ///
    /// ```no_run
    /// # async fn example(ctx: outlast::Context) {
    /// ctx.stopping().await;
    /// # }
    /// ```
    pub fn stopping(&self) -> StopRequested {
        self.0.stop.requested()
    }

    /// The first socket with this name, not taken yet, that takes TCP connections, as
    /// whoever has started the program has opened it: a guardian by `listen`, a socket
    /// unit of systemd. It stays open while the program is restarted, so that nobody is
    /// refused. `None`: there is none, as in a terminal and on Windows; then the program
    /// opens its own.
    ///
    /// ```no_run
    /// # fn example(ctx: outlast::Context) -> std::io::Result<()> {
    /// let listener = match ctx.listener("http") {
    ///     Some(listener) => listener,
    ///     None => std::net::TcpListener::bind("127.0.0.1:8080")?,
    /// };
    /// # Ok(()) }
    /// ```
    pub fn listener(&self, name: &str) -> Option<TcpListener> {
        sockets::listener(name)
    }

    /// All the sockets that were opened for the program and are not taken yet, in the
    /// order in which it was given them.
    ///
    /// ```no_run
    /// # fn example(ctx: outlast::Context) {
    /// for socket in ctx.sockets() {
    ///     match socket.into_udp() {
    ///         Ok(_datagrams) => {}
    ///         Err(other) => ctx.log().warning(&format!("what is {}?", other.name())),
    ///     }
    /// }
    /// # }
    /// ```
    pub fn sockets(&self) -> Vec<Socket> {
        sockets::all()
    }

    /// Whether the program is to end.
    ///
    /// ```no_run
    /// # fn example(ctx: outlast::Context) {
    /// while !ctx.is_stopping() {
    ///     // One piece of work.
    /// }
    /// # }
    /// ```
    pub fn is_stopping(&self) -> bool {
        self.0.stop.is_stopping()
    }

    /// What tells every part of the program whether it is to end, and how long
    /// it has.
    ///
    /// ```no_run
    /// # fn example(ctx: outlast::Context) {
    /// let stop = ctx.stop_token();
    /// std::thread::spawn(move || stop.wait());
    /// # }
    /// ```
    pub fn stop_token(&self) -> StopToken {
        self.0.stop.clone()
    }

    /// Begins the end as if the manager had asked for it. A manager that keeps
    /// the program running will start it again.
    ///
    /// ```no_run
    /// # fn example(ctx: outlast::Context) {
    /// ctx.request_stop();
    /// # }
    /// ```
    pub fn request_stop(&self) {
        self.0.tell(Word::Stop);
    }

    /// What happens from now on. A stop that has begun before is told, too. The
    /// first call begins to listen to the machine, which takes a moment.
    ///
    /// ```no_run
    /// # async fn example(ctx: outlast::Context) {
    /// let mut events = ctx.events();
    /// let event = events.next().await;
    /// # }
    /// ```
    pub fn events(&self) -> Events {
        let shared = &self.0;
        let events = shared
            .listeners
            .add(|| shared.stop.is_stopping().then_some(Event::Stop));
        if !shared.is_listening.swap(true, Ordering::AcqRel) {
            shared.tell(Word::Listen);
        }
        events
    }

    /// The machine's log.
    ///
    /// ```no_run
    /// # fn example(ctx: outlast::Context) {
    /// ctx.log().info("hello");
    /// # }
    /// ```
    pub fn log(&self) -> &Log {
        &self.0.log
    }

    /// Who has started the program.
    ///
    /// ```no_run
    /// # fn example(ctx: outlast::Context) {
    /// if ctx.manager() == outlast::Manager::Nobody {
    ///     println!("press Ctrl-C to end");
    /// }
    /// # }
    /// ```
    pub fn manager(&self) -> Manager {
        self.0.manager
    }

    /// The service's name.
    ///
    /// ```no_run
    /// # fn example(ctx: outlast::Context) {
    /// println!("{} runs", ctx.name());
    /// # }
    /// ```
    pub fn name(&self) -> &str {
        &self.0.name
    }
}

impl Shared {
    /// A watcher that has ended needs no words.
    pub(crate) fn tell(&self, word: Word) {
        let _ = self.words.send(word);
    }

    /// From now on the program is to end, by `deadline`.
    pub(crate) fn begin_stop(&self, deadline: AwakeTime) {
        self.link.stopping();
        self.listeners.tell(|| {
            self.stop.begin(deadline);
            Event::Stop
        });
    }

    /// Tells those who listen to read their configuration again. With nobody
    /// there it is done at once.
    pub(crate) fn reload(self: &Arc<Self>) {
        // A manager knows no reload of what is not running.
        let is_told = self.is_ready.load(Ordering::Acquire) && !self.stop.is_stopping();
        if is_told {
            self.link.reloading();
        }
        self.reloads.fetch_add(1, Ordering::AcqRel);
        let shared = Arc::clone(self);
        let reload = Reload::new(move || shared.reloaded());
        self.listeners.tell(|| Event::Reload(reload));
    }

    /// Tells those who listen what the machine does, which waits for them as to its
    /// `announcement`.
    pub(crate) fn machine(self: &Arc<Self>, event: outlast_model::MachineEvent, announcement: u64) {
        let shared = Arc::clone(self);
        let wait = |time_left| Wait::new(time_left, move || shared.tell(Word::Allow(announcement)));
        let event = MachineEvent::new(event, wait);
        self.listeners.tell(|| Event::Machine(event));
    }

    fn reloaded(&self) {
        let is_last = self.reloads.fetch_sub(1, Ordering::AcqRel) == 1;
        let is_running = self.is_ready.load(Ordering::Acquire) && !self.stop.is_stopping();
        if is_last && is_running {
            // The manager's view is all that depends on it.
            let _ = self.link.ready();
        }
    }
}
