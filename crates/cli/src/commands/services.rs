//! The names that services of the guardian at hand have, for completions: from
//! its file, which answers also when no guardian runs.

use crate::args::Global;
use crate::at_hand;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal;

pub(crate) fn perform(global: &Global) -> Result<ExitCode, Failure> {
    let file = at_hand::file(global);
    // Somebody is typing: a broken file is no reason to write into the prompt.
    let Some(config) = file.and_then(|file| super::run::load(&file).ok()) else {
        return Ok(ExitCode::Ok);
    };
    for service in &config.services {
        terminal::print(service.name.as_str())?;
    }
    Ok(ExitCode::Ok)
}
