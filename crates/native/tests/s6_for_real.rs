//! Services of a real s6, in a scan directory of their own.
#![cfg(target_os = "linux")]

mod for_real;

use std::process::Command;

use for_real::scanned::{self, Scanned};
use outlast_native::s6::S6;

/// TERM has `s6-svscan` end every `s6-supervise` first, which ends its service.
fn begin() -> Scanned<S6> {
    Scanned::begin(&mut Command::new("s6-svscan"), "TERM", |root| {
        let [services, scan] = ["sv", "service"].map(|dir| root.join(dir));
        S6::at(services, scan, None)
    })
}

#[test]
#[ignore = "needs s6; `cargo xtask test --only unix-managers` brings it and runs this"]
fn a_service_lives_through_everything() {
    let here = begin();
    for_real::lives_through_everything(&here.scene, &here.manager, "Grüße an $USER's");
}

#[test]
#[ignore = "needs s6; `cargo xtask test --only unix-managers` brings it and runs this"]
fn it_comes_back_after_a_kill() {
    let here = begin();
    for_real::comes_back_after_a_kill(&here.scene, &here.manager, "shop");
}

#[test]
#[ignore = "needs s6; `cargo xtask test --only unix-managers` brings it and runs this"]
fn it_is_killed_when_it_does_not_end() {
    let here = begin();
    for_real::is_killed_when_it_does_not_end(&here.scene, &here.manager, "deaf");
}

#[test]
#[ignore = "needs s6; `cargo xtask test --only unix-managers` brings it and runs this"]
fn a_removal_leaves_nothing() {
    scanned::leaves_nothing(&begin());
}

#[test]
#[ignore = "needs s6; `cargo xtask test --only unix-managers` brings it and runs this"]
fn start_types_are_kept_apart() {
    scanned::keeps_start_types_apart(&begin());
}

#[test]
#[ignore = "needs s6 and root; `cargo xtask test --only unix-managers` brings it and runs this"]
fn it_runs_as_its_account() {
    scanned::runs_as_its_account(&begin(), &[]);
}

#[test]
#[ignore = "needs s6; `cargo xtask test --only unix-managers` brings it and runs this"]
fn a_folder_of_somebody_else_is_seen() {
    scanned::sees_the_folder_of_somebody_else(&begin());
}
