//! What becomes of a request: one file a verb.

mod apply;
mod restart;
mod shutdown;
mod start;
mod stop;
mod target;

use outlast_model::Request;
use outlast_model::request::{Outcome, Refusal, Urgency, Verb};

use crate::step::Step;

pub(crate) fn on_request(step: &mut Step<'_>, request: Request) {
    let id = request.id;
    let refusal = if step.world.is_shutting_down() {
        while_shutting_down(step, &request)
    } else {
        while_guarding(step, request)
    };
    if let Err(refusal) = refusal {
        step.reply(id, Outcome::Refused(refusal));
    }
}

fn while_guarding(step: &mut Step<'_>, request: Request) -> Result<(), Refusal> {
    let id = request.id;
    match request.verb {
        Verb::Start(target) => start::on_request(step, id, &target),
        Verb::Stop(target) => stop::on_request(step, id, &target),
        Verb::Restart(target) => restart::on_request(step, id, &target),
        Verb::Apply(services) => {
            apply::on_request(step, id, services);
            Ok(())
        }
        Verb::Shutdown(urgency) => {
            shutdown::on_request(step, id, urgency);
            Ok(())
        }
    }
}

fn while_shutting_down(step: &mut Step<'_>, request: &Request) -> Result<(), Refusal> {
    match request.verb {
        Verb::Shutdown(Urgency::Immediate) => {
            shutdown::hurry(step, request.id);
            Ok(())
        }
        Verb::Shutdown(Urgency::Orderly)
        | Verb::Start(_)
        | Verb::Stop(_)
        | Verb::Restart(_)
        | Verb::Apply(_) => Err(Refusal::ShuttingDown),
    }
}
