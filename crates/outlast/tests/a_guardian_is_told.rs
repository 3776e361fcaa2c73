//! A program under a guardian that listens: by a datagram, or by a named pipe.
#![cfg(any(target_os = "linux", windows))]

mod support;

use outlast_model::Pid;
use outlast_model::health::Notice;
use outlast_os::notify_socket::{Messages, NotifySocket};
use support::{Moody, PATIENCE};
use tokio::time::timeout;

async fn next(messages: &mut Messages, from: &Moody) -> Vec<Notice> {
    let next = timeout(PATIENCE, messages.next()).await;
    let received = next.expect("it tells in time").expect("it is heard");
    assert_eq!(received.sender, Some(Pid(from.pid())));
    received.message.expect("it is short").notices
}

/// Waits until `notice` is told.
async fn until(messages: &mut Messages, from: &Moody, notice: Notice) {
    while !next(messages, from).await.contains(&notice) {}
}

#[tokio::test]
async fn it_is_told_that_the_program_is_ready_and_alive() {
    let socket = NotifySocket::bind(None).expect("a socket");
    let name = socket.name().into_string().expect("text");
    let variables = [
        ("NOTIFY_SOCKET", name.as_str()),
        ("OUTLAST_SERVICE", "it"),
        ("WATCHDOG_USEC", "200000"),
    ];
    let mut messages = socket.listen().expect("a runtime is there");

    let moody = Moody::start("polite", &variables);
    until(&mut messages, &moody, Notice::Ready).await;
    assert_eq!(moody.next_line(), "Outlast");
    for _ in 0..5 {
        until(&mut messages, &moody, Notice::Alive).await;
    }
}

#[tokio::test]
async fn it_is_told_why_the_program_has_failed() {
    let socket = NotifySocket::bind(None).expect("a socket");
    let name = socket.name().into_string().expect("text");
    let mut messages = socket.listen().expect("a runtime is there");
    let mut moody = Moody::start("fails", &[("NOTIFY_SOCKET", &name)]);
    let status = Notice::Status("no stock".to_owned());
    until(&mut messages, &moody, status).await;
    until(&mut messages, &moody, Notice::Stopping).await;
    assert_eq!(moody.end().0.code(), Some(1));
}
