//! Scripted timelines: what the engine orders, for what it is told, as text.
//!
//! Each file in `cases/` begins with the services (see [`definition`]), then has
//! inputs (`> …`, see [`player`]) and under each the effects that it must have.
//! `OUTLAST_UPDATE=1 cargo test -p outlast-engine --test timelines` writes what
//! the engine does into the files; read the difference before keeping it.

#[path = "../support/schedule.rs"]
mod schedule;
#[path = "../support/service.rs"]
mod service;
#[path = "../support/socket.rs"]
mod socket;
#[path = "../support/watched.rs"]
mod watched;

mod cells;
mod definition;
mod player;
mod print;

use std::fs;
use std::path::{Path, PathBuf};

fn cases_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/timelines/cases")
}

fn check(case: &str) {
    let path = cases_dir().join(case).with_extension("txt");
    let expected = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let expected = expected.replace("\r\n", "\n");
    let actual = player::replay(&expected);
    if std::env::var_os("OUTLAST_UPDATE").is_some() {
        fs::write(&path, &actual).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    }
    assert!(
        actual == expected,
        "{case} went differently:\n{}",
        print::difference(&expected, &actual)
    );
}

macro_rules! cases {
    ($($case:ident),* $(,)?) => {
        $(#[test] fn $case() { check(stringify!($case)); })*

        const CASES: &[&str] = &[$(stringify!($case)),*];
    };
}

cases! {
    a_change_of_files_brings_back_nothing_that_was_removed,
    a_change_of_files_reaches_every_session,
    a_change_of_files_runs_a_command_once_more,
    a_change_of_files_starts_what_was_given_up,
    a_change_of_files_tells_a_service_to_reload,
    a_changed_failed_service_is_tried_again,
    a_changed_policy_is_that_of_the_next_instance,
    a_changed_schedule_leaves_its_run_alone,
    a_changed_service_in_sessions_is_replaced_in_each,
    a_changed_service_is_replaced_and_the_rest_untouched,
    a_clock_that_is_set_back_runs_nothing_twice,
    a_crash_is_on_record_before_the_restart,
    a_crashed_dependency_leaves_running_dependants_alone,
    a_cycle_waits_without_hanging,
    a_death_at_a_log_off_says_so,
    a_denied_inhibitor_is_asked_for_again_at_the_next_start,
    a_disabled_service_starts_only_when_it_is_needed,
    a_freeze_before_a_resume_gives_nothing_beyond_it,
    a_freeze_during_a_stop_gives_the_time_back,
    a_freeze_shifts_restarts_and_keeps_their_order,
    a_gap_gives_a_wait_for_the_network_its_time_back,
    a_gap_is_no_hang,
    a_healthy_period_resets_the_delay,
    a_late_or_early_timer_does_no_harm,
    a_line_or_some_time_make_ready,
    a_machine_that_sleeps_says_so,
    a_missing_dependency_is_waited_for,
    a_network_that_does_not_come_is_waited_for_in_vain,
    a_new_file_decides_at_once_about_an_inhibitor_in_a_backoff,
    a_one_shot_runs_once,
    a_question_that_was_open_in_a_gap_is_asked_again,
    a_ready_service_is_asked_whether_it_is_alive,
    a_removed_service_can_come_back_before_it_is_gone,
    a_restart_after_a_backoff_waits_for_the_network,
    a_restart_goes_through_dependants,
    a_restart_keeps_the_inhibitor,
    a_restart_keeps_the_sockets_and_a_stop_closes_them,
    a_restart_on_resume_waits_for_the_network_beside_the_instance,
    a_restart_that_waited_in_vain_does_not_wait_again,
    a_restart_that_waits_is_forgotten_with_its_instance,
    a_restart_that_was_put_off_comes_though_nobody_needs_the_network,
    a_resume_counts_once_however_it_is_told,
    a_run_that_is_due_during_another_is_left_out,
    a_run_that_is_found_after_a_sleep_is_started,
    a_run_waits_for_what_it_needs,
    a_schedule_starts_its_service_when_it_is_due,
    a_service_in_each_session_comes_and_goes_with_it,
    a_service_is_ready_when_it_says_so,
    a_service_left_unfinished_by_its_main_process_is_stopped_first,
    a_service_may_ask_for_more_time,
    a_service_that_does_not_become_ready_has_failed,
    a_service_without_a_policy_lets_the_machine_sleep,
    a_session_that_comes_back_waits_for_the_end_of_the_last,
    a_shutdown_leaves_no_inhibitor,
    a_sleep_that_is_over_is_not_allowed_by_a_shutdown,
    a_sleep_waits_for_what_is_started_for_it,
    a_sleep_waits_for_what_is_stopped_for_it,
    a_sleep_without_reactions_is_allowed_at_once,
    a_start_does_not_undo_a_restart_below_it,
    a_start_during_a_stop_starts_again,
    a_start_failure_counts_as_a_failed_end,
    a_start_waits_for_the_network,
    a_stop_before_the_start_is_answered_waits_for_the_answer,
    a_stop_climbs_its_sequence_and_kills,
    a_stop_during_a_backoff_is_immediate,
    a_stop_takes_dependants_first,
    a_stop_without_steps_kills_at_once,
    a_stopped_schedule_waits_for_a_start,
    a_wall_clock_jump_changes_only_what_is_shown,
    a_watchdog_doubts_a_timer_that_is_late,
    a_watchdog_knows_of_freezes_and_sleeps,
    a_watchdog_that_is_not_fed_stops_the_service,
    a_zero_delay_restarts_in_the_same_step,
    after_a_sleep_everybody_is_asked_at_once,
    an_answer_that_comes_too_late_is_ignored,
    an_explicit_start_ends_a_backoff,
    an_immediate_shutdown_kills_everything,
    an_immediate_shutdown_overtakes_an_orderly_one,
    an_inhibitor_is_held_while_a_service_is_busy,
    an_inhibitor_is_released_when_a_service_gives_up,
    an_inhibitor_on_mains_follows_the_power,
    an_orderly_shutdown_goes_backwards,
    an_unkillable_service_fails_and_recovers,
    an_unlock_starts_what_has_ended_but_not_what_was_stopped,
    answers_to_other_questions_are_ignored,
    bad_answers_of_a_slow_starter_do_not_count,
    bad_answers_right_after_a_sleep_do_not_count,
    changed_files_are_withheld_from_a_broken_program,
    changed_files_restart_a_service_and_its_dependants,
    changed_files_start_nothing_that_somebody_has_stopped,
    changes_during_a_restart_are_one_restart,
    completed_dependencies_do_not_run_again,
    delays_grow_to_their_cap,
    delays_stand_still_during_suspend,
    dependants_wait_for_an_end,
    dependencies_and_the_network_are_waited_for_beside_each_other,
    giving_up_does_not_end_a_schedule,
    manual_starts_count_towards_the_limit,
    nothing_starts_once_a_shutdown_began,
    one_that_prints_nothing_hangs,
    one_that_runs_for_too_long_is_stopped,
    one_that_turns_in_circles_is_stopped,
    one_that_used_to_work_is_stuck,
    policies_decide_about_ends,
    requests_are_superseded_by_their_opposites,
    requests_for_a_service_in_sessions_reach_all_of_it,
    restarts_after_a_sleep_are_spread_and_begin_to_count_anew,
    runs_that_were_missed_are_made_up_for_by_one,
    sessions_end_and_begin_during_a_shutdown_without_consequence,
    sockets_are_closed_when_a_service_gives_up,
    survivors_of_a_stop_are_asked_and_killed,
    the_active_session_is_followed,
    the_network_is_on_record_if_a_service_needs_it,
    the_start_limit_gives_up_and_a_request_begins_anew,
    unknown_services_are_refused,
    what_comes_back_after_a_sleep_waits_for_the_network,
    what_is_being_stopped_is_not_woken_by_a_run,
    what_is_in_a_session_reacts_to_that_session_only,
    what_only_an_older_run_needed_ends_with_it,
    what_someone_starts_before_a_sleep_is_not_waited_for,
    what_someone_starts_during_an_occasion_runs,
    what_someone_stopped_is_not_woken_by_a_dependant,
    what_someone_stops_during_an_occasion_stays_stopped,
    who_ends_by_itself_is_left_alone,
    who_has_failed_has_others_started,
    who_is_never_well_is_given_up,
    who_is_well_for_long_enough_begins_anew,
}

#[test]
fn every_case_is_run() {
    let mut files: Vec<String> = fs::read_dir(cases_dir())
        .expect("the cases are beside this file")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    files.sort();
    let mut cases = CASES.to_vec();
    cases.sort_unstable();
    assert_eq!(files, cases);
}
