//! A thousand sleeps against services that are judged by the second.

use outlast_model::effect::Effect;
use outlast_model::record::{Entry, ServiceEntry};
use outlast_model::{Record, ServiceName};

use crate::case::{Case, Manners};
use crate::run::effects;

/// Who was found unwell, how often they were stopped for it.
fn unwell(case: &Case) -> Vec<ServiceName> {
    let entries = effects(case).into_iter().filter_map(|effect| match effect {
        Effect::Record(Record {
            entry: Entry::Service { service, entry },
            ..
        }) => Some((service, entry)),
        _ => None,
    });
    let unwell = entries.filter(|(_, entry)| {
        matches!(
            entry,
            ServiceEntry::WatchdogMissed { .. }
                | ServiceEntry::Hangs { .. }
                | ServiceEntry::NotAlive { .. }
                | ServiceEntry::NotReady { .. }
                | ServiceEntry::ProbeFailing { .. }
        )
    });
    unwell.map(|(service, _)| service).collect()
}

#[test]
fn nobody_who_works_is_blamed_for_a_thousand_sleeps() {
    nobody_is_blamed(Case::sleepless);
}

/// The checker says when: within the time of each, whatever the machine does.
#[test]
fn whoever_hangs_is_found_between_two_of_a_thousand_sleeps() {
    all_are_found(Case::sleepless);
}

#[test]
fn nobody_who_works_hangs_however_often_the_machine_stands_still() {
    nobody_is_blamed(Case::restless);
}

/// Stuck, silent or spinning, as chance has it.
#[test]
fn whoever_hangs_is_found_though_the_machine_stands_still() {
    all_are_found(Case::restless);
}

const SEEDS: std::ops::Range<u64> = 0..10;

fn nobody_is_blamed(case: impl Fn(u64, Manners) -> Case) {
    for seed in SEEDS {
        assert_eq!(unwell(&case(seed, Manners::Good)), [], "seed {seed}");
    }
}

fn all_are_found(case: impl Fn(u64, Manners) -> Case) {
    for seed in SEEDS {
        let case = case(seed, Manners::GoodUntilTheyHang);
        let found = unwell(&case);
        for service in &case.services {
            let times = found.iter().filter(|name| **name == service.name).count();
            let name = &service.name;
            assert!(times > 20, "{name} was found {times} times, seed {seed}");
        }
    }
}
