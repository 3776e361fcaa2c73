//! What several managers lack, in the same words.

use crate::definition::{Definition, Network, Protocol, Sandbox, StartType, Trigger};
use crate::fidelity::Fidelity;

/// Collects what `manager` lacks of what `definition` asks for. To be called in
/// the order of the definition's fields; what is not asked for is not missed.
pub(crate) struct Lacks<'a> {
    manager: &'static str,
    definition: &'a Definition,
    /// What was found so far; managers add what only they lack.
    pub(crate) fidelity: Fidelity,
}

impl<'a> Lacks<'a> {
    pub(crate) fn of(manager: &'static str, definition: &'a Definition) -> Self {
        Self {
            manager,
            definition,
            fidelity: Fidelity::default(),
        }
    }

    pub(crate) fn display_name(&mut self) {
        if self.definition.display_name.is_some() {
            let manager = self.manager;
            self.fidelity.missing(
                "display_name",
                format!("{manager} has no second name for a service; the first is shown."),
            );
        }
    }

    pub(crate) fn description(&mut self) {
        if self.definition.description.is_some() {
            let manager = self.manager;
            self.fidelity.missing(
                "description",
                format!("{manager} shows none; it is kept in the service's file as a remark."),
            );
        }
    }

    /// Manual and disabled are the same, delayed is automatic in `order`, and
    /// nothing starts it when something happens.
    pub(crate) fn start(&mut self, order: &str) {
        let manager = self.manager;
        match &self.definition.start {
            StartType::Auto | StartType::Manual => {}
            StartType::Delayed => self.fidelity.approximated("start", order),
            StartType::Disabled => self.fidelity.approximated(
                "start",
                format!("It is not started with the machine, but {manager} lets it be started by hand."),
            ),
            StartType::Trigger(Trigger::Network) => self.fidelity.approximated(
                "start",
                format!("{manager} starts nothing when an address comes up; it is started with the machine."),
            ),
            StartType::Trigger(Trigger::Path(path)) => self.fidelity.missing(
                "start",
                format!(
                    "{manager} starts nothing when a file appears: {} starts nothing, the service has to be started by hand.",
                    path.display()
                ),
            ),
        }
    }

    /// As [`start`](Self::start), where a service is known to the manager only
    /// as long as it is linked to.
    pub(crate) fn start_in_scan_dir(&mut self) {
        let manager = self.manager;
        if self.definition.start == StartType::Disabled {
            self.fidelity.approximated(
                "start",
                format!("It is taken out of {manager}'s scan directory, which ends it if it runs."),
            );
        } else {
            self.start(&format!(
                "{manager} starts all services at the same time; it is one of them."
            ));
        }
    }

    pub(crate) fn groups(&mut self) {
        if !self.definition.groups.is_empty() {
            self.missing(
                "groups",
                "adds no groups: the service has those of its account",
            );
        }
    }

    pub(crate) fn capabilities(&mut self) {
        if !self.definition.capabilities.is_empty() {
            self.missing(
                "capabilities",
                "gives none: what needs them is refused unless the service runs as root",
            );
        }
    }

    pub(crate) fn sandbox(&mut self) {
        match self.definition.sandbox {
            Sandbox::Off => {}
            Sandbox::Modest | Sandbox::Strict => self.missing(
                "sandbox",
                "shuts nothing off: the service can do what its account can do",
            ),
        }
    }

    pub(crate) fn depends_on(&mut self) {
        let others = &self.definition.depends_on;
        if !others.is_empty() {
            let others = others.join(", ");
            self.missing(
                "depends_on",
                &format!("has no order of starts: whether {others} runs already is left to chance"),
            );
        }
    }

    pub(crate) fn network(&mut self) {
        if self.definition.network == Network::Online {
            self.missing(
                "network",
                "does not know of the network: the service may start before there is one",
            );
        }
    }

    /// Readiness and the watchdog, which only managers with a protocol have.
    pub(crate) fn protocol(&mut self) {
        let Protocol::Native { watchdog } = self.definition.protocol else {
            return;
        };
        let manager = self.manager;
        self.fidelity.approximated(
            "ready",
            format!("To {manager} a service is ready as soon as it runs."),
        );
        if watchdog.is_some() {
            self.missing(
                "watchdog",
                "has none: a program that hangs is not noticed by it",
            );
        }
    }

    fn missing(&mut self, property: &'static str, what: &str) {
        let consequence = format!("{} {what}.", self.manager);
        self.fidelity.missing(property, consequence);
    }
}

/// Whether the service is to be started with the machine, as far as a manager
/// can that has only yes and no.
pub(crate) fn is_started_at_boot(start: &StartType) -> bool {
    match start {
        StartType::Auto | StartType::Delayed | StartType::Trigger(Trigger::Network) => true,
        StartType::Manual | StartType::Disabled | StartType::Trigger(Trigger::Path(_)) => false,
    }
}
