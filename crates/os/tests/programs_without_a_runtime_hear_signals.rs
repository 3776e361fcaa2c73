//! A program without an asynchronous runtime is told what concerns it.
#![cfg(unix)]

use std::sync::mpsc::channel;
use std::time::Duration;

use outlast_os::signals::{HostSignal, listen_apart};
use rustix::process::{Signal, getpid, kill_process};

#[test]
fn the_end_and_a_reload_are_told_on_a_thread_of_its_own() {
    let (sender, told) = channel();
    listen_apart(move |signal| sender.send(signal).expect("the test waits"))
        .expect("signals can be listened to");
    for (signal, expected) in [
        (Signal::HUP, HostSignal::Reload),
        (Signal::TERM, HostSignal::Terminate),
        (Signal::INT, HostSignal::Terminate),
    ] {
        kill_process(getpid(), signal).expect("this process can be signalled");
        assert_eq!(told.recv_timeout(Duration::from_secs(30)), Ok(expected));
    }
}
