//! `outlast start`: services, or a whole guardian.

use outlast_api::v1::{Request, Target};

use super::change::request;
use super::whole;
use crate::args::{Change, Global};
use crate::at_hand;
use crate::exit_code::ExitCode;
use crate::failure::Failure;

pub(crate) fn perform(arguments: &Change, global: &Global) -> Result<ExitCode, Failure> {
    let addressed = at_hand::address(&arguments.targets, global)?;
    let form = arguments.json.into();
    match addressed.services {
        Some(services) => {
            let target = Target::Services(services);
            request(&addressed.state_dir, &Request::Start { target }, form)
        }
        None => whole::start(&addressed.state_dir, form),
    }
}
