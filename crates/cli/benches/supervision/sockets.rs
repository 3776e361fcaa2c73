//! Restarts of a server whose socket the guardian keeps, under load: one a second,
//! for half a minute.
//!
//! The load is wrk's where that is installed, else this program's own. The restarts
//! keep to their seconds whatever they take; one that begins late is told.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use outlast_testkit::victim_path;

use crate::guarded::{Guarded, median};

const CONNECTIONS: usize = 16;
const CALM: Duration = Duration::from_secs(10);
const TIME: Duration = Duration::from_secs(30);
const PACE: Duration = Duration::from_secs(1);

pub(crate) fn bench() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let address = free();
    let file = format!(
        "[services.web]\ncommand = [{:?}, \"serve\", \"3\"]\nlisten = {}\nlog = false\n\
         restart = {{ delay = \"10ms\", limit = 0 }}\n",
        victim_path().display().to_string(),
        address.port()
    );
    let guarded = Guarded::run_file(folder, &file);
    while ask(address).is_err() {
        thread::sleep(Duration::from_millis(5));
    }
    let with = if has_wrk() { "wrk" } else { "this program" };
    let calm = load(address, CALM);
    println!(
        "sockets  {with:<12} {:>3} s without restarts: {calm}",
        CALM.as_secs()
    );
    let (told, restarts) = thread::scope(|scope| {
        let loaded = scope.spawn(|| load(address, TIME));
        let restarts = restart_each_second(&guarded);
        (loaded.join().expect("it ends"), restarts)
    });
    println!(
        "sockets  {with:<12} {:>3} s, {restarts}: {told}",
        TIME.as_secs()
    );
}

/// What became of the questions.
#[derive(Default)]
struct Told {
    answers: u64,
    refused: u64,
    /// The connection ended before the answer did.
    reset: u64,
    /// Anything else that is no answer.
    other: u64,
    /// How long the slowest answer took, as it is shown.
    slowest: String,
    seconds: f64,
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} answers ({:.0} a second, the slowest after {}), {} refused, {} reset, {} other failures",
            self.answers,
            self.answers as f64 / self.seconds,
            self.slowest,
            self.refused,
            self.reset,
            self.other
        )
    }
}

/// What the restarts took.
struct Restarts {
    done: usize,
    /// They began so long after their second, at the most.
    late: Duration,
    median: f64,
    longest: f64,
}

impl std::fmt::Display for Restarts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} restarts (median {:.0} ms, at most {:.0} ms, begun at most {} ms late)",
            self.done,
            self.median,
            self.longest,
            self.late.as_millis()
        )
    }
}

/// Until the second before the load ends.
fn restart_each_second(guarded: &Guarded) -> Restarts {
    let (began, mut times, mut late) = (Instant::now(), Vec::new(), Duration::ZERO);
    let mut due = PACE;
    while due < TIME {
        thread::sleep(due.saturating_sub(began.elapsed()));
        late = late.max(began.elapsed().saturating_sub(due));
        let begins = Instant::now();
        let status = Command::new(env!("CARGO_BIN_EXE_outlast"))
            .args(["restart", "web", "--state-dir"])
            .arg(guarded.path().join("state"))
            .stdout(Stdio::null())
            .status();
        assert!(status.is_ok_and(|status| status.success()), "a restart");
        times.push(begins.elapsed().as_secs_f64() * 1e3);
        due += PACE;
    }
    let done = times.len();
    let median = median(&mut times);
    let longest = times.last().copied().unwrap_or(f64::NAN);
    Restarts {
        done,
        late,
        median,
        longest,
    }
}

fn has_wrk() -> bool {
    // It ends with 1 when it is asked for its version.
    Command::new("wrk").arg("--version").output().is_ok()
}

fn load(address: SocketAddr, time: Duration) -> Told {
    if has_wrk() {
        wrk(address, time)
    } else {
        own(address, time)
    }
}

fn wrk(address: SocketAddr, time: Duration) -> Told {
    let output = Command::new("wrk")
        .args(["--threads", "2", "--connections", &CONNECTIONS.to_string()])
        .args(["--duration", &format!("{}s", time.as_secs())])
        .arg(format!("http://{address}/"))
        .output()
        .expect("it is installed");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "wrk: {text}");
    let before = |word: &str| text.split_once(word).map_or("", |(before, _)| before);
    let last = before(" requests in ").split_whitespace().next_back();
    // "Socket errors: connect 0, read 0, write 0, timeout 0", if there was one.
    let errors = text.lines().find(|line| line.contains("Socket errors:"));
    let error = |word: &str| -> u64 {
        let after = errors.and_then(|line| line.split_once(word));
        let digits = after.and_then(|(_, rest)| rest.split([' ', ',']).nth(1));
        digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
    };
    let bad = text
        .lines()
        .find_map(|line| line.split_once("Non-2xx or 3xx responses:"));
    let bad = bad.and_then(|(_, count)| count.trim().parse().ok());
    // "Latency", and its average, deviation and maximum.
    let latency = text
        .lines()
        .find(|line| line.trim_start().starts_with("Latency"));
    let slowest = latency.and_then(|line| line.split_whitespace().nth(3));
    Told {
        slowest: slowest.unwrap_or("?").to_owned(),
        answers: last
            .and_then(|count| count.parse().ok())
            .unwrap_or_else(|| panic!("wrk says how many there were: {text}")),
        refused: error("connect"),
        reset: error("read") + error("write"),
        other: error("timeout") + bad.unwrap_or(0),
        seconds: time.as_secs_f64(),
    }
}

fn own(address: SocketAddr, time: Duration) -> Told {
    let began = Instant::now();
    let ask_all = || {
        let (mut told, mut slowest) = (Told::default(), Duration::ZERO);
        while began.elapsed() < time {
            let asked = Instant::now();
            let answer = ask(address);
            slowest = slowest.max(asked.elapsed());
            match answer.map_err(|error| error.kind()) {
                Ok(()) => told.answers += 1,
                Err(io::ErrorKind::ConnectionRefused) => told.refused += 1,
                Err(io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof) => {
                    told.reset += 1;
                }
                Err(_) => told.other += 1,
            }
        }
        (told, slowest)
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(ask_all)).collect();
        let mut all = Told {
            seconds: time.as_secs_f64(),
            ..Told::default()
        };
        let mut slowest = Duration::ZERO;
        for thread in threads {
            let (told, its) = thread.join().expect("it ends");
            slowest = slowest.max(its);
            all.answers += told.answers;
            all.refused += told.refused;
            all.reset += told.reset;
            all.other += told.other;
        }
        all.slowest = format!("{} ms", slowest.as_millis());
        all
    })
}

fn ask(address: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: web\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer.starts_with("HTTP/1.1 200") && answer.ends_with('\n') {
        Ok(())
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

/// At which nobody listens now.
fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound")
}
