//! The rows of those who are asked.

use std::os::unix::net::UnixDatagram;

use outlast_testkit::hostile::Habit;
use outlast_testkit::victim_path;

use super::servers::{self, SilentDisk};
use super::stage::Outcome::{NeverReady, Works};
use super::stage::{Stage, hang, python, shell};
use super::table::Cell::{CannotHappen, Tried};
use super::table::Row;
use crate::guarded::toml;

fn http(stage: &mut Stage, habit: Habit) -> String {
    let address = stage.server(habit);
    format!("http = \"http://{address}/healthz\"")
}

pub(super) const HTTP: Row = Row {
    asked: "http",
    works: Tried("good", |stage| {
        for line in [
            "HTTP/1.1 200 OK",
            "HTTP/1.0 204 No Content",
            "HTTP/1.1 302 Found",
        ] {
            let question = http(stage, Habit::Answers(line));
            stage.works(&question);
        }
    }),
    hangs: Tried("bad", |stage| {
        for habit in [Habit::Hangs, Habit::NeverAccepts] {
            let question = http(stage, habit);
            stage.fails(&question);
        }
    }),
    refuses: Tried("bad", |stage| {
        let (taken, address) = servers::taken();
        stage.hold(taken);
        stage.fails(&format!("http = \"http://{address}/\""));
        let question = http(stage, Habit::Closes);
        stage.fails(&question);
    }),
    slow: Tried("good within `timeout`", |stage| {
        let question = http(stage, Habit::Dribbles("HTTP/1.1 200 OK"));
        stage.works(&question);
    }),
    flaps: Tried("good until `failures` in a row", |stage| {
        let question = http(stage, Habit::Flaps);
        stage.comes_and_goes(&question);
    }),
    half_open: Tried("bad", |stage| {
        let (deaf, waiting, address) = servers::deaf();
        stage.hold((deaf, waiting));
        stage.fails(&format!("http = \"http://{address}/\""));
        let question = http(stage, Habit::Halts("HTTP/1.1 20"));
        stage.fails(&question);
    }),
    wrong: Tried("bad", |stage| {
        for line in [
            "HTTP/1.1 404 Not Found",
            "HTTP/1.1 503 Unavailable",
            "SSH-2.0-OpenSSH_9.2",
            "\u{1b}[31m\u{7}",
        ] {
            let question = http(stage, Habit::Answers(line));
            stage.fails(&question);
        }
    }),
    endless: Tried("bad without a status line, else as that says", |stage| {
        let question = http(stage, Habit::Endless);
        stage.fails(&question);
        let question = http(stage, Habit::EndlessBody);
        stage.works(&question);
    }),
};

fn tcp(stage: &mut Stage, habit: Habit) -> String {
    format!("tcp = \"{}\"", stage.server(habit))
}

pub(super) const TCP: Row = Row {
    asked: "tcp",
    works: Tried("good", |stage| {
        let question = tcp(stage, Habit::Answers("HTTP/1.1 200 OK"));
        stage.works(&question);
    }),
    hangs: Tried(
        "good until its queue is full: the kernel accepts",
        |stage| {
            let question = tcp(stage, Habit::Hangs);
            stage.works(&question);
            let (narrow, address) = servers::narrow();
            stage.hold(narrow);
            stage.fails_later(&format!("tcp = \"{address}\""));
        },
    ),
    refuses: Tried("bad", |stage| {
        let (taken, address) = servers::taken();
        stage.hold(taken);
        stage.fails(&format!("tcp = \"{address}\""));
    }),
    slow: Tried("good within `timeout`", |stage| {
        let (waiting, address) = servers::late();
        stage.hold(waiting);
        stage.works(&format!("tcp = \"{address}\""));
    }),
    flaps: Tried("good until `failures` in a row", |stage| {
        let address = servers::comes_and_goes();
        stage.comes_and_goes(&format!("tcp = \"{address}\""));
    }),
    half_open: Tried("bad", |stage| {
        let (deaf, waiting, address) = servers::deaf();
        stage.hold((deaf, waiting));
        stage.fails(&format!("tcp = \"{address}\""));
    }),
    wrong: Tried("good: nothing is read", |stage| {
        for habit in [Habit::Answers("HTTP/1.1 503 Unavailable"), Habit::Closes] {
            let question = tcp(stage, habit);
            stage.works(&question);
        }
    }),
    endless: Tried("good: nothing is read", |stage| {
        let question = tcp(stage, Habit::Endless);
        stage.works(&question);
    }),
};

pub(super) const UNIX: Row = Row {
    asked: "unix",
    works: Tried("good", |stage| {
        servers::unix_works(&stage.path().join("works"));
        stage.works("unix = \"works\"");
    }),
    hangs: Tried(
        "good until its queue is full: the kernel accepts",
        |stage| {
            let narrow = servers::unix_narrow(&stage.path().join("hangs"));
            stage.hold(narrow);
            stage.fails_later("unix = \"hangs\"");
            let full = servers::unix_full(&stage.path().join("full"));
            stage.hold(full);
            stage.fails("unix = \"full\"");
        },
    ),
    refuses: Tried("bad", |stage| {
        // The file is left over.
        drop(servers::unix_narrow(&stage.path().join("refuses")));
        stage.fails("unix = \"refuses\"");
        stage.fails("unix = \"is-not-there\"");
    }),
    slow: CannotHappen("the kernel connects at once or not at all"),
    flaps: Tried("good until `failures` in a row", |stage| {
        servers::unix_comes_and_goes(stage.path().join("flaps"));
        stage.comes_and_goes("unix = \"flaps\"");
    }),
    half_open: CannotHappen("one kernel has both ends"),
    wrong: Tried("good: nothing is read; bad if it is no stream", |stage| {
        let path = stage.path().join("datagrams");
        let socket = UnixDatagram::bind(path).expect("it is free");
        stage.hold(socket);
        stage.fails("unix = \"datagrams\"");
        std::fs::write(stage.path().join("a-file"), "").expect("it can be written");
        stage.fails("unix = \"a-file\"");
    }),
    endless: Tried("good: nothing is read", |stage| {
        servers::unix_without_end(&stage.path().join("endless"));
        stage.works("unix = \"endless\"");
    }),
};

fn victim(arguments: &str) -> String {
    format!("exec = [{}, {arguments}]", toml(victim_path()))
}

pub(super) const EXEC: Row = Row {
    asked: "exec",
    works: Tried("good", |stage| stage.works(&victim("\"exit\", \"0\""))),
    hangs: Tried("bad; it is killed", |stage| {
        stage.fails(&victim("\"hang\""));
        stage.fails(&victim("\"ignore-term\""));
    }),
    refuses: Tried("no answer: never ready; not stopped by `alive`", |stage| {
        let question = "exec = [\"./is-not-there\"]";
        stage.runs(&hang(), question, NeverReady);
        stage.is_left_alone(question);
    }),
    slow: Tried("good within `timeout`", |stage| {
        stage.works(&victim("\"exit\", \"0\", \"300\""));
    }),
    flaps: Tried("good until `failures` in a row", |stage| {
        let script = "mkdir exec-flaps || { rmdir exec-flaps; exit 1; }";
        stage.comes_and_goes(&format!("exec = {}", shell(script)));
    }),
    half_open: CannotHappen("there is no connection"),
    wrong: Tried("bad", |stage| {
        stage.fails(&victim("\"exit\", \"3\""));
        stage.fails(&victim("\"signal\", \"9\""));
    }),
    endless: Tried("bad; nothing is read, and it is killed", |stage| {
        let script = "while :; do printf %4000s; sleep 0.01; done";
        stage.fails(&format!("exec = {}", shell(script)));
    }),
};

pub(super) const FILE: Row = Row {
    asked: "file",
    works: Tried("good", |stage| {
        stage.runs(&hang(), "file = \"outlast.toml\"", Works);
    }),
    hangs: Tried("bad; one thread waits for the disk", |stage| {
        if let Some(disk) = SilentDisk::new() {
            let question = format!("file = {}", toml(&disk.path()));
            stage.runs(&hang(), &question, NeverReady);
            stage.hold(disk);
        } else {
            eprintln!("SKIPPED: a disk that does not answer; that takes root and FUSE");
            stage.runs(&hang(), "file = \"is-not-there\"", NeverReady);
        }
    }),
    refuses: Tried("bad", |stage| {
        stage.runs(&hang(), "file = \"outlast.toml/x\"", NeverReady);
        stage.runs(&hang(), "file = \"is-not-there\"", NeverReady);
    }),
    slow: Tried("good once it is there", |stage| {
        let script = "sleep 0.3; : >file-slow; exec sleep 1000";
        stage.runs(&shell(script), "file = \"file-slow\"", Works);
    }),
    flaps: Tried("good: asked until then", |stage| {
        let script = "while :; do : >file-flaps; sleep 0.2; rm file-flaps; sleep 0.2; done";
        stage.runs(&shell(script), "file = \"file-flaps\"", Works);
    }),
    half_open: Tried("good: a pipe without an end is there", |stage| {
        let script = "mkfifo file-pipe; exec sleep 1000";
        stage.runs(&shell(script), "file = \"file-pipe\"", Works);
    }),
    wrong: Tried(
        "good, whatever is there; bad if a link leads nowhere",
        |stage| {
            stage.runs(&hang(), "file = \"/\"", Works);
            let script = "ln -s is-not-there file-link; exec sleep 1000";
            stage.runs(&shell(script), "file = \"file-link\"", NeverReady);
        },
    ),
    endless: Tried("good: nothing is read", |stage| {
        stage.runs(&hang(), "file = \"/dev/zero\"", Works);
    }),
};

/// Listens, and goes on with `then`.
fn listens(before: &str, then: &str) -> String {
    python(&format!(
        "import socket, time\n{before}\nserver = socket.create_server(('127.0.0.1', 0))\n{then}\ntime.sleep(1000)"
    ))
}

pub(super) const PORT: Row = Row {
    asked: "port",
    works: Tried("good", |stage| {
        let command = listens("", "while True: server.accept()");
        stage.runs(&command, "port = true", Works);
    }),
    hangs: Tried("good: it listens", |stage| {
        stage.runs(&listens("", ""), "port = true", Works);
    }),
    refuses: Tried("bad", |stage| {
        stage.runs(&hang(), "port = true", NeverReady);
    }),
    slow: Tried("good once it listens", |stage| {
        stage.runs(&listens("time.sleep(0.3)", ""), "port = true", Works);
    }),
    flaps: Tried("good: asked until then", |stage| {
        let then = "while True:\n time.sleep(0.2)\n server.close()\n time.sleep(0.2)\n \
                    server = socket.create_server(('127.0.0.1', 0))";
        stage.runs(&listens("", then), "port = true", Works);
    }),
    half_open: CannotHappen("nobody connects"),
    wrong: Tried("bad: UDP, a Unix socket", |stage| {
        let script = "import socket, time\n\
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n\
            udp.bind(('127.0.0.1', 0))\n\
            unix = socket.socket(socket.AF_UNIX)\n\
            unix.bind('port-wrong')\n\
            unix.listen()\n\
            time.sleep(1000)";
        stage.runs(&python(script), "port = true", NeverReady);
    }),
    endless: CannotHappen("nothing is read"),
};
