//! Making ready to start a service under its own account, in a session, or with
//! secrets, away from the loop.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use outlast_model::exit::StartStep;
use outlast_model::machine::Session;
use outlast_model::{InstanceId, Service, StartFailure};
use outlast_os::account::{Account, AccountError, Logon};
use outlast_os::channel::Channel;
use outlast_os::session;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::secrets::{self, Means, Printed};
use crate::wake::{Admitted, LoggedOn, Wake};

/// How long a directory of accounts may take. An account that logs on to a
/// Windows for the first time is given a folder, which takes seconds; a
/// controller of a domain that is away is given up by Windows itself after less
/// than this.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long who is told of a failure waits for its verdict, which mostly takes some
/// hundredths of a second.
const VERDICT_PATIENCE: Duration = Duration::from_secs(3);

/// Where a service runs that does not run as the guardian does.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// Under this account; `None`: the guardian's. In this group, if in another one
    /// than the account's.
    Account {
        user: Option<String>,
        group: Option<String>,
    },
    /// In this session, as its user.
    Session(Session),
}

impl Place {
    /// `None`: where the guardian is.
    pub(crate) fn of(service: &Service) -> Option<Self> {
        match (service.in_session(), &service.user, &service.group) {
            (Some((_, session)), _, _) => Some(Self::Session(session.clone())),
            (None, None, None) => None,
            (None, user, group) => Some(Self::Account {
                user: user.clone(),
                group: group.clone(),
            }),
        }
    }

    /// Blocks as long as a directory of accounts takes.
    pub(crate) fn log_on(&self) -> Result<Logon, StartFailure> {
        match self {
            Self::Account { user, group } => {
                let logon = account(user.as_deref(), group.as_deref()).and_then(Account::log_on);
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
            (Self::Account { .. }, _) | (_, None) => None,
        };
        let admission = admission.transpose().map_err(|error| StartFailure {
            os_error: error.raw_os_error(),
            ..self.failed(&format!("cannot admit it to its channel: {error}"))
        })?;
        Ok(Admitted {
            logon: Some(logon),
            admission,
            secrets: None,
        })
    }

    /// As whom, in words.
    fn words(&self) -> String {
        match self {
            Self::Account { user, group } => {
                let user = user.as_ref().map(|user| format!(" as user {user}"));
                let group = group.as_ref().map(|group| format!(" in group {group}"));
                format!(
                    "run{}{}",
                    user.unwrap_or_default(),
                    group.unwrap_or_default()
                )
            }
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
                Self::Account { user, group } => {
                    let named = user.as_deref().or(group.as_deref());
                    named.unwrap_or_default()
                }
                Self::Session(session) => session.user.as_deref().unwrap_or(&session.id.0),
            }),
            os_error: None,
            message: format!("cannot {}: {why}", self.words()),
        }
    }
}

fn account(user: Option<&str>, group: Option<&str>) -> Result<Account, AccountError> {
    let account = match user {
        Some(user) => Account::find(user)?,
        None => Account::current()?,
    };
    match group {
        Some(group) => account.in_group(group),
        None => Ok(account),
    }
}

/// What an instance needs before it can be started.
#[derive(Debug)]
pub(crate) struct Needs {
    /// Where it runs, if not where the guardian does.
    pub(crate) place: Option<Place>,
    /// The channel that it speaks over.
    pub(crate) channel: Option<Channel>,
    /// With what its secrets are got, if it has any.
    pub(crate) secrets: Option<Means>,
    /// The end of the wait for a verdict that it is to be told.
    pub(crate) verdict: Option<oneshot::Receiver<Infallible>>,
}

/// Begins to make ready to start `service`; the outcome comes as
/// [`Wake::LoggedOn`]. A thread of its own does it, because a directory of accounts
/// or a file system that does not answer must not hold up the loop.
pub(crate) fn begin(
    service: &Arc<Service>,
    instance: InstanceId,
    needs: Needs,
    wakes: &UnboundedSender<Wake>,
) {
    let service = Arc::clone(service);
    let wakes = wakes.clone();
    tokio::spawn(async move {
        let admitted = make_ready(&service, instance, needs).await;
        // The dispatcher is gone only when the guardian has ended.
        let _ = wakes.send(Wake::LoggedOn(LoggedOn {
            service,
            instance,
            admitted,
        }));
    });
}

async fn make_ready(
    service: &Arc<Service>,
    instance: InstanceId,
    mut needs: Needs,
) -> Result<Admitted, StartFailure> {
    if let Some(verdict) = needs.verdict.take() {
        let _ = timeout(VERDICT_PATIENCE, verdict).await;
    }
    let printed = match &needs.secrets {
        Some(means) => secrets::printed(service, means).await?,
        None => Printed::new(),
    };
    let (answer, answered) = oneshot::channel();
    let thread = thread::Builder::new().name("logon".to_owned());
    let place = needs.place.clone();
    let for_service = Arc::clone(service);
    // Whoever has given up does not hear of it any more, and the logon ends.
    let begun = thread.spawn(move || {
        drop(answer.send(needs.meet(&for_service, instance, printed)));
    });
    let failed = |why: &str| match &place {
        Some(place) => place.failed(why),
        None => secrets::not_ready(why),
    };
    match (begun, timeout(PATIENCE, answered).await) {
        (Err(error), _) => Err(StartFailure {
            os_error: error.raw_os_error(),
            ..failed(&format!("cannot start a thread for that: {error}"))
        }),
        (Ok(_), Ok(Ok(admitted))) => admitted,
        (Ok(_), Ok(Err(_))) => Err(failed("the look-up ended in a panic")),
        (Ok(_), Err(_)) => Err(failed(
            "the directory of accounts, or the file system, did not answer within 60 s",
        )),
    }
}

impl Needs {
    /// Blocks as directories of accounts and file systems do.
    fn meet(
        self,
        service: &Service,
        instance: InstanceId,
        printed: Printed,
    ) -> Result<Admitted, StartFailure> {
        let mut admitted = match &self.place {
            Some(place) => place.admit(self.channel.as_ref())?,
            None => Admitted {
                logon: None,
                admission: None,
                secrets: None,
            },
        };
        if let Some(Means { state_dir, .. }) = &self.secrets {
            let account = admitted.logon.as_ref().map(Logon::account);
            let handed = secrets::hand_over(service, instance, (printed, account), state_dir)?;
            admitted.secrets = Some(handed);
        }
        Ok(admitted)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tokio::sync::mpsc::unbounded_channel;

    use super::*;
    use crate::surroundings::ThisHost;

    fn as_user(user: &str) -> Place {
        Place::Account {
            user: Some(user.to_owned()),
            group: None,
        }
    }

    #[test]
    fn a_directory_s_own_words_are_told() {
        let error = AccountError::Lookup {
            name: "www".to_owned(),
            source: io::Error::from_raw_os_error(5),
        };
        let failure = as_user("www").failure(&error);
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
            let place = as_user(user);
            let needs = Needs {
                place: Some(place),
                channel: None,
                secrets: None,
                verdict: None,
            };
            begin(&service, InstanceId(7), needs, &wakes);
            let Some(Wake::LoggedOn(told)) = incoming.recv().await else {
                panic!("something else woke the loop");
            };
            assert_eq!(told.instance, InstanceId(7));
            assert_eq!(told.admitted.is_ok(), is_there, "{:?}", told.admitted);
        }
    }
}
