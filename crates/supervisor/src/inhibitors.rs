//! The inhibitors of the guardian's services: held and released as the engine
//! orders.
//!
//! Asking may take as long as a bus that does not answer, so a thread does it,
//! which ends with the answer. Releasing is closing a handle. Whoever kills the
//! guardian releases all of them: the operating system closes what was open.

use std::collections::HashMap;
use std::thread;
use std::time::Duration;

use outlast_engine::Input;
use outlast_model::inhibitor::Denied;
use outlast_model::{Event, ServiceName};
use outlast_os::inhibit::{Inhibitor, Purpose};

use crate::dispatcher::Dispatcher;
use crate::wake::Wake;

/// How long the system may take to answer: as long as D-Bus itself waits. At a
/// boot the one that keeps inhibitors may still be on its way.
const PATIENCE: Duration = Duration::from_secs(25);

/// What is held, or was asked for, by service.
#[derive(Debug, Default)]
pub(crate) struct Inhibitors {
    by_service: HashMap<ServiceName, Holding>,
    last_ask: u64,
}

#[derive(Debug)]
enum Holding {
    /// The number of the ask whose answer counts.
    Asked(u64),
    Held {
        _until_released: Inhibitor,
    },
}

/// What the system has answered.
#[derive(Debug)]
pub(crate) struct Answer {
    service: ServiceName,
    ask: u64,
    inhibitor: Result<Inhibitor, Denied>,
}

impl Dispatcher {
    pub(crate) fn hold_inhibitor(&mut self, service: ServiceName) {
        self.inhibitors.last_ask += 1;
        let ask = self.inhibitors.last_ask;
        let holding = Holding::Asked(ask);
        self.inhibitors.by_service.insert(service.clone(), holding);
        let who = format!("outlast {}/{service}", self.identity.name);
        let wakes = self.wakes.clone();
        let asked = service.clone();
        let thread = thread::Builder::new().name("inhibitor".to_owned());
        let begun = thread.spawn(move || {
            let purpose = Purpose {
                who: &who,
                why: &format!("the service {asked} runs"),
            };
            let inhibitor = Inhibitor::hold(&purpose, PATIENCE);
            // One that nobody waits for any more is released by being dropped.
            let _ = wakes.send(Wake::Inhibited(Answer {
                service: asked,
                ask,
                inhibitor,
            }));
        });
        if let Err(error) = begun {
            let reason = format!("cannot start a thread that asks for it: {error}");
            let _ = self.wakes.send(Wake::Inhibited(Answer {
                service,
                ask,
                inhibitor: Err(Denied { reason }),
            }));
        }
    }

    pub(crate) fn release_inhibitor(&mut self, service: &ServiceName) {
        self.inhibitors.by_service.remove(service);
    }

    pub(crate) fn inhibited(&mut self, answer: Answer) {
        let Answer {
            service,
            ask,
            inhibitor,
        } = answer;
        let is_waited_for = matches!(
            self.inhibitors.by_service.get(&service),
            Some(Holding::Asked(last)) if *last == ask
        );
        if !is_waited_for {
            return;
        }
        let answer = match inhibitor {
            Ok(inhibitor) => {
                let grant = inhibitor.grant().clone();
                let held = Holding::Held {
                    _until_released: inhibitor,
                };
                self.inhibitors.by_service.insert(service.clone(), held);
                Ok(grant)
            }
            Err(denied) => {
                self.inhibitors.by_service.remove(&service);
                Err(denied)
            }
        };
        self.dispatch(Input::Event(Event::Inhibited { service, answer }));
    }
}
