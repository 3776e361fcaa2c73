//! What goes on beside the program: hears the manager and the machine, keeps the
//! manager's patience, feeds its watchdog, and ends what does not end.
//!
//! One thread that sleeps until something happens. It has a small runtime of its
//! own, which the program never sees.

use std::future::pending;
use std::io;
use std::ops::ControlFlow;
use std::process;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use outlast_model::{AwakeTime, MachineEvent};
use outlast_os::clock;
use outlast_os::machine::{MachineEvents, News};
use outlast_os::manager_link::{Conclusion, LinkKind, Notice, Notices};
use outlast_os::signals::{HostSignal, HostSignals};
use tokio::runtime;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::context::{Shared, Word};
use crate::executor::Pulse;
use crate::manager::Manager;

/// How often a manager hears that a start or a stop goes on, and for how long
/// each word holds: two may be lost.
const CHECKPOINT: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(6);

/// How long a manager is given that was too busy to hear of the readiness.
const READY_AGAIN: Duration = Duration::from_millis(100);

/// The exit code of a program that has failed.
pub(crate) const FAILED: u8 = 1;

/// What is watched, and by which rules.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) shared: Arc<Shared>,
    pub(crate) notices: Notices,
    pub(crate) words: UnboundedReceiver<Word>,
    pub(crate) start_timeout: Duration,
    pub(crate) stop_timeout: Duration,
    pub(crate) feeder: Feeder,
}

/// Who feeds the manager's watchdog.
#[derive(Clone, Debug)]
pub(crate) enum Feeder {
    /// The program's future, when it is polled.
    Future(Arc<Pulse>),
    /// The watcher: a program without a future cannot be asked.
    Watcher,
    /// The program itself.
    Program,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Starting { by: AwakeTime },
    Running,
    Stopping { by: AwakeTime },
}

#[derive(Debug)]
struct Watcher {
    watch: Watch,
    phase: Phase,
    /// Who tells what the machine does.
    machine: MachineEvents,
    /// How much of it was an announcement.
    announced: u64,
    /// When the manager is told again that the program is ready.
    ready_again: Option<AwakeTime>,
    /// When it is told that the start or the stop goes on.
    checkpoint: Option<AwakeTime>,
    /// When its watchdog is fed.
    feeding: Option<AwakeTime>,
}

/// Everything that wakes the watcher.
#[derive(Clone, Debug)]
enum Wake {
    Signal(HostSignal),
    Notice(Notice),
    Machine(News),
    Word(Word),
    Due,
}

impl Watch {
    /// Begins to watch. Signals are taken when this returns.
    ///
    /// # Errors
    /// When there is no thread to be had, or signals cannot be listened to.
    pub(crate) fn begin(self) -> io::Result<()> {
        let (begun, begins) = sync_channel(1);
        thread::Builder::new()
            .name("outlast".to_owned())
            .spawn(move || self.live(&begun))?;
        begins
            .recv()
            .unwrap_or_else(|_| Err(io::Error::other("the thread is gone")))
    }

    fn live(self, begun: &SyncSender<io::Result<()>>) {
        let built = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = match built {
            Ok(runtime) => runtime,
            Err(error) => return drop(begun.send(Err(error))),
        };
        runtime.block_on(async {
            match HostSignals::listen_for_end_and_reload() {
                Ok(signals) => {
                    let _ = begun.send(Ok(()));
                    Watcher::new(self).watch(signals).await;
                }
                Err(error) => drop(begun.send(Err(error))),
            }
        });
    }
}

impl Watcher {
    fn new(watch: Watch) -> Self {
        let now = clock::now().awake;
        let link = &watch.shared.link;
        let is_heard = link.kind() != LinkKind::Nobody;
        Self {
            phase: Phase::Starting {
                by: now.after(watch.start_timeout),
            },
            machine: MachineEvents::nobody(),
            announced: 0,
            ready_again: None,
            checkpoint: is_heard.then_some(now),
            feeding: link.watchdog().map(|_| now),
            watch,
        }
    }

    async fn watch(mut self, mut signals: HostSignals) {
        loop {
            let due = self.next_due();
            let wake = tokio::select! {
                signal = signals.next() => Wake::Signal(signal),
                notice = self.watch.notices.next() => Wake::Notice(notice),
                news = self.machine.next() => Wake::Machine(news),
                word = self.watch.words.recv() => Wake::Word(word.unwrap_or(Word::Ended)),
                () = until(due) => Wake::Due,
            };
            if self.handle(wake).is_break() {
                return;
            }
        }
    }

    fn handle(&mut self, wake: Wake) -> ControlFlow<()> {
        match wake {
            Wake::Signal(HostSignal::Terminate | HostSignal::SessionEnds(_)) => self.terminate(),
            Wake::Signal(HostSignal::Reload | HostSignal::TerminalClosed) => self.hang_up(),
            // Not listened to.
            Wake::Signal(HostSignal::Forward(_)) => {}
            Wake::Notice(Notice::Stop { time_left, .. }) => self.stop(time_left),
            Wake::Notice(Notice::Reload) => self.watch.shared.reload(),
            Wake::Machine(News::Event(event)) => self.machine(event),
            // Programs hear what happens to sessions, and start nothing in them.
            Wake::Machine(News::Sessions(_)) => {}
            Wake::Word(Word::Ready) => self.ready(),
            Wake::Word(Word::MoreTime(time)) => self.more_time(time),
            Wake::Word(Word::Stop) => self.stop(None),
            Wake::Word(Word::Listen) => self.machine = MachineEvents::listen(),
            Wake::Word(Word::Allow(announcement)) => self.allow(announcement),
            Wake::Word(Word::Ended) => return ControlFlow::Break(()),
            Wake::Due => self.due(clock::now().awake),
        }
        ControlFlow::Continue(())
    }

    /// The second Ctrl-C of somebody who has had enough.
    fn terminate(&mut self) {
        let is_at_a_terminal = self.watch.shared.manager == Manager::Nobody;
        match self.phase {
            Phase::Stopping { .. } if is_at_a_terminal => {
                self.give_up("ended at once, as it was asked to twice")
            }
            _ => self.stop(None),
        }
    }

    /// A terminal that is closed is the end of a program that does not know what
    /// a reload is.
    fn hang_up(&mut self) {
        let shared = &self.watch.shared;
        if shared.manager == Manager::Nobody && !shared.listeners.are_there() {
            self.stop(None);
        } else {
            shared.reload();
        }
    }

    /// A manager that has too much to do is told again.
    fn ready(&mut self) {
        let shared = &self.watch.shared;
        self.ready_again = match shared.link.ready() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                Some(clock::now().awake.after(READY_AGAIN))
            }
            Err(error) => {
                let log = &shared.log;
                log.warning(format_args!(
                    "cannot tell the manager that it is ready: {error}"
                ));
                None
            }
            Ok(()) => None,
        };
        if matches!(self.phase, Phase::Starting { .. }) {
            self.phase = Phase::Running;
            self.checkpoint = None;
        }
    }

    fn more_time(&mut self, time: Duration) {
        let by = clock::now().awake.after(time);
        match self.phase {
            Phase::Starting { .. } => self.phase = Phase::Starting { by },
            Phase::Stopping { .. } => {
                self.phase = Phase::Stopping { by };
                self.watch.shared.stop.begin(by);
            }
            Phase::Running => {}
        }
    }

    fn machine(&mut self, event: MachineEvent) {
        let waits = matches!(
            event,
            MachineEvent::Suspending { .. } | MachineEvent::ShuttingDown
        );
        self.announced += u64::from(waits);
        self.watch.shared.machine(event, self.announced);
    }

    /// A word about an earlier announcement comes too late to matter.
    fn allow(&self, announcement: u64) {
        if announcement == self.announced {
            self.machine.allow_sleep();
        }
    }

    fn stop(&mut self, time_left: Option<Duration>) {
        if matches!(self.phase, Phase::Stopping { .. }) {
            return;
        }
        let patience = self.watch.stop_timeout;
        let time = time_left.map_or(patience, |left| left.min(patience));
        let now = clock::now().awake;
        let by = now.after(time);
        self.phase = Phase::Stopping { by };
        self.watch.shared.begin_stop(by);
        if self.watch.shared.link.kind() != LinkKind::Nobody {
            self.checkpoint = Some(now);
        }
    }

    /// Does whatever has its time at `now`.
    fn due(&mut self, now: AwakeTime) {
        let shared = &self.watch.shared;
        match self.phase {
            Phase::Starting { by } if by <= now && shared.link.kind() != LinkKind::Nobody => {
                self.give_up("not ready in time: it has to call `ready()`, or to ask for more time")
            }
            Phase::Stopping { by } if by <= now => self.give_up("did not stop in time"),
            _ => {}
        }
        if self.checkpoint.is_some_and(|at| at <= now) {
            self.checkpoint = Some(now.after(CHECKPOINT));
            shared.link.more_time(PATIENCE);
        }
        if self.feeding.is_some_and(|at| at <= now) {
            self.feed(now);
        }
        if self.ready_again.is_some_and(|at| at <= now) {
            self.ready();
        }
    }

    fn feed(&mut self, now: AwakeTime) {
        let link = &self.watch.shared.link;
        match &self.watch.feeder {
            Feeder::Future(pulse) => pulse.ask(),
            Feeder::Watcher => link.alive(),
            Feeder::Program => {}
        }
        // Half of the interval, as sd_watchdog_enabled(3) recommends.
        self.feeding = match self.watch.feeder {
            Feeder::Program => None,
            _ => link.watchdog().map(|interval| now.after(interval / 2)),
        };
    }

    fn next_due(&self) -> Option<AwakeTime> {
        let is_heard = self.watch.shared.link.kind() != LinkKind::Nobody;
        let phase = match self.phase {
            Phase::Starting { by } => is_heard.then_some(by),
            Phase::Running => None,
            Phase::Stopping { by } => Some(by),
        };
        [phase, self.checkpoint, self.feeding, self.ready_again]
            .into_iter()
            .flatten()
            .min()
    }

    /// Ends the process, as the program does not: a service that neither runs nor
    /// ends is the worst of both.
    fn give_up(&self, why: &str) -> ! {
        let shared = &self.watch.shared;
        shared.log.error(format_args!("{}: {why}", shared.name));
        shared.link.status(why);
        shared.link.concluded(Conclusion::Failed(u32::from(FAILED)));
        process::exit(i32::from(FAILED))
    }
}

async fn until(due: Option<AwakeTime>) {
    match due {
        Some(due) => tokio::time::sleep(due.since(clock::now().awake)).await,
        None => pending().await,
    }
}
