//! `outlast reload`.

use outlast_api::v1::Request;

use super::change::request;
use crate::args::{Global, Reload};
use crate::at_hand;
use crate::exit_code::ExitCode;
use crate::failure::Failure;

pub(crate) fn perform(arguments: &Reload, global: &Global) -> Result<ExitCode, Failure> {
    // A file with errors must not keep the guardian from saying so itself.
    let state_dir = at_hand::state_dir(global)?;
    request(&state_dir, &Request::Reload, arguments.json.into())
}
