//! All that is known of an incident, and what follows from it.

use std::path::Path;

use outlast_diagnose::text::Line;
use outlast_diagnose::{Case, MAX_TABLE_BYTES, Platform, Table, judge};
use outlast_model::Verdict;
use outlast_os::paths;

use super::story::Story;
use super::{Incident, output, sight};
use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// What such a table is called, in the folders of a machine's and a user's settings.
const CAUSES_FILENAME: &str = "causes.toml";

/// The table of causes: the user's rows before ours. One that is named has to be there
/// and in order.
pub(crate) fn table(named: Option<&Path>) -> Result<Table, Failure> {
    if let Some(path) = named {
        return read(path);
    }
    for folder in paths::settings_dirs() {
        let path = folder.join(CAUSES_FILENAME);
        if path.exists() {
            return read(&path);
        }
    }
    Ok(Table::own())
}

fn read(path: &Path) -> Result<Table, Failure> {
    let refuse = |reason: String| {
        Failure::new(
            ExitCode::BadConfiguration,
            format!("cannot use the causes in {}: {reason}", path.display()),
        )
        .hint("docs/why.md tells how a row is written")
    };
    let size = path.metadata().map(|status| status.len());
    if size.is_ok_and(|size| size > MAX_TABLE_BYTES as u64) {
        return Err(refuse(format!("it has more than {MAX_TABLE_BYTES} bytes")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    Table::with_rows_of(&text).map_err(|error| {
        let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
        refuse(format!("{error}{}", source.unwrap_or_default()))
    })
}

/// What is found out about `incident` of the guardian with this state directory.
pub(crate) fn diagnose(state_dir: &Path, incident: &Incident, table: &Table) -> Verdict {
    let case = of_incident(state_dir, incident);
    judge(&case, table)
        .unwrap_or_else(|| Verdict::unknown("it ended, and nothing that was seen tells why"))
}

fn of_incident(state_dir: &Path, incident: &Incident) -> Case {
    let story = Story::read(state_dir, incident);
    let lines = match (&incident.service, incident.instance) {
        (Some(service), Some(instance)) => {
            output::last_lines(state_dir, service, (instance, incident.at))
        }
        _ => Vec::new(),
    };
    let mut signs = story.signs(incident, here());
    signs.extend(sight::look(incident, &story, &lines));
    Case {
        platform: here(),
        at: Some(incident.at),
        signs,
        lines,
        is_log_only: false,
    }
}

/// A log of which nothing else is known.
pub(crate) fn log_case(lines: Vec<Line>) -> Case {
    Case {
        platform: here(),
        at: None,
        signs: Vec::new(),
        lines,
        is_log_only: true,
    }
}

/// This platform; what has no rows of its own is most like Linux.
fn here() -> Platform {
    Platform::of_name(std::env::consts::OS).unwrap_or(Platform::Linux)
}
