//! `outlast stop`: services, or a whole guardian.

use outlast_api::v1::{Request, Target, Urgency};

use super::change::request;
use crate::args::{Change, Global};
use crate::at_hand;
use crate::exit_code::ExitCode;
use crate::failure::Failure;

pub(crate) fn perform(arguments: &Change, global: &Global) -> Result<ExitCode, Failure> {
    let addressed = at_hand::address(&arguments.targets, global)?;
    let asked = match addressed.services {
        Some(services) => Request::Stop {
            target: Target::Services(services),
        },
        None => Request::Shutdown {
            urgency: Urgency::Orderly,
        },
    };
    request(&addressed.state_dir, &asked, arguments.json.into())
}
