//! Whether a service works.

use serde::{Deserialize, Serialize};

/// What is known of the health of an instance that runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HealthStatus {
    /// Whether it may be depended upon.
    pub ready: bool,
    /// What it is not ready without: `notify`, `log`, `delay`, or as `probe`; absent:
    /// it is ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<String>,
    /// How it is asked now: `http`, `tcp`, `unix`, `exec`, `file`, `port`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<String>,
    /// Bad answers in a row, as far as they count.
    #[serde(default)]
    pub failures: u32,
    /// What was seen when it last answered badly, if it has not answered well
    /// since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<String>,
    /// How often it has to tell that it works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watchdog_seconds: Option<f64>,
    /// The ways of hanging that are looked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hang: Vec<HangStatus>,
    /// What it says that it is up to: `reloading`, `stopping`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<String>,
    /// How it is, in its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The error number that it has told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errno: Option<i32>,
    /// The exit status that it has told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_status: Option<i32>,
    /// Which of its processes it calls the main one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub main_pid: Option<u32>,
    /// Whether it says that it is busy.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub busy: bool,
}

/// How the circuit breaker of a service stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BreakerStatus {
    /// `closed`; `open`: its health has failed and nothing else has been started yet;
    /// `half-open`: another instance is on trial.
    pub state: String,
    /// How often in a row it has opened without closing in between.
    pub openings: u32,
    /// After how many the service is given up; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// When it closes if the instance stays well; absent: it is not well now, or
    /// it is not half-open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_in_seconds: Option<f64>,
}

/// A way of hanging that is looked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HangStatus {
    /// `silent`, `stuck`, `spin`.
    pub kind: String,
    /// How long it may take.
    pub after_seconds: f64,
    /// For how long there has been no sign of work, as far as that counts.
    pub for_seconds: f64,
}
