//! From the vocabulary to the wire.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::num::NonZeroU32;
use std::time::Duration;

use outlast_api::v1::convert::{Observation, exit_text};
use outlast_api::v1::{
    ErrorCode, HealthStatus, InhibitorState, Response, ServiceState, ServiceStatus, Target,
};
use outlast_model::hang::{Course, Hang, HangWatch, Sample};
use outlast_model::health::{
    Activity, Asked, Asking, Breaker, Health, ProbeFailure, ReadyState, Symptom, Told, Turn,
};
use outlast_model::inhibitor::{Denied, Grant, Keeper, Overrider, Prevented, Refused};
use outlast_model::request::{self, Outcome, Refusal};
use outlast_model::service::{
    Backoff, Command, Environment, LogPolicy, NetworkPolicy, RestartPolicy, RestartWhen,
    SleepPolicy, StartLimit, StopSequence, ThrottlePolicy,
};
use outlast_model::state::{
    BackingOff, Failed, LastEnd, NetworkWait, Running, Stopped, Waiting, WhyFailed, WhyStopped,
};
use outlast_model::{
    AwakeTime, Desired, Exit, Inhibitor, InstanceId, Now, Pid, RealTime, Service, ServiceName,
    State,
};

fn service() -> Service {
    Service {
        name: ServiceName::new("api").unwrap(),
        command: Command {
            program: "api".to_owned(),
            arguments: Vec::new(),
        },
        dir: "/".into(),
        environment: Environment::default(),
        secrets: std::collections::BTreeMap::new(),
        sandbox: outlast_model::Sandbox::default(),
        user: None,
        group: None,
        capabilities: None,
        umask: None,
        limits: outlast_model::Limits::default(),
        depends_on: Vec::new(),
        enabled: true,
        schedule: None,
        restart: RestartPolicy {
            when: RestartWhen::Always,
            backoff: Backoff {
                delay: Duration::from_secs(1),
                max_delay: Duration::from_secs(60),
                factor: 2.0,
                jitter: 0.0,
                reset_after: Duration::from_secs(60),
            },
            limit: None,
        },
        success_codes: vec![0],
        stop: StopSequence { steps: Vec::new() },
        log: LogPolicy::Discard,
        time_limit: None,
        reactions: std::collections::BTreeMap::new(),
        on_failure: outlast_model::service::OnFailure::default(),
        part_of: None,
        copy_of: None,
        health: outlast_model::HealthPolicy::default(),
        sleep: SleepPolicy::Inhibit,
        sleep_while: outlast_model::service::SleepWhile::default(),
        throttle: ThrottlePolicy::Allow,
        network: NetworkPolicy::Unneeded,
        listen: Vec::new(),
        fd_store: 0,
        session: None,
        channel: None,
        watch: None,
    }
}

/// The names of two signals on Linux.
fn signal_name(number: i32) -> Option<&'static str> {
    match number {
        9 => Some("KILL"),
        11 => Some("SEGV"),
        _ => None,
    }
}

/// Of somebody of whom nothing else is known.
fn observed<'a>(service: &'a Service, state: &'a State) -> Observation<'a> {
    Observation {
        service,
        desired: Desired::Running,
        state,
        now: Now::default(),
        restarts: 0,
        last_death: None,
        memory: None,
        cpu: None,
        dropped_output: 0,
        breaker: Breaker::default(),
        schedule: None,
        inhibitor: None,
        signal_name,
    }
}

fn status_in(state: &State, awake_seconds: u64) -> ServiceStatus {
    ServiceStatus::new(Observation {
        now: Now {
            awake: AwakeTime::from_origin(Duration::from_secs(awake_seconds)),
            ..Now::default()
        },
        ..observed(&service(), state)
    })
}

fn status_with(inhibitor: Option<&Inhibitor>) -> ServiceStatus {
    let stopped = State::Stopped(Stopped {
        since: RealTime::from_unix_nanos(0),
        why: WhyStopped::Requested,
    });
    ServiceStatus::new(Observation {
        desired: Desired::Stopped,
        inhibitor,
        ..observed(&service(), &stopped)
    })
}

#[test]
fn who_was_given_up_for_its_health_is_not_said_to_have_been_started_too_often() {
    let limited = Service {
        restart: RestartPolicy {
            limit: Some(StartLimit {
                starts: NonZeroU32::new(3).expect("three"),
                window: Duration::from_secs(60),
            }),
            ..service().restart
        },
        ..service()
    };
    let failed = State::Failed(Failed {
        since: RealTime::from_unix_nanos(0),
        why: WhyFailed::StartLimit(LastEnd::Exit(Exit::Code(1))),
    });
    let reason_after = |openings| {
        let breaker = Breaker {
            openings,
            ..Breaker::default()
        };
        let status = ServiceStatus::new(Observation {
            breaker,
            ..observed(&limited, &failed)
        });
        status.reason.expect("it has failed")
    };
    let (by_health, by_starts) = (reason_after(3), reason_after(2));
    assert!(
        by_health.contains("3 times") && !by_health.contains("starts"),
        "{by_health}"
    );
    assert!(by_starts.contains("starts"), "{by_starts}");
}

#[test]
fn a_running_service_shows_its_process_and_how_long_it_has_been_awake() {
    let state = State::Running(Running {
        since: RealTime::from_unix_nanos(0),
        started: AwakeTime::from_origin(Duration::from_secs(10)),
        instance: InstanceId(3),
        pid: Pid(77),
        deadline: None,
        postponed: None,
        health: None,
    });
    let status = status_in(&state, 25);
    assert_eq!(status.state, ServiceState::Running);
    assert_eq!(status.pid, Some(77));
    assert_eq!(status.network_wait_seconds, None);
    assert_eq!(status.instance, Some(3));
    assert_eq!(status.uptime_seconds, Some(15.0));
    assert_eq!(status.reason, None);
}

#[test]
fn an_inhibitor_says_what_it_prevents_and_what_it_does_not() {
    let grant = Grant {
        by: Keeper::Logind,
        prevents: vec![Prevented::Idle],
        refused: vec![Refused {
            what: Prevented::Sleep,
            reason: "no rights".to_owned(),
        }],
        overriders: vec![Overrider::Lid],
    };
    let status = status_with(Some(&Inhibitor::Held(grant)));
    let json = serde_json::to_value(status.sleep).unwrap();
    let expected = serde_json::json!({
        "policy": "inhibit", "inhibitor": "held", "by": "logind", "prevents": ["idle"],
        "refused": [{ "what": "sleep", "reason": "no rights" }], "overridden_by": ["lid"],
    });
    assert_eq!(json, expected);
}

#[test]
fn an_inhibitor_that_is_denied_says_why() {
    let denied = Inhibitor::Denied(Denied {
        reason: "no logind".to_owned(),
    });
    let sleep = status_with(Some(&denied)).sleep.unwrap();
    assert_eq!(sleep.inhibitor, InhibitorState::Denied);
    assert_eq!(sleep.reason.as_deref(), Some("no logind"));
    let none = status_with(None).sleep.unwrap();
    assert_eq!(none.inhibitor, InhibitorState::None);
}

#[test]
fn a_wait_for_the_network_says_how_long_it_lasts_at_most() {
    let waiting = |network| {
        State::Waiting(Waiting {
            since: RealTime::from_unix_nanos(0),
            on: Vec::new(),
            network,
        })
    };
    let until = NetworkWait::Until(AwakeTime::from_origin(Duration::from_secs(60)));
    let status = status_in(&waiting(until), 25);
    assert_eq!(status.state, ServiceState::Waiting);
    assert_eq!(status.network_wait_seconds, Some(35.0));
    let status = status_in(&waiting(NetworkWait::InVain), 25);
    assert_eq!(status.network_wait_seconds, None);
}

#[test]
fn a_retry_that_is_overdue_is_due_in_no_time() {
    let state = State::BackingOff(BackingOff {
        since: RealTime::from_unix_nanos(0),
        until: AwakeTime::from_origin(Duration::from_secs(10)),
        delay: Duration::from_secs(10),
        attempt: 4,
    });
    let early = status_in(&state, 4).next_retry.unwrap();
    assert_eq!((early.in_seconds, early.attempt), (6.0, 4));
    assert_eq!(early.at.to_string(), "1970-01-01T00:00:06Z");
    assert_eq!(status_in(&state, 40).next_retry.unwrap().in_seconds, 0.0);
}

#[test]
fn work_that_is_done_is_told_apart_from_a_stop_on_request() {
    let stopped = |why| {
        status_in(
            &State::Stopped(Stopped {
                since: RealTime::from_unix_nanos(0),
                why,
            }),
            0,
        )
    };
    assert!(stopped(WhyStopped::Completed(Exit::Code(0))).completed);
    assert!(!stopped(WhyStopped::Requested).completed);
    assert!(!stopped(WhyStopped::NeverStarted).completed);
}

#[test]
fn a_failed_service_says_how_it_ended_last() {
    let exit = Exit::Signal {
        number: 11,
        core_dumped: true,
    };
    let state = State::Failed(Failed {
        since: RealTime::from_unix_nanos(0),
        why: WhyFailed::StartLimit(LastEnd::Exit(exit)),
    });
    let reason = status_in(&state, 0).reason.unwrap();
    assert!(reason.contains("signal 11 (SEGV), core dumped"), "{reason}");
}

#[test]
fn a_status_survives_the_wire() {
    let state = State::Failed(Failed {
        since: RealTime::from_unix_nanos(1),
        why: WhyFailed::Ended(LastEnd::Exit(Exit::Code(3))),
    });
    let status = status_in(&state, 0);
    let json = serde_json::to_vec(&status).unwrap();
    assert_eq!(
        serde_json::from_slice::<ServiceStatus>(&json).unwrap(),
        status
    );
}

#[test]
fn exits_read_as_people_know_them() {
    let killed = Exit::Signal {
        number: 9,
        core_dumped: false,
    };
    assert_eq!(exit_text(Exit::Code(1), signal_name), "exit code 1");
    assert_eq!(exit_text(killed, signal_name), "signal 9 (KILL)");
    let violation = Exit::Code(0xC000_0005_u32.cast_signed());
    assert_eq!(exit_text(violation, signal_name), "exit code 0xC0000005");
}

#[test]
fn a_name_that_no_service_can_have_is_unknown() {
    let target = Target::Services(vec!["../x".to_owned()]);
    let error = request::Target::try_from(target).unwrap_err();
    assert_eq!(error.code, ErrorCode::UnknownService);
}

#[test]
fn a_target_that_names_nothing_is_not_everything() {
    let error = request::Target::try_from(Target::Services(Vec::new())).unwrap_err();
    assert_eq!(error.code, ErrorCode::BadRequest);
}

#[test]
fn each_outcome_has_its_code() {
    let name = ServiceName::new("api").unwrap();
    let code = |outcome: Outcome| match Response::from(outcome) {
        Response::Ok(_) => None,
        Response::Error(error) => Some(error.code),
    };
    assert_eq!(code(Outcome::Done), None);
    assert_eq!(
        code(Outcome::Refused(Refusal::UnknownService(name.clone()))),
        Some(ErrorCode::UnknownService)
    );
    assert_eq!(
        code(Outcome::Refused(Refusal::ShuttingDown)),
        Some(ErrorCode::ShuttingDown)
    );
    assert_eq!(
        code(Outcome::NotReached(vec![name.clone()])),
        Some(ErrorCode::NotReached)
    );
    assert_eq!(
        code(Outcome::Superseded(vec![name])),
        Some(ErrorCode::Superseded)
    );
}

#[test]
fn a_service_that_is_asked_shows_how_it_is() {
    let health = Health {
        hang: Some(hang_watch()),
        readiness: ReadyState::Ready,
        asking: Some(Asking {
            what: Asked::Alive,
            number: 7,
            turn: Turn::Idle(AwakeTime::ORIGIN),
            failures: 2,
            counts: true,
            last: Some(ProbeFailure {
                symptom: Symptom::Silent,
                seen: "no answer within 1s".to_owned(),
            }),
        }),
        watchdog: None,
        told: Told {
            activity: Some(Activity::Reloading),
            status: Some("at work".to_owned()),
            ..Told::default()
        },
        well_since: None,
        trial: None,
    };
    let state = State::Running(Running {
        since: RealTime::from_unix_nanos(0),
        started: AwakeTime::ORIGIN,
        instance: InstanceId(3),
        pid: Pid(77),
        deadline: None,
        postponed: None,
        health: Some(Box::new(health)),
    });
    let status = status_in(&state, 25).health.expect("something is known");
    let hang = &status.hang[0];
    assert_eq!(
        (hang.kind.as_str(), hang.after_seconds, hang.for_seconds),
        ("silent", 8.0, 6.0)
    );
    assert!(status.ready && !status.busy);
    assert_eq!(status.failures, 2);
    assert_eq!(status.last_failure.as_deref(), Some("no answer within 1s"));
    assert_eq!(status.activity.as_deref(), Some("reloading"));
    assert_eq!(status.status.as_deref(), Some("at work"));
    let text = serde_json::to_string(&status).expect("it is written");
    let read: HealthStatus = serde_json::from_str(&text).expect("and read");
    assert_eq!(read, status);
    // A guardian of before says less.
    let older: HealthStatus = serde_json::from_str("{\"ready\":true}").expect("it is read");
    assert!(older.ready && older.status.is_none());
}

/// Silent for six seconds of eight.
fn hang_watch() -> HangWatch {
    let at = |seconds| AwakeTime::from_origin(Duration::from_secs(seconds));
    HangWatch {
        number: 7,
        turn: Turn::Idle(at(25)),
        first: None,
        courses: vec![Course {
            hang: Hang::Silent,
            time: Duration::from_secs(8),
            from: Some((at(24), Sample::default())),
            quiet_from: Some((at(18), Sample::default())),
            quiet: 6,
            doubted: 0,
            counts: true,
            history: 0,
        }],
    }
}
