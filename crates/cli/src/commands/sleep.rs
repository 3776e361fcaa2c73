//! `outlast sleep`: what keeps this machine from sleeping.
//!
//! Two views of it: what the operating system tells of everybody's inhibitors,
//! and what guardians know of those of their services.

use std::path::PathBuf;
use std::time::Duration;

use outlast_api::v1::{
    Answer, GuardianStatus, InhibitorState, Request, ServiceStatus, SleepStatus, Target,
};
use outlast_os::inhibit::{self, Listed};
use serde_json::{Value, json};

use crate::args::{Global, Sleep};
use crate::at_hand;
use crate::connection;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, with_causes};
use crate::table;
use crate::terminal::{self, BAD, CHANGING, FAINT, GOOD, styled};

/// How long the system may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn perform(arguments: &Sleep, global: &Global) -> Result<ExitCode, Failure> {
    let guardians = guardians(global)?;
    let machine = inhibit::list(PATIENCE).map_err(|error| with_causes(&error));
    if arguments.json {
        terminal::print(&as_json(&machine, &guardians).to_string())?;
    } else {
        tell_machine(&machine)?;
        for guardian in &guardians {
            tell_guardian(guardian)?;
        }
    }
    Ok(ExitCode::Ok)
}

/// The guardian that is named or has its file here; else all that run.
fn guardians(global: &Global) -> Result<Vec<GuardianStatus>, Failure> {
    let is_named = global.state_dir.is_some() || global.file.is_some();
    let dirs: Vec<PathBuf> = if is_named || at_hand::file(global).is_some() {
        vec![at_hand::state_dir(global)?]
    } else {
        at_hand::running()?
    };
    let request = Request::Status {
        target: Target::All,
    };
    let mut guardians = Vec::new();
    for dir in dirs {
        let answer = if is_named {
            Some(connection::call(&dir, &request)?)
        } else {
            connection::try_call(&dir, &request)?
        };
        if let Some(Answer::Status(status)) = answer {
            guardians.push(status);
        }
    }
    Ok(guardians)
}

fn as_json(machine: &Result<Vec<Listed>, String>, guardians: &[GuardianStatus]) -> Value {
    let listed = |listed: &Listed| {
        json!({
            "what": listed.what, "who": listed.who, "why": listed.why, "mode": listed.mode,
            "pid": listed.pid, "uid": listed.uid,
        })
    };
    let guardian = |guardian: &GuardianStatus| {
        let services: Vec<Value> = concerned(guardian)
            .map(|(service, sleep)| {
                let mut value = json!(sleep);
                value["service"] = json!(service.name);
                value
            })
            .collect();
        json!({ "name": guardian.name, "pid": guardian.pid, "services": services })
    };
    let guardians: Vec<Value> = guardians.iter().map(guardian).collect();
    let mut value = json!({ "guardians": guardians });
    match machine {
        Ok(all) => value["inhibitors"] = all.iter().map(listed).collect(),
        Err(reason) => value["inhibitors_unknown"] = json!(reason),
    }
    value
}

fn concerned(guardian: &GuardianStatus) -> impl Iterator<Item = (&ServiceStatus, &SleepStatus)> {
    let services = guardian.services.iter();
    services.filter_map(|service| Some((service, service.sleep.as_ref()?)))
}

fn tell_machine(machine: &Result<Vec<Listed>, String>) -> Result<(), Failure> {
    let all = match machine {
        Ok(all) => all,
        Err(reason) => {
            terminal::tell(&format!("what others hold is not known: {reason}"));
            return Ok(());
        }
    };
    if all.is_empty() {
        return terminal::print("nobody keeps this machine from sleeping");
    }
    let row = |listed: &Listed| {
        vec![
            listed.who.clone(),
            listed.what.join(", "),
            listed.mode.clone(),
            listed.pid.to_string(),
            listed.why.clone(),
        ]
    };
    print_table(&["WHO", "WHAT", "MODE", "PID", "WHY"], all.iter().map(row))
}

fn tell_guardian(guardian: &GuardianStatus) -> Result<(), Failure> {
    if concerned(guardian).next().is_none() {
        return Ok(());
    }
    terminal::print("")?;
    let row = |(service, sleep): (&ServiceStatus, &SleepStatus)| {
        vec![
            format!("{}/{}", guardian.name, service.name),
            sleep.policy.clone(),
            state(sleep.inhibitor),
            or_none(sleep.prevents.join(", ")),
            notes(sleep),
        ]
    };
    print_table(
        &["SERVICE", "POLICY", "INHIBITOR", "PREVENTS", "NOTE"],
        concerned(guardian).map(row),
    )
}

fn print_table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<(), Failure> {
    let head = head.iter().map(|title| styled(FAINT, title)).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    for line in table::lines(&rows) {
        terminal::print(&line)?;
    }
    Ok(())
}

fn or_none(cell: String) -> String {
    if cell.is_empty() {
        "-".to_owned()
    } else {
        cell
    }
}

fn state(inhibitor: InhibitorState) -> String {
    match inhibitor {
        InhibitorState::None => styled(FAINT, "none"),
        InhibitorState::Asked => styled(CHANGING, "asked for"),
        InhibitorState::Held => styled(GOOD, "held"),
        InhibitorState::Denied => styled(BAD, "denied"),
        InhibitorState::Unknown => styled(FAINT, "unknown"),
    }
}

/// Who wins against it, what of it was refused, why there is none.
fn notes(sleep: &SleepStatus) -> String {
    let mut notes = Vec::new();
    if !sleep.overridden_by.is_empty() {
        let who: Vec<&str> = sleep
            .overridden_by
            .iter()
            .map(|word| overrider(word))
            .collect();
        notes.push(format!("overridden by {}", who.join(", ")));
    }
    let refused = sleep.refused.iter();
    notes.extend(refused.map(|refused| format!("not {}: {}", refused.what, refused.reason)));
    notes.extend(sleep.reason.clone());
    or_none(notes.join("; "))
}

fn overrider(word: &str) -> &str {
    match word {
        "administrator" => "an administrator",
        "person" => "a person (Sleep, power button, lid)",
        "lid" => "closing the lid",
        "battery" => "the system when on battery",
        other => other,
    }
}
