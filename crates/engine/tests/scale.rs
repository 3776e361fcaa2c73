//! Thousands of services: nothing here may be deep (the stack) or quadratic in
//! more than a harmless constant.

#[path = "support/service.rs"]
mod service;

use std::num::NonZeroU32;
use std::time::Duration;

use outlast_engine::{Input, World, step};
use outlast_model::event::Tree;
use outlast_model::health::{Liveness, Probe};
use outlast_model::request::{Target, Urgency, Verb};
use outlast_model::service::{Dependency, Until};
use outlast_model::{
    AwakeTime, Effect, Event, Exit, InstanceId, Now, Pid, Request, RequestId, Service, State,
};
use service::plain;

const SERVICES: usize = 5_000;

/// `needs` says on which number a number depends.
fn world(needs: impl Fn(usize) -> Option<usize>) -> World {
    let services = (0..SERVICES).map(|number| {
        let on = needs(number).map(|on| Dependency {
            service: plain(&format!("s{on}")).name,
            until: Until::Ready,
        });
        Service {
            depends_on: on.into_iter().collect(),
            ..plain(&format!("s{number}"))
        }
    });
    World::new(services.collect(), 1, InstanceId(1))
}

/// Everything that is ordered happens at once, until nothing more is ordered.
fn settle(world: &mut World, verb: Verb) {
    let id = RequestId(1);
    let input = Input::Request(Request { id, verb });
    settle_input(world, input, Now::default());
}

/// Who is asked says that it is well, and how many are is the result.
fn settle_input(world: &mut World, input: Input, now: Now) -> usize {
    let mut inputs = vec![input];
    let mut asked = 0;
    while let Some(input) = inputs.pop() {
        let effects = step(world, input, now);
        let probes = effects.iter().filter(|e| matches!(e, Effect::Probe { .. }));
        asked += probes.count();
        inputs.extend(effects.into_iter().filter_map(happen).map(Input::Event));
    }
    asked
}

fn happen(effect: Effect) -> Option<Event> {
    match effect {
        Effect::Spawn { service, instance } => Some(Event::Started {
            service: service.name.clone(),
            instance,
            pid: Pid(1),
        }),
        Effect::Ask {
            service, instance, ..
        } => Some(Event::Exited {
            service,
            instance,
            exit: Exit::Code(0),
            usage: None,
            reached: Vec::new(),
            tree: Tree::Empty,
        }),
        Effect::Probe {
            service,
            instance,
            number,
            ..
        } => Some(Event::Probed {
            service: service.name.clone(),
            instance,
            number,
            outcome: Ok(()),
        }),
        _ => None,
    }
}

fn all_run(world: &World) -> bool {
    let mut services = world.services();
    services.all(|service| matches!(service.state, State::Running(_)))
}

fn starts_restarts_and_stops(mut world: World) {
    settle(&mut world, Verb::Start(Target::All));
    assert!(all_run(&world));
    let root = Target::Services(vec![plain("s0").name]);
    settle(&mut world, Verb::Restart(root));
    assert!(all_run(&world));
    let instances = 1 + 2 * SERVICES as u64;
    assert_eq!(world.next_instance(), InstanceId(instances));
    settle(&mut world, Verb::Shutdown(Urgency::Orderly));
    assert!(world.is_finished());
}

#[test]
fn a_long_chain_starts_restarts_and_stops() {
    starts_restarts_and_stops(world(|number| number.checked_sub(1)));
}

#[test]
fn many_dependants_of_one_start_restart_and_stop() {
    starts_restarts_and_stops(world(|number| (number > 0).then_some(0)));
}

#[test]
fn all_services_can_be_replaced_by_others() {
    let mut world = world(|number| number.checked_sub(1));
    settle(&mut world, Verb::Start(Target::All));
    let others = (0..SERVICES).map(|number| plain(&format!("other{number}")));
    settle(&mut world, Verb::Apply(others.collect()));
    assert!(all_run(&world));
    assert_eq!(world.services().count(), SERVICES);
}

/// Neither all in step, nor each with a wake-up of its own.
#[test]
fn many_are_asked_at_a_few_moments_of_a_second() {
    const SECOND: Duration = Duration::from_secs(1);
    const SECONDS: u32 = 10;
    const ASKED: usize = 100;
    let services = (0..ASKED).map(|number| {
        let mut service = plain(&format!("s{number}"));
        service.health.alive = Some(Liveness {
            probe: Probe::Port,
            interval: SECOND,
            timeout: SECOND,
            failures: NonZeroU32::MIN,
            grace: Duration::ZERO,
        });
        service
    });
    let mut world = World::new(services.collect(), 1, InstanceId(1));
    settle(&mut world, Verb::Start(Target::All));
    let (mut wake_ups, mut most, mut total) = (0, 0, 0);
    for millis in 1..=u64::from(SECONDS) * 1000 {
        let now = Now {
            awake: AwakeTime::from_origin(Duration::from_millis(millis)),
            ..Now::default()
        };
        let asked = settle_input(&mut world, Input::Event(Event::TimerDue), now);
        wake_ups += u32::from(asked > 0);
        most = most.max(asked);
        total += asked;
    }
    assert!(total >= ASKED * (SECONDS as usize - 1), "{total} questions");
    assert!(wake_ups <= 20 * SECONDS, "{wake_ups} wake-ups");
    assert!(most <= ASKED / 4, "{most} at once");
}
