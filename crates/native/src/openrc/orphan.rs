//! A program whose `supervise-daemon` was killed. OpenRC says that it has stopped
//! such a service, leaves it running and starts a second one beside it.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::definition::Definition;
use crate::manager::Error;
use crate::step::Tool;
use crate::tool;

/// A killed process is gone sooner.
const KILLED: Duration = Duration::from_secs(5);

/// Ends the process `pid` if it is the program of `definition`: asks it, and
/// kills it when its stop time-out, or the `left` time, is over.
pub(super) fn end(pid: u32, definition: &Definition, left: Duration) -> Result<(), Error> {
    if !is_program(pid, definition) {
        return Ok(());
    }
    let stop = Instant::now() + left.min(definition.stop_timeout);
    signal(pid, "TERM")?;
    if !is_gone(pid, definition, stop) {
        signal(pid, "KILL")?;
        is_gone(pid, definition, Instant::now() + KILLED);
    }
    Ok(())
}

/// OpenRC keeps no more than the number, which may be somebody else's by now.
/// The words of the command line tell; before them an interpreter's may stand.
fn is_program(pid: u32, definition: &Definition) -> bool {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let program = definition.program.to_string_lossy();
    let mut words = vec![program.as_bytes()];
    words.extend(definition.arguments.iter().map(String::as_bytes));
    let mut expected = words.join(&0);
    expected.push(0);
    let is_whole_word = line.len() == expected.len()
        || line.len() > expected.len() && line[line.len() - expected.len() - 1] == 0;
    is_whole_word && line.ends_with(&expected)
}

fn signal(pid: u32, name: &str) -> Result<(), Error> {
    let arguments = [
        "-c".to_owned(),
        format!("kill -{name} {pid} 2>/dev/null || :"),
    ];
    tool::run(&Tool {
        program: "sh".to_owned(),
        arguments: arguments.to_vec(),
    })
    .map(drop)
}

/// Waits for the end of somebody else's child, which nothing here tells of.
fn is_gone(pid: u32, definition: &Definition, deadline: Instant) -> bool {
    while is_program(pid, definition) {
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
    true
}
