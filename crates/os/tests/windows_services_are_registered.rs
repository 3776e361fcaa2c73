//! The service control manager keeps what it was given, and gives it back.
#![cfg(windows)]

use std::process::{self, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use outlast_os::scm::{
    self, Deletion, End, FailureAction, FailureActions, FailureKind, Problem, Settings, SidType,
    Start, State,
};

/// Wine's service control manager answers calls that come at the same time with
/// "invalid handle" now and then, or not at all.
fn one_at_a_time() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    // A test that failed has had its turn.
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A name that no other test has.
fn name(of: &str) -> String {
    format!("Outlast test {} ä {of}", process::id())
}

/// A service of Wine or Windows that runs what is not there.
fn settings(name: &str) -> Settings {
    Settings {
        display_name: format!("{name}: für Leute"),
        description: Some("Looks \"after\" things; 100 % ünicode".to_owned()),
        command_line: r#""C:\Program Files\x y\outlast.exe" run "a b\\" "say \"hi\"" ü"#.to_owned(),
        start: Start::Manual,
        depends_on: vec!["RpcSs".to_owned(), "+NetworkProvider".to_owned()],
        account: "LocalSystem".to_owned(),
        environment: vec!["A=1".to_owned(), "B=x y ü".to_owned()],
        failure_actions: Some(FailureActions {
            actions: vec![
                FailureAction {
                    kind: FailureKind::Restart,
                    delay: Duration::from_secs(1),
                };
                3
            ],
            reset_after: Some(Duration::from_secs(86_400)),
            when_reported: true,
        }),
        preshutdown: Some(Duration::from_secs(25)),
        sid: Some(SidType::Unrestricted),
    }
}

/// The service goes when this does.
struct Registered(String);

impl Registered {
    fn new(of: &str, change: impl FnOnce(&mut Settings)) -> Self {
        let name = name(of);
        let mut settings = settings(&name);
        change(&mut settings);
        scm::create(&name, &settings, None, "a test").expect("created");
        Self(name)
    }

    fn settings(&self) -> Settings {
        scm::query(&self.0).expect("answered").expect("there")
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        drop(scm::delete(&self.0));
    }
}

/// What this Windows knows nothing of is not compared. Wine 8 is such a one.
fn as_far_as_known(wanted: Settings, found: &Settings) -> Settings {
    Settings {
        failure_actions: found.failure_actions.as_ref().and(wanted.failure_actions),
        preshutdown: found.preshutdown.and(wanted.preshutdown),
        sid: found.sid.and(wanted.sid),
        // Wine 8 keeps dependencies and does not tell them.
        depends_on: if found.depends_on.is_empty() {
            Vec::new()
        } else {
            wanted.depends_on
        },
        ..wanted
    }
}

/// What the registry has of a service, as text.
fn in_registry(name: &str, value: &str) -> String {
    let key = format!(r"HKLM\SYSTEM\CurrentControlSet\Services\{name}");
    let told = Command::new("reg")
        .args(["query", &key, "/v", value])
        .output();
    String::from_utf8_lossy(&told.expect("reg is there").stdout).into_owned()
}

#[test]
fn everything_that_was_set_is_read_back() {
    let _turn = one_at_a_time();
    let service = Registered::new("all", |_| ());
    let found = service.settings();
    assert_eq!(found, as_far_as_known(settings(&service.0), &found));
    assert_eq!(
        scm::mark_of(&service.0).expect("answered").as_deref(),
        Some("a test")
    );
}

#[test]
fn dependencies_on_services_and_on_groups_are_kept_apart() {
    let _turn = one_at_a_time();
    let service = Registered::new("depends", |_| ());
    let services = in_registry(&service.0, "DependOnService");
    assert!(services.contains("RpcSs") && !services.contains("NetworkProvider"));
    let groups = in_registry(&service.0, "DependOnGroup");
    assert!(groups.contains("NetworkProvider") && !groups.contains("RpcSs"));
}

#[test]
fn every_start_type_that_is_known_is_kept() {
    let _turn = one_at_a_time();
    for start in [Start::Auto, Start::Disabled, Start::Manual] {
        let service = Registered::new("start", |settings| settings.start = start);
        assert_eq!(service.settings().start, start);
    }
}

#[test]
fn a_change_reaches_every_setting() {
    let _turn = one_at_a_time();
    let service = Registered::new("changed", |_| ());
    let wanted = Settings {
        display_name: format!("{} anders", service.0),
        description: None,
        command_line: r#""C:\other.exe""#.to_owned(),
        start: Start::Disabled,
        depends_on: Vec::new(),
        account: r"NT AUTHORITY\LocalService".to_owned(),
        environment: Vec::new(),
        failure_actions: None,
        preshutdown: Some(Duration::from_secs(77)),
        sid: None,
    };
    scm::change(&service.0, &wanted, None).expect("changed");
    let found = service.settings();
    assert_eq!(
        found,
        Settings {
            failure_actions: found.failure_actions.clone(),
            sid: found.sid,
            ..wanted
        }
    );
}

#[test]
fn a_name_is_given_once() {
    let _turn = one_at_a_time();
    let service = Registered::new("once", |_| ());
    let error = scm::create(&service.0, &settings(&service.0), None, "other").expect_err("taken");
    assert_eq!(Problem::of(&error), Problem::NameTaken);
    let mark = scm::mark_of(&service.0).expect("answered");
    assert_eq!(
        mark.as_deref(),
        Some("a test"),
        "the first one is untouched"
    );
}

#[test]
fn a_deleted_service_is_gone_with_its_mark() {
    let _turn = one_at_a_time();
    let service = Registered::new("deleted", |_| ());
    assert_eq!(scm::delete(&service.0).expect("deleted"), Deletion::Gone);
    assert_eq!(scm::query(&service.0).expect("answered"), None);
    assert_eq!(scm::status(&service.0).expect("answered"), None);
    assert_eq!(scm::mark_of(&service.0).expect("answered"), None);
    let error = scm::delete(&service.0).expect_err("there is none");
    assert_eq!(Problem::of(&error), Problem::NoSuchService);
}

#[test]
fn a_service_without_its_program_does_not_start() {
    let _turn = one_at_a_time();
    let service = Registered::new("no program", |_| ());
    let status = scm::status(&service.0).expect("answered").expect("there");
    assert_eq!((status.state, status.pid), (State::Stopped, None));
    assert!(matches!(status.end, End::Never | End::Well), "{status:?}");
    let error = scm::start(&service.0).expect_err("nothing to start");
    assert_eq!(Problem::of(&error), Problem::NoProgram);
    let error = scm::stop(&service.0).expect_err("it does not run");
    assert_eq!(Problem::of(&error), Problem::DoesNotRun);
}

#[test]
fn a_disabled_service_does_not_start() {
    let _turn = one_at_a_time();
    let service = Registered::new("disabled", |settings| settings.start = Start::Disabled);
    let error = scm::start(&service.0).expect_err("disabled");
    assert_eq!(Problem::of(&error), Problem::Disabled);
}
