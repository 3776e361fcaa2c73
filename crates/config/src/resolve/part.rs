//! Programs that run once beside a service, each as a service of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use outlast_model::service::{Command, OnFailure, RestartPolicy, RestartWhen, SleepWhile};
use outlast_model::{HealthPolicy, Service, ServiceName};

use crate::defaults;
use crate::diagnostic::{Diagnostic, quoted};
use crate::report::Report;
use crate::resolve::Places;
use crate::source::Span;

/// What it is called: `web.on-failure`. `None` when that is no name, which is reported.
pub(super) fn name(
    service: &Service,
    what: &str,
    (span, report): (Span, &mut Report),
) -> Option<ServiceName> {
    let name = format!("{}.{what}", service.name);
    ServiceName::new(&name)
        .map_err(|reason| {
            let message = format!("{} cannot name what is started", quoted(&name));
            report.push(
                Diagnostic::error(span, message)
                    .label(reason.to_string())
                    .help("give the service a shorter name"),
            );
        })
        .ok()
}

/// Where its keys stand: they are those of the service, but for its program.
pub(super) const fn places(of: &Places, (program, part): (Span, Span)) -> Places {
    Places {
        program,
        part,
        ..*of
    }
}

/// It is no matter of one user's session.
pub(super) fn outside(program: Service) -> Service {
    Service {
        session: None,
        channel: None,
        ..program
    }
}

/// A program that runs once, as a service of its own beside another.
pub(super) struct Part {
    pub(super) name: ServiceName,
    pub(super) command: Command,
    pub(super) time_limit: Duration,
}

impl Part {
    /// With the folder, the environment and the account of `service`.
    pub(super) fn of(self, service: &Service) -> Service {
        Service {
            name: self.name,
            command: self.command,
            depends_on: Vec::new(),
            enabled: false,
            restart: RestartPolicy {
                when: RestartWhen::Never,
                ..defaults::RESTART
            },
            success_codes: defaults::SUCCESS_CODES.to_vec(),
            health: HealthPolicy::default(),
            sleep: defaults::SLEEP,
            sleep_while: SleepWhile::default(),
            // What belongs to an occasion does not wait for another.
            network: defaults::NETWORK,
            time_limit: Some(self.time_limit),
            listen: Vec::new(),
            fd_store: 0,
            reactions: BTreeMap::new(),
            on_failure: OnFailure::default(),
            part_of: Some(service.name.clone()),
            copy_of: None,
            schedule: None,
            watch: None,
            ..service.clone()
        }
    }
}
