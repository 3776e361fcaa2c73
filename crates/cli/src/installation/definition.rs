//! A guardian's definition as a native service.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use outlast_config::native::{self as keys, NativeKeys};
use outlast_config::stop_timeout;
use outlast_native::register::Origin;
use outlast_native::{
    Account, Definition, ManagerKind, NativeName, Network, Protocol, Sandbox, Scope, StartType,
    Trigger,
};
use outlast_os::account::Account as SystemAccount;
use outlast_os::paths;
use outlast_os::process::own_program;

use super::subject::{Source, Subject};
use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// Where a guardian is to be installed.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) manager_kind: ManagerKind,
    pub(crate) scope: Scope,
    /// Where it keeps its state; absolute.
    pub(crate) state_dir: PathBuf,
}

impl Place {
    /// With `manager_kind` in `scope`; its state in `state_dir`, else where guardians
    /// of that scope keep theirs.
    pub(crate) fn new(
        manager_kind: ManagerKind,
        scope: Scope,
        state_dir: Option<&Path>,
        name: &str,
    ) -> Result<Self, Failure> {
        let found = match (state_dir, scope) {
            (Some(dir), _) => std::path::absolute(dir),
            (None, Scope::System) => Ok(paths::system_parent().join(name)),
            (None, Scope::User) => paths::user_parent().map(|parent| parent.join(name)),
        };
        let state_dir = found.map_err(|error| Failure::of("find the state directory", &error))?;
        Ok(Self {
            manager_kind,
            scope,
            state_dir,
        })
    }
}

/// What the register says about the program.
pub(crate) fn origin(subject: &Subject, place: &Place) -> Origin {
    Origin::Guardian {
        file: subject.file().map(Path::to_owned),
        state_dir: place.state_dir.clone(),
    }
}

/// `subject` as a native service at `place`.
pub(crate) fn definition(subject: &Subject, place: &Place) -> Result<Definition, Failure> {
    let native = &subject.native;
    let name = NativeName::new(subject.name.as_str())
        .map_err(|error| Failure::of("name the native service", &error))?;
    Ok(Definition {
        program: own_program()
            .map_err(|error| Failure::of("find the path of this program", &error))?,
        arguments: arguments(subject, place)?,
        dir: subject.dir.clone(),
        environment: Vec::new(),
        display_name: native.display_name.clone(),
        description: native
            .description
            .clone()
            .or_else(|| Some(format!("{name}, kept running by Outlast"))),
        start: start(&native.start),
        account: account(subject, place)?,
        groups: native.groups.clone(),
        capabilities: native.capabilities.clone(),
        sandbox: sandbox(native.sandbox),
        depends_on: native.depends_on.clone(),
        network: network(native.network),
        protocol: Protocol::Native {
            watchdog: native.watchdog,
        },
        restart_delay: native.restart_delay,
        stop_timeout: native
            .stop_timeout
            .unwrap_or_else(|| stop_timeout(&subject.services)),
        state_dir: Some(place.state_dir.clone()),
        scope: place.scope,
        name,
    })
}

/// `definition` with those of its properties changed that `changed` names, to
/// what `native` says. For guardians of a command, whose other settings are on
/// record and nowhere else.
pub(crate) fn with_changes(
    definition: &Definition,
    native: &NativeKeys,
    changed: &[&str],
) -> Definition {
    let mut new = definition.clone();
    for key in changed {
        match *key {
            "display_name" => new.display_name.clone_from(&native.display_name),
            "description" => new.description.clone_from(&native.description),
            "start" => new.start = start(&native.start),
            "account" => {
                if let Some(account) = &native.account {
                    new.account = named_account(account);
                }
            }
            "groups" => new.groups.clone_from(&native.groups),
            "capabilities" => new.capabilities.clone_from(&native.capabilities),
            "sandbox" => new.sandbox = sandbox(native.sandbox),
            "depends_on" => new.depends_on.clone_from(&native.depends_on),
            "network" => new.network = network(native.network),
            "restart_delay" => new.restart_delay = native.restart_delay,
            "watchdog" => {
                new.protocol = Protocol::Native {
                    watchdog: native.watchdog,
                };
            }
            "stop_timeout" => {
                if let Some(timeout) = native.stop_timeout {
                    new.stop_timeout = timeout;
                }
            }
            // The reader of the file knows no other key.
            _ => {}
        }
    }
    new
}

fn arguments(subject: &Subject, place: &Place) -> Result<Vec<String>, Failure> {
    let mut arguments = vec!["run".to_owned()];
    if let Source::File(path) = &subject.source {
        arguments.push(text(path.as_os_str())?);
    }
    arguments.extend(["--state-dir".to_owned(), text(place.state_dir.as_os_str())?]);
    arguments.extend(["--native".to_owned(), place.manager_kind.word().to_owned()]);
    if let Source::Command(command) = &subject.source {
        arguments.extend(["--name".to_owned(), subject.name.to_string()]);
        arguments.extend(["--dir".to_owned(), text(subject.dir.as_os_str())?]);
        arguments.push("--".to_owned());
        arguments.extend(command.iter().cloned());
    }
    Ok(arguments)
}

/// A path that is no Unicode has no spelling in most managers' formats.
fn text(path: &OsStr) -> Result<String, Failure> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        Failure::new(
            ExitCode::BadConfiguration,
            format!(
                "the path {} is not UTF-8, and no native manager could be told of it",
                path.display()
            ),
        )
        .hint("rename the folder, or use another one")
    })
}

/// Whom the guardian runs as: who was named; else the least that will do, which
/// is root where services run as others. A user's own guardian is in no need of
/// that for the sessions of that user.
fn account(subject: &Subject, place: &Place) -> Result<Account, Failure> {
    if let Some(account) = &subject.native.account {
        let account = named_account(account);
        if place.manager_kind == ManagerKind::Windows {
            refuse_powerless(&account, subject)?;
        }
        return Ok(account);
    }
    let mut services = subject.services.iter();
    let changes_user = services.any(|service| {
        service.user.is_some() || service.session.is_some() && place.scope == Scope::System
    });
    if changes_user {
        return Ok(Account::System);
    }
    Account::least(place.manager_kind, place.scope, &subject.dir).map_err(|error| {
        Failure::of(
            &format!("find the owner of {}", subject.dir.display()),
            &error,
        )
    })
}

/// Of Windows' accounts only `LocalSystem` may start programs under another one.
/// That is known beforehand, and the services would never start.
fn refuse_powerless(account: &Account, subject: &Subject) -> Result<(), Failure> {
    let own = match account {
        Account::System => return Ok(()),
        Account::LocalService => "LocalService".to_owned(),
        Account::NetworkService => "NetworkService".to_owned(),
        Account::Virtual => format!(r"NT SERVICE\{}", subject.name),
        Account::Managed(name) | Account::User { name, .. } => name.clone(),
        // Windows has none, and its manager says so.
        Account::Dynamic => return Ok(()),
    };
    let id_of = |name: &str| SystemAccount::find(name).ok().map(|account| account.id());
    let own_id = id_of(&own);
    let other = subject.services.iter().find_map(|service| {
        let user = service.user.as_deref()?;
        (own_id.is_none() || id_of(user) != own_id).then_some((&service.name, user))
    });
    let Some((service, user)) = other else {
        return Ok(());
    };
    Err(Failure::new(
        ExitCode::BadConfiguration,
        format!(
            "{service} is to run as {user}, and a guardian that runs as {own} may not start programs under another \
             account"
        ),
    )
    .hint("set account = \"system\" in [native], or leave it out; else leave `user` out"))
}

fn named_account(account: &keys::Account) -> Account {
    match account {
        keys::Account::System => Account::System,
        keys::Account::LocalService => Account::LocalService,
        keys::Account::NetworkService => Account::NetworkService,
        keys::Account::Virtual => Account::Virtual,
        keys::Account::Dynamic => Account::Dynamic,
        keys::Account::Managed(name) => Account::Managed(name.clone()),
        keys::Account::Named(name) => Account::User {
            name: name.clone(),
            password: None,
        },
    }
}

fn start(start: &keys::Start) -> StartType {
    match start {
        keys::Start::Auto => StartType::Auto,
        keys::Start::Delayed => StartType::Delayed,
        keys::Start::Manual => StartType::Manual,
        keys::Start::Disabled => StartType::Disabled,
        keys::Start::OnNetwork => StartType::Trigger(Trigger::Network),
        keys::Start::OnPath(path) => StartType::Trigger(Trigger::Path(path.clone())),
    }
}

const fn sandbox(sandbox: keys::Sandbox) -> Sandbox {
    match sandbox {
        keys::Sandbox::Off => Sandbox::Off,
        keys::Sandbox::Modest => Sandbox::Modest,
        keys::Sandbox::Strict => Sandbox::Strict,
    }
}

const fn network(network: keys::Network) -> Network {
    match network {
        keys::Network::Unneeded => Network::Unneeded,
        keys::Network::Online => Network::Online,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use outlast_config::parse;
    use outlast_supervisor::ThisHost;

    use super::*;

    /// The guardian of a file with this text, which is not there.
    fn subject(text: &str) -> Subject {
        let path = Path::new("/srv/shop/outlast.toml");
        let config = parse(text, path, &ThisHost::facts()).expect("it is valid");
        Subject {
            name: config.name.clone(),
            source: Source::File(path.to_owned()),
            dir: "/srv/shop".into(),
            native: config.native.clone(),
            services: config.into_services(),
        }
    }

    fn on_windows(text: &str) -> Result<Account, Failure> {
        let place = Place {
            manager_kind: ManagerKind::Windows,
            scope: Scope::System,
            state_dir: "/state".into(),
        };
        account(&subject(text), &place)
    }

    const OF_ONE: &str = "[services.api]\ncommand = 'x'\n";
    const OF_TWO: &str =
        "[services.api]\ncommand = 'x'\n[services.web]\ncommand = 'x'\nuser = 'LocalService'\n";

    #[test]
    fn a_service_s_own_user_makes_the_guardian_local_system() {
        assert_eq!(on_windows(OF_ONE).expect("valid"), Account::Virtual);
        assert_eq!(on_windows(OF_TWO).expect("valid"), Account::System);
    }

    #[test]
    fn a_guardian_that_could_not_start_its_services_is_refused() {
        for word in ["virtual", "network-service", "no-such-account-here"] {
            let named = format!("{OF_TWO}[native]\naccount = '{word}'\n");
            let refused = on_windows(&named).expect_err(word);
            assert_eq!(refused.code, ExitCode::BadConfiguration);
            let alone = format!("{OF_ONE}[native]\naccount = '{word}'\n");
            on_windows(&alone).expect("nobody else is named");
        }
        let named = format!("{OF_TWO}[native]\naccount = 'system'\n");
        assert_eq!(on_windows(&named).expect("it may"), Account::System);
    }

    #[test]
    fn a_service_s_own_user_may_be_the_guardian_s() {
        if SystemAccount::find("LocalService").is_err() {
            eprintln!("SKIPPED: only Windows has such an account");
            return;
        }
        let named = format!("{OF_TWO}[native]\naccount = 'local-service'\n");
        assert_eq!(on_windows(&named).expect("the same"), Account::LocalService);
    }
}
