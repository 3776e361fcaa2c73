//! The same case with and without jumps of the wall clock.

use outlast_model::effect::Effect;
use outlast_model::{RealTime, Record};

use crate::case::{Action, Case};
use crate::run::effects;

pub(crate) fn check(case: &Case) {
    let mut still = case.clone();
    for (_, action) in &mut still.actions {
        if let Action::SetClock(seconds) = action {
            *seconds = 0;
        }
    }
    let with_jumps: Vec<Effect> = effects(case).into_iter().map(timeless).collect();
    let without: Vec<Effect> = effects(&still).into_iter().map(timeless).collect();
    assert!(with_jumps == without, "seed {} differs", case.seed);
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
