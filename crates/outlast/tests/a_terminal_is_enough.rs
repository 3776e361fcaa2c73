//! A program with nobody to look after it: started by hand, ended by a signal.
#![cfg(unix)]

mod support;

use rustix::process::{Pid, Signal, kill_process};
use support::Moody;

fn send(moody: &Moody, signal: Signal) {
    let pid = i32::try_from(moody.pid()).expect("a process number");
    kill_process(Pid::from_raw(pid).expect("not zero"), signal).expect("it lives");
}

#[test]
fn every_way_to_write_it_ends_well_within_its_time_when_it_is_asked_to() {
    for mood in [
        "polite",
        "polite-type",
        "polite-blocking",
        "polite-with-tokio",
    ] {
        for signal in [Signal::TERM, Signal::INT] {
            let mut moody = Moody::start(mood, &[]);
            moody.expect("ready");
            send(&moody, signal);
            moody.expect("20 s left");
            let (status, stderr) = moody.end();
            assert!(status.success(), "{mood}: {status}: {stderr}");
        }
    }
}

#[test]
fn nobody_is_recognised_as_nobody() {
    let moody = Moody::start("polite", &[]);
    assert_eq!(moody.next_line(), "Nobody");
}

#[test]
fn a_guardian_is_recognised_by_what_it_gives_its_services() {
    let moody = Moody::start("polite", &[("OUTLAST_SERVICE", "moody")]);
    assert_eq!(moody.next_line(), "Outlast");
}

#[test]
fn an_error_and_a_panic_are_failures_with_their_reasons() {
    for (mood, reason) in [("fails", "no stock"), ("panics", "out of coffee")] {
        let mut moody = Moody::start(mood, &[]);
        let (status, stderr) = moody.end();
        assert_eq!(status.code(), Some(1), "{mood}");
        let told = stderr.lines().find(|line| line.contains("moody failed"));
        assert!(told.is_some_and(|line| line.contains(reason)), "{stderr}");
    }
}

#[test]
fn one_that_does_not_end_is_ended_as_a_failure() {
    let mut moody = Moody::start("never-ends", &[]);
    moody.expect("ready");
    send(&moody, Signal::TERM);
    let (status, stderr) = moody.end();
    assert_eq!(status.code(), Some(1));
    assert!(stderr.contains("did not stop in time"), "{stderr}");
}

#[test]
fn one_that_asks_for_more_time_gets_it() {
    let mut moody = Moody::start("slow-to-end", &[]);
    moody.expect("ready");
    send(&moody, Signal::TERM);
    // A fifth of a second was all it had without asking.
    std::thread::sleep(std::time::Duration::from_secs(1));
    moody.go_on();
    let (status, stderr) = moody.end();
    assert!(status.success(), "{stderr}");
}

#[test]
fn asking_twice_ends_it_at_once() {
    let mut moody = Moody::start("slow-to-end", &[]);
    moody.expect("ready");
    send(&moody, Signal::INT);
    send(&moody, Signal::TERM);
    let (status, _) = moody.end();
    assert!(!status.success());
}

#[test]
fn a_terminal_that_is_closed_ends_what_knows_no_reload() {
    let mut moody = Moody::start("polite", &[]);
    moody.expect("ready");
    send(&moody, Signal::HUP);
    let (status, stderr) = moody.end();
    assert!(status.success(), "{stderr}");
}

#[test]
fn events_are_told_in_order() {
    let mut moody = Moody::start("reloads", &[]);
    moody.expect("ready");
    send(&moody, Signal::HUP);
    moody.expect("reload");
    moody.go_on();
    send(&moody, Signal::TERM);
    moody.expect("stop");
    assert!(moody.end().0.success());
}

#[test]
fn it_may_end_by_itself() {
    for mood in ["finishes", "stops-itself"] {
        let mut moody = Moody::start(mood, &[]);
        let (status, stderr) = moody.end();
        assert!(status.success(), "{mood}: {stderr}");
        assert_eq!(stderr, "");
    }
}

#[test]
fn without_a_log_of_the_machine_messages_have_their_time_before_them() {
    let mut moody = Moody::start("logs", &[]);
    let (_, stderr) = moody.end();
    let (moment, rest) = stderr.split_once(' ').expect("two words");
    assert!(moment.ends_with('Z') && moment.len() == 20, "{moment}");
    assert_eq!(rest, "first line\n    second line\n");
}
