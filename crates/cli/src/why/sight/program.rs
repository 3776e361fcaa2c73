//! What is the matter with the file of a program that could not be started.

use std::path::Path;

use outlast_diagnose::Sign;
use outlast_journal::events::stored::StoredEvent;
use outlast_os::aftermath::{self, Obstacle};

use super::said::Said;
use crate::why::Incident;
use crate::why::story::Story;

/// So many files that a shell may have meant are looked at.
const MOST_NAMED: usize = 8;

/// What is the matter with the program that could not be started.
pub(super) fn of_start(incident: &Incident, story: &Story) -> Option<Sign> {
    let failure = story
        .records
        .iter()
        .rev()
        .find_map(|record| match &record.event {
            StoredEvent::StartFailed { instance, failure }
                if record.service == incident.service && Some(*instance) == incident.instance =>
            {
                Some(failure)
            }
            _ => None,
        })?;
    obstacle(Path::new(&failure.subject))
}

/// A shell ends with this when it may not execute what it has named.
const REFUSED: i32 = 126;

/// And with this when it finds nothing there, or not what should run it.
const NOT_FOUND: i32 = 127;

/// What is the matter with a program that a shell could not start. It names its own
/// file first, which need not be one that can be executed.
pub(super) fn of_shell(incident: &Incident, story: &Story, said: &Said) -> Option<Sign> {
    let wanted: &[&str] = match story.death(incident)?.exit.code? {
        REFUSED => &["not-executable", "other-machine"],
        NOT_FOUND => &["no-interpreter"],
        _ => return None,
    };
    let mut paths: Vec<&Path> = said.paths().filter(|path| path.is_file()).collect();
    paths.reverse();
    let mut found = paths.into_iter().take(MOST_NAMED).filter_map(obstacle);
    let fits = |sign: &Sign| sign.field("is").is_some_and(|is| wanted.contains(&is));
    found.find(fits)
}

fn obstacle(path: &Path) -> Option<Sign> {
    if !path.is_absolute() {
        return None;
    }
    let sign = |is: &str, text: String| {
        Sign::new("program", "file", text)
            .with("is", is)
            .with("path", path.display())
    };
    let shown = path.display();
    Some(match aftermath::obstacle(path)? {
        Obstacle::Missing => sign("missing", format!("there is no {shown}")),
        Obstacle::NotExecutable => sign("not-executable", format!("{shown} may not be executed")),
        Obstacle::NoInterpreter(interpreter) => {
            let interpreter = interpreter.display().to_string();
            let text = format!("{shown} is to be run by {interpreter:?}, which is not there");
            sign("no-interpreter", text).with("interpreter", interpreter)
        }
        Obstacle::OtherMachine { of, here } => sign(
            "other-machine",
            format!("{shown} is for {of}, and this machine is {here}"),
        )
        .with("machine", of)
        .with("here", here),
    })
}
