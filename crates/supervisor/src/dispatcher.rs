//! The one loop: whatever wakes the guardian becomes an input of the engine, and
//! the engine's effects are performed in order.
//!
//! There is no policy here and no knowledge of an operating system; what to do
//! is the engine's business, how it is done is [`perform`](crate::perform)'s.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use outlast_api::v1::Reloaded;
use outlast_engine::{FREEZE, Input, World, step};
use outlast_model::machine::SessionEnd;
use outlast_model::record::{Entry, GuardianEntry};
use outlast_model::request::{Outcome, Target, Urgency, Verb};
use outlast_model::{
    AwakeTime, Event, MachineEvent, Now, Record, Request, RequestId, Service, ServiceName, Signal,
};
use outlast_os::clock;
use outlast_os::freezer::Freezer;
use outlast_os::machine::{MachineEvents, News};
use outlast_os::manager_link::Notices;
use outlast_os::network::NetworkNews;
use outlast_os::signals::{HostSignal, HostSignals};
use outlast_os::tree::Forest;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;

use crate::channels::{Channels, Remade};
use crate::diagnosis::{self, Diagnosis};
use crate::fault;
use crate::guardian::{Ended, Identity, Source, WhenAtRest};
use crate::inhibitors::Inhibitors;
use crate::instance::Slot;
use crate::kept::Kept;
use crate::manager::Manager;
use crate::memory_curves::MemoryCurves;
use crate::narrator::Narrator;
use crate::network;
use crate::probes::Probes;
use crate::recorder::Recorder;
use crate::reload;
use crate::status;
use crate::wake::{Call, Loaded, ReloadAnswer, Wake};
use crate::watches::Watches;

/// The state of the loop.
pub(crate) struct Dispatcher {
    /// What the engine knows.
    pub(crate) world: World,
    /// Process trees and live processes, by service.
    pub(crate) slots: HashMap<ServiceName, Slot>,
    /// What keeps the machine from sleeping.
    pub(crate) inhibitors: Inhibitors,
    /// Between services and what runs for them in sessions.
    pub(crate) channels: Channels,
    /// What outlives the instances of services.
    pub(crate) kept: Kept,
    /// Who asks services how they are.
    pub(crate) probes: Probes,
    /// Who watches the files of services.
    pub(crate) watches: Watches,
    /// Where process trees come from.
    pub(crate) forest: Forest,
    /// Where records and output go.
    pub(crate) recorder: Recorder,
    /// How much memory services have used.
    pub(crate) memory: MemoryCurves,
    /// Who finds out why services end.
    pub(crate) diagnosis: Diagnosis,
    /// Who tells people.
    pub(crate) narrator: Narrator,
    /// The native manager.
    pub(crate) manager: Manager,
    /// Who tells what the machine and its sessions do.
    pub(crate) machine: MachineEvents,
    /// Who tells how the network is, while a service needs it.
    pub(crate) network: NetworkNews,
    /// Who this guardian is.
    pub(crate) identity: Identity,
    /// For telling the loop what happens elsewhere.
    pub(crate) wakes: UnboundedSender<Wake>,
    /// Who tells that it was frozen.
    pub(crate) freezer: Freezer,
    /// For how long, altogether, when that was last looked up.
    pub(crate) frozen: Duration,
    /// The engine's timer, when it is set.
    pub(crate) timer: Option<AwakeTime>,
    /// Who waits for which answer.
    pub(crate) tickets: HashMap<RequestId, Ticket>,
    /// Inputs that came from performing effects and are not yet dealt with.
    pub(crate) inputs: VecDeque<Input>,
    /// What the last applied reload found to be different, until it is answered.
    pub(crate) reloaded: Reloaded,
    /// Whether the engine said that everything is over.
    pub(crate) finished: bool,
    /// How often somebody told the guardian to end.
    pub(crate) terminations: u32,
    /// The number of the last request.
    pub(crate) last_request: u64,
}

/// The way back to who asked.
pub(crate) enum Ticket {
    /// For an act.
    Act(oneshot::Sender<Outcome>),
    /// For a reload that was applied: what differs, once the engine has told.
    Reload(Option<Reloaded>, oneshot::Sender<ReloadAnswer>),
}

impl Dispatcher {
    pub(crate) fn new(
        identity: Identity,
        world: World,
        (forest, recorder, narrator, manager): (Forest, Recorder, Narrator, Manager),
        wakes: UnboundedSender<Wake>,
    ) -> Self {
        let freezer = Freezer::open();
        let tree = forest.tree(&diagnosis::tree_name());
        Self {
            frozen: freezer.frozen().unwrap_or_default(),
            freezer,
            world,
            slots: HashMap::new(),
            inhibitors: Inhibitors::default(),
            channels: Channels::default(),
            kept: Kept::default(),
            probes: Probes::new(wakes.clone()),
            watches: Watches::default(),
            memory: MemoryCurves::default(),
            diagnosis: Diagnosis::begin(&identity.state_dir, tree, wakes.clone()),
            forest,
            recorder,
            narrator,
            manager,
            machine: MachineEvents::nobody(),
            network: NetworkNews::nobody(),
            identity,
            wakes,
            timer: None,
            tickets: HashMap::new(),
            inputs: VecDeque::new(),
            reloaded: Reloaded::default(),
            finished: false,
            terminations: 0,
            last_request: 0,
        }
    }

    /// Runs until the guardian is asked to end and everything is stopped, or,
    /// if it is a guardian that does so, until all services have come to rest.
    pub(crate) async fn run(
        mut self,
        mut incoming: UnboundedReceiver<Wake>,
        mut signals: HostSignals,
        mut notices: Notices,
    ) -> Ended {
        let services = self.world.services().map(|service| &**service.definition);
        let is_needed = network::is_needed(services);
        self.heed_network(is_needed);
        self.heed_files_at_first();
        self.act(Verb::Start(Target::All), None);
        // What this takes, no service has waited for.
        self.machine = MachineEvents::listen();
        while !self.finished {
            if self.identity.when_at_rest == WhenAtRest::End && self.world.is_at_rest() {
                self.act(Verb::Shutdown(Urgency::Orderly), None);
                continue;
            }
            self.inform_manager();
            let wake = tokio::select! {
                Some(wake) = incoming.recv() => wake,
                signal = signals.next() => Wake::Signalled(signal),
                notice = notices.next() => Wake::Noticed(notice),
                () = self.freezer.thawed() => Wake::Thawed,
                news = self.machine.next() => Wake::Machine(news),
                network = self.network.next() => Wake::Network(network),
                () = due(self.timer) => Wake::TimerDue,
                () = due(self.manager.due()) => Wake::ManagerDue,
                () = due(self.memory.due()) => Wake::MemoryDue,
            };
            // After a panic the engine's world may lack what that one wake
            // would have changed; all other services are still looked after.
            fault::contained("the dispatcher", || self.handle(wake));
        }
        self.end()
    }

    fn handle(&mut self, wake: Wake) {
        self.look_whether_frozen(&wake);
        match wake {
            Wake::Happened(event) => self.happened(event),
            Wake::Called(call) => self.called(call),
            Wake::Loaded(loaded) => self.loaded(loaded),
            Wake::LoggedOn(logged_on) => self.logged_on(logged_on),
            Wake::Undiagnosed(incident) => self.diagnosis.close(&incident),
            Wake::Inhibited(answer) => self.inhibited(answer),
            Wake::Storing(storing) => self.store(storing),
            Wake::HungUp(hung_up) => self.kept.hung_up(&hung_up),
            // Its end is the answer.
            Wake::Dealt(waiting) => drop(waiting),
            Wake::Signalled(signal) => self.signalled(signal),
            Wake::Noticed(notice) => self.noticed(notice),
            Wake::Thawed => self.dispatch(Input::Event(Event::Thawed)),
            Wake::Machine(News::Event(event)) => self.machine_did(event),
            Wake::Machine(News::Sessions(sessions)) => {
                self.dispatch(Input::Event(Event::Sessions(sessions)));
            }
            Wake::Network(network) => self.dispatch(Input::Event(Event::Network(network))),
            Wake::TimerDue => self.timer_due(),
            Wake::MemoryDue => self.look_at_memory(),
            // The manager is informed before every wait.
            Wake::ManagerDue => {}
        }
    }

    /// Gives `input` to the engine and performs what comes back, until nothing
    /// comes back any more.
    pub(crate) fn dispatch(&mut self, input: Input) {
        self.inputs.push_back(input);
        while let Some(input) = self.inputs.pop_front() {
            let now = Now {
                frozen: self.frozen,
                ..clock::now()
            };
            for effect in step(&mut self.world, input, now) {
                self.perform(effect);
            }
        }
    }

    fn look_at_memory(&mut self) {
        let slots = &self.slots;
        self.memory.look(|service| {
            let slot = slots.get(service).filter(|slot| slot.live.is_some())?;
            slot.tree.usage().memory_bytes
        });
    }

    fn happened(&mut self, event: Event) {
        let diagnosed = diagnosis::concluded(&event);
        self.dispatch(Input::Event(event));
        // Whoever has waited for it finds it in the world now.
        if let Some(incident) = diagnosed {
            self.diagnosis.close(&incident);
        }
    }

    /// A service may be restarted for a resume, or be kept from that by the network.
    fn machine_did(&mut self, event: MachineEvent) {
        if event == MachineEvent::Resumed {
            self.look_at_network();
        }
        self.dispatch(Input::Event(Event::Machine(event)));
    }

    /// A late timer may be dealt with before the news of a freeze. Otherwise
    /// nothing is looked up.
    fn look_whether_frozen(&mut self, wake: &Wake) {
        let now = clock::now().awake;
        let is_late = self.timer.is_some_and(|at| now.since(at) >= FREEZE);
        if is_late || matches!(wake, Wake::Thawed) {
            self.frozen = self.freezer.frozen().unwrap_or(self.frozen);
        }
    }

    fn called(&mut self, call: Call) {
        match call {
            Call::Act(verb, answer) => drop(self.act(verb, Some(Ticket::Act(answer)))),
            Call::Reload(answer) => self.reload(Some(answer)),
            Call::Status(target, answer) => status::answer(self, &target, answer),
        }
    }

    /// Asks the engine for `verb`.
    fn act(&mut self, verb: Verb, ticket: Option<Ticket>) -> RequestId {
        self.record_request(&verb);
        self.last_request += 1;
        let id = RequestId(self.last_request);
        if let Some(ticket) = ticket {
            self.tickets.insert(id, ticket);
        }
        self.dispatch(Input::Request(Request { id, verb }));
        id
    }

    fn record_request(&mut self, verb: &Verb) {
        let (verb, target) = match verb {
            Verb::Start(target) => ("start", target.clone()),
            Verb::Stop(target) => ("stop", target.clone()),
            Verb::Restart(target) => ("restart", target.clone()),
            // These have records of their own.
            Verb::Apply(_) | Verb::Shutdown(_) => return,
        };
        self.record(GuardianEntry::Requested { verb, target });
    }

    /// Puts something about the guardian on record.
    pub(crate) fn record(&mut self, entry: GuardianEntry) {
        let record = Record {
            at: clock::now().real,
            entry: Entry::Guardian(entry),
        };
        self.narrator.tell(&record);
        self.recorder.record(record);
    }

    /// As the machine or its native manager asks for it. A command has no file.
    pub(crate) fn reload_file(&mut self) {
        if matches!(self.identity.source, Source::File(_)) {
            self.reload(None);
        }
    }

    fn reload(&mut self, answer: Option<oneshot::Sender<ReloadAnswer>>) {
        self.manager.reloading();
        let known = self.channels.known();
        reload::begin(&self.identity, (known, answer), &self.wakes);
    }

    fn loaded(&mut self, loaded: Loaded) {
        match loaded.services {
            Ok((services, channels)) => {
                self.use_channels(channels);
                self.apply(services, loaded.answer);
            }
            Err(error) => {
                self.record(GuardianEntry::ReloadRefused {
                    reason: error.message.clone(),
                });
                if let Some(answer) = loaded.answer {
                    let _ = answer.send(Err(error));
                }
            }
        }
        self.manager.reloaded();
    }

    pub(crate) fn use_channels(&mut self, channels: Remade) {
        for complaint in &channels.complaints {
            self.narrator.complain(complaint.clone());
        }
        let left = self.channels.replace(channels);
        if !left.is_empty() {
            tokio::task::spawn_blocking(move || {
                for channel in left {
                    // Without its folder nobody connects; that is all.
                    let _ = channel.remove();
                }
            });
        }
    }

    fn apply(&mut self, services: Vec<Service>, answer: Option<oneshot::Sender<ReloadAnswer>>) {
        self.heed_network(network::is_needed(services.iter()));
        self.heed_files(services.iter());
        let ticket = answer.map(|answer| Ticket::Reload(None, answer));
        let id = self.act(Verb::Apply(services), ticket);
        // The engine has put on record what differs, and `perform` has kept it.
        // Another reload may come before this one is answered.
        if let Some(Ticket::Reload(known, _)) = self.tickets.get_mut(&id) {
            *known = Some(std::mem::take(&mut self.reloaded));
        }
    }

    fn signalled(&mut self, signal: HostSignal) {
        match (signal, &self.identity.source) {
            (HostSignal::Terminate, _) => self.terminate(),
            (HostSignal::SessionEnds(why), _) => self.session_ends(why),
            (HostSignal::TerminalClosed, source) => {
                let is_passed_on = matches!(source, Source::AdHoc);
                self.record(GuardianEntry::TerminalClosed);
                if is_passed_on {
                    self.forward(Signal::Hup);
                }
            }
            (HostSignal::Reload, Source::File(_)) => self.reload_file(),
            (HostSignal::Reload, Source::AdHoc) => self.forward(Signal::Hup),
            (HostSignal::Forward(signal), Source::AdHoc) => self.forward(signal),
            // With several services nobody can know which one is meant, and the
            // default action of most signals is to end a process.
            (HostSignal::Forward(_), Source::File(_)) => {}
        }
    }

    /// The first time everything is stopped in order; who asks again is in a
    /// hurry.
    pub(crate) fn terminate(&mut self) {
        self.terminations += 1;
        let urgency = if self.terminations == 1 {
            Urgency::Orderly
        } else {
            Urgency::Immediate
        };
        self.act(Verb::Shutdown(urgency), None);
    }

    /// Windows tells of one log-off in two ways; the second one is no haste.
    fn session_ends(&mut self, why: SessionEnd) {
        if !self.world.is_shutting_down() {
            self.record(GuardianEntry::SessionEnds(why));
            self.terminate();
        }
    }

    fn timer_due(&mut self) {
        // A runtime's clock may count sleep (Windows) and be early on ours.
        if self.timer.is_some_and(|at| at <= clock::now().awake) {
            self.timer = None;
            self.dispatch(Input::Event(Event::TimerDue));
        }
    }

    fn end(self) -> Ended {
        let ended = match self.identity.when_at_rest {
            WhenAtRest::Stay => Ended::AsAsked,
            WhenAtRest::End => self
                .world
                .services()
                .next()
                .map_or(Ended::AsAsked, status::ad_hoc_end),
        };
        self.diagnosis.end();
        self.recorder.finish();
        self.channels.remove();
        self.forest.close();
        ended
    }
}

/// Returns when the awake clock may have reached `timer`; never, if it is not
/// set.
async fn due(timer: Option<AwakeTime>) {
    match timer {
        Some(at) => tokio::time::sleep(at.since(clock::now().awake)).await,
        None => std::future::pending().await,
    }
}
