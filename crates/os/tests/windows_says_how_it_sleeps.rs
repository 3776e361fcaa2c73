//! The power functions and the registry answer something, or it is unknown; they
//! never fail. What they answer under Wine is Wine's.
#![cfg(windows)]

use outlast_os::inspection::power::{self, IdleSleep, SleepKind};

#[test]
fn the_ways_to_sleep_are_told_once_each() {
    let Some(kinds) = power::kinds() else { return };
    for (index, kind) in kinds.iter().enumerate() {
        assert!(!kinds[..index].contains(kind), "{kinds:?}");
        assert_ne!(*kind, SleepKind::ToIdle, "that is Linux's");
    }
}

#[test]
fn a_plan_is_unknown_or_makes_sense() {
    let Some(plan) = power::plan() else { return };
    for side in [plan.on_mains, plan.on_battery] {
        if let Some(IdleSleep::After(time)) = side.idle {
            assert!(!time.is_zero(), "{plan:?}");
        }
    }
}

#[test]
fn without_hibernation_there_is_no_fast_startup() {
    let kinds = power::kinds().unwrap_or_default();
    if !kinds.contains(&SleepKind::ToDisk) {
        assert_ne!(power::has_fast_startup(), Some(true));
    }
}

#[test]
fn whether_energy_is_saved_is_told() {
    assert!(power::is_saving().is_some());
}
