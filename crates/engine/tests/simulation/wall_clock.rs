//! The same case with and without jumps of the wall clock. Schedules go by it.

use outlast_model::effect::Effect;
use outlast_model::record::{Entry, GuardianEntry};
use outlast_model::request::Verb;
use outlast_model::{RealTime, Record};

use crate::case::{Action, Case};
use crate::run::effects;

pub(crate) fn check(case: &Case) {
    let mut case = case.clone();
    forget_schedules(&mut case);
    let case = &case;
    let mut still = case.clone();
    for (_, action) in &mut still.actions {
        if let Action::SetClock(seconds) = action {
            *seconds = 0;
        }
    }
    let with_jumps = beside_the_clock(case);
    let without = beside_the_clock(&still);
    assert!(with_jumps == without, "seed {} differs", case.seed);
}

fn forget_schedules(case: &mut Case) {
    let applied = case
        .actions
        .iter_mut()
        .filter_map(|(_, action)| match action {
            Action::Ask(Verb::Apply(services)) => Some(services),
            _ => None,
        });
    for service in applied.flatten().chain(&mut case.services) {
        service.schedule = None;
    }
}

fn beside_the_clock(case: &Case) -> Vec<Effect> {
    let all = effects(case)
        .into_iter()
        .filter(|effect| !tells_of_it(effect));
    all.map(timeless).collect()
}

fn tells_of_it(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Record(Record {
            entry: Entry::Guardian(GuardianEntry::ClockSet { .. }),
            ..
        })
    )
}

fn timeless(effect: Effect) -> Effect {
    match effect {
        Effect::Record(record) => Effect::Record(Record {
            at: RealTime::default(),
            entry: record.entry,
        }),
        other => other,
    }
}
