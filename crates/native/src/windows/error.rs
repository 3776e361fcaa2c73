//! The manager's errors, said clearly.

use std::io;

use outlast_os::scm::{End, Problem};

use crate::definition::NativeName;
use crate::manager::Error;

/// What is attempted, on which service, as whom.
pub(super) struct Attempt<'a> {
    /// As in "start".
    pub(super) verb: &'a str,
    /// The service.
    pub(super) name: &'a str,
    /// Its account, in the manager's form, where that may be what is wrong.
    pub(super) account: &'a str,
}

impl Attempt<'_> {
    pub(super) fn words(&self) -> String {
        format!("{} the service {}", self.verb, self.name)
    }

    /// What `source` means for it.
    pub(super) fn failed(&self, source: io::Error) -> Error {
        let problem = Problem::of(&source);
        match problem {
            Problem::NoSuchService => match NativeName::new(self.name) {
                Ok(name) => Error::NotInstalled(name),
                Err(_) => Error::system(self.words(), source),
            },
            Problem::NameTaken | Problem::DisplayNameTaken => self.taken(problem, source),
            Problem::NoSuchAccount | Problem::LogonFailed => Error::Account {
                account: self.account.to_owned(),
                reason: reason(problem).unwrap_or_default().to_owned(),
            },
            _ => match reason(problem) {
                Some(reason) => self.refused(reason),
                None => Error::system(self.words(), source),
            },
        }
    }

    /// The program ran and ended.
    pub(super) fn ended(&self, end: End) -> Error {
        let reason = match end {
            End::Error(code) => {
                let source = io::Error::from_raw_os_error(code.cast_signed());
                match reason(Problem::of(&source)) {
                    Some(reason) => reason.to_owned(),
                    None => format!("it ended with error {code}: {source}"),
                }
            }
            End::Own(code) => format!("it ended with an error of its own, {code}"),
            End::Never | End::Well => "it ended at once, without an error".to_owned(),
        };
        self.refused(&reason)
    }

    pub(super) fn refused(&self, reason: &str) -> Error {
        Error::Refused {
            attempt: self.words(),
            reason: reason.to_owned(),
        }
    }

    fn taken(&self, problem: Problem, source: io::Error) -> Error {
        if problem == Problem::DisplayNameTaken {
            return self.refused(
                "another service has this display name, or this name; choose another display_name",
            );
        }
        match NativeName::new(self.name) {
            Ok(name) => Error::Taken {
                name,
                place: PLACE.to_owned(),
            },
            Err(_) => Error::system(self.words(), source),
        }
    }
}

/// Where a service is that somebody else has registered.
pub(super) const PLACE: &str = "known to Windows' service control manager";

/// What people say on a service that was deleted and is still there.
pub(super) const MARKED: &str = "it was removed and goes away when the last program that looks \
     at it is closed (the services console, the task manager), at the latest when the machine \
     restarts";

/// Why, and what to do; `None`: the system's own words are as good.
fn reason(problem: Problem) -> Option<&'static str> {
    Some(match problem {
        Problem::MarkedForDeletion => MARKED,
        Problem::Disabled => "it is disabled; outlast config set start auto enables it",
        Problem::NoSuchAccount => {
            "there is no such account; write it as NAME for one of this machine, or as DOMAIN\\NAME"
        }
        Problem::LogonFailed => {
            "Windows could not log it on: its password is wrong or has changed, or it lacks the \
             right \"Log on as a service\"; install the service again with the password"
        }
        Problem::NoReport => {
            "its program did not report to Windows within 30 s: it hangs, or it is not made as a \
             service, and needs a guardian: outlast install -- PROGRAM"
        }
        Problem::NoProgram => "its program is not there; install it again from where it is now",
        Problem::NotAProgram => "its program is none that this Windows can run",
        Problem::NoDependency => "a service that it depends on is not there, or is disabled",
        Problem::DependencyFailed => "a service that it depends on did not start",
        Problem::CircularDependency => "it would depend on itself, by way of another service",
        Problem::NeededByOthers => "services that depend on it run; stop them first",
        Problem::NotNow => "it takes no requests in its present state",
        Problem::EndedUnexpectedly => {
            "its program ended without telling why; see its output and the Event Log"
        }
        Problem::BadName => "Windows cannot have this name, or this display name",
        Problem::ShuttingDown => "the machine is shutting down",
        Problem::NoSuchSetting => "this Windows does not know a setting that it needs",
        Problem::NoSuchService
        | Problem::NameTaken
        | Problem::DisplayNameTaken
        | Problem::RunsAlready
        | Problem::DoesNotRun
        | Problem::NotAllowed
        | Problem::Other => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(code: i32) -> Error {
        Attempt {
            verb: "start",
            name: "shop",
            account: r".\bob",
        }
        .failed(io::Error::from_raw_os_error(code))
    }

    #[test]
    fn each_error_says_what_to_do() {
        assert!(matches!(failed(1060), Error::NotInstalled(_)));
        assert!(matches!(failed(1073), Error::Taken { .. }));
        assert!(matches!(failed(1069), Error::Account { account, .. } if account == r".\bob"));
        assert!(matches!(failed(1057), Error::Account { .. }));
        for code in [1053, 1058, 1072, 1078, 1068, 1075, 1051] {
            let error = failed(code);
            assert!(matches!(error, Error::Refused { .. }), "{code}: {error}");
        }
    }
}
