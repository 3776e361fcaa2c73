//! The files that services watch: a thread for each such service, which sleeps until
//! something may have changed, looks, and tells what has.
//!
//! When it looks is decided by [`Gathering`]; what follows from a change, by the
//! engine. Whatever reads a disk is done by the thread: a drive that does not answer
//! holds up nobody else.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use outlast_config::defaults;
use outlast_engine::{Gathering, LONGEST_BURST, STORM_PAUSE};
use outlast_model::watch::{FileChanges, OnChange, Poll, WatchNews, WatchPolicy};
use outlast_model::{AwakeTime, Event, Service, ServiceName};
use outlast_os::clock;
use outlast_os::process::{Fitness, FitnessCheck, find_program};
use outlast_os::watch::{HintBox, Order, WatchedFiles, Woken};
use tokio::sync::mpsc::UnboundedSender;

use crate::dispatcher::Dispatcher;
use crate::environment;
use crate::wake::Wake;

/// How long a program that is being written is not looked at again. That somebody has
/// closed a file is not told by every system.
const BUSY_PAUSE: Duration = Duration::from_secs(1);

/// For so long nobody need know that a program is being written.
const BUSY_PATIENCE: Duration = Duration::from_secs(60);

/// So many files at once may be more than the system could tell of, and where its queue
/// has overflowed (`ReadDirectoryChangesW`) the rest of the burst is told by nobody.
const MANY: u32 = 100;

/// What a file shows as the time at which it was written may be so much too early:
/// clocks of file systems have ticks.
const TICK: Duration = Duration::from_millis(10);

/// Who watches, by service.
#[derive(Debug, Default)]
pub(crate) struct Watches(HashMap<ServiceName, Watch>);

#[derive(Debug)]
struct Watch {
    service: Arc<Service>,
    hints: HintBox,
}

impl Drop for Watch {
    /// The thread ends at its next wait, unless it waits for a disk.
    fn drop(&mut self) {
        self.hints.close();
    }
}

impl Dispatcher {
    /// Watches the files of those of `services` that want it, and no others.
    pub(crate) fn heed_files<'a>(&mut self, services: impl Iterator<Item = &'a Service>) {
        let mut before = std::mem::take(&mut self.watches.0);
        for service in services {
            let Some(policy) = &service.watch else {
                continue;
            };
            let name = service.name.clone();
            let watch = match before.remove(&name) {
                Some(watch) if *watch.service == *service => watch,
                _ => self.watch(service, policy),
            };
            self.watches.0.insert(name, watch);
        }
    }

    /// The same, of the services that the guardian begins with.
    pub(crate) fn heed_files_at_first(&mut self) {
        let services = self.world.services();
        let watching: Vec<Arc<Service>> = services
            .filter(|service| service.definition.watch.is_some())
            .map(|service| Arc::clone(service.definition))
            .collect();
        self.heed_files(watching.iter().map(|service| &**service));
    }

    fn watch(&self, service: &Service, policy: &WatchPolicy) -> Watch {
        let watch = Watch {
            service: Arc::new(service.clone()),
            hints: HintBox::default(),
        };
        let mut order = Order::new(service.dir.clone(), policy.places.clone())
            .ignoring(&policy.ignore)
            .without(self.identity.state_dir.clone());
        if policy.gitignore {
            order = order.obeying_git();
        }
        let begin = Begin {
            order,
            service: Arc::clone(&watch.service),
            policy: policy.clone(),
            hints: watch.hints.clone(),
            wakes: self.wakes.clone(),
            since: SystemTime::now() - TICK,
        };
        let thread = std::thread::Builder::new().name("watch".to_owned());
        if let Err(error) = thread.spawn(move || begin.watcher().run()) {
            self.narrator.complain(format!(
                "the files of {} are not watched, as no thread can be started: {error}",
                service.name
            ));
        }
        watch
    }
}

/// What a thread begins with.
struct Begin {
    order: Order,
    service: Arc<Service>,
    policy: WatchPolicy,
    hints: HintBox,
    wakes: UnboundedSender<Wake>,
    /// What was written before this moment is known to whoever has been started since.
    since: SystemTime,
}

impl Begin {
    /// Looks for the first time.
    fn watcher(self) -> Watcher {
        let files = WatchedFiles::open(self.order, self.hints.clone());
        let mut watcher = Watcher {
            pending: files.written_since(self.since),
            files,
            gathering: Gathering::new(self.policy.debounce),
            check: FitnessCheck::default(),
            poll: None,
            busy_since: None,
            unsure_since: None,
            again: None,
            service: self.service,
            policy: self.policy,
            hints: self.hints,
            wakes: self.wakes,
        };
        if watcher.pending.is_some() {
            watcher.gathering.hinted(now());
        }
        watcher.poll_where_needed();
        watcher
    }
}

/// One thread.
struct Watcher {
    service: Arc<Service>,
    policy: WatchPolicy,
    files: WatchedFiles,
    gathering: Gathering,
    check: FitnessCheck,
    /// Changes that are not told yet, as the program is being written.
    pending: Option<FileChanges>,
    busy_since: Option<AwakeTime>,
    /// Since when a look has found so many changes that another one has to say whether
    /// these were all.
    unsure_since: Option<AwakeTime>,
    /// When that is looked at again.
    again: Option<AwakeTime>,
    /// When the files are looked at next though nobody has told of a change.
    poll: Option<AwakeTime>,
    hints: HintBox,
    wakes: UnboundedSender<Wake>,
}

fn now() -> AwakeTime {
    clock::now().awake
}

impl Watcher {
    /// Until nobody wants to know any more.
    fn run(mut self) {
        loop {
            let due = [self.gathering.due(), self.again, self.poll];
            let due = due.into_iter().flatten().min();
            match self.hints.wait(due.map(|due| due.since(now()))) {
                Woken::Closed => return,
                Woken::Hinted(hint) => {
                    if self.files.concerns(hint) {
                        self.gathering.hinted(now());
                    }
                }
                Woken::TimedOut => {}
            }
            let is_due = |due: Option<AwakeTime>| due.is_some_and(|due| due <= now());
            if is_due(self.gathering.due()) || is_due(self.again) {
                self.look();
            } else if is_due(self.poll) {
                self.poll();
            }
        }
    }

    /// What is seen to change may still be changing.
    fn poll(&mut self) {
        if let Some(changes) = self.files.look() {
            self.keep(changes);
            self.gathering.hinted(now());
        }
        self.poll_where_needed();
    }

    fn look(&mut self) {
        self.gathering.looked();
        self.again = None;
        if let Some(changes) = self.files.look() {
            let is_more = changes.more >= MANY;
            self.keep(changes);
            if is_more && self.may_wait_for_more() {
                self.gathering.hinted(now());
                self.poll_where_needed();
                return;
            }
        }
        self.unsure_since = None;
        self.poll_where_needed();
        let Some(changes) = self.pending.take() else {
            return;
        };
        match self.fitness() {
            Fitness::Fit => self.tell_change(changes),
            Fitness::Unfit(reason) => {
                self.busy_since = None;
                self.tell(WatchNews::Unusable(changes, reason));
            }
            Fitness::Busy => self.wait_for_writer(changes),
        }
    }

    /// As long as any burst may last.
    fn may_wait_for_more(&mut self) -> bool {
        let since = *self.unsure_since.get_or_insert_with(now);
        now().since(since) < self.policy.debounce * LONGEST_BURST
    }

    fn keep(&mut self, changes: FileChanges) {
        self.pending = Some(match self.pending.take() {
            None => changes,
            Some(before) if before == changes => before,
            Some(before) => FileChanges {
                more: before.more.saturating_add(changes.more).saturating_add(1),
                first: before.first,
            },
        });
    }

    /// How its program is, if it would have to be started.
    fn fitness(&mut self) -> Fitness {
        if self.policy.on_change != OnChange::Restart {
            return Fitness::Fit;
        }
        let service = &self.service;
        let search_path = environment::search_path(service);
        match find_program(
            &service.command.program,
            &service.dir,
            search_path.as_deref(),
        ) {
            Ok(program) => self.check.look(&program),
            Err(failure) => Fitness::Unfit(failure.message),
        }
    }

    fn wait_for_writer(&mut self, changes: FileChanges) {
        let since = *self.busy_since.get_or_insert_with(now);
        if now().since(since) >= BUSY_PATIENCE {
            // Told once in that time, and looked at all the same.
            self.busy_since = None;
            let reason = "somebody has its file open for writing".to_owned();
            self.tell(WatchNews::Unusable(changes.clone(), reason));
        }
        self.pending = Some(changes);
        self.again = Some(now().after(BUSY_PAUSE));
    }

    fn tell_change(&mut self, changes: FileChanges) {
        self.busy_since = None;
        let reports = self.gathering.told(now());
        self.tell(WatchNews::Changed(changes));
        if let Some(reports) = reports {
            let pause = STORM_PAUSE;
            self.tell(WatchNews::Gathered { reports, pause });
        }
    }

    fn poll_where_needed(&mut self) {
        let every = match self.policy.poll {
            Poll::Every(every) => every,
            Poll::WhereNeeded => match self.files.why_untold() {
                None => {
                    self.poll = None;
                    return;
                }
                Some(reason) => {
                    let every = defaults::WATCH_POLL;
                    if self.poll.is_none() {
                        self.tell(WatchNews::Polled { every, reason });
                    }
                    every
                }
            },
        };
        self.poll = Some(now().after(every));
    }

    fn tell(&self, news: WatchNews) {
        // The dispatcher is gone only when the guardian has ended.
        let _ = self.wakes.send(Wake::Happened(Event::Watched {
            service: self.service.name.clone(),
            news,
        }));
    }
}
