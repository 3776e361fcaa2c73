//! What it costs to ask a hundred services each second, whether a busy machine makes
//! any of them fail, and how soon one that hangs is found.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::guarded::{Guarded, child};
use crate::marks::Marks;
use crate::proc;

const SERVICES: usize = 100;
const SECONDS: u64 = 60;
/// `alive.failures` of the bench.
const FAILURES: u32 = 3;

pub(crate) fn bench() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut marks = Marks::new(folder.path());
    let (all, one) = (Server::start(), Server::start());
    let mut file = String::new();
    for index in 0..=SERVICES {
        let server = if index == 0 { &one } else { &all };
        file += &service(index, server.address, &[&child(), "mark", marks.path()]);
    }
    let guarded = Guarded::run_file(folder, &file);
    for _ in 0..=SERVICES {
        marks.next();
    }
    thread::sleep(Duration::from_secs(5));
    let mut failures = failing(&guarded);
    for (load, burners) in [("", 0), (" under full load", 2 * cores())] {
        let burning = Burning::start(burners);
        let (cpu, began) = (proc::cpu_seconds(guarded.pid()), Instant::now());
        let (mut least, mut most) = (usize::MAX, 0);
        while began.elapsed() < Duration::from_secs(SECONDS) {
            let open = proc::open_files(guarded.pid());
            (least, most) = (least.min(open), most.max(open));
            thread::sleep(Duration::from_millis(100));
        }
        let share = (proc::cpu_seconds(guarded.pid()) - cpu) / began.elapsed().as_secs_f64();
        drop(burning);
        let now = failing(&guarded);
        println!(
            "probes   outlast {SERVICES} services asked each second{load}: {:.2} % of a core, {least} to {most} descriptors, \
             {} bad answers in {SECONDS} s",
            share * 100.0,
            now - failures
        );
        failures = now;
    }
    println!(
        "probes   bare    the same questions, asked by a loop that waits for each: {:.2} % of a core",
        bare(all.address) * 100.0
    );
    let began = Instant::now();
    one.hangs.store(true, Ordering::Relaxed);
    while count(&guarded, "\"not-alive\"") == 0 {
        thread::sleep(Duration::from_millis(5));
    }
    println!(
        "probes   outlast a hang is found after {:.2} s (interval 1 s, {FAILURES} failures of 1 s)",
        began.elapsed().as_secs_f64()
    );
}

/// What this costs on this machine if nobody else is looked after, no answer is late
/// and nothing is made of it: the share of a core.
fn bare(address: SocketAddr) -> f64 {
    let (cpu, began) = (proc::own_cpu_seconds(), Instant::now());
    let pause = Duration::from_secs(1) / SERVICES as u32;
    while began.elapsed() < Duration::from_secs(SECONDS / 3) {
        let mut stream = TcpStream::connect(address).expect("the server listens");
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n")
            .expect("the server reads");
        stream
            .read_to_end(&mut Vec::new())
            .expect("the server answers");
        thread::sleep(pause);
    }
    (proc::own_cpu_seconds() - cpu) / began.elapsed().as_secs_f64()
}

fn service(index: usize, address: SocketAddr, command: &[&str]) -> String {
    format!(
        "[services.s{index:05}]\ncommand = {command:?}\nlog = false\nalive = {{ http = \"http://{address}/healthz\", \
         interval = \"1s\", timeout = \"1s\", failures = {FAILURES} }}\n"
    )
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// How often a bad answer was the first in a row.
fn failing(guarded: &Guarded) -> usize {
    count(guarded, "\"probe-failing\"")
}

fn count(guarded: &Guarded, what: &str) -> usize {
    let files = std::fs::read_dir(guarded.path().join("state/events")).expect("a journal");
    let texts = files
        .flatten()
        .filter_map(|file| std::fs::read_to_string(file.path()).ok());
    texts.map(|text| text.matches(what).count()).sum()
}

/// Answers well until it hangs: then nobody is accepted any more.
struct Server {
    address: SocketAddr,
    hangs: Arc<AtomicBool>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let hangs = Arc::new(AtomicBool::new(false));
        let theirs = Arc::clone(&hangs);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if theirs.load(Ordering::Relaxed) {
                    // Keeps the port and the connection.
                    loop {
                        thread::park();
                    }
                }
                answer(stream);
            }
        });
        Self { address, hangs }
    }
}

fn answer(mut stream: TcpStream) {
    let mut request = [0; 512];
    let _ = stream.read(&mut request);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

/// Programs that do nothing but burn, until this is dropped.
struct Burning(Vec<Child>);

impl Burning {
    fn start(count: usize) -> Self {
        let burner = |_| {
            Command::new("sh")
                .args(["-c", "while :; do :; done"])
                .stdin(Stdio::null())
                .spawn()
                .expect("there is a shell")
        };
        Self((0..count).map(burner).collect())
    }
}

impl Drop for Burning {
    fn drop(&mut self) {
        for burner in &mut self.0 {
            let _ = burner.kill();
            let _ = burner.wait();
        }
    }
}
