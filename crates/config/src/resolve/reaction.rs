//! `on_suspend` and the others: a reaction each, and a service of its own for
//! each program that is one.

use std::collections::BTreeMap;

use outlast_model::service::{Command, Occasion, Reaction};
use outlast_model::{Service, ServiceName};

use crate::defaults;
use crate::diagnostic::Diagnostic;
use crate::file::{CommandLine, ReactionKeys, ReactionSetting, ReactionWord, ServiceKeys};
use crate::report::Report;
use crate::resolve::part::Part;
use crate::resolve::{Places, part};
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
    pub(super) fn of(
        self,
        service: &mut Service,
        places: &Places,
        report: &mut Report,
    ) -> Vec<(Service, Places)> {
        service.reactions = self.words;
        let mut started = Vec::new();
        for program in self.programs {
            let what = format!("on-{}", program.occasion.word());
            let Some(name) = part::name(service, &what, (program.span, report)) else {
                continue;
            };
            let reaction = Reaction::Start(name.clone());
            service.reactions.insert(program.occasion, reaction);
            started.push(program.service(name, (service, places)));
        }
        started
    }
}

impl Program {
    /// As a service of its own that is started and ends.
    fn service(self, name: ServiceName, (of, places): (&Service, &Places)) -> (Service, Places) {
        let timeout = self.keys.timeout.map(|timeout| timeout.value.0);
        let places = part::places(places, (self.line.program.span, self.span));
        let part = Part {
            name,
            command: Command {
                program: self.line.program.value,
                arguments: self.line.arguments,
            },
            time_limit: timeout.unwrap_or(defaults::REACTION_TIMEOUT),
        };
        (part.of(of), places)
    }
}
