//! Services of Debian's SysV init, in a root directory of their own.
#![cfg(target_os = "linux")]

mod for_real;

use std::fs;
use std::process::Command;

use for_real::{Scene, control, kill, running_pid, status, until};
use outlast_native::sysv::{Links, SysV};
use outlast_native::{Account, NativeName, NativeState, Request, StartType};

fn scene() -> (Scene, SysV) {
    for_real::assert_in_a_root_of_its_own();
    (Scene::new(), SysV::here())
}

#[test]
#[ignore = "needs a root with SysV init; `cargo xtask test --only unix-managers` makes it and runs this"]
fn a_service_lives_through_everything() {
    let (scene, sysv) = scene();
    for_real::lives_through_everything(&scene, &sysv, "shop-1");
    for_real::assert_nothing_below("/etc".as_ref(), "shop-1");
}

#[test]
#[ignore = "needs a root with SysV init; `cargo xtask test --only unix-managers` makes it and runs this"]
fn it_is_killed_when_it_does_not_end() {
    let (scene, sysv) = scene();
    for_real::is_killed_when_it_does_not_end(&scene, &sysv, "deaf");
}

#[test]
#[ignore = "needs a root with SysV init; `cargo xtask test --only unix-managers` makes it and runs this"]
fn it_starts_and_ends_with_the_runlevel() {
    let (scene, sysv) = scene();
    let definition = scene.definition("boots");
    scene.install(&sysv, &definition);
    change_runlevel("2", "N");
    running_pid(&sysv, &definition.name);
    assert_eq!(status(&sysv, &definition.name).is_enabled, Some(true));
    change_runlevel("1", "2");
    assert_eq!(status(&sysv, &definition.name).state, NativeState::Stopped);
    scene.uninstall(&sysv, &definition.name);
}

/// What init does by `/etc/inittab`.
fn change_runlevel(level: &str, previous: &str) {
    let changed = Command::new("/etc/init.d/rc")
        .arg(level)
        .env("RUNLEVEL", level)
        .env("PREVLEVEL", previous)
        .status();
    changed.expect("it is installed");
}

#[test]
#[ignore = "needs a root with SysV init; `cargo xtask test --only unix-managers` makes it and runs this"]
fn our_own_links_are_all_there_and_go_again() {
    let (scene, _) = scene();
    let sysv = SysV::with(Links::Ours);
    let definition = scene.definition("linked");
    scene.install(&sysv, &definition);
    for link in ["rc2.d/S99linked", "rc5.d/S99linked", "rc0.d/K01linked"] {
        let script = fs::canonicalize(format!("/etc/{link}")).expect("it leads somewhere");
        assert_eq!(script, std::path::Path::new("/etc/init.d/linked"));
    }
    assert_eq!(status(&sysv, &definition.name).is_enabled, Some(true));
    scene.uninstall(&sysv, &definition.name);
    assert!(fs::symlink_metadata("/etc/rc2.d/S99linked").is_err());
}

#[test]
#[ignore = "needs a root with SysV init; `cargo xtask test --only unix-managers` makes it and runs this"]
fn one_that_was_killed_is_seen_and_its_number_is_not_mistaken_for_another() {
    let (scene, sysv) = scene();
    let definition = scene.definition("killed");
    let installed = scene.install(&sysv, &definition);
    control(&sysv, &installed, Request::Start);
    scene.told();
    kill(running_pid(&sysv, &definition.name));
    until("it is seen", || {
        status(&sysv, &definition.name).state == NativeState::Failed
    });
    // Its number belongs to somebody else now.
    let mine = std::process::id().to_string();
    fs::write("/run/killed.pid", mine).expect("it is there");
    assert_eq!(status(&sysv, &definition.name).state, NativeState::Failed);
    control(&sysv, &installed, Request::Stop);
    control(&sysv, &installed, Request::Start);
    scene.told();
    scene.uninstall(&sysv, &definition.name);
}

#[test]
#[ignore = "needs a root with SysV init; `cargo xtask test --only unix-managers` makes it and runs this"]
fn it_runs_as_its_account_and_only_when_asked_for() {
    let (scene, sysv) = scene();
    let mut definition = scene.definition("nobodys");
    definition.start = StartType::Manual;
    definition.account = Account::User {
        name: "nobody".to_owned(),
        password: None,
    };
    let installed = scene.install(&sysv, &definition);
    assert_eq!(status(&sysv, &definition.name).is_enabled, Some(false));
    control(&sysv, &installed, Request::Start);
    assert_eq!(scene.told()[2], "65534");
    scene.uninstall(&sysv, &definition.name);
}

#[test]
#[ignore = "needs a root with SysV init; `cargo xtask test --only unix-managers` makes it and runs this"]
fn a_script_of_somebody_else_is_seen() {
    let (_scene, sysv) = scene();
    let theirs = NativeName::new("dbus").expect("a name");
    assert_ne!(status(&sysv, &theirs).state, NativeState::Absent);
}
