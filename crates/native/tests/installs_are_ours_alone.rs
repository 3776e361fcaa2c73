//! An installation touches what is ours and nothing else, updates in place, and
//! a removal leaves nothing but data.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use outlast_native::register::{Origin, Register, Registration};
use outlast_native::transaction::{Failure, Host};
use outlast_native::{
    Access, Account, Call, Change, Definition, Error, Fidelity, Installer, Machine, Manager,
    ManagerKind, NativeName, NativeState, NativeStatus, Network, Property, Protocol, Purge,
    Rendered, Request, Sandbox, Scope, StartType, Step, Tool,
};
use tempfile::TempDir;

/// A manager with unit files below a folder and a tool that enables them.
struct FakeManager {
    units: PathBuf,
    foreign: Vec<&'static str>,
    running: Cell<bool>,
    gone: Cell<bool>,
    requests: RefCell<Vec<Request>>,
}

impl Manager for FakeManager {
    fn kind(&self) -> ManagerKind {
        ManagerKind::OpenRc
    }

    fn is_running_here(&self) -> bool {
        !self.gone.get()
    }

    fn render(&self, definition: &Definition) -> Result<Rendered, Error> {
        let mut steps = vec![Step::File {
            path: self.units.join(definition.name.as_str()),
            text: definition.description.clone().unwrap_or_default(),
            mode: 0o755,
        }];
        steps.extend(definition.state_dir.iter().map(|path| Step::Dir {
            path: path.clone(),
            access: Access {
                owner: None,
                mode: 0o700,
            },
        }));
        if definition.start == StartType::Auto {
            steps.push(Step::Call(Call::Tool {
                does: tool("add", &definition.name),
                undo: Some(tool("del", &definition.name)),
            }));
        }
        Ok(Rendered {
            steps,
            fidelity: Fidelity::default(),
        })
    }

    fn status(&self, name: &NativeName, _scope: Scope) -> Result<NativeStatus, Error> {
        if self.gone.get() {
            return Err(Error::NoManager);
        }
        let state = match () {
            () if self.running.get() => NativeState::Running,
            () if self.foreign.contains(&name.as_str()) => NativeState::Stopped,
            () => NativeState::Absent,
        };
        Ok(NativeStatus {
            state,
            pid: None,
            is_enabled: None,
            remark: None,
        })
    }

    fn properties(&self, _registration: &Registration) -> Result<Vec<Property>, Error> {
        Ok(Vec::new())
    }

    fn control(
        &self,
        _registration: &Registration,
        request: Request,
        _patience: Duration,
    ) -> Result<(), Error> {
        self.requests.borrow_mut().push(request);
        self.running.set(false);
        Ok(())
    }
}

fn tool(verb: &str, name: &NativeName) -> Tool {
    Tool {
        program: "rc-update".to_owned(),
        arguments: vec![verb.to_owned(), name.to_string()],
    }
}

/// The machine with a set of enabled services, until a step that fails.
struct FakeHost {
    machine: Machine,
    enabled: BTreeSet<String>,
    fails_at: Option<usize>,
}

impl Host for FakeHost {
    fn inverse(&self, step: &Step) -> Result<Vec<Step>, Error> {
        self.machine.inverse(step)
    }

    fn take(&mut self, step: &Step) -> Result<(), Error> {
        match self.fails_at {
            Some(0) => {
                self.fails_at = None;
                return Err(Error::System {
                    attempt: "take the step".to_owned(),
                    source: io::Error::other("it was to fail"),
                });
            }
            Some(left) => self.fails_at = Some(left - 1),
            None => {}
        }
        match step {
            Step::Call(Call::Tool { does, .. }) => {
                let name = does.arguments[1].clone();
                match does.arguments[0].as_str() {
                    "add" => drop(self.enabled.insert(name)),
                    _ => drop(self.enabled.remove(&name)),
                }
                Ok(())
            }
            other => self.machine.take(other),
        }
    }
}

struct World {
    root: TempDir,
    register: Register,
    manager: FakeManager,
    host: FakeHost,
}

impl World {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a folder");
        fs::create_dir(root.path().join("units")).expect("a folder");
        Self {
            register: Register::at(root.path().join(".native")),
            manager: FakeManager {
                units: root.path().join("units"),
                foreign: vec!["sshd"],
                running: Cell::new(false),
                gone: Cell::new(false),
                requests: RefCell::new(Vec::new()),
            },
            host: FakeHost {
                machine: Machine,
                enabled: BTreeSet::new(),
                fails_at: None,
            },
            root,
        }
    }

    fn installer(&mut self) -> Installer<'_> {
        Installer {
            register: &self.register,
            manager: &self.manager,
            host: &mut self.host,
        }
    }

    fn install(&mut self, definition: &Definition) -> Result<Change, Failure> {
        self.installer()
            .install(definition, Origin::Program)
            .map(|plan| plan.change)
    }

    fn uninstall(&mut self, purge: Purge) -> Result<(), Failure> {
        self.installer()
            .uninstall(&name("shop"), Scope::System, purge)
            .map(drop)
    }

    /// Every file and folder but the register's own, and who is enabled.
    fn picture(&self) -> (BTreeMap<PathBuf, String>, BTreeSet<String>) {
        let mut found = BTreeMap::new();
        for folder in ["", "units", "state"] {
            let Ok(entries) = fs::read_dir(self.root.path().join(folder)) else {
                continue;
            };
            for entry in entries {
                let path = entry.expect("an entry").path();
                let text = fs::read_to_string(&path).unwrap_or_default();
                found.insert(path, text);
            }
        }
        found.remove(&self.root.path().join(".native"));
        (found, self.host.enabled.clone())
    }
}

fn name(text: &str) -> NativeName {
    NativeName::new(text).expect("a name")
}

fn definition(root: &Path) -> Definition {
    Definition {
        name: name("shop"),
        scope: Scope::System,
        program: root.join("program"),
        arguments: Vec::new(),
        dir: root.to_owned(),
        environment: Vec::new(),
        display_name: None,
        description: Some("one".to_owned()),
        start: StartType::Auto,
        account: Account::System,
        groups: Vec::new(),
        capabilities: Vec::new(),
        sandbox: Sandbox::Off,
        depends_on: Vec::new(),
        network: Network::Unneeded,
        protocol: Protocol::Silent,
        restart_delay: Duration::from_secs(1),
        stop_timeout: Duration::from_secs(10),
        state_dir: Some(root.join("state")),
    }
}

#[test]
fn what_is_installed_is_on_record_and_again_is_the_same() {
    let mut world = World::new();
    let wanted = definition(world.root.path());
    assert_eq!(world.install(&wanted).expect("it works"), Change::New);
    let before = world.picture();
    assert_eq!(world.install(&wanted).expect("it works"), Change::Same);
    assert_eq!(world.picture(), before);
    let record = world.register.get(&name("shop")).expect("it can be read");
    assert_eq!(record.expect("it is there").definition, wanted);
}

#[test]
fn an_update_takes_back_what_the_new_installation_lacks() {
    let mut world = World::new();
    let mut wanted = definition(world.root.path());
    world.install(&wanted).expect("it works");
    assert!(world.host.enabled.contains("shop"));
    wanted.start = StartType::Manual;
    wanted.state_dir = None;
    assert_eq!(world.install(&wanted).expect("it works"), Change::Update);
    assert!(!world.host.enabled.contains("shop"));
    assert!(world.root.path().join("state").exists(), "data stays");
}

#[test]
fn an_update_that_fails_at_any_step_leaves_the_old_service_enabled() {
    for failing in 0..4 {
        let mut world = World::new();
        let mut wanted = definition(world.root.path());
        world.install(&wanted).expect("it works");
        let before = world.picture();
        wanted.description = Some("two".to_owned());
        world.host.fails_at = Some(failing);
        let failure = world.install(&wanted).expect_err("it fails");
        assert!(matches!(failure, Failure::TakenBack(_)), "{failure}");
        assert_eq!(world.picture(), before, "after step {failing} failed");
    }
}

#[test]
fn names_and_files_of_others_are_refused_and_left_alone() {
    let mut world = World::new();
    let mut wanted = definition(world.root.path());
    wanted.name = name("sshd");
    let refused = world.install(&wanted).expect_err("it is taken");
    assert!(refused.to_string().contains("sshd"), "{refused}");

    fs::write(world.root.path().join("units/shop"), "foreign").expect("a file");
    let before = world.picture();
    let refused = world.install(&definition(world.root.path()));
    let Err(Failure::TakenBack(Error::Taken { place, .. })) = refused else {
        panic!("{refused:?}");
    };
    assert!(place.contains("units"), "{place}");
    assert_eq!(world.picture(), before);
}

/// On Windows the manager's own module asks.
#[test]
fn accounts_and_groups_that_are_not_there_change_nothing() {
    let mut world = World::new();
    let before = world.picture();
    let mut unknown = definition(world.root.path());
    unknown.account = Account::User {
        name: "no-such-account-here".to_owned(),
        password: None,
    };
    let mut ungrouped = definition(world.root.path());
    ungrouped.groups = vec!["no-such-group-here".to_owned()];
    for wrong in [unknown, ungrouped] {
        match world.install(&wrong) {
            Err(Failure::TakenBack(Error::Account { .. })) => {}
            // Windows has no such groups.
            Ok(_) if outlast_os::account::is_group("any").is_err() => return,
            other => panic!("{other:?}"),
        }
        assert_eq!(world.picture(), before);
    }
}

#[test]
fn a_plan_changes_nothing_and_is_what_is_done() {
    let mut world = World::new();
    let wanted = definition(world.root.path());
    let planned = world
        .installer()
        .plan(&wanted, Origin::Program)
        .expect("it can be planned");
    assert!(!world.register.dir().exists());
    let done = world
        .installer()
        .install(&wanted, Origin::Program)
        .expect("it works");
    assert_eq!(planned, done);
}

#[test]
fn a_removal_stops_the_service_and_leaves_its_data_alone() {
    let mut world = World::new();
    let before = world.picture();
    world
        .install(&definition(world.root.path()))
        .expect("it works");
    let kept = world.root.path().join("state/journal");
    fs::write(&kept, "data").expect("a file");
    world.manager.running.set(true);
    world.uninstall(Purge::Keep).expect("it works");
    assert_eq!(*world.manager.requests.borrow(), [Request::Stop]);
    let after = world.picture();
    assert_eq!(after.1, before.1);
    let left: Vec<_> = after
        .0
        .keys()
        .filter(|p| !before.0.contains_key(*p))
        .collect();
    assert_eq!(left, [&world.root.path().join("state"), &kept]);
}

#[test]
fn what_a_manager_kept_that_is_gone_can_be_removed() {
    let mut world = World::new();
    world
        .install(&definition(world.root.path()))
        .expect("it is installed");
    world.manager.gone.set(true);
    world.uninstall(Purge::Keep).expect("it is removed");
    assert!(!world.root.path().join("units/shop").exists());
}

#[test]
fn a_purge_leaves_nothing() {
    let mut world = World::new();
    let before = world.picture();
    world
        .install(&definition(world.root.path()))
        .expect("it works");
    fs::write(world.root.path().join("state/journal"), "data").expect("a file");
    world.uninstall(Purge::Remove).expect("it works");
    assert_eq!(world.picture(), before);
    let again = world.uninstall(Purge::Remove).expect_err("it is gone");
    assert!(matches!(again, Failure::TakenBack(Error::NotInstalled(_))));
}

#[test]
fn a_removal_that_fails_at_any_step_leaves_the_service_installed() {
    for failing in 0..4 {
        let mut world = World::new();
        world
            .install(&definition(world.root.path()))
            .expect("it works");
        let before = world.picture();
        world.host.fails_at = Some(failing);
        world.uninstall(Purge::Keep).expect_err("it fails");
        assert_eq!(world.picture(), before, "after step {failing} failed");
        assert!(
            world
                .register
                .get(&name("shop"))
                .expect("readable")
                .is_some()
        );
    }
}
