//! Sockets that the guardian opens for its services and keeps while it restarts them.
#![cfg(unix)]

mod guarded;

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use guarded::{Guarded, eventually, toml};
use outlast_testkit::victim_path;

/// How long there is load.
const LOAD: Duration = Duration::from_secs(4);

/// One at which nobody listens now.
fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound")
}

/// A service that answers at the first of its sockets.
fn serves(listen: &str) -> String {
    let victim = toml(victim_path());
    format!(
        "[services.web]\ncommand = [{victim}, \"serve\", \"3\"]\nlisten = {listen}\n\
         restart = {{ delay = \"10ms\", limit = 0 }}\n"
    )
}

/// The process that has answered.
fn ask(stream: io::Result<impl io::Read + io::Write>) -> io::Result<u32> {
    let mut stream = stream?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: web\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.trim());
    let pid = body.and_then(|body| body.parse().ok());
    pid.ok_or_else(|| io::Error::other(format!("half an answer: {answer:?}")))
}

fn is_refused(at: SocketAddr) -> bool {
    TcpStream::connect(at).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

/// What each thread asked, until it is over.
fn load(at: SocketAddr, answers: &AtomicUsize, is_over: &AtomicBool) -> Vec<String> {
    let mut failures = Vec::new();
    while !is_over.load(Ordering::Acquire) {
        match ask(TcpStream::connect(at)) {
            Ok(_) => drop(answers.fetch_add(1, Ordering::AcqRel)),
            Err(error) => failures.push(error.to_string()),
        }
    }
    failures
}

#[test]
fn no_connection_is_refused_or_reset_by_restarts_under_load() {
    let at = free_port();
    let mut guarded = Guarded::run(&serves(&at.port().to_string()));
    guarded.wait_for("started", Some("web"));
    let (answers, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let mut restarts = 0;
    thread::scope(|scope| {
        let (answers, is_over) = (&answers, &is_over);
        let threads: Vec<_> = (0..16)
            .map(|_| scope.spawn(move || load(at, answers, is_over)))
            .collect();
        let until = Instant::now() + LOAD;
        while Instant::now() < until {
            let before = answers.load(Ordering::Acquire);
            guarded.succeed(&["restart", "web"]);
            restarts += 1;
            eventually("an answer", || answers.load(Ordering::Acquire) > before);
        }
        is_over.store(true, Ordering::Release);
        for thread in threads {
            let failures = thread.join().expect("it ends");
            assert_eq!(failures, Vec::<String>::new(), "after {restarts} restarts");
        }
    });
    assert!(restarts > 1, "they take no second each");
    println!("{restarts} restarts, {} answers", answers.into_inner());
}

#[test]
fn who_connects_while_it_is_down_waits_for_the_next() {
    let at = free_port();
    let config = serves(&at.port().to_string()).replace("10ms", "1s");
    let mut guarded = Guarded::run(&config);
    guarded.wait_for("started", Some("web"));
    let first = ask(TcpStream::connect(at)).expect("it answers");
    kill(first);
    guarded.wait_for("backing-off", Some("web"));
    let second = ask(TcpStream::connect(at)).expect("the next one answers");
    assert_ne!(first, second);
}

fn kill(pid: u32) {
    let status = std::process::Command::new("kill")
        .args(["-KILL", &pid.to_string()])
        .status();
    assert!(status.is_ok_and(|status| status.success()));
}

#[test]
fn a_stopped_service_refuses_and_a_started_one_answers() {
    let at = free_port();
    let mut guarded = Guarded::run(&serves(&at.port().to_string()));
    guarded.wait_for("started", Some("web"));
    ask(TcpStream::connect(at)).expect("it answers");
    guarded.succeed(&["stop", "web"]);
    assert!(is_refused(at));
    guarded.succeed(&["start", "web"]);
    ask(TcpStream::connect(at)).expect("it answers again");
}

#[test]
fn one_that_gave_up_refuses() {
    let at = free_port();
    let victim = toml(victim_path());
    let config = format!(
        "[services.web]\ncommand = [{victim}, \"exit\", \"3\"]\nlisten = {}\n\
         restart = {{ delay = \"10ms\", limit = 2 }}\n",
        at.port()
    );
    let mut guarded = Guarded::run(&config);
    guarded.wait_for("gave-up", Some("web"));
    eventually("refused", || is_refused(at));
}

#[test]
fn a_reload_keeps_what_is_the_same_and_closes_the_rest() {
    let (kept, left, new) = (free_port(), free_port(), free_port());
    let listen = |other: SocketAddr| format!("[{}, {}]", kept.port(), other.port());
    let mut guarded = Guarded::run(&serves(&listen(left)));
    guarded.wait_for("started", Some("web"));
    // It is in nobody's hands but the guardian's while the service is replaced.
    let waits = TcpStream::connect(left).expect("it is open");
    let file = guarded.folder.path().join("outlast.toml");
    std::fs::write(&file, serves(&listen(new))).expect("written");
    guarded.succeed(&["reload"]);
    ask(TcpStream::connect(kept)).expect("it answers");
    TcpStream::connect(new).expect("it is open");
    assert!(is_refused(left));
    drop(waits);
    std::fs::write(
        &file,
        "[services.other]\ncommand = \"true\"\nenabled = false\n",
    )
    .expect("written");
    guarded.succeed(&["reload"]);
    eventually("refused", || is_refused(kept) && is_refused(new));
}

#[test]
fn a_unix_socket_has_names_and_a_file_that_goes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("web.sock");
    let listen = format!("{{ api = {} }}", toml(&path));
    let mut guarded = Guarded::run(&serves(&listen));
    guarded.wait_for("started", Some("web"));
    let first = ask(UnixStream::connect(&path)).expect("it answers");
    guarded.succeed(&["restart", "web"]);
    let second = ask(UnixStream::connect(&path)).expect("it answers");
    assert_ne!(first, second);
    guarded.shut_down();
    assert!(!path.exists());
}

#[test]
fn a_program_is_told_what_it_was_given() {
    let (first, second) = (free_port(), free_port());
    let victim = toml(victim_path());
    let config = format!(
        "[services.given]\ncommand = [{victim}, \"given\"]\nrestart = \"never\"\n\
         listen = {{ b = {}, a = {} }}\n",
        second.port(),
        first.port()
    );
    let mut guarded = Guarded::run(&config);
    guarded.wait_for("death", Some("given"));
    let said = guarded.succeed(&["logs", "given"]);
    for line in [
        "for me: true".to_owned(),
        format!("a {first}"),
        format!("b {second}"),
    ] {
        assert!(said.contains(&line), "{line} in {said}");
    }
}

#[test]
fn an_address_that_is_taken_fails_the_start_and_says_why() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let at = listener.local_addr().expect("it is bound");
    let mut guarded = Guarded::run(&serves(&at.port().to_string()));
    let failed = guarded.wait_for("start-failed", Some("web"));
    let text = failed.to_string();
    assert!(
        text.contains("\"listen\"") && text.contains(&at.to_string()),
        "{text}"
    );
    drop(listener);
    guarded.wait_for("started", Some("web"));
}

#[test]
fn its_own_sockets_do_not_make_it_listen() {
    let at = free_port();
    let victim = toml(victim_path());
    let config = format!(
        "[services.web]\ncommand = [{victim}, \"hang\"]\nlisten = {}\n\
         ready = {{ port = true, timeout = \"1s\" }}\n",
        at.port()
    );
    if !cfg!(target_os = "linux") {
        return;
    }
    let mut guarded = Guarded::run(&config);
    let stopping = guarded.wait_for("stopping", Some("web"));
    assert_eq!(stopping["reason"], "not-ready");
}
