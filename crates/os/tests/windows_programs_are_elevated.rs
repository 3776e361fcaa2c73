//! A program that runs elevated gets its arguments and gives its exit code back.
//!
//! Under Wine everybody is an administrator and nobody is asked.
#![cfg(windows)]

use std::path::Path;

use outlast_os::elevate;
use outlast_testkit::victim_path;

#[test]
fn the_exit_code_comes_back() {
    let code = elevate::run(&victim_path(), &["exit".into(), "42".into()]).expect("it runs");
    assert_eq!(code, 42);
}

#[test]
fn a_program_that_is_not_there_is_an_error() {
    let missing = Path::new(r"C:\nobody put this here.exe");
    elevate::run(missing, &[]).expect_err("nothing to run");
}
