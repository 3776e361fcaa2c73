//! Accounts are found, and their right to log on as a service is asked for.
//!
//! Wine 8 has no such rights and takes every password, so what is behind them is
//! seen on Windows only.
#![cfg(windows)]

use std::io;

use outlast_os::logon;

/// Known on every Windows, and as Wine's only user.
fn own_account() -> String {
    std::env::var("USERNAME").expect("every session has one")
}

#[test]
fn an_account_is_found_with_and_without_its_machine() {
    let name = own_account();
    let sid = logon::find(&name).expect("found");
    assert!(sid.starts_with("S-1-5-"), "{sid}");
    assert_eq!(logon::find(&format!(r".\{name}")).expect("found"), sid);
}

#[test]
fn an_unknown_account_is_told_as_such() {
    for asked in [
        logon::find("nobody of this name").map(drop),
        logon::is_allowed("nobody of this name").map(drop),
        logon::allow("nobody of this name"),
    ] {
        assert_eq!(asked.expect_err("unknown").kind(), io::ErrorKind::NotFound);
    }
}

#[test]
fn a_right_that_is_not_there_is_taken_away_without_complaint() {
    let service = r"NT SERVICE\Outlast test of rights";
    assert!(!logon::is_allowed(service).expect("answered"));
    logon::forbid(service).expect("nothing to take away");
}
