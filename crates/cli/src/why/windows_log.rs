//! Windows' event log, asked by `wevtutil`: its XML is what the Event Viewer exports, too.

use std::io;
use std::time::Duration;

use outlast_diagnose::{Sign, event_log};
use outlast_os::process::run_tool;

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The logs that tell of ends.
const LOGS: [&str; 2] = ["System", "Application"];

/// What tells of ends there; the same as `event_log` reads.
const IDS: [u32; 21] = [
    41, 1000, 1002, 1023, 1025, 1026, 1074, 2004, 6008, 7000, 7001, 7009, 7011, 7022, 7023, 7024,
    7031, 7034, 7038, 7041, 7043,
];

/// The signs of the last `within`, the latest first.
///
/// # Errors
/// When there is no such log, or it cannot be asked.
pub(crate) fn signs(within: Duration) -> io::Result<Vec<Sign>> {
    let mut signs = Vec::new();
    for log in LOGS {
        let arguments = ["qe", log, &query(within), "/rd:true", "/c:100", "/f:xml"];
        let arguments = arguments.map(str::to_owned);
        let told = run_tool("wevtutil", &arguments, PATIENCE)?;
        if !told.is_success {
            return Err(io::Error::other(told.stderr.trim().to_owned()));
        }
        signs.extend(event_log::signs(&told.stdout));
    }
    Ok(signs)
}

fn query(within: Duration) -> String {
    let ids: Vec<String> = IDS.iter().map(|id| format!("EventID={id}")).collect();
    format!(
        "/q:*[System[({}) and TimeCreated[timediff(@SystemTime) <= {}]]]",
        ids.join(" or "),
        within.as_millis()
    )
}
