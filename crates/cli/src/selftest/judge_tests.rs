//! Verdicts on made-up journals.

use std::collections::BTreeSet;
use std::time::Duration;

use outlast_journal::events::StoredRecord;
use outlast_journal::events::stored::{StoredDeath, StoredEvent, StoredExit, Time, VERSION};
use outlast_model::RealTime;

use super::SelfTest;
use super::evidence::Evidence;
use super::judge::judge;
use super::verdict::Outcome::{self, AsPromised, Inconclusive, NotAsPromised};
use super::verdict::Verdict;
use crate::doctor::prospect::Fate;

/// A time in which nothing happened to the guardian, the process 7, and to api.
fn quiet() -> Evidence {
    Evidence {
        guardian_before: 7,
        guardian_after: Some(7),
        services: vec!["api".to_owned()],
        restless: BTreeSet::new(),
        records: Vec::new(),
        is_incomplete: false,
        slept: Some(Duration::ZERO),
    }
}

impl Evidence {
    fn with(mut self, event: StoredEvent) -> Self {
        self.records.push(record(None, event));
        self
    }

    fn with_service(mut self, service: &str, event: StoredEvent) -> Self {
        self.records.push(record(Some(service), event));
        self
    }

    /// The guardian was ended, and is now this process.
    fn ended(mut self, after: Option<u32>) -> Self {
        self.guardian_after = after;
        match after {
            Some(pid) => self.with(StoredEvent::GuardianStarted {
                name: "shop".to_owned(),
                version: "1".to_owned(),
                pid,
            }),
            None => self,
        }
    }

    fn slept(self, seconds: u64) -> Self {
        Self {
            slept: Some(Duration::from_secs(seconds)),
            ..self
        }
    }
}

fn record(service: Option<&str>, event: StoredEvent) -> StoredRecord {
    StoredRecord {
        v: VERSION,
        seq: 0,
        time: Time(RealTime::from_unix_nanos(0)),
        service: service.map(str::to_owned),
        event,
    }
}

fn session(change: &str) -> StoredEvent {
    StoredEvent::Session {
        session: "3".to_owned(),
        change: change.to_owned(),
        user: None,
    }
}

fn requested(verb: &str) -> StoredEvent {
    StoredEvent::Requested {
        verb: verb.to_owned(),
        services: None,
    }
}

fn death(asked: bool) -> StoredEvent {
    StoredEvent::Death(StoredDeath {
        instance: 1,
        pid: 9,
        exit: StoredExit::default(),
        success: false,
        asked,
        ran_for_seconds: 1.0,
        usage: None,
        reached: Vec::new(),
        memory: Vec::new(),
        last_output: Vec::new(),
    })
}

#[track_caller]
fn check(verdict: &Verdict, outcome: Outcome, reasons: &[&str]) {
    assert_eq!(verdict.outcome, outcome, "{verdict:#?}");
    for id in reasons {
        let has_it = verdict.reasons.iter().any(|reason| reason.id == *id);
        assert!(has_it, "{id} in {verdict:#?}");
    }
}

#[test]
fn a_lock_that_was_told_and_did_nothing_is_as_promised() {
    let evidence = quiet().with(session("locked")).with(session("unlocked"));
    let verdict = judge(SelfTest::Lock, Fate::GoesOn, &evidence);
    check(
        &verdict,
        AsPromised,
        &["told", "guardian-kept-running", "false-restarts"],
    );
    assert!(verdict.told && verdict.kept_running);
    assert_eq!(verdict.false_restarts, 0);
}

#[test]
fn a_lock_that_nobody_told_is_the_person_s_word() {
    let verdict = judge(SelfTest::Lock, Fate::GoesOn, &quiet());
    check(&verdict, AsPromised, &["not-told"]);
    assert!(!verdict.told);
    let off = quiet().with(session("logged-off"));
    assert!(!judge(SelfTest::Lock, Fate::GoesOn, &off).told);
}

#[test]
fn a_service_that_ends_on_its_own_is_a_false_restart() {
    let evidence = quiet()
        .with_service("api", death(false))
        .with_service("api", death(false))
        .with_service("other", death(false));
    let verdict = judge(SelfTest::Lock, Fate::GoesOn, &evidence);
    check(&verdict, NotAsPromised, &["false-restarts"]);
    assert_eq!(verdict.false_restarts, 2);
}

#[test]
fn a_service_that_was_stopped_or_never_was_steady_is_none() {
    let stopped = quiet().with_service("api", death(true));
    let verdict = judge(SelfTest::Lock, Fate::GoesOn, &stopped);
    check(&verdict, AsPromised, &[]);
    let restless = Evidence {
        restless: BTreeSet::from(["api".to_owned()]),
        ..quiet().with_service("api", death(false))
    };
    let verdict = judge(SelfTest::Lock, Fate::GoesOn, &restless);
    check(&verdict, AsPromised, &["restless"]);
    assert_eq!(verdict.false_restarts, 0);
}

#[test]
fn a_guardian_that_is_another_process_or_none_has_not_kept_running() {
    for after in [Some(8), None] {
        let evidence = quiet().ended(after);
        let verdict = judge(SelfTest::Lock, Fate::GoesOn, &evidence);
        check(&verdict, NotAsPromised, &["guardian-ended"]);
    }
    // The number of the process may be used again.
    let verdict = judge(SelfTest::Lock, Fate::GoesOn, &quiet().ended(Some(7)));
    check(&verdict, NotAsPromised, &["guardian-ended"]);
}

#[test]
fn a_sleep_is_seen_by_the_clocks_or_by_the_records() {
    let by_clock = judge(SelfTest::Sleep, Fate::Pauses, &quiet().slept(120));
    check(&by_clock, AsPromised, &["slept", "not-told"]);
    let told = quiet()
        .with(StoredEvent::Suspending {
            time_left_seconds: None,
        })
        .with(StoredEvent::Resumed);
    let by_record = judge(SelfTest::Sleep, Fate::Pauses, &told);
    check(&by_record, AsPromised, &["told"]);
    let throttled = quiet().with(StoredEvent::Frozen {
        at_least_seconds: 29.0,
        at_most_seconds: 30.0,
    });
    let verdict = judge(SelfTest::Sleep, Fate::Throttled, &throttled);
    check(&verdict, AsPromised, &["frozen"]);
}

#[test]
fn a_sleep_that_did_not_come_about_proves_nothing() {
    let verdict = judge(SelfTest::Sleep, Fate::Pauses, &quiet());
    check(&verdict, Inconclusive, &["not-slept"]);
    let with_a_death = quiet().with_service("api", death(false));
    let verdict = judge(SelfTest::Sleep, Fate::Pauses, &with_a_death);
    check(&verdict, Inconclusive, &["not-slept"]);
    let clockless = Evidence {
        slept: None,
        ..quiet()
    };
    let verdict = judge(SelfTest::Sleep, Fate::Pauses, &clockless);
    check(&verdict, AsPromised, &["not-told"]);
}

#[test]
fn a_service_that_a_sleep_has_ended_is_not_as_promised() {
    let evidence = quiet().slept(120).with_service("api", death(false));
    let verdict = judge(SelfTest::Sleep, Fate::Pauses, &evidence);
    check(&verdict, NotAsPromised, &["slept", "false-restarts"]);
}

#[test]
fn a_machine_that_was_said_not_to_sleep_must_not() {
    let verdict = judge(SelfTest::Sleep, Fate::GoesOn, &quiet().slept(120));
    check(&verdict, NotAsPromised, &["slept"]);
}

#[test]
fn a_guardian_that_was_said_to_end_at_log_off_ends() {
    let off = || quiet().with(session("logged-off"));
    let test = |evidence: &Evidence| judge(SelfTest::LogOff, Fate::Ends, evidence);
    check(&test(&off().ended(Some(8))), AsPromised, &["told"]);
    check(&test(&off().ended(None)), AsPromised, &["guardian-ended"]);
    check(&test(&off()), NotAsPromised, &["guardian-kept-running"]);
    // Perhaps nobody logged off.
    check(&test(&quiet()), Inconclusive, &["not-told"]);
}

#[test]
fn a_guardian_that_was_said_to_outlive_a_log_off_does() {
    let off = || quiet().with(session("logged-off"));
    let verdict = judge(SelfTest::LogOff, Fate::GoesOn, &off());
    check(&verdict, AsPromised, &["told", "guardian-kept-running"]);
    let ended = off().with(StoredEvent::ShuttingDown).ended(Some(8));
    let verdict = judge(SelfTest::LogOff, Fate::GoesOn, &ended);
    check(&verdict, NotAsPromised, &["guardian-ended"]);
}

#[test]
fn what_somebody_did_meanwhile_is_not_held_against_it() {
    let evidence = quiet()
        .with(requested("restart"))
        .with_service("api", death(false));
    let verdict = judge(SelfTest::Lock, Fate::GoesOn, &evidence);
    check(&verdict, Inconclusive, &["interfered"]);
    // A new guardian asks once for the start of its services.
    let anew = quiet().ended(Some(8)).with(requested("start"));
    let verdict = judge(SelfTest::Lock, Fate::GoesOn, &anew);
    check(&verdict, NotAsPromised, &["guardian-ended"]);
    let asked = anew.with(requested("start"));
    let verdict = judge(SelfTest::Lock, Fate::GoesOn, &asked);
    check(&verdict, Inconclusive, &["interfered"]);
    let shut_down = quiet().with(StoredEvent::MachineShuttingDown).ended(None);
    let verdict = judge(SelfTest::LogOff, Fate::GoesOn, &shut_down);
    check(&verdict, Inconclusive, &["interfered"]);
}

#[test]
fn what_cannot_be_known_is_inconclusive() {
    let verdict = judge(SelfTest::LogOff, Fate::Unknown, &quiet());
    check(&verdict, Inconclusive, &["nothing-promised"]);
    let incomplete = Evidence {
        is_incomplete: true,
        ..quiet()
    };
    let verdict = judge(SelfTest::Lock, Fate::GoesOn, &incomplete);
    check(&verdict, Inconclusive, &["records-missing"]);
}
