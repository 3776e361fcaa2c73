//! How each effect of the engine is done.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use outlast_config::LinePattern;
use outlast_engine::Input;
use outlast_model::effect::Scope;
use outlast_model::exit::StartStep;
use outlast_model::health::{Asked, ReadyBy};
use outlast_model::record::{Entry, GuardianEntry, ServiceEntry};
use outlast_model::request::Outcome;
use outlast_model::service::{Ask, LogPolicy, ThrottlePolicy};
use outlast_model::{
    Effect, Event, InstanceId, Pid, Record, RequestId, Service, ServiceName, Signal, StartFailure,
};

use outlast_os::account::Logon;
use outlast_os::channel::Channel;
use outlast_os::limits::Unenforced;
use outlast_os::{clock, evidence};

use crate::diagnosis::Incident;
use crate::dispatcher::{Dispatcher, Ticket};
use crate::failed;
use crate::instance::{self, Live, Owned, Slot};
use crate::kept::Storing;
use crate::logon::{self, Needs};
use crate::notices::{Ear, Listener};
use crate::probes::{self, Question};
use crate::recorder::{AwaitedLine, Output};
use crate::samples::{self, Look, Looking};
use crate::secrets::{self, Means};
use crate::spawn::{Order, Spawned, spawn};
use crate::status;
use crate::wake::{Admitted, LoggedOn, Wake};

impl Dispatcher {
    /// Does what the engine ordered. What comes of it is a new input, never an
    /// error: the engine decides about failures too.
    pub(crate) fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Spawn { service, instance } => self.spawn(&service, instance),
            Effect::Ask {
                service,
                instance,
                ask,
                scope,
            } => self.ask(&service, instance, (ask, scope)),
            Effect::Reload { service, instance } => self.reload_instance(&service, instance),
            Effect::Kill { service, instance } => self.kill(&service, instance),
            Effect::Probe {
                service,
                instance,
                asked,
                number,
                timeout,
            } => self.probe(service, instance, (asked, number, timeout)),
            Effect::Sample {
                service,
                instance,
                number,
            } => self.look(service, instance, number),
            Effect::FindRuns {
                service,
                number,
                since,
                until,
            } => self.find_runs(service, number, (since, until)),
            Effect::StopProbing { service, .. } => self.probes.stop(service),
            Effect::Diagnose { service, instance } => {
                let incident = Incident { service, instance };
                let whom = self.diagnosis.open(incident.clone());
                self.recorder.diagnose(incident, whom);
            }
            Effect::Gather { service, instance } => self.gather(&service, instance),
            Effect::Record(record) => self.put_on_record(record),
            Effect::SetTimer(at) => self.timer = Some(at),
            Effect::ClearTimer => self.timer = None,
            Effect::HoldInhibitor { service } => self.hold_inhibitor(service),
            Effect::CloseKept { service } => self.kept.close(&service),
            Effect::ReleaseInhibitor { service } => self.release_inhibitor(&service),
            Effect::Reply { request, outcome } => self.reply(request, outcome),
            Effect::Forget(service) => self.forget(&service),
            Effect::AllowSleep => self.machine.allow_sleep(),
            Effect::Finish => self.finished = true,
        }
    }

    fn spawn(&mut self, service: &Arc<Service>, instance: InstanceId) {
        let place = logon::Place::of(service);
        let secrets = (!service.secrets.is_empty()).then(|| self.means_of(service));
        let verdict = failed::incident(&self.world, service)
            .and_then(|incident| self.diagnosis.wait(&incident));
        if place.is_some() || secrets.is_some() || verdict.is_some() {
            let needs = Needs {
                place,
                channel: self.channels.of(service).cloned(),
                secrets,
                verdict,
            };
            logon::begin(service, instance, needs, &self.wakes);
            return;
        }
        match self.start(service, instance, None) {
            started @ Event::Started { .. } => self.inputs.push_back(Input::Event(started)),
            // By way of the loop, not at once: a service that cannot be started
            // and has no delay would otherwise keep everybody else out.
            failed => drop(self.wakes.send(Wake::Happened(failed))),
        }
    }

    fn means_of(&self, service: &Service) -> Means {
        let name = secrets::tree_name(&service.name).filter(|_| secrets::uses_commands(service));
        Means {
            tree: name.map(|name| self.forest.tree(&name)),
            state_dir: self.identity.state_dir.clone(),
        }
    }

    /// The second half of a start under another account, in a session, or with
    /// secrets.
    pub(crate) fn logged_on(&mut self, logged_on: LoggedOn) {
        let LoggedOn {
            service,
            instance,
            admitted,
        } = logged_on;
        let event = match admitted {
            Ok(admitted) => {
                if let Some(lack) = admitted.logon.as_ref().and_then(Logon::lack) {
                    self.narrator.complain(format!("{}: {lack}", service.name));
                }
                self.start(&service, instance, Some(admitted))
            }
            Err(failure) => Event::StartFailed {
                service: service.name.clone(),
                instance,
                failure,
            },
        };
        self.dispatch(Input::Event(event));
    }

    fn start(
        &mut self,
        service: &Service,
        instance: InstanceId,
        admitted: Option<Admitted>,
    ) -> Event {
        let name = service.name.clone();
        match self.try_spawn(service, instance, admitted) {
            Ok(pid) => Event::Started {
                service: name,
                instance,
                pid,
            },
            Err(failure) => Event::StartFailed {
                service: name,
                instance,
                failure,
            },
        }
    }

    fn try_spawn(
        &mut self,
        service: &Service,
        instance: InstanceId,
        mut admitted: Option<Admitted>,
    ) -> Result<Pid, StartFailure> {
        let awaited = self.awaited_line(service, instance)?;
        if let LogPolicy::Capture(_) = &service.log {
            self.recorder
                .prepare_capture()
                .map_err(|error| no_capture(&error))?;
        }
        let handed = admitted.as_mut().and_then(|all| all.secrets.as_mut());
        let handed = handed.map(|handed| std::mem::take(&mut handed.variables));
        let logon = admitted.as_ref().and_then(|all| all.logon.as_ref());
        let ear = Ear::make(&service.health, logon)?;
        self.kept.open(service, logon.map(Logon::account))?;
        let name = &service.name;
        let mut variables = ear.as_ref().map(Ear::variables).unwrap_or_default();
        variables.extend(handed.unwrap_or_default().0);
        variables.extend(self.kept.variables(name));
        variables.extend(failed::variables(&self.world, &self.identity.name, service));
        let (forest, recorder) = (&self.forest, &mut self.recorder);
        let slot = self.slots.entry(name.clone()).or_insert_with(|| Slot {
            tree: forest.tree(name),
            probes: None,
            looking: Looking::default(),
            live: None,
        });
        let order = Order {
            service,
            instance,
            logon,
            channel: self.channels.of(service).map(Channel::address),
            variables: &variables,
            handed: &self.kept.hand(name),
        };
        let Spawned { process, output } = spawn(order, &slot.tree, || recorder.await_deaths())?;
        let pid = process.pid();
        let unlimited = not_limited(name, process.unenforced());
        if service.throttle == ThrottlePolicy::Never
            && let Err(error) = process.keep_at_full_speed()
        {
            self.narrator
                .complain(format!("{name} may be slowed down to save energy: {error}"));
        }
        let tree = slot.tree.clone();
        self.memory.begin(service);
        let listening = ear.map(|ear| {
            ear.listen(Listener {
                service: name.clone(),
                instance,
                tree: tree.clone(),
                may_store: service.fd_store > 0,
                wakes: self.wakes.clone(),
                narrator: self.narrator.clone(),
            })
        });
        slot.live = Some(Live {
            instance,
            process: process.handle(),
            _listening: listening.transpose().unwrap_or_else(|error| {
                // Its limits do the rest: what cannot be heard is not ready.
                self.narrator
                    .complain(format!("cannot hear how {name} is: {error}"));
                None
            }),
        });
        if let (Some(pipes), LogPolicy::Capture(policy)) = (output, &service.log) {
            self.recorder.keep(Output {
                service: name.clone(),
                instance,
                policy: policy.clone(),
                pipes,
                awaited,
            });
        }
        let owned = Owned {
            process,
            tree,
            admitted,
        };
        instance::watch(name.clone(), instance, owned, self.wakes.clone());
        for record in unlimited {
            self.put_on_record(record);
        }
        Ok(pid)
    }

    /// The line by which it will be ready, if it will be so by one.
    fn awaited_line(
        &self,
        service: &Service,
        instance: InstanceId,
    ) -> Result<Option<AwaitedLine>, StartFailure> {
        let ready = service.health.ready.as_ref().map(|ready| &ready.by);
        let Some(ReadyBy::Line(pattern)) = ready else {
            return Ok(None);
        };
        // The file was checked with the same function.
        let pattern = LinePattern::new(pattern.as_str()).map_err(|message| StartFailure {
            step: StartStep::Prepare,
            subject: PathBuf::from("ready.log"),
            os_error: None,
            message,
        })?;
        let printed = Event::LinePrinted {
            service: service.name.clone(),
            instance,
        };
        Ok(Some(AwaitedLine::new(pattern, printed, self.wakes.clone())))
    }

    /// The live process of `instance`, unless another one has taken its place.
    fn slot(&self, service: &ServiceName, instance: InstanceId) -> Option<(&Slot, &Live)> {
        let slot = self.slots.get(service)?;
        let live = slot
            .live
            .as_ref()
            .filter(|live| live.instance == instance)?;
        Some((slot, live))
    }

    fn ask(&mut self, service: &ServiceName, instance: InstanceId, (ask, scope): (Ask, Scope)) {
        let Some((slot, live)) = self.slot(service, instance) else {
            return;
        };
        let asked = match scope {
            Scope::Main => live.process.ask(ask),
            Scope::Tree => slot.tree.ask(ask),
        };
        // The next step of the stop sequence comes in time, and in the end the
        // kill; that the program was not reached is worth telling all the same.
        if let Err(error) = asked {
            self.narrator
                .complain(format!("cannot ask {service} to stop ({ask:?}): {error}"));
        }
    }

    fn reload_instance(&self, service: &ServiceName, instance: InstanceId) {
        let Some((_, live)) = self.slot(service, instance) else {
            return;
        };
        if let Err(error) = live.process.ask(Ask::Signal(Signal::Hup)) {
            self.narrator
                .complain(format!("cannot tell {service} to reload: {error}"));
        }
    }

    fn probe(
        &mut self,
        service: Arc<Service>,
        instance: InstanceId,
        (asked, number, timeout): (Asked, u32, Duration),
    ) {
        let name = &service.name;
        // Its start has made it.
        let Some(slot) = self.slots.get_mut(name) else {
            return;
        };
        if slot.probes.is_none() && probes::uses_commands(&service.health) {
            slot.probes = probes::tree_name(name).map(|name| self.forest.tree(&name));
        }
        let question = Question {
            own_tree: slot.probes.clone(),
            tree: slot.tree.clone(),
            handed: self.kept.inodes(name),
            service,
            instance,
            asked,
            number,
            timeout,
        };
        self.probes.ask(question);
    }

    /// Holds the loop up for [`evidence::LIMIT`] at the most: after the first ask
    /// there would be nothing to see.
    fn gather(&mut self, service: &ServiceName, instance: InstanceId) {
        let Some((slot, _)) = self.slot(service, instance) else {
            return;
        };
        // As of before, or it would look later than the stop that follows.
        let at = clock::now().real;
        let processes = slot.tree.processes().unwrap_or_default();
        let Some(evidence) = evidence::gather(&processes) else {
            return;
        };
        self.put_on_record(Record {
            at,
            entry: Entry::Service {
                service: service.clone(),
                entry: ServiceEntry::Evidence { instance, evidence },
            },
        });
    }

    fn look(&self, service: ServiceName, instance: InstanceId, number: u32) {
        // Its start has made it.
        let Some(slot) = self.slots.get(&service) else {
            return;
        };
        let look = Look {
            instance,
            number,
            tree: slot.tree.clone(),
            printed: self.recorder.printed(&service),
            service,
        };
        samples::take(look, &slot.looking, self.wakes.clone());
    }

    /// What does not fit is closed, and that is told once for each instance.
    pub(crate) fn store(&mut self, storing: Storing) {
        // One that has made way for another stores nothing.
        if self.slot(&storing.service, storing.instance).is_none() {
            return;
        }
        if let Some(lack) = self.kept.store(storing, &self.wakes) {
            self.narrator.complain(lack);
        }
    }

    fn kill(&mut self, service: &ServiceName, instance: InstanceId) {
        let Some((slot, _)) = self.slot(service, instance) else {
            return;
        };
        // Whoever survives is found by the engine's deadline.
        if let Err(error) = slot.tree.kill() {
            self.narrator
                .complain(format!("cannot kill all of {service}: {error}"));
        }
    }

    pub(crate) fn put_on_record(&mut self, mut record: Record) {
        if let Entry::Service {
            service,
            entry: ServiceEntry::Death(death),
        } = &mut record.entry
        {
            death.memory = self.memory.end(service);
        }
        self.narrator.tell(&record);
        if let Entry::Guardian(GuardianEntry::Reloaded {
            added,
            changed,
            removed,
        }) = &record.entry
        {
            self.reloaded = status::reloaded(added, changed, removed);
        }
        match &record.entry {
            Entry::Service {
                entry: ServiceEntry::Death(_),
                ..
            } => self.recorder.record_death(record),
            _ => self.recorder.record(record),
        }
    }

    fn reply(&mut self, request: RequestId, outcome: Outcome) {
        // Who asked may be gone; that is their business.
        match self.tickets.remove(&request) {
            Some(Ticket::Act(answer)) => drop(answer.send(outcome)),
            Some(Ticket::Reload(known, answer)) => {
                let reloaded = known.unwrap_or_else(|| std::mem::take(&mut self.reloaded));
                drop(answer.send(Ok((reloaded, outcome))));
            }
            None => {}
        }
    }

    fn forget(&mut self, service: &ServiceName) {
        if let Some(slot) = self.slots.remove(service) {
            slot.tree.remove();
            if let Some(probes) = slot.probes {
                probes.remove();
            }
        }
        self.kept.close(service);
        self.recorder.forget(service.clone());
    }
}

impl Dispatcher {
    /// Passes a signal on to the main processes, as a small init in a container
    /// does.
    pub(crate) fn forward(&self, signal: Signal) {
        for live in self.slots.values().filter_map(|slot| slot.live.as_ref()) {
            if let Err(error) = live.process.ask(Ask::Signal(signal)) {
                self.narrator
                    .complain(format!("cannot pass {signal} on: {error}"));
            }
        }
    }
}

/// Each limit that a service is started without.
fn not_limited(service: &ServiceName, unenforced: &[Unenforced]) -> Vec<Record> {
    let record = |one: &Unenforced| Record {
        at: clock::now().real,
        entry: Entry::Service {
            service: service.clone(),
            entry: ServiceEntry::NotLimited {
                limit: one.limit,
                reason: one.reason.clone(),
            },
        },
    };
    unenforced.iter().map(record).collect()
}

fn no_capture(error: &io::Error) -> StartFailure {
    StartFailure {
        step: StartStep::Prepare,
        subject: PathBuf::from("capture thread"),
        os_error: error.raw_os_error(),
        message: format!("cannot start the thread that keeps its output: {error}"),
    }
}
