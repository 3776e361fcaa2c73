//! What is wrong with a new program is seen before anything is stopped for it.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use outlast_os::process::{Fitness, FitnessCheck};
use outlast_testkit::victim_path;
use tempfile::TempDir;

/// A program that works, under a name of its own.
fn program() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("server.exe");
    fs::copy(victim_path(), &path).expect("copied");
    (dir, path)
}

/// Where the system does not tell who writes, two looks have to agree.
fn look_twice(path: &Path) -> Fitness {
    let mut check = FitnessCheck::default();
    check.look(path);
    check.look(path)
}

fn is_unfit(path: &Path) -> bool {
    matches!(look_twice(path), Fitness::Unfit(_))
}

#[test]
fn a_whole_program_is_fit() {
    let (_dir, path) = program();
    // On Unix its name does not matter, but this one promises the other system's code.
    let own = path.with_extension(std::env::consts::EXE_EXTENSION);
    fs::rename(&path, &own).expect("renamed");
    assert_eq!(look_twice(&own), Fitness::Fit);
}

#[test]
fn a_cut_an_empty_and_a_missing_one_are_not() {
    let (_dir, path) = program();
    let own = path.with_extension(std::env::consts::EXE_EXTENSION);
    fs::rename(&path, &own).expect("renamed");
    let length = fs::metadata(&own).expect("it is there").len();
    let file = OpenOptions::new().write(true).open(&own).expect("opened");
    file.set_len(length / 2).expect("cut");
    drop(file);
    assert!(is_unfit(&own), "{:?}", look_twice(&own));
    File::create(&own).expect("emptied");
    assert!(is_unfit(&own), "{:?}", look_twice(&own));
    fs::remove_file(&own).expect("removed");
    assert!(is_unfit(&own), "{:?}", look_twice(&own));
}

#[test]
fn what_is_no_program_is_not() {
    let (_dir, path) = program();
    fs::write(&path, "<html>not found</html>").expect("written");
    assert!(is_unfit(&path), "{:?}", look_twice(&path));
}

/// Only these systems tell.
#[cfg(any(target_os = "linux", windows))]
#[test]
fn one_that_is_being_written_is_busy() {
    let (_dir, path) = program();
    let own = path.with_extension(std::env::consts::EXE_EXTENSION);
    fs::rename(&path, &own).expect("renamed");
    let mut check = FitnessCheck::default();
    let writer = OpenOptions::new().append(true).open(&own).expect("opened");
    assert_eq!(check.look(&own), Fitness::Busy);
    drop(writer);
    assert_eq!(check.look(&own), Fitness::Fit);
    // Whoever reads it does no harm.
    let reader = File::open(&own).expect("opened");
    assert_eq!(check.look(&own), Fitness::Fit);
    drop(reader);
}
