//! Services are registered with Windows' service control manager, changed,
//! started, stopped and removed as a whole. On other systems there is none, and
//! these tests have nothing to do.

mod windows;

use std::sync::{Mutex, MutexGuard, PoisonError};

use outlast_native::transaction::Failure;
use outlast_native::{Account, Change, Error, NativeState, Request, StartType};
use windows::{How, Place};

const HARD: &[&str] = &[
    "",
    " ",
    "\"",
    "\\",
    "a b\\",
    "a b\\\\",
    "\\\"",
    "say \"hi\"",
    "ü ß 😀",
    "%PATH%",
    "100 % %OUTLAST_TEST_VARIABLE% x",
    "--",
];

/// Wine's service control manager answers calls that come at the same time with
/// "invalid handle" now and then, or not at all.
fn one_at_a_time() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    // A test that failed has had its turn.
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn every_property_is_told_in_the_files_words() {
    let _turn = one_at_a_time();
    let Some(place) = Place::new("properties ä") else {
        return;
    };
    let mut definition = place.definition();
    definition.start = StartType::Manual;
    definition.description = Some("Für \"alle\"".to_owned());
    let registration = place.install(&definition).expect("installed").registration;
    let told = place.manager().properties(&registration).expect("told");
    let value = |name: &str| {
        let found = told.iter().find(|property| property.name == name);
        found.map(|property| property.value.as_str())
    };
    assert_eq!(value("display_name"), definition.display_name.as_deref());
    assert_eq!(value("description"), Some("Für \"alle\""));
    assert_eq!(value("start"), Some("manual"));
    assert_eq!(value("account"), Some("virtual"));
    assert_eq!(value("network"), Some("unneeded"));
    assert_eq!(value("stop_timeout"), Some("20s"));
    assert_eq!(value("program"), definition.program.to_str());
    let arguments = serde_json::to_string(&definition.arguments).expect("JSON");
    assert_eq!(value("arguments"), Some(arguments.as_str()));
    assert_eq!(
        value("environment"),
        Some(r#"["OUTLAST_TEST_VARIABLE=x y"]"#)
    );
}

#[test]
fn a_service_is_started_with_just_these_arguments_and_stopped() {
    let _turn = one_at_a_time();
    let Some(place) = Place::new("arguments 'ü' \"x\"") else {
        return;
    };
    let mut definition = place.definition();
    definition.arguments.push("run".to_owned());
    definition
        .arguments
        .extend(HARD.iter().map(ToString::to_string));
    let registration = place.install(&definition).expect("installed").registration;
    assert_eq!(place.state(), NativeState::Stopped);
    // Asking again changes nothing.
    for _ in 0..2 {
        place
            .control(&registration, Request::Start)
            .expect("it starts");
        assert_eq!(place.state(), NativeState::Running);
        assert!(place.status().pid.is_some());
    }
    assert_eq!(
        place.told()["arguments"],
        serde_json::json!(definition.arguments)
    );
    for _ in 0..2 {
        place
            .control(&registration, Request::Stop)
            .expect("it stops");
        assert_eq!(place.state(), NativeState::Stopped);
    }
    place
        .control(&registration, Request::Restart)
        .expect("it starts");
    place.uninstall().expect("stopped and removed");
    assert_eq!(place.state(), NativeState::Absent);
}

#[test]
fn two_services_run_at_once() {
    let _turn = one_at_a_time();
    let (Some(one), Some(other)) = (Place::new("one"), Place::new("other")) else {
        return;
    };
    let places = [&one, &other];
    let registrations = places.map(|place| {
        let installed = place.install(&place.definition()).expect("installed");
        place
            .control(&installed.registration, Request::Start)
            .expect("it starts");
        installed.registration
    });
    assert_ne!(one.status().pid, other.status().pid);
    one.control(&registrations[0], Request::Stop)
        .expect("it stops");
    assert_eq!(other.state(), NativeState::Running);
}

#[test]
fn a_service_that_fails_is_told_as_failed() {
    let _turn = one_at_a_time();
    let Some(place) = Place::new("fails") else {
        return;
    };
    let mut definition = place.definition();
    definition.arguments.push("fail".to_owned());
    let registration = place.install(&definition).expect("installed").registration;
    let error = place
        .control(&registration, Request::Start)
        .expect_err("it fails");
    assert!(
        matches!(&error, Error::Refused { reason, .. } if reason.contains('7')),
        "{error}"
    );
    assert_eq!(place.state(), NativeState::Failed);
    assert!(
        place
            .status()
            .remark
            .is_some_and(|remark| remark.contains('7'))
    );
}

#[test]
fn a_program_that_is_gone_is_named_as_the_reason() {
    let _turn = one_at_a_time();
    let Some(place) = Place::new("gone") else {
        return;
    };
    let mut definition = place.definition();
    definition.program.set_file_name("nobody put this here.exe");
    let registration = place.install(&definition).expect("installed").registration;
    let error = place
        .control(&registration, Request::Start)
        .expect_err("nothing to start");
    assert!(matches!(&error, Error::Refused { reason, .. } if reason.contains("not there")));
}

#[test]
fn installing_again_changes_it_in_place() {
    let _turn = one_at_a_time();
    let Some(place) = Place::new("again") else {
        return;
    };
    let mut definition = place.definition();
    place.install(&definition).expect("installed");
    assert_eq!(
        place.install(&definition).expect("installed").change,
        Change::Same
    );
    definition.start = StartType::Disabled;
    definition.account = Account::LocalService;
    definition.environment.clear();
    let plan = place.install(&definition).expect("changed");
    assert_eq!(plan.change, Change::Update);
    let told = place
        .manager()
        .properties(&plan.registration)
        .expect("told");
    let values: Vec<&str> = told
        .iter()
        .map(|property| property.value.as_str())
        .collect();
    assert!(values.contains(&"disabled") && values.contains(&"local-service"));
    let error = place
        .control(&plan.registration, Request::Start)
        .expect_err("disabled");
    assert!(matches!(error, Error::Refused { reason, .. } if reason.contains("disabled")));
}

#[test]
fn a_service_of_somebody_else_is_left_alone() {
    let _turn = one_at_a_time();
    let Some(place) = Place::new("foreign") else {
        return;
    };
    place.make_foreign_service();
    let failure = place.install(&place.definition()).expect_err("taken");
    assert!(
        matches!(failure, Failure::TakenBack(Error::Taken { .. })),
        "{failure}"
    );
    assert_eq!(place.foreign_command_line(), "foreign.exe");
    let failure = place.uninstall().expect_err("not ours");
    assert!(
        matches!(failure, Failure::TakenBack(Error::Taken { .. })),
        "{failure}"
    );
    assert_eq!(place.foreign_command_line(), "foreign.exe");
}

#[test]
fn an_installation_that_fails_or_dies_anywhere_leaves_no_service() {
    let _turn = one_at_a_time();
    for how in [How::StepFails, How::DiesBefore, How::DiesAfter] {
        for step in 0..4 {
            let Some(place) = Place::new(&format!("cut {how:?} {step}")) else {
                return;
            };
            place.install_interrupted(&place.definition(), step, how);
            place.recover();
            assert_eq!(place.state(), NativeState::Absent, "{how:?} at {step}");
            place
                .install(&place.definition())
                .expect("there is nothing in the way");
        }
    }
}

#[test]
fn a_change_that_fails_or_dies_anywhere_leaves_the_service_as_it_was() {
    let _turn = one_at_a_time();
    for how in [How::StepFails, How::DiesBefore, How::DiesAfter] {
        for step in 0..4 {
            let Some(place) = Place::new(&format!("change {how:?} {step}")) else {
                return;
            };
            let mut definition = place.definition();
            let installed = place.install(&definition).expect("installed").registration;
            let told = || place.manager().properties(&installed).expect("told");
            let before = told();
            definition.arguments.push("more".to_owned());
            definition.start = StartType::Disabled;
            definition.description = None;
            place.install_interrupted(&definition, step, how);
            place.recover();
            assert_eq!(told(), before, "{how:?} at {step}");
        }
    }
}

#[test]
fn accounts_that_cannot_be_are_refused_before_anything_is_done() {
    let _turn = one_at_a_time();
    let Some(place) = Place::new("accounts") else {
        return;
    };
    let mut definition = place.definition();
    for name in ["nobody of this name", r"BUILTIN\Administrators"] {
        definition.account = Account::User {
            name: name.to_owned(),
            password: None,
        };
        let failure = place.install(&definition).expect_err("refused");
        assert!(
            matches!(failure, Failure::TakenBack(Error::Account { .. })),
            "{failure}"
        );
        assert_eq!(place.state(), NativeState::Absent);
    }
}
