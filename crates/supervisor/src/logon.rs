//! Making ready to start a service under its own account, or in a session, away
//! from the loop.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use outlast_model::exit::StartStep;
use outlast_model::machine::Session;
use outlast_model::{InstanceId, Service, StartFailure};
use outlast_os::account::{Account, Logon};
use outlast_os::channel::Channel;
use outlast_os::session;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::wake::{Admitted, LoggedOn, Wake};

/// How long a directory of accounts may take. An account that logs on to a
/// Windows for the first time is given a folder, which takes seconds; a
/// controller of a domain that is away is given up by Windows itself after less
/// than this.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a service runs that does not run as the guardian does.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// Under this account.
    Account(String),
    /// In this session, as its user.
    Session(Session),
}

impl Place {
    /// `None`: where the guardian is.
    pub(crate) fn of(service: &Service) -> Option<Self> {
        match (service.in_session(), &service.user) {
            (Some((_, session)), _) => Some(Self::Session(session.clone())),
            (_, Some(user)) => Some(Self::Account(user.clone())),
            (_, None) => None,
        }
    }

    /// Blocks as long as a directory of accounts takes.
    pub(crate) fn log_on(&self) -> Result<Logon, StartFailure> {
        match self {
            Self::Account(user) => {
                let logon = Account::find(user).and_then(Account::log_on);
                logon.map_err(|error| self.failure(&error))
            }
            Self::Session(session) => session::enter(session).map_err(|error| self.failure(&error)),
        }
    }

    /// Only who is in a session is admitted to a channel: its other end is who
    /// listens there.
    fn admit(&self, channel: Option<&Channel>) -> Result<Admitted, StartFailure> {
        let logon = self.log_on()?;
        let admission = match (self, channel) {
            (Self::Session(_), Some(channel)) => Some(channel.admit(logon.account())),
            (Self::Account(_), _) | (_, None) => None,
        };
        let admission = admission.transpose().map_err(|error| StartFailure {
            os_error: error.raw_os_error(),
            ..self.failed(&format!("cannot admit it to its channel: {error}"))
        })?;
        Ok(Admitted { logon, admission })
    }

    /// As whom, in words.
    fn words(&self) -> String {
        match self {
            Self::Account(user) => format!("run as user {user}"),
            Self::Session(Session { id, user: None }) => format!("run in session {id}"),
            Self::Session(Session {
                id,
                user: Some(user),
            }) => format!("run in session {id} of {user}"),
        }
    }

    /// `error` with the system's own words, if they are its cause.
    fn failure(&self, error: &dyn Error) -> StartFailure {
        let mut message = format!("cannot {}: {error}", self.words());
        let mut cause = error.source();
        let mut os_error = None;
        while let Some(error) = cause {
            message += &format!(": {error}");
            let error_of_system = error.downcast_ref::<io::Error>();
            os_error = os_error.or_else(|| error_of_system.and_then(io::Error::raw_os_error));
            cause = error.source();
        }
        StartFailure {
            os_error,
            message,
            ..self.failed("")
        }
    }

    fn failed(&self, why: &str) -> StartFailure {
        StartFailure {
            step: StartStep::ChangeUser,
            subject: PathBuf::from(match self {
                Self::Account(user) => user.as_str(),
                Self::Session(session) => session.user.as_deref().unwrap_or(&session.id.0),
            }),
            os_error: None,
            message: format!("cannot {}: {why}", self.words()),
        }
    }
}

/// Begins to make ready to start `service` in `place`; the outcome comes as
/// [`Wake::LoggedOn`]. A thread of its own does it, because a directory of accounts
/// that does not answer must not hold up the loop.
pub(crate) fn begin(
    service: &Arc<Service>,
    (instance, place, channel): (InstanceId, Place, Option<Channel>),
    wakes: &UnboundedSender<Wake>,
) {
    let service = Arc::clone(service);
    let wakes = wakes.clone();
    let (answer, answered) = oneshot::channel();
    let thread = thread::Builder::new().name("logon".to_owned());
    let asked = place.clone();
    // Whoever has given up does not hear of it any more, and the logon ends.
    let begun = thread.spawn(move || drop(answer.send(asked.admit(channel.as_ref()))));
    tokio::spawn(async move {
        let admitted = match (begun, timeout(PATIENCE, answered).await) {
            (Err(error), _) => Err(StartFailure {
                os_error: error.raw_os_error(),
                ..place.failed(&format!("cannot start a thread that looks it up: {error}"))
            }),
            (Ok(_), Ok(Ok(admitted))) => admitted,
            (Ok(_), Ok(Err(_))) => Err(place.failed("the look-up ended in a panic")),
            (Ok(_), Err(_)) => {
                Err(place.failed("the directory of accounts did not answer within 60 s"))
            }
        };
        // The dispatcher is gone only when the guardian has ended.
        let _ = wakes.send(Wake::LoggedOn(LoggedOn {
            service,
            instance,
            admitted,
        }));
    });
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use outlast_os::account::AccountError;
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;
    use crate::surroundings::ThisHost;

    #[test]
    fn a_directory_s_own_words_are_told() {
        let error = AccountError::Lookup {
            name: "www".to_owned(),
            source: io::Error::from_raw_os_error(5),
        };
        let failure = Place::Account("www".to_owned()).failure(&error);
        let words = io::Error::from_raw_os_error(5).to_string();
        assert!(failure.message.contains(&words), "{failure:?}");
        assert_eq!(failure.os_error, Some(5));
        assert_eq!(failure.step, StartStep::ChangeUser);
    }

    #[tokio::test]
    async fn the_loop_is_told_of_every_instance_whether_it_can_be_started() {
        let text = "[services.web]\ncommand = 'x'\nuser = 'www'";
        let path = Path::new("/shop/outlast.toml");
        let config = outlast_config::parse(text, path, &ThisHost::facts()).expect("it is valid");
        let service = Arc::new(config.into_services().remove(0));
        let own = Account::current().expect("whoever runs tests has an account");
        let (wakes, mut incoming) = unbounded_channel();
        for (user, is_there) in [(own.name(), true), ("no-such-user-here", false)] {
            let place = Place::Account(user.to_owned());
            begin(&service, (InstanceId(7), place, None), &wakes);
            let Some(Wake::LoggedOn(told)) = incoming.recv().await else {
                panic!("something else woke the loop");
            };
            assert_eq!(told.instance, InstanceId(7));
            assert_eq!(told.admitted.is_ok(), is_there, "{:?}", told.admitted);
        }
    }
}
