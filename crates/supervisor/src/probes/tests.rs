//! Every kind of question × every kind of answer.

use std::path::{Path, PathBuf};

use outlast_model::health::{Host, HttpTarget, Readiness};
use outlast_model::service::Command;
use outlast_os::tree::{Forest, Means};
use outlast_testkit::hostile::{Habit, Server};
use outlast_testkit::victim_path;

use super::*;
use crate::surroundings::ThisHost;

/// How long an answer may take here: enough for a busy machine, and short enough
/// to wait for what never comes.
const TIME: Duration = Duration::from_secs(5);

/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(30);

struct Bench {
    forest: Forest,
    probes: Probes,
    incoming: UnboundedReceiver<Wake>,
    number: u32,
}

#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Good,
    Silent,
    Bad,
    Unknown,
}

impl Bench {
    fn new(name: &str) -> Self {
        let key = format!("probes-{}-{name}", std::process::id());
        let (wakes, incoming) = unbounded_channel();
        let forest = Forest::open_with(&key, Means::Best).expect("a forest can be opened");
        tokio::spawn(forest.tend());
        Self {
            forest,
            probes: Probes::new(wakes),
            incoming,
            number: 0,
        }
    }

    fn question(&mut self, probe: Probe) -> Question {
        let text = "[services.web]\ncommand = 'x'";
        let file = std::env::temp_dir().join("outlast.toml");
        let config = outlast_config::parse(text, &file, &ThisHost::facts()).expect("valid");
        let mut service = config.into_services().remove(0);
        service.health.ready = Some(Readiness {
            by: ReadyBy::Probe(probe),
            timeout: TIME,
        });
        self.number += 1;
        let own = tree_name(&service.name).expect("it is short");
        Question {
            tree: self.forest.tree(&service.name),
            own_tree: Some(self.forest.tree(&own)),
            service: Arc::new(service),
            instance: InstanceId(1),
            asked: Asked::Ready,
            number: self.number,
            timeout: TIME,
            handed: Vec::new(),
        }
    }

    async fn answer(&mut self) -> (u32, Result<(), ProbeFailure>) {
        let wake = tokio::time::timeout(PATIENCE, self.incoming.recv()).await;
        match wake.expect("an answer comes") {
            Some(Wake::Happened(Event::Probed {
                number, outcome, ..
            })) => (number, outcome),
            other => panic!("something else woke the loop: {other:?}"),
        }
    }

    async fn ask(&mut self, probe: Probe) -> (Expected, String) {
        let question = self.question(probe);
        let asked = question.number;
        self.probes.ask(question);
        let (number, outcome) = self.answer().await;
        assert_eq!(number, asked);
        match outcome {
            Ok(()) => (Expected::Good, String::new()),
            Err(failure) => {
                let what = match failure.symptom {
                    Symptom::Silent => Expected::Silent,
                    Symptom::Bad => Expected::Bad,
                    Symptom::Unknown => Expected::Unknown,
                };
                (what, failure.seen)
            }
        }
    }

    async fn expect(&mut self, probe: Probe, expected: Expected) {
        let shown = format!("{probe:?}");
        let (what, seen) = self.ask(probe).await;
        assert_eq!(what, expected, "{shown}: {seen}");
        assert!(
            seen.len() < 200 && !seen.contains(char::is_control),
            "{seen:?}"
        );
    }
}

fn host(server: &Server) -> Host {
    Host {
        name: server.address().ip().to_string(),
        port: server.address().port(),
    }
}

fn http(server: &Server) -> Probe {
    Probe::Http(HttpTarget {
        host: host(server),
        path: "/healthz".to_owned(),
    })
}

/// A port at which nobody listens.
fn closed() -> Host {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    Host {
        name: "127.0.0.1".to_owned(),
        port: listener.local_addr().expect("it is bound").port(),
    }
}

fn exec(arguments: &[&str]) -> Probe {
    Probe::Exec(Command {
        program: victim_path().display().to_string(),
        arguments: arguments.iter().map(|&word| word.to_owned()).collect(),
    })
}

#[tokio::test]
async fn http_by_all_habits() {
    let mut bench = Bench::new("http");
    let rows = [
        (Habit::Answers("HTTP/1.1 200 OK"), Expected::Good),
        (Habit::Answers("HTTP/1.0 204 No Content"), Expected::Good),
        (Habit::Answers("HTTP/1.1 302 Found"), Expected::Good),
        (Habit::Answers("HTTP/1.1 404 Not Found"), Expected::Bad),
        (Habit::Answers("HTTP/1.1 503 Unavailable"), Expected::Bad),
        (Habit::Answers("SSH-2.0-OpenSSH_9.2"), Expected::Bad),
        (Habit::Answers("\u{1b}[31m\u{7}"), Expected::Bad),
        (Habit::Dribbles("HTTP/1.1 200 OK"), Expected::Good),
        (Habit::Hangs, Expected::Silent),
        (Habit::NeverAccepts, Expected::Silent),
        (Habit::Closes, Expected::Bad),
        (Habit::Endless, Expected::Bad),
        (Habit::EndlessBody, Expected::Good),
    ];
    for (habit, expected) in rows {
        let server = Server::start(habit);
        bench.expect(http(&server), expected).await;
    }
    let target = HttpTarget {
        host: closed(),
        path: "/".to_owned(),
    };
    bench.expect(Probe::Http(target), Expected::Bad).await;
    let flapping = Server::start(Habit::Flaps);
    for expected in [Expected::Good, Expected::Bad, Expected::Good] {
        bench.expect(http(&flapping), expected).await;
    }
}

#[tokio::test]
async fn tcp_needs_no_answer() {
    let mut bench = Bench::new("tcp");
    for habit in [
        Habit::Hangs,
        Habit::NeverAccepts,
        Habit::Closes,
        Habit::Endless,
    ] {
        let server = Server::start(habit);
        bench
            .expect(Probe::Tcp(host(&server)), Expected::Good)
            .await;
    }
    bench.expect(Probe::Tcp(closed()), Expected::Bad).await;
    let named = Server::start(Habit::Hangs);
    let by_name = Host {
        name: "localhost".to_owned(),
        ..host(&named)
    };
    bench.expect(Probe::Tcp(by_name), Expected::Good).await;
    let nowhere = Host {
        name: "no-such-host.invalid".to_owned(),
        port: 1,
    };
    let (what, seen) = bench.ask(Probe::Tcp(nowhere)).await;
    assert!(matches!(what, Expected::Bad | Expected::Silent), "{seen}");
}

#[tokio::test]
async fn a_command_answers_with_its_code_and_is_killed_in_time() {
    let mut bench = Bench::new("exec");
    bench.expect(exec(&["exit", "0"]), Expected::Good).await;
    bench.expect(exec(&["exit", "3"]), Expected::Bad).await;
    bench.expect(exec(&["hang"]), Expected::Silent).await;
    bench.expect(exec(&["ignore-term"]), Expected::Silent).await;
    let missing = Probe::Exec(Command {
        program: "./no-such-program".to_owned(),
        arguments: Vec::new(),
    });
    bench.expect(missing, Expected::Unknown).await;
    let own = bench.question(Probe::Port).own_tree.expect("there is one");
    tokio::time::timeout(PATIENCE, own.emptied())
        .await
        .expect("what took too long is killed")
        .expect("it is told");
}

#[tokio::test]
async fn a_file_is_there_or_is_not() {
    let mut bench = Bench::new("file");
    let folder = tempfile::tempdir().expect("a folder");
    let path: PathBuf = folder.path().join("up");
    bench.expect(Probe::File(path.clone()), Expected::Bad).await;
    std::fs::write(&path, "").expect("it can be written");
    bench.expect(Probe::File(path), Expected::Good).await;
    bench
        .expect(Probe::File(Path::new("/").into()), Expected::Good)
        .await;
}

#[tokio::test]
async fn a_question_that_is_stopped_leaves_nothing() {
    let mut bench = Bench::new("stop");
    let question = bench.question(exec(&["hang"]));
    let (service, own) = (question.service.name.clone(), question.own_tree.clone());
    let own = own.expect("there is one");
    bench.probes.ask(question);
    tokio::time::timeout(PATIENCE, async {
        while own.is_empty().expect("known") {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await
    .expect("it starts");
    bench.probes.stop(service);
    tokio::time::timeout(PATIENCE, own.emptied())
        .await
        .expect("it is killed")
        .expect("it is told");
    // Even so there was an answer, which nobody wants.
    let (_, outcome) = bench.answer().await;
    assert_eq!(
        outcome.expect_err("it was given up").symptom,
        Symptom::Unknown
    );
}

#[tokio::test]
async fn a_hundred_hanging_servers_hold_no_more_than_a_hundred_sockets() {
    let mut bench = Bench::new("many");
    let server = Server::start(Habit::Hangs);
    for _ in 0..100 {
        let question = bench.question(http(&server));
        // The same service: whoever is asked anew is not asked twice.
        bench.probes.ask(question);
    }
    let mut answers = Vec::new();
    for _ in 0..100 {
        answers.push(bench.answer().await);
    }
    answers.sort_by_key(|(number, _)| *number);
    let last = answers.pop().expect("there are a hundred");
    assert_eq!(last.1.expect_err("it hangs").symptom, Symptom::Silent);
    for (_, outcome) in answers {
        assert_eq!(outcome.expect_err("given up").symptom, Symptom::Unknown);
    }
}
