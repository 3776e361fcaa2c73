//! Asking services how they are: one thread, started with the first question.
//!
//! The engine decides who is asked when, and never asks one service two things
//! at a time. Each question is a task with a time limit; what it holds (a
//! socket, a process) goes with it. Every question gets one answer, also when
//! its task panics; then it is that nobody knows.

mod exec;
mod http;
mod patience;
mod question;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use outlast_model::health::{Asked, Probe, ProbeFailure, ReadyBy, Symptom};
use outlast_model::{Event, HealthPolicy, InstanceId, Service, ServiceName};
use outlast_os::tree::Tree;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::AbortHandle;

use self::question::Blocking;
use crate::wake::Wake;

/// The way to the thread.
pub(crate) struct Probes {
    thread: Option<UnboundedSender<Command>>,
    wakes: UnboundedSender<Wake>,
}

/// A question to an instance.
pub(crate) struct Question {
    /// As it was started.
    pub(crate) service: Arc<Service>,
    /// Which one.
    pub(crate) instance: InstanceId,
    /// What is asked.
    pub(crate) asked: Asked,
    /// The number of the question.
    pub(crate) number: u32,
    /// How long the answer may take.
    pub(crate) timeout: Duration,
    /// The processes of the service.
    pub(crate) tree: Tree,
    /// A tree for a command that asks, if one does.
    pub(crate) own_tree: Option<Tree>,
    /// The sockets that it was given, as the system calls them: that those listen
    /// says nothing of it.
    pub(crate) handed: Vec<u64>,
}

enum Command {
    Ask(Question),
    Stop(ServiceName),
}

impl Question {
    /// How it is asked; `None`: the service has nothing of the kind.
    fn probe(&self) -> Option<&Probe> {
        let health = &self.service.health;
        match self.asked {
            Asked::Alive => health.alive.as_ref().map(|alive| &alive.probe),
            Asked::Ready => match &health.ready.as_ref()?.by {
                ReadyBy::Probe(probe) => Some(probe),
                ReadyBy::Notice | ReadyBy::Line(_) | ReadyBy::Delay(_) => None,
            },
        }
    }
}

/// The name of the tree in which the commands run that ask about `service`;
/// `None`: it is too long to have one.
pub(crate) fn tree_name(service: &ServiceName) -> Option<ServiceName> {
    ServiceName::new(&format!("{service}.probe")).ok()
}

/// Whether commands are run to ask.
pub(crate) fn uses_commands(health: &HealthPolicy) -> bool {
    let ready = health.ready.as_ref().map(|ready| &ready.by);
    let alive = health.alive.as_ref().map(|alive| &alive.probe);
    matches!(ready, Some(ReadyBy::Probe(Probe::Exec(_)))) || matches!(alive, Some(Probe::Exec(_)))
}

impl Probes {
    /// Nobody is asked yet, so there is no thread.
    pub(crate) const fn new(wakes: UnboundedSender<Wake>) -> Self {
        Self {
            thread: None,
            wakes,
        }
    }

    /// Asks; the answer comes as [`Event::Probed`].
    pub(crate) fn ask(&mut self, question: Question) {
        let duty = Duty::of(&question, &self.wakes);
        match self.thread() {
            Ok(thread) => {
                // Whoever has the duty now is the thread.
                if thread.send(Command::Ask(question)).is_ok() {
                    duty.passed_on();
                }
            }
            Err(error) => duty.tell(Err(unknown(format!(
                "cannot start the thread that asks: {error}"
            )))),
        }
    }

    /// Nobody wants to know any more.
    pub(crate) fn stop(&self, service: ServiceName) {
        if let Some(thread) = &self.thread {
            let _ = thread.send(Command::Stop(service));
        }
    }

    fn thread(&mut self) -> io::Result<&UnboundedSender<Command>> {
        if self.thread.is_none() {
            self.thread = Some(start(self.wakes.clone())?);
        }
        self.thread
            .as_ref()
            .ok_or_else(|| io::Error::other("it has not started"))
    }
}

fn start(wakes: UnboundedSender<Wake>) -> io::Result<UnboundedSender<Command>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (commands, incoming) = unbounded_channel();
    let thread = std::thread::Builder::new().name("probes".to_owned());
    thread.spawn(move || runtime.block_on(run(incoming, wakes)))?;
    Ok(commands)
}

/// What the thread remembers of a service.
#[derive(Default)]
struct Asking {
    task: Option<AbortHandle>,
    blocking: Blocking,
}

async fn run(mut incoming: UnboundedReceiver<Command>, wakes: UnboundedSender<Wake>) {
    let mut services: HashMap<ServiceName, Asking> = HashMap::new();
    // Answers that come together are passed on together: the dispatcher wakes up once.
    let (answers, mut answered) = unbounded_channel();
    loop {
        tokio::select! {
            command = incoming.recv() => match command {
                Some(Command::Ask(question)) => {
                    let asking = services.entry(question.service.name.clone()).or_default();
                    asking.begin(question, &answers);
                }
                Some(Command::Stop(service)) => {
                    if let Some(asking) = services.get_mut(&service) {
                        asking.stop();
                    }
                }
                None => return,
            },
            Some(answer) = answered.recv() => {
                // The dispatcher is gone only when the guardian has ended.
                let _ = wakes.send(answer);
                while let Ok(answer) = answered.try_recv() {
                    let _ = wakes.send(answer);
                }
            }
        }
    }
}

impl Asking {
    /// One at a time, whatever the engine believes.
    fn begin(&mut self, question: Question, answers: &UnboundedSender<Wake>) {
        self.stop();
        let duty = Duty::of(&question, answers);
        let blocking = self.blocking.clone();
        let task = tokio::spawn(async move {
            let answer = question::ask(&question, &blocking).await;
            duty.tell(answer);
        });
        self.task = Some(task.abort_handle());
    }

    fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

/// The duty to answer a question exactly once.
struct Duty {
    service: ServiceName,
    instance: InstanceId,
    number: u32,
    wakes: Option<UnboundedSender<Wake>>,
}

impl Duty {
    fn of(question: &Question, wakes: &UnboundedSender<Wake>) -> Self {
        Self {
            service: question.service.name.clone(),
            instance: question.instance,
            number: question.number,
            wakes: Some(wakes.clone()),
        }
    }

    fn tell(mut self, outcome: Result<(), ProbeFailure>) {
        self.send(outcome);
    }

    /// Somebody else has it.
    fn passed_on(mut self) {
        self.wakes = None;
    }

    fn send(&mut self, outcome: Result<(), ProbeFailure>) {
        if let Some(wakes) = self.wakes.take() {
            // The dispatcher is gone only when the guardian has ended.
            let _ = wakes.send(Wake::Happened(Event::Probed {
                service: self.service.clone(),
                instance: self.instance,
                number: self.number,
                outcome,
            }));
        }
    }
}

impl Drop for Duty {
    fn drop(&mut self) {
        self.send(Err(unknown("the question was given up".to_owned())));
    }
}

/// A failure of whoever asks.
fn unknown(seen: String) -> ProbeFailure {
    ProbeFailure {
        symptom: Symptom::Unknown,
        seen,
    }
}
