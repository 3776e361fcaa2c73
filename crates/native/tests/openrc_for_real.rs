//! Services of a real OpenRC. They run in a root directory of their own, in
//! which OpenRC believes that it has brought the machine up.
#![cfg(target_os = "linux")]

mod for_real;

use std::fs;
use std::path::Path;
use std::process::Command;

use for_real::{PATIENCE, Scene, control, kill, running_pid, status, until, value};
use outlast_native::openrc::OpenRc;
use outlast_native::{
    Account, Error, Manager as _, NativeState, Network, Request, Scope, StartType,
};

fn scene() -> Scene {
    for_real::assert_in_a_root_of_its_own();
    if !OpenRc.is_running_here() {
        bring_up("sysinit");
        bring_up("default");
    }
    assert!(OpenRc.is_running_here());
    Scene::new()
}

fn bring_up(runlevel: &str) {
    let up = Command::new("openrc").arg(runlevel).status();
    assert!(up.expect("OpenRC is there").success());
}

#[test]
#[ignore = "needs a root with OpenRC; `cargo xtask test --only unix-managers` makes it and runs this"]
fn a_service_lives_through_everything() {
    for_real::lives_through_everything(&scene(), &OpenRc, "shop-1");
}

#[test]
#[ignore = "needs a root with OpenRC; `cargo xtask test --only unix-managers` makes it and runs this"]
fn it_comes_back_after_a_kill() {
    for_real::comes_back_after_a_kill(&scene(), &OpenRc, "killed");
}

#[test]
#[ignore = "needs a root with OpenRC; `cargo xtask test --only unix-managers` makes it and runs this"]
fn it_is_killed_when_it_does_not_end() {
    for_real::is_killed_when_it_does_not_end(&scene(), &OpenRc, "deaf");
}

#[test]
#[ignore = "needs a root with OpenRC; `cargo xtask test --only unix-managers` makes it and runs this"]
fn it_starts_with_the_runlevel_after_what_it_depends_on() {
    let scene = scene();
    let mut definition = scene.definition("boots");
    definition.depends_on = vec!["dbus".to_owned()];
    definition.network = Network::Online;
    scene.install(&OpenRc, &definition);
    // At a boot OpenRC reads all scripts; later only those that are newer, by
    // the second, than what it remembers.
    let read = Command::new("rc-update").arg("--update").status();
    assert!(read.expect("OpenRC is there").success());
    bring_up("default");
    running_pid(&OpenRc, &definition.name);
    let dbus = outlast_native::NativeName::new("dbus").expect("a name");
    assert_eq!(status(&OpenRc, &dbus).state, NativeState::Running);
    scene.uninstall(&OpenRc, &definition.name);
}

#[test]
#[ignore = "needs a root with OpenRC; `cargo xtask test --only unix-managers` makes it and runs this"]
fn one_whose_supervisor_was_killed_is_seen_and_can_be_started_again() {
    let scene = scene();
    let definition = scene.definition("orphaned");
    let installed = scene.install(&OpenRc, &definition);
    control(&OpenRc, &installed, Request::Start);
    scene.told();
    let pid = running_pid(&OpenRc, &definition.name);
    kill(for_real::parent(pid));
    until("OpenRC sees it", || {
        let told = status(&OpenRc, &definition.name);
        told.state == NativeState::Failed || told.remark.is_some()
    });
    control(&OpenRc, &installed, Request::Start);
    let told = status(&OpenRc, &definition.name);
    assert_eq!(told.state, NativeState::Running, "{told:?}");
    assert_eq!(told.remark, None, "{told:?}");
    until("the one without a supervisor is gone", || {
        !Path::new(&format!("/proc/{pid}")).exists()
    });
    scene.uninstall(&OpenRc, &definition.name);
}

#[test]
#[ignore = "needs a root with OpenRC; `cargo xtask test --only unix-managers` makes it and runs this"]
fn it_runs_as_its_account_and_tells_its_properties() {
    let scene = scene();
    let mut definition = scene.definition("nobodys");
    definition.display_name = Some("The \"Shop\" of $USER's".to_owned());
    definition.start = StartType::Manual;
    definition.account = Account::User {
        name: "nobody".to_owned(),
        password: None,
    };
    let installed = scene.install(&OpenRc, &definition);
    assert_eq!(status(&OpenRc, &definition.name).is_enabled, Some(false));
    control(&OpenRc, &installed, Request::Start);
    assert_eq!(scene.told()[2], "65534");
    let properties = OpenRc.properties(&installed).expect("they are told");
    assert_eq!(value(&properties, "account"), "nobody");
    assert_eq!(value(&properties, "start"), "manual");
    assert_eq!(
        value(&properties, "display_name"),
        "The \"Shop\" of $USER's"
    );
    assert_eq!(
        value(&properties, "dir"),
        definition.dir.to_str().expect("UTF-8")
    );
    scene.uninstall(&OpenRc, &definition.name);
}

#[test]
#[ignore = "needs a root with OpenRC; `cargo xtask test --only unix-managers` makes it and runs this"]
fn a_script_of_somebody_else_is_left_alone() {
    let scene = scene();
    let before = fs::read("/etc/init.d/dbus").expect("it is installed");
    let refused = scene
        .installer(&OpenRc, &mut outlast_native::Machine)
        .plan(
            &scene.definition("dbus"),
            outlast_native::register::Origin::Program,
        )
        .expect_err("the name is taken");
    assert!(matches!(refused, Error::Taken { .. }), "{refused:?}");
    assert_eq!(fs::read("/etc/init.d/dbus").expect("still"), before);
}

#[test]
#[ignore = "needs a root with OpenRC; `cargo xtask test --only unix-managers` makes it and runs this"]
fn a_service_that_cannot_start_is_told_as_it_is() {
    let scene = scene();
    let mut definition = scene.definition("nowhere");
    definition.program = "/no/such/program".into();
    let installed = scene.install(&OpenRc, &definition);
    let answer = OpenRc.control(&installed, Request::Start, PATIENCE);
    let told = OpenRc
        .status(&definition.name, Scope::System)
        .expect("it answers");
    assert_ne!(
        answer.is_ok(),
        told.state == NativeState::Stopped,
        "{answer:?} {told:?}"
    );
    scene.uninstall(&OpenRc, &definition.name);
}
