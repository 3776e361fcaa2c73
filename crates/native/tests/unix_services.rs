//! What the managers of Unix are given for a definition, as text:
//! `unix_services/*.txt`, and what the readers of such text say to it.
//!
//! `OUTLAST_UPDATE_EXPECTED=1 cargo test -p outlast-native` writes them anew.

mod support;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use outlast_native::freebsd::FreeBsd;
use outlast_native::launchd::Launchd;
use outlast_native::openrc::OpenRc;
use outlast_native::runit::Runit;
use outlast_native::s6::S6;
use outlast_native::sysv::{Links, SysV};
use outlast_native::{
    Account, Definition, Error, Manager, NativeName, Network, Protocol, Sandbox, Scope, StartType,
    Step, Trigger,
};
use support::expected;
use support::rendered::{guardian, shown};

/// Each of them, under the name of its files.
fn managers() -> Vec<(&'static str, Box<dyn Manager>)> {
    vec![
        ("openrc", Box::new(OpenRc)),
        ("sysv", Box::new(SysV::with(Links::UpdateRcD))),
        ("freebsd", Box::new(FreeBsd)),
        (
            "runit",
            Box::new(Runit::at("/etc/sv", "/etc/service", "/run/runit")),
        ),
        (
            "s6",
            Box::new(S6::at("/etc/s6/outlast", "/run/service", None)),
        ),
        ("launchd", Box::new(Launchd::of_user(501, "/Users/ann"))),
    ]
}

/// All that can be asked for, in words that are hard to spell.
fn everything() -> Definition {
    Definition {
        name: NativeName::new("shop-2").expect("a name"),
        program: PathBuf::from("/opt/my shop/it's"),
        arguments: [
            "", "a b", "$HOME", "`id`", "100%", ";", "\"so\"", "C:\\", "ä\n<&>",
        ]
        .map(str::to_owned)
        .to_vec(),
        dir: PathBuf::from("/srv/my shop"),
        environment: vec![("TEXT".to_owned(), "50% \"off\"; it's $5".to_owned())],
        display_name: Some("The shop".to_owned()),
        description: Some("Sells\n100% of -- everything".to_owned()),
        start: StartType::Delayed,
        account: Account::User {
            name: "www".to_owned(),
            password: None,
        },
        groups: vec!["dialer".to_owned(), "video".to_owned()],
        capabilities: vec!["CAP_NET_BIND_SERVICE".to_owned()],
        sandbox: Sandbox::Strict,
        depends_on: vec!["postgresql".to_owned()],
        network: Network::Online,
        protocol: Protocol::Native {
            watchdog: Some(Duration::from_secs(30)),
        },
        restart_delay: Duration::from_millis(1500),
        ..guardian()
    }
}

/// Compares what all managers make of `definition` with the files `NAME-CASE`.
fn check(case: &str, definition: &Definition) {
    for (name, manager) in managers() {
        expected::check(
            &format!("unix_services/{name}-{case}.txt"),
            &shown(&*manager, definition),
        );
    }
}

#[test]
fn a_guardian_of_the_machine() {
    check("machine", &guardian());
}

#[test]
fn everything_at_once() {
    check("everything", &everything());
}

#[test]
fn one_that_is_started_by_hand() {
    let mut manual = guardian();
    manual.start = StartType::Manual;
    check("manual", &manual);
}

#[test]
fn one_that_is_disabled() {
    let mut disabled = guardian();
    disabled.start = StartType::Disabled;
    check("disabled", &disabled);
}

#[test]
fn a_file_that_comes_into_being_starts_it() {
    let mut triggered = guardian();
    triggered.start = StartType::Trigger(Trigger::Path(PathBuf::from("/media/my disk")));
    check("path", &triggered);
}

#[test]
fn an_agent_of_a_user() {
    let mut agent = guardian();
    agent.scope = Scope::User;
    let launchd = Launchd::of_user(501, "/Users/ann");
    expected::check("unix_services/launchd-user.txt", &shown(&launchd, &agent));
}

#[test]
fn only_launchd_has_services_of_a_user() {
    let mut users = guardian();
    users.scope = Scope::User;
    for (name, manager) in managers() {
        let is_refused = matches!(manager.render(&users), Err(Error::Inexpressible { .. }));
        assert_eq!(is_refused, name != "launchd", "{name}");
    }
}

#[test]
fn names_that_a_manager_forbids_are_refused() {
    for (name, manager) in managers() {
        for forbidden in ["../etc", "a/b", ".hidden", "-option"] {
            let mut definition = guardian();
            definition.name = NativeName::new(forbidden).expect("some manager takes it");
            let refused = manager.render(&definition);
            assert!(
                matches!(refused, Err(Error::Inexpressible { .. })),
                "{name} takes {forbidden}"
            );
        }
    }
}

#[test]
fn what_no_format_can_carry_is_refused() {
    for (name, manager) in managers() {
        let mut nul = guardian();
        nul.arguments = vec!["a\0b".to_owned()];
        let mut windows = guardian();
        windows.account = Account::NetworkService;
        let mut dynamic = guardian();
        dynamic.account = Account::Dynamic;
        for definition in [nul, windows, dynamic] {
            let refused = manager.render(&definition);
            assert!(
                matches!(refused, Err(Error::Inexpressible { .. })),
                "{name}: {refused:?}"
            );
        }
    }
}

/// The scripts of every manager for every definition above.
fn scripts() -> Vec<(String, String)> {
    let mut manual = guardian();
    manual.start = StartType::Manual;
    let mut scripts = Vec::new();
    for (name, manager) in managers() {
        for definition in [guardian(), everything(), manual.clone()] {
            let rendered = manager.render(&definition).expect("it can be expressed");
            for step in rendered.steps {
                if let Step::File { path, text, .. } = step {
                    scripts.push((format!("{name}: {}", path.display()), text));
                }
            }
        }
    }
    scripts
}

/// Gives `text` to a reader; what it says when it does not like it. `None`: there
/// is no such program here.
fn read_by(program: &str, arguments: &[&str], text: &str) -> Option<Result<(), String>> {
    // Wine would start Unix's, with another way to pass arguments.
    if std::env::consts::OS == "windows" {
        return None;
    }
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(text.as_bytes()).expect("it reads");
    drop(stdin);
    let ended = child.wait_with_output().expect("it ends");
    let said = [ended.stdout, ended.stderr].concat();
    Some(match ended.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&said).into_owned()),
    })
}

/// Where a reader is missing there is nothing to test; `cargo xtask test` says
/// what is missing and brings it where it can.
fn is_liked_by(program: &str, arguments: &[&str], shebangs: &[&str]) {
    for (name, text) in scripts() {
        if shebangs.iter().any(|shebang| text.starts_with(shebang)) {
            match read_by(program, arguments, &text) {
                None => return eprintln!("skipped: there is no {program} here"),
                Some(said) => assert_eq!(said, Ok(()), "{name}\n{text}"),
            }
        }
    }
}

#[test]
fn a_shell_can_read_every_script() {
    is_liked_by("/bin/sh", &["-n"], &["#!"]);
}

#[test]
fn shellcheck_has_nothing_to_say() {
    // SC1091: rc.subr is not here. SC2034: some variables are there for Outlast.
    // Information is about quoted dollars, which are meant.
    let arguments = [
        "--shell=sh",
        "--severity=warning",
        "--exclude=SC1091,SC2034",
        "-",
    ];
    is_liked_by("shellcheck", &arguments, &["#!/bin/sh"]);
    // OpenRC reads the variables, and its `*` is no pattern.
    let arguments = [
        "--shell=sh",
        "--severity=warning",
        "--exclude=SC2034,SC2035",
        "-",
    ];
    is_liked_by("shellcheck", &arguments, &["#!/sbin/openrc-run"]);
}

#[test]
fn plistutil_reads_every_property_list() {
    is_liked_by(
        "plistutil",
        &["-i", "-", "-f", "bin", "-o", "/dev/null"],
        &["<?xml"],
    );
}
