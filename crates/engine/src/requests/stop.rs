//! Stop services, after what depends on them.

use outlast_model::RequestId;
use outlast_model::record::StopReason;
use outlast_model::request::{Refusal, Target};

use super::target::{goals, resolve};
use crate::answers::Goal;
use crate::schedule;
use crate::step::Step;
use crate::watched;

pub(super) fn on_request(
    step: &mut Step<'_>,
    request: RequestId,
    target: &Target,
) -> Result<(), Refusal> {
    let ids = resolve(step, target, |_| true)?;
    for &id in &ids {
        schedule::end(step, id);
    }
    step.leave_stopped(&ids);
    watched::on_stop(step, &ids);
    step.want_stopped(&ids, StopReason::Requested);
    step.answer_when(request, &goals(&ids, Goal::Rests));
    Ok(())
}
