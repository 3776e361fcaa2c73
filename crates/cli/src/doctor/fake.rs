//! A machine and guardians for tests.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use outlast_config::{Config, Host, defaults, parse};
use outlast_native::{
    Account, Definition, ManagerKind, NativeName, Network, Protocol, Sandbox, Scope, StartType,
};
use outlast_os::inspection::boot::BootTarget;
use outlast_os::inspection::exposure::{Exposure, Power, Principal, PrincipalKind};
use outlast_os::inspection::listeners::Listener;
use outlast_os::inspection::login::{LoginPolicy, Place};
use outlast_os::inspection::power::{PowerPlan, SleepKind};
use outlast_os::inspection::systemd_sleep::SystemdSleep;

use super::facts::{Facts, Identity};
use super::prospect::{Form, Moment, Prospect, forms};
use super::{Finding, Planned, Presence, RISKS, Severity, Subject, examine, prospects};

/// A machine on which nothing is wrong until a test says so.
#[derive(Clone, Debug)]
pub(crate) struct Fake {
    pub(crate) exposures: Vec<(PathBuf, Exposure)>,
    /// Paths that cannot be looked at.
    pub(crate) hidden: Vec<PathBuf>,
    pub(crate) listeners: Option<Vec<Listener>>,
    pub(crate) policy: Option<LoginPolicy>,
    pub(crate) lingers: Option<bool>,
    pub(crate) place: Option<Place>,
    pub(crate) systemd_sleep: Option<SystemdSleep>,
    pub(crate) sleep_kinds: Option<Vec<SleepKind>>,
    pub(crate) power_plan: Option<PowerPlan>,
    pub(crate) has_fast_startup: Option<bool>,
    pub(crate) is_saving: Option<bool>,
    pub(crate) boot_target: Option<BootTarget>,
    /// Programs that are found by one of the two `PATH`s only: the name, and
    /// `services` or `session`. All others are found by both.
    pub(crate) found_by: Vec<(&'static str, &'static str)>,
    pub(crate) files: Vec<(PathBuf, String)>,
    /// Those of them that everybody can read.
    pub(crate) readable: Vec<PathBuf>,
    pub(crate) mapped: Vec<PathBuf>,
    pub(crate) graphical: Vec<PathBuf>,
    pub(crate) is_portable: Option<bool>,
    pub(crate) image_path: Option<String>,
}

impl Default for Fake {
    fn default() -> Self {
        Self {
            exposures: Vec::new(),
            hidden: Vec::new(),
            listeners: Some(Vec::new()),
            policy: None,
            lingers: Some(true),
            place: None,
            systemd_sleep: None,
            sleep_kinds: Some(vec![SleepKind::ToMemory]),
            power_plan: None,
            has_fast_startup: Some(false),
            is_saving: Some(false),
            boot_target: Some(BootTarget::Named("multi-user.target".to_owned())),
            found_by: Vec::new(),
            files: Vec::new(),
            readable: Vec::new(),
            mapped: Vec::new(),
            graphical: Vec::new(),
            is_portable: Some(false),
            image_path: None,
        }
    }
}

impl Fake {
    /// The same machine on which `who` has `power` over what is under `path`.
    pub(crate) fn exposed(mut self, path: &str, who: Principal, power: Power) -> Self {
        let path = PathBuf::from(path);
        let exposure = Exposure {
            path: path.clone(),
            who,
            power,
        };
        self.exposures.push((path, exposure));
        self
    }
}

/// The account `name`, whose number is 1000 and whose group is 1000.
pub(crate) fn account(name: &str) -> Principal {
    Principal {
        kind: PrincipalKind::Account,
        id: "1000".to_owned(),
        name: name.to_owned(),
        members: Vec::new(),
    }
}

/// The group with the number 1000 and these members.
pub(crate) fn group(members: &[&str]) -> Principal {
    Principal {
        kind: PrincipalKind::Group,
        id: "1000".to_owned(),
        name: "team".to_owned(),
        members: members.iter().map(|&member| member.to_owned()).collect(),
    }
}

/// All of them.
pub(crate) fn everybody() -> Principal {
    Principal {
        kind: PrincipalKind::Everyone,
        id: "everyone".to_owned(),
        name: "everybody".to_owned(),
        members: Vec::new(),
    }
}

/// A listener of the process 7.
pub(crate) fn listener(address: &str) -> Listener {
    Listener {
        pid: 7,
        address: address.parse().expect("an address"),
        is_all_powerful: true,
    }
}

impl Facts for Fake {
    fn exposures(&self, path: &Path) -> io::Result<Vec<Exposure>> {
        if self.hidden.iter().any(|hidden| hidden == path) {
            return Err(io::Error::from(io::ErrorKind::PermissionDenied));
        }
        let found = self.exposures.iter().filter(|(at, _)| at == path);
        Ok(found.map(|(_, exposure)| exposure.clone()).collect())
    }

    fn identity(&self, account: &str) -> Option<Identity> {
        (account == "ann").then(|| Identity {
            name: account.to_owned(),
            id: Some("1000".to_owned()),
            group: Some("1000".to_owned()),
        })
    }

    fn own_account(&self) -> Option<String> {
        Some("ann".to_owned())
    }

    fn listeners(&self, _pid: u32) -> Option<Vec<Listener>> {
        self.listeners.clone()
    }

    fn login_policy(&self) -> Option<LoginPolicy> {
        self.policy.clone()
    }

    fn lingers(&self, _user: &str) -> Option<bool> {
        self.lingers
    }

    fn place(&self) -> Option<Place> {
        self.place
    }

    fn systemd_sleep(&self) -> Option<SystemdSleep> {
        self.systemd_sleep.clone()
    }

    fn sleep_kinds(&self) -> Option<Vec<SleepKind>> {
        self.sleep_kinds.clone()
    }

    fn power_plan(&self) -> Option<PowerPlan> {
        self.power_plan
    }

    fn has_fast_startup(&self) -> Option<bool> {
        self.has_fast_startup
    }

    fn is_saving(&self) -> Option<bool> {
        self.is_saving
    }

    fn boot_target(&self) -> Option<BootTarget> {
        self.boot_target.clone()
    }

    fn find_program(&self, program: &str, _dir: &Path, search_path: &OsStr) -> Option<PathBuf> {
        let only = self.found_by.iter().find(|(name, _)| *name == program);
        let is_found = only.is_none_or(|(_, path)| search_path == OsStr::new(path));
        is_found.then(|| Path::new("/usr/bin").join(program))
    }

    fn search_path_of_services(&self) -> Option<OsString> {
        Some("services".into())
    }

    fn search_path_of_session(&self) -> Option<OsString> {
        Some("session".into())
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.iter().any(|(file, _)| file == path)
    }

    fn is_readable_by_everybody(&self, path: &Path) -> bool {
        self.readable.iter().any(|readable| readable == path)
    }

    fn text(&self, path: &Path) -> Option<String> {
        let found = self.files.iter().find(|(file, _)| file == path);
        found.map(|(_, text)| text.clone())
    }

    fn is_on_mapped_drive(&self, path: &Path) -> bool {
        self.mapped.iter().any(|mapped| mapped == path)
    }

    fn is_graphical(&self, path: &Path) -> bool {
        self.graphical.iter().any(|graphical| graphical == path)
    }

    fn is_portable(&self) -> Option<bool> {
        self.is_portable
    }

    fn image_path(&self, _name: &str) -> Option<String> {
        self.image_path.clone()
    }
}

/// A guardian to be examined: of the file `/srv/shop/outlast.toml`, by
/// `/usr/bin/outlast`, as the account `ann`, with systemd.
pub(crate) struct Guardian {
    pub(crate) definition: Definition,
    pub(crate) manager_kind: ManagerKind,
    pub(crate) is_installed: bool,
    running: Option<u32>,
    pub(crate) enabled: Option<bool>,
    pub(crate) files: Vec<PathBuf>,
    config: Config,
}

impl Guardian {
    /// The one of a file with this text.
    pub(crate) fn of(text: &str) -> Self {
        let host = Host {
            stop: defaults::stop_sequence(&[]),
            reboot: vec!["restart-it".to_owned()],
            webhook: vec!["tell-it".to_owned()],
        };
        let config = parse(text, Path::new("/srv/shop/outlast.toml"), &host);
        Self {
            definition: definition(),
            manager_kind: ManagerKind::Systemd,
            is_installed: false,
            running: None,
            enabled: None,
            files: Vec::new(),
            config: config.unwrap_or_else(|wrong| panic!("{wrong}")),
        }
    }

    /// The same as root or LocalSystem.
    pub(crate) fn run_by_root(self) -> Self {
        self.with_account(Account::System)
    }

    /// The same as this account.
    pub(crate) fn with_account(mut self, account: Account) -> Self {
        self.definition.account = account;
        self
    }

    /// The same with another manager.
    pub(crate) fn with(mut self, manager_kind: ManagerKind) -> Self {
        self.manager_kind = manager_kind;
        self
    }

    /// The same as the process 7.
    pub(crate) fn running(mut self) -> Self {
        self.running = Some(7);
        self.installed()
    }

    /// The same when it is registered.
    pub(crate) fn installed(mut self) -> Self {
        self.is_installed = true;
        self
    }

    /// The same as a service of the user ann.
    pub(crate) fn of_user(mut self) -> Self {
        self.definition.scope = Scope::User;
        self.run_by_root()
    }

    fn subject(&self) -> Subject<'_> {
        Subject {
            planned: Planned {
                definition: &self.definition,
                manager_kind: self.manager_kind,
                file: Some(&self.config.path),
                services: &self.config.services,
            },
            presence: if self.is_installed {
                Presence::Installed {
                    running: self.running,
                    enabled: self.enabled,
                    files: &self.files,
                }
            } else {
                Presence::Planned
            },
        }
    }

    /// What will become of it on `machine` at `moment`, in its first form, or
    /// when it is run in a terminal.
    pub(crate) fn prospect(&self, machine: &Fake, form: Form, moment: Moment) -> Prospect {
        let all = prospects(&self.subject(), machine);
        let mut found = all
            .into_iter()
            .filter(|prospect| prospect.form == form && prospect.moment == moment);
        found.next().expect("each form has each moment")
    }

    /// The forms in which it is looked at.
    pub(crate) fn forms(&self) -> Vec<Form> {
        forms(&self.subject())
    }

    /// What is found about it on `machine`.
    pub(crate) fn findings(&self, machine: &Fake) -> Vec<Finding> {
        let findings = examine(&self.subject(), machine);
        for finding in &findings {
            let is_named = finding.severity != Severity::Danger || RISKS.contains(&finding.id);
            assert!(is_named, "--accept-risk knows {}", finding.id);
        }
        findings
    }

    /// The same in short, without what `examine` sorts.
    #[track_caller]
    pub(crate) fn has(&self, machine: &Fake, expected: &[(&str, Severity)]) {
        let findings = self.findings(machine);
        let found: Vec<(&str, Severity)> = findings
            .iter()
            .map(|finding| (finding.id, finding.severity))
            .collect();
        assert_eq!(found, expected, "{findings:#?}");
    }
}

fn definition() -> Definition {
    Definition {
        name: NativeName::new("shop").expect("it is a name"),
        scope: Scope::System,
        program: "/usr/bin/outlast".into(),
        arguments: Vec::new(),
        dir: "/srv/shop".into(),
        environment: Vec::new(),
        display_name: None,
        description: None,
        start: StartType::Auto,
        account: Account::User {
            name: "ann".to_owned(),
            password: None,
        },
        groups: Vec::new(),
        capabilities: Vec::new(),
        sandbox: Sandbox::Modest,
        depends_on: Vec::new(),
        network: Network::Unneeded,
        protocol: Protocol::Native { watchdog: None },
        restart_delay: std::time::Duration::from_secs(1),
        stop_timeout: std::time::Duration::from_secs(20),
        state_dir: None,
    }
}
