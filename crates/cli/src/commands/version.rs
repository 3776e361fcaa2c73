//! `outlast version`.

use outlast_api::v1::SUPPORTED_VERSIONS;
use serde_json::json;

use crate::args::Version;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal;

pub(crate) fn perform(arguments: &Version) -> Result<ExitCode, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    let text = if arguments.json {
        json!({ "version": version, "protocols": SUPPORTED_VERSIONS }).to_string()
    } else {
        format!("outlast {version}")
    };
    terminal::print(&text)?;
    Ok(ExitCode::Ok)
}
