//! `outlast __diagnose`: finds out why instances have ended, for the guardian that asks.
//! One line of JSON for each, in the order asked.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::Path;

use outlast_diagnose::Table;
use outlast_journal::events::StoredVerdict;

use crate::args::{Diagnose, Global};
use crate::at_hand;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal;
use crate::why::{self, Finder, Incident};

/// They are the last on record, but for what happened in between.
const MOST_LOOKED_AT: usize = 1000;

/// The longest text of a verdict that is kept: a whole stack is in the output.
const LONGEST_QUOTE: usize = 8 * 1024;

pub(crate) fn perform(arguments: &Diagnose, global: &Global) -> Result<ExitCode, Failure> {
    let state_dir = at_hand::state_dir(global)?;
    let wanted = arguments.incidents.iter().filter_map(|text| named(text));
    let wanted: Vec<(String, u64)> = wanted.collect();
    // A table that is not in order is told by `outlast why`; deaths are told all the same.
    let table = why::table(None).unwrap_or_else(|_| Table::own());
    let mut found = find(&state_dir, &wanted)?;
    for key in wanted {
        let Some(incident) = found.remove(&key) else {
            continue;
        };
        let mut verdict = why::diagnose(&state_dir, &incident, &table);
        for quote in verdict.evidence.iter_mut().chain(&mut verdict.against) {
            shorten(&mut quote.text);
        }
        let line = StoredVerdict::new(key.1, &verdict).line();
        let mut output = io::stdout().lock();
        let written = writeln!(output, "{line}").and_then(|()| output.flush());
        terminal::written(written)?;
    }
    Ok(ExitCode::Ok)
}

/// `SERVICE=INSTANCE`.
fn named(text: &str) -> Option<(String, u64)> {
    let (service, instance) = text.rsplit_once('=')?;
    Some((service.to_owned(), instance.parse().ok()?))
}

fn find(
    state_dir: &Path,
    wanted: &[(String, u64)],
) -> Result<HashMap<(String, u64), Incident>, Failure> {
    let mut finder = Finder::of_all_ends(state_dir)?;
    let mut found = HashMap::new();
    for _ in 0..MOST_LOOKED_AT {
        if found.len() == wanted.len() {
            break;
        }
        let Some(incident) = finder.next()? else {
            break;
        };
        if let (Some(service), Some(instance)) = (&incident.service, incident.instance) {
            let key = (service.clone(), instance);
            if wanted.contains(&key) {
                found.insert(key, incident);
            }
        }
    }
    Ok(found)
}

fn shorten(text: &mut String) {
    if text.len() > LONGEST_QUOTE {
        let end = (0..=LONGEST_QUOTE)
            .rev()
            .find(|&at| text.is_char_boundary(at));
        text.truncate(end.unwrap_or(0));
        text.push('…');
    }
}
