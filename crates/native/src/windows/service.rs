//! A service as a step has it: what the service control manager is told.

use std::time::Duration;

use outlast_os::scm;
use serde::{Deserialize, Serialize};

use crate::definition::Secret;

/// Everything that a service is registered with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// What the manager calls it.
    pub name: String,
    /// What people see.
    pub display_name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Program and arguments in one line, as Windows runs it.
    pub command_line: String,
    /// When it is started.
    pub start: Start,
    /// Services, and groups with a `+`, that run before it does.
    pub depends_on: Vec<String>,
    /// Whom it runs as, in the manager's form.
    pub account: String,
    /// That account's password, where it is to be set. Never stored.
    #[serde(skip)]
    pub password: Option<Secret>,
    /// Added to the environment, as `NAME=value`.
    pub environment: Vec<String>,
    /// What the manager does when it ends unasked. `None`: that stays as it is.
    pub failures: Option<Failures>,
    /// How long the machine's shutdown waits for it. `None`: that stays as it
    /// is.
    pub preshutdown: Option<Duration>,
}

/// When a service is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// With the machine.
    Auto,
    /// With the machine, after the others.
    Delayed,
    /// When it is asked for.
    Manual,
    /// Not at all.
    Disabled,
    /// With the first network address.
    FirstAddress,
}

/// What the manager does when a service ends unasked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// For the first such end, the second, and so on; the last for all others.
    pub actions: Vec<Failure>,
    /// After so long without one, the next is the first again. `None`: never.
    pub reset_after: Option<Duration>,
    /// Whether an end that the program reports itself counts too.
    pub when_reported: bool,
}

/// One thing that the manager does, after `delay`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What.
    pub kind: FailureKind,
    /// After how long.
    pub delay: Duration,
}

/// What the manager can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// Nothing.
    Nothing,
    /// Start the service again.
    Restart,
    /// Restart the machine.
    Reboot,
    /// Run a command.
    Command,
}

impl Service {
    /// As it is now, by the manager's own account.
    pub(super) fn found(name: &str, settings: scm::Settings) -> Self {
        Self {
            name: name.to_owned(),
            display_name: settings.display_name,
            description: settings.description,
            command_line: settings.command_line,
            start: match settings.start {
                scm::Start::Auto => Start::Auto,
                scm::Start::Delayed => Start::Delayed,
                scm::Start::Manual => Start::Manual,
                scm::Start::Disabled => Start::Disabled,
                scm::Start::FirstAddress => Start::FirstAddress,
            },
            depends_on: settings.depends_on,
            account: settings.account,
            password: None,
            environment: settings.environment,
            failures: settings.failure_actions.map(failures),
            preshutdown: settings.preshutdown,
        }
    }

    /// As the manager is told. Its own identity is always in its token, so that
    /// it can be named in access lists, whatever account it has.
    pub(super) fn settings(&self) -> scm::Settings {
        scm::Settings {
            display_name: self.display_name.clone(),
            description: self.description.clone(),
            command_line: self.command_line.clone(),
            start: match self.start {
                Start::Auto => scm::Start::Auto,
                Start::Delayed => scm::Start::Delayed,
                Start::Manual => scm::Start::Manual,
                Start::Disabled => scm::Start::Disabled,
                Start::FirstAddress => scm::Start::FirstAddress,
            },
            depends_on: self.depends_on.clone(),
            account: self.account.clone(),
            environment: self.environment.clone(),
            failure_actions: self.failures.as_ref().map(Failures::actions),
            preshutdown: self.preshutdown,
            sid: Some(scm::SidType::Unrestricted),
        }
    }
}

impl Failures {
    fn actions(&self) -> scm::FailureActions {
        let action = |failure: &Failure| scm::FailureAction {
            kind: match failure.kind {
                FailureKind::Nothing => scm::FailureKind::Nothing,
                FailureKind::Restart => scm::FailureKind::Restart,
                FailureKind::Reboot => scm::FailureKind::Reboot,
                FailureKind::Command => scm::FailureKind::Command,
            },
            delay: failure.delay,
        };
        scm::FailureActions {
            actions: self.actions.iter().map(action).collect(),
            reset_after: self.reset_after,
            when_reported: self.when_reported,
        }
    }
}

fn failures(found: scm::FailureActions) -> Failures {
    let failure = |action: scm::FailureAction| Failure {
        kind: match action.kind {
            scm::FailureKind::Nothing => FailureKind::Nothing,
            scm::FailureKind::Restart => FailureKind::Restart,
            scm::FailureKind::Reboot => FailureKind::Reboot,
            scm::FailureKind::Command => FailureKind::Command,
        },
        delay: action.delay,
    };
    Failures {
        actions: found.actions.into_iter().map(failure).collect(),
        reset_after: found.reset_after,
        when_reported: found.when_reported,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_is_what_is_found() {
        for start in [
            Start::Auto,
            Start::Delayed,
            Start::Manual,
            Start::Disabled,
            Start::FirstAddress,
        ] {
            let service = Service {
                name: "shop".to_owned(),
                display_name: "Shop".to_owned(),
                description: Some("sells".to_owned()),
                command_line: "\"p\"".to_owned(),
                start,
                depends_on: vec!["+x".to_owned()],
                account: "LocalSystem".to_owned(),
                password: None,
                environment: vec!["A=1".to_owned()],
                failures: Some(Failures {
                    actions: [
                        FailureKind::Nothing,
                        FailureKind::Restart,
                        FailureKind::Reboot,
                        FailureKind::Command,
                    ]
                    .map(|kind| Failure {
                        kind,
                        delay: Duration::from_secs(2),
                    })
                    .to_vec(),
                    reset_after: Some(Duration::from_secs(3)),
                    when_reported: true,
                }),
                preshutdown: Some(Duration::from_secs(4)),
            };
            assert_eq!(Service::found("shop", service.settings()), service);
        }
    }

    #[test]
    fn a_password_is_not_stored() {
        let service = Service {
            name: "shop".to_owned(),
            display_name: "Shop".to_owned(),
            description: None,
            command_line: String::new(),
            start: Start::Auto,
            depends_on: Vec::new(),
            account: r".\bob".to_owned(),
            password: Some(Secret::new("geheim".to_owned())),
            environment: Vec::new(),
            failures: None,
            preshutdown: None,
        };
        let stored = serde_json::to_string(&service).expect("JSON");
        assert!(!stored.contains("geheim") && !format!("{service:?}").contains("geheim"));
    }
}
