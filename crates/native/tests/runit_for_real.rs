//! Services of a real runit, in a scan directory of their own.
#![cfg(target_os = "linux")]

mod for_real;

use std::process::Command;

use for_real::scanned::{self, Scanned};
use for_real::{PATIENCE, in_status, running_pid};
use outlast_native::runit::Runit;
use outlast_native::{Manager, Request};

/// HUP has `runsvdir` end every `runsv` first, which ends its service.
fn begin() -> Scanned<Runit> {
    Scanned::begin(Command::new("runsvdir").arg("-P"), "HUP", |root| {
        let [services, scan, run] = ["sv", "service", "run"].map(|dir| root.join(dir));
        Runit::at(services, scan, run)
    })
}

#[test]
#[ignore = "needs runit; `cargo xtask test --only unix-managers` brings it and runs this"]
fn a_service_lives_through_everything() {
    let here = begin();
    for_real::lives_through_everything(&here.scene, &here.manager, "Grüße an $USER's");
}

#[test]
#[ignore = "needs runit; `cargo xtask test --only unix-managers` brings it and runs this"]
fn it_comes_back_after_a_kill() {
    let here = begin();
    for_real::comes_back_after_a_kill(&here.scene, &here.manager, "shop");
}

#[test]
#[ignore = "needs runit; `cargo xtask test --only unix-managers` brings it and runs this"]
fn it_is_killed_when_it_does_not_end() {
    let here = begin();
    for_real::is_killed_when_it_does_not_end(&here.scene, &here.manager, "deaf");
}

#[test]
#[ignore = "needs runit; `cargo xtask test --only unix-managers` brings it and runs this"]
fn a_removal_leaves_nothing() {
    scanned::leaves_nothing(&begin());
}

#[test]
#[ignore = "needs runit; `cargo xtask test --only unix-managers` brings it and runs this"]
fn start_types_are_kept_apart() {
    scanned::keeps_start_types_apart(&begin());
}

/// Its `runsv` stays until `runsvdir` looks, which takes seconds.
#[test]
#[ignore = "needs runit; `cargo xtask test --only unix-managers` brings it and runs this"]
fn what_has_lost_its_link_is_not_started() {
    let here = begin();
    let definition = here.scene.definition("shop");
    let installed = here.scene.install(&here.manager, &definition);
    let link = here
        .scene
        .root
        .path()
        .join("service")
        .join(definition.name.as_str());
    std::fs::remove_file(link).expect("it was installed");
    here.manager
        .control(&installed, Request::Start, PATIENCE)
        .expect_err("it is disabled");
}

#[test]
#[ignore = "needs runit and root; `cargo xtask test --only unix-managers` brings it and runs this"]
fn it_runs_as_its_account_with_its_groups() {
    let here = begin();
    let name = scanned::runs_as_its_account(&here, &["games"]);
    let groups = in_status(running_pid(&here.manager, &name), "Groups:");
    assert!(
        groups.split_whitespace().any(|group| group == "60"),
        "{groups}"
    );
}

#[test]
#[ignore = "needs runit; `cargo xtask test --only unix-managers` brings it and runs this"]
fn a_folder_of_somebody_else_is_seen() {
    scanned::sees_the_folder_of_somebody_else(&begin());
}
