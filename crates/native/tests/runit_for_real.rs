//! Services of a real runit, in a scan directory of their own.
#![cfg(target_os = "linux")]

mod for_real;

use std::fs;
use std::process::{Child, Command, Stdio};

use for_real::{Scene, control, everything_below, running_pid, status, until};
use outlast_native::runit::Runit;
use outlast_native::{Account, Manager as _, NativeState, Request, StartType};

/// A `runsvdir` with its folders; ended with the test.
struct Running {
    scene: Scene,
    manager: Runit,
    runsvdir: Child,
}

impl Running {
    fn new() -> Self {
        let scene = Scene::new();
        let [services, scan, run] = ["sv", "service", "run"].map(|dir| scene.root.path().join(dir));
        fs::create_dir(&scan).expect("a folder");
        let runsvdir = Command::new("runsvdir")
            .args(["-P".as_ref(), scan.as_os_str()])
            .stderr(Stdio::null())
            .spawn()
            .expect("runit is installed");
        Self {
            scene,
            manager: Runit::at(services, scan, run),
            runsvdir,
        }
    }
}

impl Drop for Running {
    /// HUP has it end every `runsv` first, which ends its service.
    fn drop(&mut self) {
        let _ = Command::new("/bin/sh")
            .args(["-c", &format!("kill -HUP {}", self.runsvdir.id())])
            .status();
        let _ = self.runsvdir.wait();
    }
}

#[test]
#[ignore = "needs runit; `cargo xtask test --only unix-managers` brings it and runs this"]
fn a_service_lives_through_everything() {
    let here = Running::new();
    for_real::lives_through_everything(&here.scene, &here.manager, "Grüße an $USER's");
}

#[test]
#[ignore = "needs runit; `cargo xtask test --only unix-managers` brings it and runs this"]
fn it_comes_back_after_a_kill() {
    let here = Running::new();
    for_real::comes_back_after_a_kill(&here.scene, &here.manager, "shop");
}

#[test]
#[ignore = "needs runit; `cargo xtask test --only unix-managers` brings it and runs this"]
fn it_is_killed_when_it_does_not_end() {
    let here = Running::new();
    for_real::is_killed_when_it_does_not_end(&here.scene, &here.manager, "deaf");
}

#[test]
#[ignore = "needs runit; `cargo xtask test --only unix-managers` brings it and runs this"]
fn a_removal_leaves_nothing() {
    let here = Running::new();
    let definition = here.scene.definition("shop");
    here.scene.install(&here.manager, &definition);
    here.scene.uninstall(&here.manager, &definition.name);
    let left = everything_below(here.scene.root.path());
    let left: Vec<_> = left
        .iter()
        .filter(|path| path.to_string_lossy().contains("shop"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
#[ignore = "needs runit; `cargo xtask test --only unix-managers` brings it and runs this"]
fn start_types_are_kept_apart() {
    let here = Running::new();
    let mut definition = here.scene.definition("shop");
    definition.start = StartType::Manual;
    let installed = here.scene.install(&here.manager, &definition);
    assert_eq!(
        status(&here.manager, &definition.name).is_enabled,
        Some(false)
    );
    until("runsv has taken it up", || {
        let told = status(&here.manager, &definition.name);
        told.remark.is_none() && told.state == NativeState::Stopped
    });
    control(&here.manager, &installed, Request::Start);
    here.scene.told();

    definition.start = StartType::Disabled;
    let installed = here.scene.install(&here.manager, &definition);
    until("runsvdir has ended its runsv", || {
        status(&here.manager, &definition.name).state == NativeState::Stopped
    });
    here.manager
        .control(&installed, Request::Start, for_real::PATIENCE)
        .expect_err("a disabled service does not start");
}

#[test]
#[ignore = "needs runit and root; `cargo xtask test --only unix-managers` brings it and runs this"]
fn it_runs_as_its_account_with_its_groups() {
    let here = Running::new();
    let mut definition = here.scene.definition("shop");
    definition.account = Account::User {
        name: "nobody".to_owned(),
        password: None,
    };
    definition.groups = vec!["games".to_owned()];
    let installed = here.scene.install(&here.manager, &definition);
    control(&here.manager, &installed, Request::Start);
    assert_eq!(here.scene.told()[2], "65534");
    let pid = running_pid(&here.manager, &definition.name);
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let groups = status.lines().find_map(|line| line.strip_prefix("Groups:"));
    let groups: Vec<&str> = groups.expect("Linux tells").split_whitespace().collect();
    assert!(groups.contains(&"60"), "{groups:?}");
}

#[test]
#[ignore = "needs runit; `cargo xtask test --only unix-managers` brings it and runs this"]
fn a_folder_of_somebody_else_is_seen() {
    let here = Running::new();
    let definition = here.scene.definition("theirs");
    fs::create_dir_all(here.scene.root.path().join("sv/theirs")).expect("a folder");
    assert_eq!(
        status(&here.manager, &definition.name).state,
        NativeState::Stopped
    );
}
