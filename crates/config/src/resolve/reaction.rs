//! `on_suspend` and the others: a reaction each, and a service of its own for
//! each program that is one.

use std::collections::BTreeMap;
use std::time::Duration;

use outlast_model::service::{
    Command, Occasion, OnFailure, Reaction, RestartPolicy, RestartWhen, SleepWhile,
};
use outlast_model::{HealthPolicy, Service, ServiceName};

use crate::defaults;
use crate::diagnostic::{Diagnostic, quoted};
use crate::file::{CommandLine, ReactionKeys, ReactionSetting, ReactionWord, ServiceKeys};
use crate::report::Report;
use crate::resolve::Places;
use crate::source::{Located, Span};

/// What a service's keys say about occasions.
#[derive(Default)]
pub(super) struct Reactions {
    words: BTreeMap<Occasion, Reaction>,
    programs: Vec<Program>,
    /// Where something is told to reload.
    pub(super) reload: Option<Span>,
}

struct Program {
    occasion: Occasion,
    line: CommandLine,
    keys: ReactionKeys,
    span: Span,
}

pub(super) fn resolve(keys: &mut ServiceKeys, report: &mut Report) -> Reactions {
    let mut reactions = Reactions::default();
    for occasion in Occasion::ALL {
        if let Some(Located { value, span }) = setting(keys, occasion).take() {
            match value {
                ReactionSetting::Word(word) => reactions.word(occasion, word, span),
                ReactionSetting::Command(keys) => reactions.program(occasion, keys, (span, report)),
            }
        }
    }
    reactions
}

/// The key that is about `occasion`.
const fn setting(
    keys: &mut ServiceKeys,
    occasion: Occasion,
) -> &mut Option<Located<ReactionSetting>> {
    match occasion {
        Occasion::Suspend => &mut keys.on_suspend,
        Occasion::Resume => &mut keys.on_resume,
        Occasion::Lock => &mut keys.on_lock,
        Occasion::Unlock => &mut keys.on_unlock,
        Occasion::LogOff => &mut keys.on_logoff,
    }
}

impl Reactions {
    fn word(&mut self, occasion: Occasion, word: ReactionWord, span: Span) {
        let reaction = match word {
            ReactionWord::Ignore => return,
            ReactionWord::Stop => Reaction::Stop,
            ReactionWord::Restart => Reaction::Restart,
            ReactionWord::Reload => {
                self.reload = Some(span);
                Reaction::Reload
            }
        };
        self.words.insert(occasion, reaction);
    }

    fn program(
        &mut self,
        occasion: Occasion,
        mut keys: ReactionKeys,
        (span, report): (Span, &mut Report),
    ) {
        let Some(command) = keys.command.take() else {
            report.push(Diagnostic::missing(span, "a reaction has no command").help(
                "write \"stop\", \"restart\" or \"reload\", or { command = [\"./program\"] }",
            ));
            return;
        };
        self.programs.push(Program {
            occasion,
            line: command.value,
            keys,
            span,
        });
    }

    /// Gives `service` its reactions; what comes back are the services that they
    /// start.
    pub(super) fn of(self, service: &mut Service, report: &mut Report) -> Vec<(Service, Places)> {
        service.reactions = self.words;
        let mut started = Vec::new();
        for program in self.programs {
            let Some(name) = name_of(&service.name, &program, report) else {
                continue;
            };
            let reaction = Reaction::Start(name.clone());
            service.reactions.insert(program.occasion, reaction);
            started.push(program.service(name, service));
        }
        started
    }
}

fn name_of(service: &ServiceName, program: &Program, report: &mut Report) -> Option<ServiceName> {
    let name = format!("{service}.on-{}", program.occasion.word());
    ServiceName::new(&name)
        .map_err(|reason| {
            let message = format!("{} cannot name what is started", quoted(&name));
            report.push(
                Diagnostic::error(program.span, message)
                    .label(reason.to_string())
                    .help("give the service a shorter name"),
            );
        })
        .ok()
}

impl Program {
    /// As a service of its own that is started and ends.
    fn service(self, name: ServiceName, of: &Service) -> (Service, Places) {
        let timeout = self.keys.timeout.map(|timeout| timeout.value.0);
        let part = Part {
            name,
            command: Command {
                program: self.line.program.value,
                arguments: self.line.arguments,
            },
            time_limit: timeout.unwrap_or(defaults::REACTION_TIMEOUT),
        };
        let places = Places {
            program: self.line.program.span,
            dir: self.span,
            user: self.span,
            env_file: self.span,
            secrets: self.span,
            sandbox: self.span,
            ..Places::default()
        };
        (part.of(of), places)
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
