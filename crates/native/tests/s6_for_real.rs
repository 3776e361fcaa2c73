//! Services of a real s6, in a scan directory of their own.
#![cfg(target_os = "linux")]

mod for_real;

use std::fs;
use std::process::{Child, Command, Stdio};

use for_real::{Scene, control, everything_below, status, until};
use outlast_native::s6::S6;
use outlast_native::{Account, Manager as _, NativeState, Request, StartType};

/// An `s6-svscan` with its folders; ended with the test.
struct Running {
    scene: Scene,
    manager: S6,
    svscan: Child,
}

impl Running {
    fn new() -> Self {
        let scene = Scene::new();
        let [services, scan] = ["sv", "service"].map(|dir| scene.root.path().join(dir));
        fs::create_dir(&scan).expect("a folder");
        let svscan = Command::new("s6-svscan")
            .arg(&scan)
            .stderr(Stdio::null())
            .spawn()
            .expect("s6 is installed");
        Self {
            scene,
            manager: S6::at(services, scan, None),
            svscan,
        }
    }
}

impl Drop for Running {
    /// TERM has it end every `s6-supervise` first, which ends its service.
    fn drop(&mut self) {
        let _ = Command::new("/bin/sh")
            .args(["-c", &format!("kill -TERM {}", self.svscan.id())])
            .status();
        let _ = self.svscan.wait();
    }
}

#[test]
#[ignore = "needs s6; `cargo xtask test --only unix-managers` brings it and runs this"]
fn a_service_lives_through_everything() {
    let here = Running::new();
    for_real::lives_through_everything(&here.scene, &here.manager, "Grüße an $USER's");
}

#[test]
#[ignore = "needs s6; `cargo xtask test --only unix-managers` brings it and runs this"]
fn it_comes_back_after_a_kill() {
    let here = Running::new();
    for_real::comes_back_after_a_kill(&here.scene, &here.manager, "shop");
}

#[test]
#[ignore = "needs s6; `cargo xtask test --only unix-managers` brings it and runs this"]
fn it_is_killed_when_it_does_not_end() {
    let here = Running::new();
    for_real::is_killed_when_it_does_not_end(&here.scene, &here.manager, "deaf");
}

#[test]
#[ignore = "needs s6; `cargo xtask test --only unix-managers` brings it and runs this"]
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
#[ignore = "needs s6; `cargo xtask test --only unix-managers` brings it and runs this"]
fn start_types_are_kept_apart() {
    let here = Running::new();
    let mut definition = here.scene.definition("shop");
    definition.start = StartType::Manual;
    let installed = here.scene.install(&here.manager, &definition);
    assert_eq!(
        status(&here.manager, &definition.name).is_enabled,
        Some(false)
    );
    control(&here.manager, &installed, Request::Start);
    here.scene.told();

    definition.start = StartType::Disabled;
    let installed = here.scene.install(&here.manager, &definition);
    until("its s6-supervise has ended", || {
        status(&here.manager, &definition.name).state == NativeState::Stopped
    });
    here.manager
        .control(&installed, Request::Start, for_real::PATIENCE)
        .expect_err("a disabled service does not start");
}

#[test]
#[ignore = "needs s6 and root; `cargo xtask test --only unix-managers` brings it and runs this"]
fn it_runs_as_its_account() {
    let here = Running::new();
    let mut definition = here.scene.definition("shop");
    definition.account = Account::User {
        name: "nobody".to_owned(),
        password: None,
    };
    let installed = here.scene.install(&here.manager, &definition);
    control(&here.manager, &installed, Request::Start);
    assert_eq!(here.scene.told()[2], "65534");
}

#[test]
#[ignore = "needs s6; `cargo xtask test --only unix-managers` brings it and runs this"]
fn a_folder_of_somebody_else_is_seen() {
    let here = Running::new();
    let definition = here.scene.definition("theirs");
    fs::create_dir_all(here.scene.root.path().join("sv/theirs")).expect("a folder");
    assert_eq!(
        status(&here.manager, &definition.name).state,
        NativeState::Stopped
    );
}
