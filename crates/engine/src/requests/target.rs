//! Which services a request is about.

use std::collections::HashSet;

use outlast_model::ServiceName;
use outlast_model::request::{Refusal, Target};

use crate::answers::Goal;
use crate::session;
use crate::step::Step;
use crate::ward::Ward;
use crate::wards::WardId;

/// The services of `target`, each once; of all, those that `included` takes. Who
/// names what several services were made of means all of these, and who names a
/// service that runs in sessions those in sessions, too.
pub(super) fn resolve(
    step: &Step<'_>,
    target: &Target,
    included: impl Fn(&Ward) -> bool,
) -> Result<Vec<WardId>, Refusal> {
    let wards = &step.world.wards;
    match target {
        Target::All => {
            let mut ids = wards.ids();
            ids.retain(|id| !wards[*id].wish.leaves() && included(&wards[*id]));
            Ok(ids)
        }
        Target::Services(names) => {
            let mut ids = Vec::with_capacity(names.len());
            for name in names {
                ids.extend(find(step, name)?);
            }
            session::with_sessions(step, &mut ids);
            let mut seen = HashSet::new();
            ids.retain(|id| seen.insert(*id));
            Ok(ids)
        }
    }
}

/// A removed service is not there any more for anyone who asks.
fn find(step: &Step<'_>, name: &ServiceName) -> Result<Vec<WardId>, Refusal> {
    let wards = &step.world.wards;
    if let Some(id) = wards.find(name).filter(|id| !wards[*id].wish.leaves()) {
        return Ok(vec![id]);
    }
    let mut copies = wards.ids();
    copies.retain(|id| {
        let ward = &wards[*id];
        ward.definition.copy_of.as_ref() == Some(name) && !ward.wish.leaves()
    });
    if copies.is_empty() {
        return Err(Refusal::UnknownService(name.clone()));
    }
    Ok(copies)
}

/// The same goal for each.
pub(super) fn goals(ids: &[WardId], goal: Goal) -> Vec<(WardId, Goal)> {
    ids.iter().map(|id| (*id, goal)).collect()
}
