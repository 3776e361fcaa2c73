//! A place of its own for each test: a service's name, a register, a program.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process;
use std::time::Duration;

use outlast_native::register::{Origin, Register, Registration};
use outlast_native::transaction::{Exclusive, Failure, Host, recover};
use outlast_native::{
    Account, Definition, Error, Installer, Machine, Manager, ManagerKind, NativeName, NativeState,
    NativeStatus, Network, Plan, Protocol, Purge, Request, Sandbox, Scope, StartType, Step,
};
use outlast_os::scm;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// Where a test registers its service, which goes with it.
pub(crate) struct Place {
    dir: TempDir,
    name: NativeName,
    register: Register,
}

impl Place {
    /// `None`: this system has no service control manager.
    pub(crate) fn new(of: &str) -> Option<Self> {
        if !scm::is_here() {
            return None;
        }
        let dir = tempfile::tempdir().expect("a folder");
        let program = program_in(&dir);
        fs::create_dir_all(program.parent().expect("a folder")).expect("made");
        fs::copy(built_program(), program).expect("copied");
        Some(Self {
            register: Register::at(dir.path().join(".native")),
            name: NativeName::new(&format!("Outlast test {} {of}", process::id())).expect("a name"),
            dir,
        })
    }

    pub(crate) fn manager(&self) -> Box<dyn Manager> {
        ManagerKind::Windows.manager()
    }

    /// A service that writes down how it was started.
    pub(crate) fn definition(&self) -> Definition {
        Definition {
            name: self.name.clone(),
            scope: Scope::System,
            program: program_in(&self.dir),
            arguments: vec![self.report_path().to_str().expect("Unicode").to_owned()],
            dir: self.dir.path().to_owned(),
            environment: vec![("OUTLAST_TEST_VARIABLE".to_owned(), "x y".to_owned())],
            display_name: Some(format!("{}: für Leute", self.name)),
            description: None,
            start: StartType::Manual,
            account: Account::Virtual,
            groups: Vec::new(),
            capabilities: Vec::new(),
            sandbox: Sandbox::Off,
            depends_on: Vec::new(),
            network: Network::Unneeded,
            protocol: Protocol::Native { watchdog: None },
            restart_delay: Duration::from_secs(1),
            stop_timeout: Duration::from_secs(20),
            state_dir: Some(self.dir.path().join("state")),
        }
    }

    pub(crate) fn install(&self, definition: &Definition) -> Result<Plan, Failure> {
        self.install_with(&mut Machine, definition)
    }

    /// The installation fails or dies at the step of this number.
    pub(crate) fn install_interrupted(&self, definition: &Definition, step: usize, how: How) {
        let mut host = Interrupted {
            steps_left: step,
            how,
        };
        let ended = catch_unwind(AssertUnwindSafe(|| {
            self.install_with(&mut host, definition)
                .expect_err("it is interrupted");
        }));
        assert_eq!(ended.is_err(), how != How::StepFails);
    }

    fn install_with(&self, host: &mut dyn Host, definition: &Definition) -> Result<Plan, Failure> {
        let manager = self.manager();
        Installer {
            register: &self.register,
            manager: &*manager,
            host,
        }
        .install(definition, Origin::Program)
    }

    /// What the next command does first.
    pub(crate) fn recover(&self) {
        let exclusive = Exclusive::acquire(&self.register).expect("nobody else");
        recover(&mut Machine, &self.register, &self.name, &exclusive).expect("taken back");
    }

    pub(crate) fn uninstall(&self) -> Result<(), Failure> {
        let manager = self.manager();
        Installer {
            register: &self.register,
            manager: &*manager,
            host: &mut Machine,
        }
        .uninstall(&self.name, Scope::System, Purge::Keep)
        .map(drop)
    }

    pub(crate) fn control(&self, of: &Registration, request: Request) -> Result<(), Error> {
        self.manager().control(of, request, PATIENCE)
    }

    pub(crate) fn status(&self) -> NativeStatus {
        let manager = self.manager();
        manager.status(&self.name, Scope::System).expect("answered")
    }

    pub(crate) fn state(&self) -> NativeState {
        self.status().state
    }

    /// What the service has written down.
    pub(crate) fn told(&self) -> serde_json::Value {
        let text = fs::read(self.report_path()).expect("it has run");
        serde_json::from_slice(&text).expect("JSON")
    }

    /// As another installer makes it.
    pub(crate) fn make_foreign_service(&self) {
        let settings = scm::Settings {
            display_name: self.name.to_string(),
            description: None,
            command_line: "foreign.exe".to_owned(),
            start: scm::Start::Manual,
            depends_on: Vec::new(),
            account: "LocalSystem".to_owned(),
            environment: Vec::new(),
            failure_actions: None,
            preshutdown: None,
            sid: None,
        };
        scm::create(self.name.as_str(), &settings, None, "somebody else").expect("made");
    }

    pub(crate) fn foreign_command_line(&self) -> String {
        let found = scm::query(self.name.as_str()).expect("answered");
        found.expect("it is there").command_line
    }

    fn report_path(&self) -> PathBuf {
        self.dir.path().join("report.json")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(scm::stop(self.name.as_str()));
        drop(scm::wait_for(
            self.name.as_str(),
            &[scm::State::Stopped],
            PATIENCE,
        ));
        drop(scm::delete(self.name.as_str()));
    }
}

/// A path that wants quoting.
fn program_in(dir: &TempDir) -> PathBuf {
    dir.path().join("Prögramm & mehr").join("a service.exe")
}

/// Cargo builds the examples of a package with its tests, into the folder beside
/// that of the tests.
fn built_program() -> PathBuf {
    let test = std::env::current_exe().expect("a running test knows its path");
    let profile_dir = test.ancestors().nth(2).expect("cargo's target directory");
    profile_dir.join("examples").join("reporting_service.exe")
}

/// How an installation is interrupted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum How {
    /// The step fails and everything after it works.
    StepFails,
    /// The process dies before the step.
    DiesBefore,
    /// The process dies right after the step.
    DiesAfter,
}

/// The machine, until a step that fails or that the process does not survive.
struct Interrupted {
    steps_left: usize,
    how: How,
}

impl Host for Interrupted {
    fn inverse(&self, step: &Step) -> Result<Vec<Step>, Error> {
        Machine.inverse(step)
    }

    fn take(&mut self, step: &Step) -> Result<(), Error> {
        if self.steps_left > 0 {
            self.steps_left -= 1;
            return Machine.take(step);
        }
        match self.how {
            How::StepFails => {
                self.steps_left = usize::MAX;
                Err(Error::Refused {
                    attempt: "take the step".to_owned(),
                    reason: "it was to fail".to_owned(),
                })
            }
            How::DiesBefore => panic!("the process dies"),
            How::DiesAfter => {
                Machine.take(step).expect("it works");
                panic!("the process dies")
            }
        }
    }
}
