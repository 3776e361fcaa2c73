//! A service with everything plain, for tests to vary.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use outlast_model::service::{
    Ask, Backoff, Command, Environment, LogPolicy, NetworkPolicy, OnFailure, RestartPolicy,
    RestartWhen, SleepPolicy, StopSequence, StopStep, ThrottlePolicy,
};
use outlast_model::{Service, ServiceName, Signal};

/// Restarted always after 1 s, 2 s, 4 s … 10 s; stopped by TERM within 5 s.
pub(crate) fn plain(name: &str) -> Service {
    Service {
        name: ServiceName::new(name).expect("tests use valid names"),
        command: Command {
            program: "/bin/true".to_owned(),
            arguments: Vec::new(),
        },
        dir: PathBuf::from("/"),
        environment: Environment::default(),
        secrets: BTreeMap::new(),
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
                max_delay: Duration::from_secs(10),
                factor: 2.0,
                jitter: 0.0,
                reset_after: Duration::from_secs(60),
            },
            limit: None,
        },
        success_codes: vec![0],
        stop: StopSequence {
            steps: vec![StopStep {
                ask: Ask::Signal(Signal::Term),
                wait: Duration::from_secs(5),
            }],
        },
        log: LogPolicy::Discard,
        time_limit: None,
        reactions: BTreeMap::new(),
        on_failure: OnFailure::default(),
        part_of: None,
        copy_of: None,
        health: outlast_model::HealthPolicy::default(),
        sleep: SleepPolicy::Allow,
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
