//! What a program takes in with this library.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::env;
use std::process::Command;

/// A hello-world service adds fewer crates than this to its program's build.
const LIMIT: usize = 40;

/// The crates of a build for `target`, this one included.
fn crates(target: &str) -> BTreeSet<String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let listed = Command::new(cargo)
        .args(["tree", "--locked", "--package", "outlast"])
        .args(["--edges", "normal", "--prefix", "none"])
        .args(["--target", target, "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo can be run");
    let told = String::from_utf8_lossy(&listed.stderr);
    assert!(listed.status.success(), "{told}");
    String::from_utf8_lossy(&listed.stdout)
        .lines()
        .map(|line| line.trim_end_matches(" (*)").to_owned())
        .collect()
}

#[test]
fn a_service_takes_in_fewer_than_forty_crates() {
    for target in [
        "x86_64-unknown-linux-gnu",
        "x86_64-pc-windows-gnu",
        "aarch64-apple-darwin",
    ] {
        let crates = crates(target);
        assert!(crates.len() > 3, "{target}: {crates:#?}");
        assert!(crates.len() < LIMIT, "{target}: {crates:#?}");
    }
}
