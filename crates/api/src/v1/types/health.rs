//! Whether a service works.

use serde::{Deserialize, Serialize};

/// What is known of the health of an instance that runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HealthStatus {
    /// Whether it may be depended upon.
    pub ready: bool,
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
