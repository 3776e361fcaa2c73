//! `outlast why`: why something ended.

mod all;
mod event_log;
mod log;
mod process;
mod unit;

use std::path::Path;

use outlast_diagnose::{Case, Table, judge};
use outlast_os::clock;

use crate::args::{Global, Why};
use crate::at_hand;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::meant::is_meant;
use crate::terminal;
use crate::why::{self, Finder, Incident, Report};

/// So many earlier incidents are looked at for being the same.
const MOST_COMPARED: usize = 500;

pub(crate) fn perform(arguments: &Why, global: &Global) -> Result<ExitCode, Failure> {
    let table = why::table(arguments.causes.as_deref())?;
    if let Some(path) = &arguments.log {
        return log::perform(path, (arguments, &table));
    }
    if arguments.event_log {
        return event_log::perform((arguments, &table));
    }
    if let Some(pid) = arguments.pid {
        return process::perform(pid, (arguments, &table));
    }
    if let Some(unit) = &arguments.unit {
        return unit::perform(unit, (arguments, &table));
    }
    let addressed = at_hand::address(&arguments.services, global)?;
    if !addressed.state_dir.is_dir() {
        let folder = addressed.state_dir.display();
        return Err(Failure::new(ExitCode::Failed, format!("there is no journal in {folder}"))
            .hint("`outlast list` tells where guardians keep theirs; `outlast why --log FILE` reads any log"));
    }
    let services = addressed.services.unwrap_or_default();
    let finder = Finder::open(&addressed.state_dir)?;
    if arguments.all {
        return all::perform(finder, &services, (arguments, &table));
    }
    last(finder, &services, (arguments, &table))
}

/// The last incident, of `services` if any are named.
fn last(
    mut finder: Finder,
    services: &[String],
    (arguments, table): (&Why, &Table),
) -> Result<ExitCode, Failure> {
    let state_dir = finder.state_dir().to_owned();
    let Some(incident) = next_of(&mut finder, services)? else {
        let whom = if services.is_empty() {
            "nothing".to_owned()
        } else {
            format!("no instance of {}", services.join(", "))
        };
        return nothing(
            arguments,
            &format!("{whom} has ended unasked, as far as the journal goes back"),
        );
    };
    let found = verdict(&state_dir, &incident, table);
    let mut report = Report::of(&state_dir, &incident, found);
    report.same = same_as(&report, finder)?;
    tell(&report, arguments)
}

fn next_of(finder: &mut Finder, services: &[String]) -> Result<Option<Incident>, Failure> {
    while let Some(incident) = finder.next()? {
        let is_wanted = services.is_empty()
            || incident
                .service
                .as_ref()
                .is_some_and(|service| services.iter().any(|name| is_meant(name, service)));
        if is_wanted {
            return Ok(Some(incident));
        }
    }
    Ok(None)
}

/// What was found out at once, or what is found out now.
fn verdict(state_dir: &Path, incident: &Incident, table: &Table) -> (outlast_model::Verdict, bool) {
    match &incident.verdict {
        Some(stored) => (stored.verdict(), false),
        None => (why::diagnose(state_dir, incident, table), true),
    }
}

fn same_as(report: &Report, mut earlier: Finder) -> Result<usize, Failure> {
    let mut same = 0;
    for _ in 0..MOST_COMPARED {
        let Some(incident) = earlier.next()? else {
            break;
        };
        let sameness = incident.verdict.map(|verdict| verdict.sameness);
        same += usize::from(sameness.as_ref() == Some(&report.verdict.sameness));
    }
    Ok(same)
}

/// Tells what `case` says, or that it says nothing.
fn tell_case(
    case: &Case,
    subject: &str,
    (arguments, table): (&Why, &Table),
) -> Result<ExitCode, Failure> {
    let Some(verdict) = judge(case, table) else {
        return nothing(
            arguments,
            &format!("{subject}: nothing here tells of an end"),
        );
    };
    let report = Report {
        subject: subject.to_owned(),
        at: case.at,
        verdict,
        is_late: true,
        same: 0,
        timeline: Vec::new(),
    };
    tell(&report, arguments)
}

fn tell(report: &Report, arguments: &Why) -> Result<ExitCode, Failure> {
    let text = if arguments.json {
        format!("{:#}", report.json())
    } else if arguments.markdown {
        why::markdown(report)
    } else {
        why::text(report, clock::now().real)
    };
    terminal::print(&text)?;
    Ok(ExitCode::Ok)
}

fn nothing(arguments: &Why, sentence: &str) -> Result<ExitCode, Failure> {
    if arguments.json {
        let told = serde_json::json!({ "v": 1, "verdict": null, "reason": sentence });
        terminal::print(&format!("{told:#}"))?;
    } else {
        terminal::print(sentence)?;
    }
    Ok(ExitCode::Ok)
}
