//! The steps that only the service control manager can take.

use std::io;
use std::time::Duration;

use outlast_os::logon::{self, Verdict};
use outlast_os::scm::{self, Deletion, Problem};

use super::account::needs_password;
use super::error::{Attempt, PLACE};
use super::service::Service;
use crate::definition::{NativeName, Secret};
use crate::manager::Error;
use crate::step::{Call, Step};

/// What is put on a service, so that it is known to be from here whatever is
/// changed about it later.
const MARK: &str = "Outlast";

/// How long a removed service may take to go: its process ends, and who looked
/// at its status looks away.
const GOING: Duration = Duration::from_secs(5);

/// What brings back how the service of `wanted` is now.
pub(crate) fn inverse_of_service(wanted: &Service) -> Result<Vec<Step>, Error> {
    let Some(found) = found(&wanted.name)? else {
        refuse_without_password(wanted)?;
        return Ok(vec![Step::Call(Call::NoService {
            name: wanted.name.clone(),
            command_line: wanted.command_line.clone(),
        })]);
    };
    if !is_ours(&wanted.name, &wanted.command_line, &found)? {
        return Err(taken(&wanted.name));
    }
    if !found.account.eq_ignore_ascii_case(&wanted.account) {
        refuse_without_password(wanted)?;
    }
    Ok(vec![Step::Call(Call::Service(Box::new(found)))])
}

/// What brings back a service before it is removed.
pub(crate) fn inverse_of_no_service(name: &str, command_line: &str) -> Result<Vec<Step>, Error> {
    match found(name)? {
        Some(found) if is_ours(name, command_line, &found)? => {
            Ok(vec![Step::Call(Call::Service(Box::new(found)))])
        }
        _ => Ok(Vec::new()),
    }
}

/// Registers `service`, or makes the one that is there like it.
pub(crate) fn register(service: &Service) -> Result<(), Error> {
    let attempt = attempt("register", service);
    let password = service.password.as_ref().map(Secret::expose);
    let settings = service.settings();
    let result = match found(&service.name)? {
        None => scm::create(&service.name, &settings, password, MARK),
        Some(found) if is_ours(&service.name, &service.command_line, &found)? => {
            scm::change(&service.name, &settings, password)
        }
        Some(_) => return Err(taken(&service.name)),
    };
    result.map_err(|source| attempt.failed(source))
}

/// Removes the service, if it is there and ours. One that somebody else has
/// registered under its name is none of our business.
pub(crate) fn remove(name: &str, command_line: &str) -> Result<(), Error> {
    let attempt = Attempt {
        verb: "remove",
        name,
        account: "",
    };
    match found(name)? {
        Some(found) if is_ours(name, command_line, &found)? => {}
        _ => return Ok(()),
    }
    match scm::delete(name) {
        Ok(Deletion::Gone) => Ok(()),
        // It is removed; that it is still seen for a while is no failure, and
        // its status tells it.
        Ok(Deletion::Marked) => {
            scm::wait_until_gone(name, GOING).map_err(|source| attempt.failed(source))?;
            Ok(())
        }
        Err(error) if Problem::of(&error) == Problem::NoSuchService => Ok(()),
        Err(error) => Err(attempt.failed(error)),
    }
}

/// What brings back whether `account` may log on as a service.
pub(crate) fn inverse_of_logon(account: &str) -> Result<Vec<Step>, Error> {
    let account = account.to_owned();
    let is_allowed = logon::is_allowed(&account).map_err(|source| refused(&account, source))?;
    Ok(vec![Step::Call(if is_allowed {
        Call::LogonRight {
            account,
            password: None,
        }
    } else {
        Call::NoLogonRight { account }
    })])
}

/// Makes sure that `account` can log on as a service: the password is the right
/// one, and it has the right to.
pub(crate) fn allow_logon(account: &str, password: Option<&Secret>) -> Result<(), Error> {
    if let Some(password) = password {
        check(account, password)?;
    }
    match logon::is_allowed(account) {
        Ok(true) => Ok(()),
        Ok(false) => logon::allow(account).map_err(|source| refused(account, source)),
        Err(source) => Err(refused(account, source)),
    }
}

/// Takes the right away.
pub(crate) fn forbid_logon(account: &str) -> Result<(), Error> {
    logon::forbid(account).map_err(|source| refused(account, source))
}

fn check(account: &str, password: &Secret) -> Result<(), Error> {
    let no = |reason: String| Error::Account {
        account: account.to_owned(),
        reason,
    };
    match logon::check(account, password.expose()) {
        Ok(Verdict::Right) => Ok(()),
        Ok(Verdict::Wrong) => Err(no("the password is wrong".to_owned())),
        Ok(Verdict::Unusable(why)) => Err(no(format!("Windows does not let it log on: {why}"))),
        Err(source) => Err(refused(account, source)),
    }
}

/// What it means that an account could not be looked up or given a right.
fn refused(account: &str, source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::InvalidInput => Error::Account {
            account: account.to_owned(),
            reason: source.to_string(),
        },
        _ => Error::system(format!("let {account} log on as a service"), source),
    }
}

/// Windows would take the service and could not start it.
fn refuse_without_password(service: &Service) -> Result<(), Error> {
    if service.password.is_some() || !needs_password(&service.account) {
        return Ok(());
    }
    Err(Error::Account {
        account: service.account.clone(),
        reason: "Windows needs its password; give it when you are asked, or with \
                 --password-stdin"
            .to_owned(),
    })
}

/// The service as the manager tells it.
pub(super) fn found(name: &str) -> Result<Option<Service>, Error> {
    let settings = scm::query(name).map_err(|source| {
        Error::system(format!("read what is set for the service {name}"), source)
    })?;
    Ok(settings.map(|settings| Service::found(name, settings)))
}

/// Whether a service was registered from here. It has no mark for the moment
/// between its making and its marking, in which a process may die.
fn is_ours(name: &str, command_line: &str, found: &Service) -> Result<bool, Error> {
    let mark = scm::mark_of(name)
        .map_err(|source| Error::system(format!("read the mark of the service {name}"), source))?;
    Ok(mark.as_deref() == Some(MARK) || found.command_line == command_line)
}

fn taken(name: &str) -> Error {
    let attempt = Attempt {
        verb: "register",
        name,
        account: "",
    };
    match NativeName::new(name) {
        Ok(name) => Error::Taken {
            name,
            place: PLACE.to_owned(),
        },
        Err(_) => attempt.refused("another service has this name"),
    }
}

fn attempt<'a>(verb: &'a str, service: &'a Service) -> Attempt<'a> {
    Attempt {
        verb,
        name: &service.name,
        account: &service.account,
    }
}
