//! Start services and what they depend on.

use outlast_model::RequestId;
use outlast_model::request::{Refusal, Target};

use super::target::{goals, resolve};
use crate::answers::Goal;
use crate::propagate::By;
use crate::schedule;
use crate::session;
use crate::step::Step;
use crate::ward::Ward;

/// Those that have a schedule wait for it; who names one wants it to run now, too. A
/// service that has completed is as a start of everything wants it; only who
/// names it wants it to run once more.
pub(super) fn on_request(
    step: &mut Step<'_>,
    request: RequestId,
    target: &Target,
) -> Result<(), Refusal> {
    let scheduled = resolve(step, target, |ward: &Ward| {
        schedule::is_scheduled(&ward.definition)
    })?;
    for id in scheduled {
        schedule::begin(step, id);
    }
    let ids = resolve(step, target, |ward: &Ward| {
        ward.definition.enabled
            && !ward.has_completed()
            && !schedule::is_scheduled(&ward.definition)
    })?;
    step.want_running(&ids, By::Request);
    let ids = session::open(step, ids);
    step.answer_when(request, &goals(&ids, Goal::Runs));
    Ok(())
}
