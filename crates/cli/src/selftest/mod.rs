//! What really happens to a guardian when a person locks the screen, puts the
//! machine to sleep or logs off, beside what `doctor` has said would happen.
//!
//! # Theory of operation
//!
//! A self-test is two halves with a [`Note`] on disk between them. The first says
//! what is promised and what to do, and notes how things are; the second collects
//! the [`Evidence`] of the time in between, from the journal and the clocks, and
//! [`judge`](judge::judge)s it, which is a pure function. A test of a lock or a
//! sleep waits for the person between the halves. One of a log-off cannot, as it
//! ends with the session. So whoever gives the same command again finishes a
//! self-test that was begun, whatever became of the first command.
//!
//! Nothing here does anything to the guardian but ask it how it is.

mod evidence;
mod judge;
mod note;
mod place;
mod steps;
mod verdict;

#[cfg(test)]
mod judge_tests;

use std::io::{self, BufRead as _};
use std::path::PathBuf;

use outlast_os::clock;
use serde_json::{Value, json};

use crate::doctor::Prospect;
use crate::doctor::prospect::Moment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal;

use evidence::Evidence;
use note::Note;
use place::Place;
use verdict::Outcome;

/// What a person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SelfTest {
    /// Locks the screen, and unlocks it.
    Lock,
    /// Puts the machine to sleep, and wakes it.
    Sleep,
    /// Logs off, and on again.
    LogOff,
}

impl SelfTest {
    /// The moment of which `doctor` has said something.
    pub(crate) const fn moment(self) -> Moment {
        match self {
            Self::Lock => Moment::Lock,
            Self::Sleep => Moment::Sleep,
            Self::LogOff => Moment::LogOff,
        }
    }

    /// Its name, as on the command line and in `--json`.
    pub(crate) const fn word(self) -> &'static str {
        self.moment().word()
    }
}

/// The guardian that is watched.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    pub(crate) name: String,
    pub(crate) state_dir: PathBuf,
    /// What is said to become of it.
    pub(crate) promise: Prospect,
    /// What is known of the machine.
    pub(crate) machine: Value,
}

/// How the result is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Begins `test`, or finishes it where it was begun. Blocks until a person has
/// answered.
pub(crate) fn perform(
    test: SelfTest,
    watched: &Watched,
    format: Format,
) -> Result<ExitCode, Failure> {
    let place = Place::of(watched, test)?;
    if let Some(note) = place.note()? {
        terminal::tell(&format!(
            "this finishes the self-test that was begun at {}",
            note.begun
        ));
        return finish(test, watched, &place, &note, format);
    }
    let note = Note::now(watched)?;
    place.leave(&note)?;
    for line in steps::lines(test, watched, &note) {
        terminal::tell(&line);
    }
    if test == SelfTest::LogOff || !is_answered()? {
        return begun(test, watched, format);
    }
    finish(test, watched, &place, &note, format)
}

/// Waits for a line; `false`: there is nobody who would write one.
fn is_answered() -> Result<bool, Failure> {
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    Ok(read.map_err(|error| Failure::of("wait for Enter", &error))? > 0)
}

/// The rest is for the same command, when it is given again.
fn begun(test: SelfTest, watched: &Watched, format: Format) -> Result<ExitCode, Failure> {
    if format == Format::Json {
        let report = json!({
            "selftest": test.word(),
            "guardian": watched.name,
            "result": "begun",
        });
        terminal::print(&report.to_string())?;
    }
    Ok(ExitCode::Ok)
}

fn finish(
    test: SelfTest,
    watched: &Watched,
    place: &Place,
    note: &Note,
    format: Format,
) -> Result<ExitCode, Failure> {
    let evidence = Evidence::collect(watched, note)?;
    let verdict = judge::judge(test, note.promise()?, &evidence);
    let report = verdict.report(test, watched, note, clock::now().real);
    let file = place.write(&report)?;
    place.forget()?;
    match format {
        Format::Json => terminal::print(&report.to_string())?,
        Format::Text => {
            for line in verdict.lines(test, watched) {
                terminal::print(&line)?;
            }
        }
    }
    terminal::tell(&format!("written to {}", file.display()));
    Ok(match verdict.outcome {
        Outcome::AsPromised => ExitCode::Ok,
        Outcome::NotAsPromised | Outcome::Inconclusive => ExitCode::Failed,
    })
}
