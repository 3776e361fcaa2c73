//! The circuit breaker of a service whose health is watched.
//!
//! It opens when an instance fails by its health, is half-open while the next one
//! has not been healthy for `restart.reset_after`, and closes then. What an
//! instance dies of by itself neither opens nor closes it. A start limit alone
//! would never stop a service that takes a minute to be found wanting: its starts
//! are too far apart for any window. So openings in a row count, too.

use outlast_model::InstanceId;
use outlast_model::health::{Breaker, BreakerPhase};
use outlast_model::record::ServiceEntry;
use outlast_model::service::StartLimit;

use crate::step::Step;
use crate::wards::WardId;

/// An instance has failed by its health.
pub(crate) fn open(step: &mut Step<'_>, id: WardId) {
    let breaker = &mut step.world.wards[id].breaker;
    breaker.phase = BreakerPhase::Open;
    breaker.openings = breaker.openings.saturating_add(1);
}

/// Another instance begins.
pub(crate) fn on_start(step: &mut Step<'_>, id: WardId) {
    let breaker = &mut step.world.wards[id].breaker;
    if breaker.phase == BreakerPhase::Open {
        breaker.phase = BreakerPhase::HalfOpen;
    }
}

/// The instance has been well for long enough: what came before is forgotten.
pub(crate) fn close(step: &mut Step<'_>, id: WardId, instance: InstanceId) {
    let ward = &mut step.world.wards[id];
    ward.streak.reset();
    let Breaker { phase, openings } = std::mem::take(&mut ward.breaker);
    if phase != BreakerPhase::Closed {
        step.record(id, ServiceEntry::BreakerClosed { instance, openings });
    }
}

/// Whether it has opened too often in a row.
pub(crate) const fn is_exhausted(breaker: Breaker, limit: StartLimit) -> bool {
    breaker.openings >= limit.starts.get()
}
