//! `outlast awake`: keep the machine awake while a command runs.

use std::ffi::OsString;
use std::time::Duration;

use outlast_os::foreground;
use outlast_os::inhibit::{Inhibitor, Purpose};

use crate::args::Awake;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal;

/// How long the command waits for the inhibitor: somebody sits there.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn perform(arguments: &Awake) -> Result<ExitCode, Failure> {
    let Some((program, rest)) = arguments.command.split_first() else {
        return Err(Failure::new(ExitCode::Program(2), "there is no command"));
    };
    let why = match &arguments.why {
        Some(why) => why.clone(),
        None => shown(&arguments.command),
    };
    let purpose = Purpose {
        who: "outlast awake",
        why: &why,
    };
    let inhibitor = Inhibitor::hold(&purpose, PATIENCE);
    match &inhibitor {
        Ok(inhibitor) => tell_refused(inhibitor),
        Err(denied) => terminal::tell(&format!(
            "outlast: the machine is not kept awake: {denied}; the command runs all the same"
        )),
    }
    let exit = foreground::run(program, rest).map_err(|error| Failure {
        code: ExitCode::BadConfiguration,
        ..Failure::of(&format!("run {}", program.display()), &error)
    })?;
    // Held until here: whoever kills this process releases it, too.
    drop(inhibitor);
    Ok(ExitCode::of_program(exit))
}

fn tell_refused(inhibitor: &Inhibitor) {
    for refused in &inhibitor.grant().refused {
        terminal::tell(&format!(
            "outlast: not prevented ({}): {}",
            refused.what.word(),
            refused.reason
        ));
    }
}

/// The command as people may read it. Its arguments are in every list of
/// processes, so they are no secret.
fn shown(command: &[OsString]) -> String {
    let words: Vec<_> = command.iter().map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}
