//! What registering a definition with the service control manager means. Pure.

use std::path::Path;
use std::time::Duration;

use super::account;
use super::command_line;
use super::service::{Failure, FailureKind, Failures, Service, Start};
use crate::definition::{
    Account, Definition, Network, Protocol, Sandbox, Scope, StartType, Trigger,
};
use crate::fidelity::Fidelity;
use crate::manager::{Error, Rendered};
use crate::step::{Access, Call, Step};

/// The longest name, and the longest display name (`CreateServiceW`).
const LONGEST_NAME: usize = 256;

/// What comes nearest to a network that works: the protocols' driver and the
/// service that finds the addresses of names. Windows waits for neither an
/// address nor a connection.
pub(super) const NETWORK: [&str; 2] = ["Tcpip", "Dnscache"];

/// What the manager itself may take beyond the service's own time-out before the
/// machine is shut down.
pub(super) const PRESHUTDOWN_MARGIN: Duration = Duration::from_secs(5);

/// Windows counts ends that were not wanted, and the action for the last count
/// is that for all further ones. All are the same, so the day after which it
/// counts anew changes nothing but what `sc qfailure` shows.
const COUNTED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn render(definition: &Definition) -> Result<Rendered, Error> {
    let service = service(definition)?;
    let mut steps = Vec::new();
    if account::needs_right(&definition.account) {
        steps.push(Step::Call(Call::LogonRight {
            account: service.account.clone(),
            password: service.password.clone(),
        }));
    }
    if let Some(path) = &definition.state_dir {
        steps.push(Step::Dir {
            path: path.clone(),
            access: Access {
                owner: Some(service.account.clone()),
                mode: 0o700,
            },
        });
    }
    steps.push(Step::Call(Call::EventSource {
        name: service.name.clone(),
    }));
    steps.push(Step::Call(Call::Service(Box::new(service))));
    Ok(Rendered {
        steps,
        fidelity: fidelity(definition),
    })
}

fn service(definition: &Definition) -> Result<Service, Error> {
    refuse_scope_and_protocol(definition)?;
    let name = checked_name(definition.name.as_str())?;
    let display_name = definition.display_name.as_deref().unwrap_or(name);
    if display_name.encode_utf16().count() > LONGEST_NAME {
        return Err(inexpressible(
            "a display name has at most 256 characters on Windows",
        ));
    }
    let program = plain(&definition.program)?;
    let command_line = command_line::written(program, &definition.arguments)
        .map_err(|error| inexpressible(error.to_string()))?;
    Ok(Service {
        name: name.to_owned(),
        display_name: display_name.to_owned(),
        description: definition.description.clone(),
        command_line,
        start: start(&definition.start)?,
        depends_on: depends_on(definition)?,
        account: account_name(definition)?,
        password: account::password(&definition.account),
        environment: environment(&definition.environment)?,
        failures: Some(failures(definition.restart_delay)),
        preshutdown: Some(definition.stop_timeout + PRESHUTDOWN_MARGIN),
    })
}

fn refuse_scope_and_protocol(definition: &Definition) -> Result<(), Error> {
    if definition.scope == Scope::User {
        return Err(inexpressible(
            "Windows has services of the machine only, and they need no login; install it \
             without --user, as an administrator",
        ));
    }
    if definition.protocol == Protocol::Silent {
        return Err(inexpressible(
            "Windows ends a service that does not report to it within 30 s, and this program is \
             not made to; run it under a guardian: outlast install -- PROGRAM",
        ));
    }
    Ok(())
}

fn checked_name(name: &str) -> Result<&str, Error> {
    if name.encode_utf16().count() > LONGEST_NAME {
        return Err(inexpressible(
            "a name has at most 256 characters on Windows",
        ));
    }
    if let Some(c) = name.chars().find(|c| matches!(c, '/' | '\\')) {
        return Err(inexpressible(format!(
            "{c:?} cannot stand in the name of a service"
        )));
    }
    Ok(name)
}

/// The path as people write it: as the name of a program, Windows' own form
/// `\\?\C:\…` confuses both Windows and the program.
fn plain(path: &Path) -> Result<&str, Error> {
    let text = path.to_str().ok_or_else(|| {
        inexpressible("the path of its program is no Unicode text; rename its folder")
    })?;
    Ok(match text.strip_prefix(r"\\?\") {
        Some(rest) if rest.as_bytes().get(1) == Some(&b':') => rest,
        _ => text,
    })
}

fn start(start: &StartType) -> Result<Start, Error> {
    Ok(match start {
        StartType::Auto => Start::Auto,
        StartType::Delayed => Start::Delayed,
        StartType::Manual => Start::Manual,
        StartType::Disabled => Start::Disabled,
        StartType::Trigger(Trigger::Network) => Start::FirstAddress,
        StartType::Trigger(Trigger::Path(_)) => {
            return Err(inexpressible(
                "Windows cannot start a service when a file comes into being; use another `start`",
            ));
        }
    })
}

fn depends_on(definition: &Definition) -> Result<Vec<String>, Error> {
    let mut names = definition.depends_on.clone();
    if let Some(bad) = names
        .iter()
        .find(|name| name.is_empty() || name.contains(['/', '\\', '\0']))
    {
        return Err(inexpressible(format!("{bad:?} is no name of a service")));
    }
    if definition.network == Network::Online {
        for name in NETWORK {
            if !names.iter().any(|other| other.eq_ignore_ascii_case(name)) {
                names.push(name.to_owned());
            }
        }
    }
    Ok(names)
}

fn account_name(definition: &Definition) -> Result<String, Error> {
    if let Account::Managed(name) = &definition.account
        && !name.contains('\\')
    {
        return Err(inexpressible(format!(
            "a managed account belongs to a domain: write DOMAIN\\{name}"
        )));
    }
    account::named(&definition.account, &definition.name).map_err(|account::Foreign| {
        inexpressible("only systemd has dynamic accounts; use account = \"virtual\"")
    })
}

fn environment(variables: &[(String, String)]) -> Result<Vec<String>, Error> {
    let is_bad = |name: &str, value: &str| {
        name.is_empty() || name.contains(['=', '\0']) || value.contains('\0')
    };
    if let Some((name, _)) = variables.iter().find(|(name, value)| is_bad(name, value)) {
        return Err(inexpressible(format!(
            "the variable {name:?} cannot be set on Windows"
        )));
    }
    Ok(variables
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect())
}

fn failures(restart_delay: Duration) -> Failures {
    let restart = Failure {
        kind: FailureKind::Restart,
        delay: restart_delay,
    };
    Failures {
        actions: vec![restart; 3],
        reset_after: Some(COUNTED_FOR),
        when_reported: true,
    }
}

fn fidelity(definition: &Definition) -> Fidelity {
    let mut fidelity = Fidelity::default();
    fidelity.approximated(
        "dir",
        "Windows starts every service in its System32 folder; a guardian goes to its own folder \
         by itself",
    );
    if !definition.groups.is_empty() {
        fidelity.missing("groups", "The account keeps the groups that it has.");
    }
    if !definition.capabilities.is_empty() {
        fidelity.missing("capabilities", "The account keeps the privileges it has.");
    }
    if definition.sandbox != Sandbox::Off {
        fidelity.missing(
            "sandbox",
            "It is shut off from the rest only as far as its account is.",
        );
    }
    if definition.network == Network::Online {
        fidelity.approximated(
            "network",
            "It starts after the network's driver and the DNS client, which may be before there \
             is an address; start = { trigger = \"network\" } waits for one",
        );
    }
    if let Protocol::Native { watchdog: Some(_) } = definition.protocol {
        fidelity.missing("watchdog", "Windows does not notice a guardian that hangs.");
    }
    fidelity.approximated(
        "stop_timeout",
        "Windows kills a service that takes longer only when the machine shuts down; otherwise \
         it waits for as long as the service reports progress",
    );
    fidelity
}

fn inexpressible(reason: impl Into<String>) -> Error {
    Error::Inexpressible {
        manager: "Windows",
        reason: reason.into(),
    }
}
