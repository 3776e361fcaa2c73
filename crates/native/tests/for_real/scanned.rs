//! What runit and s6 share: a scan directory, a process that looks after it, and
//! what is promised of services in it.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use outlast_native::{Account, Manager, NativeName, NativeState, Request, StartType};

use super::{PATIENCE, Scene, assert_nothing_below, control, status, until};

/// A manager with folders and a process of its own; ended with the test.
pub struct Scanned<M> {
    /// First, so that it has ended when the scene's folder is removed.
    scanner: Scanner,
    pub manager: M,
    pub scene: Scene,
}

/// What looks after a scan directory.
struct Scanner {
    process: Child,
    /// The signal that has it end every service first.
    end: &'static str,
}

impl<M: Manager> Scanned<M> {
    /// Starts `scanner` on the folder `service` of a new scene; `end` is the
    /// signal that has it end every service. `manager` makes one with its folders
    /// below the scene's root.
    pub fn begin(
        scanner: &mut Command,
        end: &'static str,
        manager: impl FnOnce(&Path) -> M,
    ) -> Self {
        let scene = Scene::new();
        let scan = scene.root.path().join("service");
        fs::create_dir(&scan).expect("a folder");
        let process = scanner
            .arg(&scan)
            .stderr(Stdio::null())
            .spawn()
            .expect("it is installed");
        Self {
            scanner: Scanner { process, end },
            manager: manager(scene.root.path()),
            scene,
        }
    }

    fn state(&self, name: &NativeName) -> NativeState {
        status(&self.manager, name).state
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        let _ = Command::new("/bin/sh")
            .args(["-c", &format!("kill -{} {}", self.end, self.process.id())])
            .status();
        let _ = self.process.wait();
    }
}

/// A removal leaves nothing.
pub fn leaves_nothing(here: &Scanned<impl Manager>) {
    let definition = here.scene.definition("shop");
    here.scene.install(&here.manager, &definition);
    here.scene.uninstall(&here.manager, &definition.name);
    assert_nothing_below(here.scene.root.path(), "shop");
}

/// One that is started by hand is not started, and one that is disabled cannot
/// be.
pub fn keeps_start_types_apart(here: &Scanned<impl Manager>) {
    let mut definition = here.scene.definition("shop");
    definition.start = StartType::Manual;
    let installed = here.scene.install(&here.manager, &definition);
    let name = &definition.name;
    assert_eq!(status(&here.manager, name).is_enabled, Some(false));
    until("it is looked after", || {
        let told = status(&here.manager, name);
        told.remark.is_none() && told.state == NativeState::Stopped
    });
    control(&here.manager, &installed, Request::Start);
    here.scene.told();

    definition.start = StartType::Disabled;
    let installed = here.scene.install(&here.manager, &definition);
    until("nobody looks after it", || {
        here.state(&definition.name) == NativeState::Stopped
    });
    here.manager
        .control(&installed, Request::Start, PATIENCE)
        .expect_err("a disabled service does not start");
}

/// It runs as `nobody`, with these further groups.
pub fn runs_as_its_account(here: &Scanned<impl Manager>, groups: &[&str]) -> NativeName {
    let mut definition = here.scene.definition("shop");
    definition.account = Account::User {
        name: "nobody".to_owned(),
        password: None,
    };
    definition.groups = groups.iter().map(|&group| group.to_owned()).collect();
    let installed = here.scene.install(&here.manager, &definition);
    control(&here.manager, &installed, Request::Start);
    assert_eq!(here.scene.told()[2], "65534");
    definition.name
}

/// A folder of somebody else is seen.
pub fn sees_the_folder_of_somebody_else(here: &Scanned<impl Manager>) {
    let definition = here.scene.definition("theirs");
    fs::create_dir_all(here.scene.root.path().join("sv/theirs")).expect("a folder");
    assert_eq!(here.state(&definition.name), NativeState::Stopped);
}
