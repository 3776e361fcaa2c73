//! Deaths that a log-off may have caused.
//!
//! Windows tells every console program of a log-off, the services' as well, and
//! does not say whose it is. Many end then, in good faith. The death and the word
//! about the log-off come in either order, so each looks for the other.

use std::time::Duration;

use outlast_model::machine::Session;
use outlast_model::record::ServiceEntry;
use outlast_model::{AwakeTime, Exit, InstanceId, ServiceName};

use crate::step::Step;
use crate::wards::WardId;

/// How near the two have to be. At a log-off Windows gives a program 5 s.
const NEAR: Duration = Duration::from_secs(10);

/// What Windows gives a program that it ends for a log-off, or that ends as its
/// console's default is: `STATUS_CONTROL_C_EXIT`, `DBG_TERMINATE_PROCESS`,
/// `STATUS_DLL_INIT_FAILED_LOGOFF`.
const CODES: [u32; 3] = [0xC000_013A, 0x4001_0004, 0xC000_026B];

/// What happened lately and may belong together.
#[derive(Debug, Default)]
pub(crate) struct LogOffs {
    last: Option<(AwakeTime, Session)>,
    /// Of this kind, the newest last; none older than [`NEAR`] when it was added to.
    deaths: Vec<(AwakeTime, ServiceName, InstanceId)>,
}

/// An instance that nobody had asked to end has ended, which is on record.
pub(crate) fn on_death(step: &mut Step<'_>, id: WardId, instance: InstanceId, exit: Exit) {
    if !matches!(exit, Exit::Code(code) if CODES.contains(&code.cast_unsigned())) {
        return;
    }
    let now = step.now.awake;
    let name = step.world.wards[id].name().clone();
    let log_offs = &mut step.world.log_offs;
    match &log_offs.last {
        Some((at, session)) if now.since(*at) <= NEAR => {
            let session = session.clone();
            step.record(id, ServiceEntry::EndedAtLogOff { instance, session });
        }
        _ => {
            log_offs.deaths.retain(|(at, ..)| now.since(*at) <= NEAR);
            log_offs.deaths.push((now, name, instance));
        }
    }
}

/// The user of `session` has logged off.
pub(crate) fn on_log_off(step: &mut Step<'_>, session: &Session) {
    let now = step.now.awake;
    let log_offs = &mut step.world.log_offs;
    log_offs.last = Some((now, session.clone()));
    for (at, service, instance) in std::mem::take(&mut log_offs.deaths) {
        if now.since(at) <= NEAR
            && let Some(id) = step.world.wards.find(&service)
        {
            let session = session.clone();
            step.record(id, ServiceEntry::EndedAtLogOff { instance, session });
        }
    }
}
