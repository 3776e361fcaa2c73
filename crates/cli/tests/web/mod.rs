//! What a test does to a web service: find it a port, ask it, kill it.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test file uses its own part of this, so no lint is always expected"
)]

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// A peer on this machine that takes longer does not answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// A port of 127.0.0.1 that nobody listens on right now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
    listener.local_addr().expect("it has an address").port()
}

/// The body of the page `path`, if it is there.
pub(crate) fn answer(port: u16, path: &str) -> Option<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut connection = TcpStream::connect_timeout(&address, ANSWER_LIMIT).ok()?;
    connection.set_read_timeout(Some(ANSWER_LIMIT)).ok()?;
    // Version 1.0: the answer ends with the connection.
    write!(connection, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
    let mut text = String::new();
    connection.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let is_good = head.split_whitespace().nth(1) == Some("200");
    is_good.then(|| body.to_owned())
}

/// What whoever listens on `port` says to everybody, if somebody does.
pub(crate) fn greeting(port: u16) -> Option<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut connection = TcpStream::connect_timeout(&address, ANSWER_LIMIT).ok()?;
    connection.set_read_timeout(Some(ANSWER_LIMIT)).ok()?;
    let mut text = String::new();
    connection.read_to_string(&mut text).ok()?;
    Some(text)
}

/// Kills a process of this machine as a crash would.
pub(crate) fn kill(pid: u32) {
    send("KILL", pid);
}

/// Sends a signal to a process of this machine.
pub(crate) fn send(signal: &str, pid: u32) {
    // Built into every shell; /bin/kill is missing from small installations.
    let sent = std::process::Command::new("sh")
        .args(["-c", &format!("kill -{signal} {pid}")])
        .status();
    assert!(
        sent.as_ref().is_ok_and(std::process::ExitStatus::success),
        "kill -{signal} {pid}: {sent:?}"
    );
}
