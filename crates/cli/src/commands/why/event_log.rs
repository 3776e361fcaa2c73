//! `outlast why --event-log`: what Windows has noted of the last day.

use std::time::Duration;

use outlast_diagnose::{Platform, Table};

use super::{nothing, tell_case};
use crate::args::Why;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::why::{event_signs, log_case};

/// How far back it is looked.
const WITHIN: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn perform(how: (&Why, &Table)) -> Result<ExitCode, Failure> {
    let signs = event_signs(WITHIN).map_err(|error| {
        Failure::of("ask the event log of Windows (wevtutil)", &error)
            .hint("elsewhere: `outlast why --log FILE` with what the Event Viewer, or `wevtutil qe System /f:xml`, has exported there")
    })?;
    if signs.is_empty() {
        return nothing(
            how.0,
            "the event log of Windows tells of no end in the last 24 hours",
        );
    }
    let mut case = log_case(Vec::new());
    case.platform = Platform::Windows;
    case.signs = signs;
    tell_case(&case, "the event log", how)
}
