//! What the tests with real managers share: a program that tells what it was
//! given, its definition, and the way through an installed service's life.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::allow_attributes,
    reason = "each test file is a crate and uses a part of this one"
)]

pub mod scanned;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use outlast_native::register::{Origin, Register, Registration};
use outlast_native::{
    Account, Definition, Installer, Machine, Manager, NativeName, NativeState, NativeStatus,
    Network, Property, Protocol, Purge, Request, Sandbox, Scope, StartType,
};
use tempfile::TempDir;

/// Long enough for a slow machine; only a test that fails waits for it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Arguments that a shell, a unit file or a careless script would spoil.
pub const ARGUMENTS: [&str; 11] = [
    "plain",
    "",
    "two words",
    "it's",
    "a \"quoted\" word",
    "$HOME ${PATH} $(id) `id`",
    "back\\slash\\",
    "*?[a]{b,c}~ /e* two  blanks ",
    "Grüße, 日本 🦀",
    "line\nfeed\ttab",
    "--flag=; & | > < # %n %%",
];

/// Tells its folder, a variable and its arguments, and runs until it is told to
/// end.
const PROGRAM: &str = r#"#!/bin/sh
trap 'exit 0' TERM
printf '%s\0' "$PWD" "$GREETING" "$(id -u)" "$@" >"$TOLD.new" && mv "$TOLD.new" "$TOLD"
while :; do sleep 0.05; done
"#;

/// A program in a folder of its own and the register for it.
pub struct Scene {
    pub root: TempDir,
    pub register: Register,
}

impl Scene {
    pub fn new() -> Self {
        let root = tempfile::Builder::new()
            .prefix("out last's")
            .tempdir()
            .expect("a folder");
        // Another account has to reach the program and to leave its answer.
        open_to_all(root.path());
        let dir = root.path().join("wörk dir $x");
        fs::create_dir(&dir).expect("a folder");
        let program = root.path().join("the prog'ram");
        fs::write(&program, PROGRAM).expect("a file");
        open_to_all(&dir);
        open_to_all(&program);
        let register = Register::at(root.path().join("register"));
        Self { root, register }
    }

    pub fn definition(&self, name: &str) -> Definition {
        let told = self.told_path().to_str().expect("UTF-8").to_owned();
        Definition {
            name: NativeName::new(name).expect("a name"),
            scope: Scope::System,
            program: self.root.path().join("the prog'ram"),
            arguments: ARGUMENTS.map(str::to_owned).to_vec(),
            dir: self.root.path().join("wörk dir $x"),
            environment: vec![
                ("GREETING".to_owned(), "it's \"$HOME\" \\".to_owned()),
                ("TOLD".to_owned(), told),
            ],
            display_name: None,
            description: Some("Says what it was given; it's a \"test\"".to_owned()),
            start: StartType::Auto,
            account: Account::System,
            groups: Vec::new(),
            capabilities: Vec::new(),
            sandbox: Sandbox::Off,
            depends_on: Vec::new(),
            network: Network::Unneeded,
            protocol: Protocol::Silent,
            restart_delay: Duration::from_secs(1),
            stop_timeout: Duration::from_secs(5),
            state_dir: None,
        }
    }

    fn told_path(&self) -> PathBuf {
        self.root.path().join("wörk dir $x/told")
    }

    /// What the program said that it was given, once it has.
    pub fn told(&self) -> Vec<String> {
        let path = self.told_path();
        until("the program tells what it was given", || path.exists());
        let text = fs::read_to_string(&path).expect("UTF-8");
        fs::remove_file(&path).expect("it is there");
        text.split_terminator('\0').map(str::to_owned).collect()
    }

    /// Installs it and gives what is on record then.
    pub fn install(&self, manager: &dyn Manager, definition: &Definition) -> Registration {
        self.installer(manager, &mut Machine)
            .install(definition, Origin::Program)
            .expect("it is installed");
        let record = self.register.get(&definition.name).expect("a record");
        record.expect("it was installed")
    }

    pub fn installer<'a>(
        &'a self,
        manager: &'a dyn Manager,
        host: &'a mut Machine,
    ) -> Installer<'a> {
        Installer {
            register: &self.register,
            manager,
            host,
        }
    }

    pub fn uninstall(&self, manager: &dyn Manager, name: &NativeName) {
        self.installer(manager, &mut Machine)
            .uninstall(name, Scope::System, Purge::Keep)
            .expect("it is removed");
    }
}

fn open_to_all(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o777)).expect("it is ours");
}

/// Waits for `condition`, which nothing tells of.
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "waited for: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub fn status(manager: &dyn Manager, name: &NativeName) -> NativeStatus {
    manager
        .status(name, Scope::System)
        .expect("the manager answers")
}

pub fn value<'a>(properties: &'a [Property], name: &str) -> &'a str {
    let found = properties.iter().find(|property| property.name == name);
    found.map_or("", |property| &property.value)
}

/// From installing to removing, as every manager has it.
pub fn lives_through_everything(scene: &Scene, manager: &dyn Manager, name: &str) {
    let definition = scene.definition(name);
    let name = &definition.name;
    assert_eq!(status(manager, name).state, NativeState::Absent);

    let installed = scene.install(manager, &definition);
    let registered = status(manager, name);
    assert_eq!(registered.state, NativeState::Stopped, "{registered:?}");
    assert_eq!(registered.is_enabled, Some(true));

    control(manager, &installed, Request::Start);
    let told = scene.told();
    assert_eq!(told[0], definition.dir.to_str().expect("UTF-8"));
    assert_eq!(told[1], definition.environment[0].1);
    assert_eq!(told[3..], definition.arguments);
    let first = running_pid(manager, name);
    assert!(Path::new(&format!("/proc/{first}")).exists());

    control(manager, &installed, Request::Start);
    assert_eq!(
        running_pid(manager, name),
        first,
        "one that runs is left alone"
    );

    control(manager, &installed, Request::Restart);
    scene.told();
    assert_ne!(running_pid(manager, name), first);

    control(manager, &installed, Request::Stop);
    assert_eq!(status(manager, name).state, NativeState::Stopped);
    control(manager, &installed, Request::Stop);

    let properties = manager.properties(&installed).expect("they are told");
    assert_eq!(value(&properties, "start"), "auto");
    assert_eq!(value(&properties, "account"), "system");
    assert_eq!(value(&properties, "stop_timeout"), "5s");
    assert_eq!(
        value(&properties, "description"),
        definition.description.as_deref().unwrap_or_default()
    );

    scene.uninstall(manager, name);
    assert_eq!(status(manager, name).state, NativeState::Absent);
}

pub fn control(manager: &dyn Manager, installed: &Registration, request: Request) {
    manager
        .control(installed, request, PATIENCE)
        .unwrap_or_else(|error| panic!("{request:?}: {error}"));
}

pub fn running_pid(manager: &dyn Manager, name: &NativeName) -> u32 {
    until("it runs", || {
        status(manager, name).state == NativeState::Running
    });
    status(manager, name).pid.expect("its process is known")
}

/// Kills the program as nobody should, and waits for the next.
pub fn comes_back_after_a_kill(scene: &Scene, manager: &dyn Manager, name: &str) {
    let definition = scene.definition(name);
    let installed = scene.install(manager, &definition);
    control(manager, &installed, Request::Start);
    scene.told();
    let first = running_pid(manager, &definition.name);
    kill(first);
    scene.told();
    assert_ne!(running_pid(manager, &definition.name), first);
    scene.uninstall(manager, &definition.name);
}

pub fn kill(pid: u32) {
    let killed = std::process::Command::new("/bin/sh")
        .args(["-c", &format!("kill -KILL {pid}")])
        .status()
        .expect("a shell");
    assert!(killed.success());
}

/// Makes the program deaf to every request to end.
pub fn make_deaf(scene: &Scene) {
    let deaf = PROGRAM.replace("trap 'exit 0' TERM", "trap '' TERM");
    fs::write(scene.root.path().join("the prog'ram"), deaf).expect("it is ours");
}

/// A program that does not end when it is asked to is killed after its stop
/// time-out.
pub fn is_killed_when_it_does_not_end(scene: &Scene, manager: &dyn Manager, name: &str) {
    make_deaf(scene);
    let mut definition = scene.definition(name);
    definition.stop_timeout = Duration::from_secs(1);
    let installed = scene.install(manager, &definition);
    control(manager, &installed, Request::Start);
    scene.told();
    let pid = running_pid(manager, &definition.name);
    control(manager, &installed, Request::Stop);
    until("it is gone", || {
        !Path::new(&format!("/proc/{pid}")).exists()
    });
    scene.uninstall(manager, &definition.name);
}

/// Names of everything below `dir`, for a comparison of before and after.
pub fn everything_below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).expect("a folder").flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                open.push(entry.path());
            }
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

/// Nothing below `dir` has `name` in its path.
pub fn assert_nothing_below(dir: &Path, name: &str) {
    let mut left = everything_below(dir);
    left.retain(|path| path.to_string_lossy().contains(name));
    assert!(left.is_empty(), "{left:?}");
}

/// What these tests do to `/etc` would be felt.
pub fn assert_in_a_root_of_its_own() {
    let is_own = std::env::var_os("OUTLAST_TEST_ROOT").is_some();
    assert!(
        is_own,
        "this test writes to /etc and runs in a root directory of its own"
    );
}

/// The parent of a process.
pub fn parent(pid: u32) -> u32 {
    in_status(pid, "PPid:").parse().expect("a number")
}

/// What Linux tells of a process, as in `PPid:`.
pub fn in_status(pid: u32, key: &str) -> String {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let value = status.lines().find_map(|line| line.strip_prefix(key));
    value.expect("Linux tells").trim().to_owned()
}
