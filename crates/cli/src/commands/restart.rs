//! `outlast restart`.

use outlast_api::v1::Request;

use super::change::{request, target};
use crate::args::{Change, Global};
use crate::at_hand;
use crate::exit_code::ExitCode;
use crate::failure::Failure;

pub(crate) fn perform(arguments: &Change, global: &Global) -> Result<ExitCode, Failure> {
    let addressed = at_hand::address(&arguments.targets, global)?;
    let target = target(addressed.services);
    request(
        &addressed.state_dir,
        &Request::Restart { target },
        arguments.json.into(),
    )
}
