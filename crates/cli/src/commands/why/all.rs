//! `outlast why --all`: every incident, those that are the same together.

use std::time::{Duration, Instant};

use outlast_diagnose::Table;
use outlast_model::{RealTime, Verdict};
use outlast_os::clock;
use serde_json::json;

use super::{next_of, nothing, verdict};
use crate::args::Why;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::moment::{self, clock_time, rfc3339};
use crate::table;
use crate::terminal;
use crate::why::Finder;

/// What is looked at when nothing is said: a week.
const DEFAULT_SINCE: &str = "7d";

/// So long incidents are found out about anew of which no verdict is on record; nobody
/// waits for a thousand of them.
const LATE_PATIENCE: Duration = Duration::from_secs(1);

struct Group {
    service: String,
    verdict: Verdict,
    count: usize,
    first: RealTime,
    last: RealTime,
}

pub(super) fn perform(
    mut finder: Finder,
    services: &[String],
    (arguments, table): (&Why, &Table),
) -> Result<ExitCode, Failure> {
    let now = clock::now().real;
    let since = moment::parse(arguments.since.as_deref().unwrap_or(DEFAULT_SINCE), now)?;
    let state_dir = finder.state_dir().to_owned();
    let mut groups: Vec<Group> = Vec::new();
    let mut late = Duration::ZERO;
    while let Some(incident) = next_of(&mut finder, services)? {
        if incident.at < since {
            break;
        }
        let begun = Instant::now();
        let found = if incident.verdict.is_none() && late >= LATE_PATIENCE {
            Verdict::unknown(
                "not found out at once; `outlast why SERVICE` does that of the last one",
            )
        } else {
            verdict(&state_dir, &incident, table).0
        };
        late += begun.elapsed();
        let service = incident
            .service
            .unwrap_or_else(|| "the guardian".to_owned());
        let same = groups
            .iter_mut()
            .find(|group| group.service == service && group.verdict.sameness == found.sameness);
        match same {
            Some(group) => {
                group.count += 1;
                group.first = incident.at;
            }
            None => groups.push(Group {
                service,
                verdict: found,
                count: 1,
                first: incident.at,
                last: incident.at,
            }),
        }
    }
    if groups.is_empty() {
        return nothing(arguments, "nothing has ended unasked in that time");
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    let text = if arguments.json {
        in_json(&groups)
    } else {
        in_table(
            &groups,
            now,
            if arguments.markdown {
                Form::Markdown
            } else {
                Form::Columns
            },
        )
    };
    terminal::print(&text)?;
    Ok(ExitCode::Ok)
}

fn in_json(groups: &[Group]) -> String {
    let group = |group: &Group| {
        json!({
            "service": group.service,
            "count": group.count,
            "first": rfc3339(group.first),
            "last": rfc3339(group.last),
            "cause": group.verdict.cause,
            "confidence": group.verdict.confidence.word(),
            "sentence": group.verdict.sentence,
        })
    };
    let groups: Vec<_> = groups.iter().map(group).collect();
    format!("{:#}", json!({ "v": 1, "incidents": groups }))
}

#[derive(Clone, Copy)]
enum Form {
    Columns,
    Markdown,
}

fn in_table(groups: &[Group], now: RealTime, form: Form) -> String {
    let head = ["TIMES", "LAST", "SERVICE", "CAUSE", "SURE", "WHAT HAPPENED"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(groups.iter().map(|group| {
        vec![
            group.count.to_string(),
            clock_time(group.last, now),
            group.service.clone(),
            group.verdict.cause.clone(),
            group.verdict.confidence.word().to_owned(),
            group.verdict.sentence.clone(),
        ]
    }));
    match form {
        Form::Columns => table::lines(&rows).join("\n"),
        Form::Markdown => {
            let escaped = |cell: &String| cell.replace('|', "\\|");
            let row = |row: &Vec<String>| {
                let cells: Vec<String> = row.iter().map(escaped).collect();
                format!("| {} |", cells.join(" | "))
            };
            let mut lines: Vec<String> = rows.iter().map(row).collect();
            lines.insert(1, format!("|{}", " --- |".repeat(head.len())));
            lines.join("\n")
        }
    }
}
