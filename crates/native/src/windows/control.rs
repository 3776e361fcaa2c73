//! Starting and stopping services, and how they are.

use std::io;
use std::time::Duration;

use outlast_os::clock;
use outlast_os::scm::{self, End, Problem, State, Status};

use super::error::{Attempt, MARKED};
use super::service::Start;
use super::{account, apply};
use crate::definition::NativeName;
use crate::manager::{Error, NativeState, NativeStatus, Request};
use crate::register::Registration;

pub(super) fn status(name: &NativeName) -> Result<NativeStatus, Error> {
    let told = scm::status(name.as_str())
        .map_err(|source| Error::system(format!("ask how the service {name} is"), source))?;
    let Some(told) = told else {
        return Ok(NativeStatus::ABSENT);
    };
    Ok(NativeStatus {
        state: state(&told),
        pid: told.pid,
        // Who may ask how it is may not always read its settings.
        is_enabled: apply::found(name.as_str())
            .ok()
            .flatten()
            .map(|service| is_enabled(service.start)),
        remark: remark(&told),
    })
}

fn state(told: &Status) -> NativeState {
    match (told.state, told.end) {
        (State::Stopped, End::Never | End::Well) => NativeState::Stopped,
        (State::Stopped, End::Error(_) | End::Own(_)) => NativeState::Failed,
        (State::Starting, _) => NativeState::Starting,
        (State::Stopping, _) => NativeState::Stopping,
        (State::Running | State::Paused, _) => NativeState::Running,
    }
}

const fn is_enabled(start: Start) -> bool {
    match start {
        Start::Auto | Start::Delayed | Start::FirstAddress => true,
        Start::Manual | Start::Disabled => false,
    }
}

fn remark(told: &Status) -> Option<String> {
    if told.is_marked_for_deletion {
        return Some(MARKED.to_owned());
    }
    match (told.state, told.end) {
        (State::Paused, _) => Some("it is paused".to_owned()),
        (State::Stopped, End::Error(code)) => {
            let words = io::Error::from_raw_os_error(code.cast_signed());
            Some(format!("it ended with error {code}: {words}"))
        }
        (State::Stopped, End::Own(code)) => {
            Some(format!("it ended with an error of its own, {code}"))
        }
        _ => None,
    }
}

pub(super) fn control(
    registration: &Registration,
    request: Request,
    patience: Duration,
) -> Result<(), Error> {
    let definition = &registration.definition;
    let account = account::named(&definition.account, &definition.name).unwrap_or_default();
    let of = |verb| Asked {
        attempt: Attempt {
            verb,
            name: definition.name.as_str(),
            account: &account,
        },
        patience,
        begun: clock::now().awake,
    };
    match request {
        Request::Start => of("start").start(),
        Request::Stop => of("stop").stop(),
        Request::Restart => {
            let asked = of("restart");
            asked.stop()?;
            asked.start()
        }
    }
}

/// A request to a service, with the time that is left for it.
struct Asked<'a> {
    attempt: Attempt<'a>,
    patience: Duration,
    begun: outlast_model::AwakeTime,
}

impl Asked<'_> {
    fn start(&self) -> Result<(), Error> {
        // One that is on its way to its end would be taken for one that runs.
        if self.told()?.state == State::Stopping {
            self.wait_for(&[State::Stopped])?;
        }
        match scm::start(self.attempt.name) {
            Err(error) if Problem::of(&error) != Problem::RunsAlready => {
                return Err(self.start_failed(error));
            }
            _ => {}
        }
        let told = self.wait_for(&[State::Running, State::Paused, State::Stopped])?;
        match told.state {
            State::Stopped => Err(self.attempt.ended(told.end)),
            _ => Ok(()),
        }
    }

    fn stop(&self) -> Result<(), Error> {
        match scm::stop(self.attempt.name) {
            Ok(()) => {}
            Err(error) => match Problem::of(&error) {
                Problem::DoesNotRun => return Ok(()),
                // It is on its way up or down.
                Problem::NotNow => return self.stop_later(error),
                _ => return Err(self.attempt.failed(error)),
            },
        }
        self.wait_for(&[State::Stopped]).map(drop)
    }

    fn stop_later(&self, refusal: io::Error) -> Result<(), Error> {
        match self.told()?.state {
            State::Stopped => return Ok(()),
            State::Stopping => return self.wait_for(&[State::Stopped]).map(drop),
            State::Running | State::Paused => return Err(self.attempt.failed(refusal)),
            State::Starting => {}
        }
        self.wait_for(&[State::Running, State::Paused, State::Stopped])?;
        match scm::stop(self.attempt.name) {
            Ok(()) => self.wait_for(&[State::Stopped]).map(drop),
            Err(error) if Problem::of(&error) == Problem::DoesNotRun => Ok(()),
            Err(error) => Err(self.attempt.failed(error)),
        }
    }

    /// Who may start services and is told that he may not, is told of the
    /// program's file.
    fn start_failed(&self, error: io::Error) -> Error {
        let may_ask = outlast_os::account::Account::is_privileged();
        if Problem::of(&error) == Problem::NotAllowed && may_ask {
            return Error::Account {
                account: self.attempt.account.to_owned(),
                reason: "it may not read and run the service's program; let it, or put the \
                         program where every account may, as in C:\\Program Files"
                    .to_owned(),
            };
        }
        self.attempt.failed(error)
    }

    fn told(&self) -> Result<Status, Error> {
        match scm::status(self.attempt.name) {
            Ok(Some(status)) => Ok(status),
            Ok(None) => Err(self.attempt.failed(io::Error::from_raw_os_error(1060))),
            Err(error) => Err(self.attempt.failed(error)),
        }
    }

    fn wait_for(&self, states: &[State]) -> Result<Status, Error> {
        let waited = clock::now().awake.since(self.begun);
        let left = self.patience.saturating_sub(waited);
        scm::wait_for(self.attempt.name, states, left).map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut => Error::TimedOut {
                attempt: self.attempt.words(),
                patience: self.patience,
            },
            _ => self.attempt.failed(error),
        })
    }
}
