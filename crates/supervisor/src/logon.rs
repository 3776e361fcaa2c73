//! Making ready to start a service under its own account, away from the loop.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use outlast_model::exit::StartStep;
use outlast_model::{InstanceId, Service, StartFailure};
use outlast_os::account::{Account, AccountError, Logon};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::wake::{LoggedOn, Wake};

/// How long a directory of accounts may take. An account that logs on to a
/// Windows for the first time is given a folder, which takes seconds; a
/// controller of a domain that is away is given up by Windows itself after less
/// than this.
const PATIENCE: Duration = Duration::from_secs(60);

/// Begins to look up `user`, the account of `service`, and to log it on; the
/// outcome comes as [`Wake::LoggedOn`]. A thread of its own does it, because a
/// directory of accounts that does not answer must not hold up the loop.
pub(crate) fn begin(
    (service, user): (&Arc<Service>, &str),
    instance: InstanceId,
    wakes: &UnboundedSender<Wake>,
) {
    let (service, user) = (Arc::clone(service), user.to_owned());
    let wakes = wakes.clone();
    let (answer, answered) = oneshot::channel();
    let name = user.clone();
    let thread = thread::Builder::new().name("logon".to_owned());
    // Whoever has given up does not hear of it any more, and the logon ends.
    let begun = thread.spawn(move || drop(answer.send(log_on(&name))));
    tokio::spawn(async move {
        let logon = match (begun, timeout(PATIENCE, answered).await) {
            (Err(error), _) => Err(no_thread(&user, &error)),
            (Ok(_), Ok(Ok(logon))) => logon.map_err(|error| failure(&user, &error)),
            (Ok(_), Ok(Err(_))) => Err(without_answer(&user, "the look-up ended in a panic")),
            (Ok(_), Err(_)) => Err(without_answer(
                &user,
                "the directory of accounts did not answer within 60 s",
            )),
        };
        // The dispatcher is gone only when the guardian has ended.
        let _ = wakes.send(Wake::LoggedOn(LoggedOn {
            service,
            instance,
            logon,
        }));
    });
}

fn log_on(user: &str) -> Result<Logon, AccountError> {
    Account::find(user)?.log_on()
}

fn failure(user: &str, error: &AccountError) -> StartFailure {
    let mut message = format!("cannot run as user {user}: {error}");
    let cause = error
        .source()
        .and_then(|cause| cause.downcast_ref::<io::Error>());
    if let Some(cause) = cause {
        message += &format!(": {cause}");
    }
    StartFailure {
        step: StartStep::ChangeUser,
        subject: PathBuf::from(user),
        os_error: cause.and_then(io::Error::raw_os_error),
        message,
    }
}

fn no_thread(user: &str, error: &io::Error) -> StartFailure {
    StartFailure {
        os_error: error.raw_os_error(),
        ..without_answer(
            user,
            &format!("cannot start a thread that looks it up: {error}"),
        )
    }
}

fn without_answer(user: &str, why: &str) -> StartFailure {
    StartFailure {
        step: StartStep::ChangeUser,
        subject: PathBuf::from(user),
        os_error: None,
        message: format!("cannot run as user {user}: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tokio::sync::mpsc::unbounded_channel;

    use super::*;
    use crate::surroundings::ThisHost;

    #[test]
    fn a_directory_s_own_words_are_told() {
        let error = AccountError::Lookup {
            name: "www".to_owned(),
            source: io::Error::from_raw_os_error(5),
        };
        let failure = failure("www", &error);
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
            begin((&service, user), InstanceId(7), &wakes);
            let Some(Wake::LoggedOn(told)) = incoming.recv().await else {
                panic!("something else woke the loop");
            };
            assert_eq!(told.instance, InstanceId(7));
            assert_eq!(told.logon.is_ok(), is_there, "{:?}", told.logon);
        }
    }
}
