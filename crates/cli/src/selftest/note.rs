//! How things were when a self-test was begun: what its second half needs to
//! know when the first has gone with its session.

use std::time::Duration;

use outlast_api::v1::{Answer, Request, ServiceState, Target};
use outlast_journal::events::stored::Time;
use outlast_os::clock;
use serde::{Deserialize, Serialize};

use super::Watched;
use super::evidence;
use crate::connection;
use crate::doctor::prospect::Fate;
use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// The version of the form that is written.
pub(super) const VERSION: u32 = 1;

/// What is left on disk between the halves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) v: u32,
    pub(super) begun: Time,
    /// The guardian's process.
    pub(super) guardian_pid: u32,
    /// The services that ran.
    pub(super) services: Vec<String>,
    /// The number of the last record of the time before.
    pub(super) last_seq: u64,
    /// How long the machine had been suspended altogether.
    pub(super) suspended_seconds: f64,
    /// What was said to become of it: a [`Fate`] by its word.
    pub(super) promised: String,
}

impl Note {
    /// How things are now. The guardian has to run, and a service of it.
    pub(super) fn now(watched: &Watched) -> Result<Self, Failure> {
        let request = Request::Status {
            target: Target::All,
        };
        let status = match connection::call(&watched.state_dir, &request)? {
            Answer::Status(status) => status,
            other => {
                let message = format!("the guardian answered something else: {other:?}");
                return Err(Failure::new(ExitCode::Failed, message));
            }
        };
        // What runs in a session ends with it, as it should.
        let running = status
            .services
            .iter()
            .filter(|service| service.state == ServiceState::Running && service.session.is_none());
        let services: Vec<String> = running.map(|service| service.name.clone()).collect();
        if services.is_empty() {
            return Err(Failure::new(
                ExitCode::NotRunning,
                format!(
                    "no service of {} runs, so there is nothing to watch",
                    watched.name
                ),
            )
            .hint("start one, and give the same command again"));
        }
        let now = clock::now();
        Ok(Self {
            v: VERSION,
            begun: Time(now.real),
            guardian_pid: status.pid,
            services,
            last_seq: evidence::last_seq(&watched.state_dir)?,
            suspended_seconds: now.suspended.as_secs_f64(),
            promised: watched.promise.fate.word().to_owned(),
        })
    }

    /// How long the machine has slept since; `None`: it was started meanwhile, or
    /// its clocks are none that were written here.
    pub(super) fn slept(&self) -> Option<Duration> {
        since(clock::now().suspended, self.suspended_seconds)
    }

    /// What was said to become of the guardian.
    pub(super) fn promise(&self) -> Result<Fate, Failure> {
        Fate::of_word(&self.promised).ok_or_else(|| {
            let promised = &self.promised;
            Failure::new(
                ExitCode::Failed,
                format!("the note of the self-test promises {promised:?}, which this version does not know"),
            )
        })
    }
}

/// Two readings of a clock that stood still may differ by the time that they take.
fn since(suspended: Duration, before_seconds: f64) -> Option<Duration> {
    let slept = suspended.as_secs_f64() - before_seconds;
    Duration::try_from_secs_f64(if slept > -READING {
        slept.max(0.0)
    } else {
        slept
    })
    .ok()
}

/// In seconds.
const READING: f64 = 0.1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_stood_still_has_slept_for_no_time() {
        let now = Duration::from_micros(5_000_000);
        assert_eq!(since(now, 5.000_03), Some(Duration::ZERO));
        assert_eq!(since(now, 4.0), Some(Duration::from_secs(1)));
        // The machine was started anew.
        assert_eq!(since(now, 3600.0), None);
    }
}
