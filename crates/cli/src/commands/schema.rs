//! `outlast schema`: the JSON Schema of the file.

use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal;

pub(crate) fn perform() -> Result<ExitCode, Failure> {
    let text = serde_json::to_string_pretty(&outlast_config::schema())
        .map_err(|error| Failure::of("write the schema", &error))?;
    terminal::print(&text)?;
    Ok(ExitCode::Ok)
}
