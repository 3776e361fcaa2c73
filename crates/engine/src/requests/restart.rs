//! Replace instances, and those of what depends on them.

use outlast_model::RequestId;
use outlast_model::record::StopReason;
use outlast_model::request::{Refusal, Target};

use super::target::{goals, resolve};
use crate::answers::Goal;
use crate::schedule;
use crate::session;
use crate::step::Step;
use crate::ward::Ward;

/// A restart of everything does not start what is not enabled and does not run, nor
/// what waits for its schedule.
pub(super) fn on_request(
    step: &mut Step<'_>,
    request: RequestId,
    target: &Target,
) -> Result<(), Refusal> {
    let ids = resolve(step, target, |ward: &Ward| {
        let is_scheduled = schedule::is_scheduled(&ward.definition);
        (ward.definition.enabled && !is_scheduled) || ward.wish.wants_to_run()
    })?;
    for &id in &ids {
        schedule::begin(step, id);
    }
    step.want_replaced(&ids, StopReason::Restart);
    let ids = session::open(step, ids);
    step.answer_when(request, &goals(&ids, Goal::Runs));
    Ok(())
}
