//! What a service gives its guardian to be kept for its next instance
//! (`FDSTORE=1` of `sd_notify(3)`).
#![cfg(target_os = "linux")]

mod guarded;

use guarded::{Guarded, eventually};

/// The client's side of the protocol, and what was given.
const CLIENT: &str = r#"
import os, socket, time

def say(text, *descriptors):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    client.connect("\0" + os.environ["NOTIFY_SOCKET"][1:])
    socket.send_fds(client, [text.encode()], list(descriptors))

def barrier():
    reader, writer = os.pipe()
    say("BARRIER=1", writer)
    os.close(writer)
    os.read(reader, 1)

def tell(text):
    print(text, flush=True)

is_own = os.environ.get("LISTEN_PID") == str(os.getpid())
names = os.environ.get("LISTEN_FDNAMES", "").split(":") if is_own else []
given = {name: 3 + index for index, name in enumerate(names)}
assert len(names) == int(os.environ.get("LISTEN_FDS", "0"))
"#;

fn service(keys: &str, script: &str) -> String {
    format!(
        "[services.it]\ncommand = [\"python3\", \"-c\", '''{CLIENT}{script}''']\n\
         restart = {{ delay = \"10ms\", limit = 0 }}\nlog = {{ keep = \"1MiB\" }}\n{keys}\n"
    )
}

/// What it has said up to now.
fn said(guarded: &Guarded) -> Vec<String> {
    let logs = guarded.outlast(&["logs", "it"]);
    let text = String::from_utf8(logs.stdout).expect("it is text");
    text.lines().map(str::to_owned).collect()
}

/// Waits until it has said so many lines; the last one.
fn line(guarded: &Guarded, number: usize) -> String {
    eventually("another line", || said(guarded).len() >= number);
    said(guarded)[number - 1].clone()
}

/// Counts its starts in memory that has no name anywhere.
const COUNTS: &str = r#"
if "count" in given:
    memory = given["count"]
else:
    memory = os.memfd_create("count")
    os.write(memory, b"0")
count = int(os.pread(memory, 9, 0)) + 1
os.pwrite(memory, str(count).encode(), 0)
say("FDSTORE=1\nFDNAME=count", memory)
barrier()
tell(f"{count} {':'.join(names)}")
time.sleep(3600)
"#;

#[test]
fn memory_outlives_instances_and_not_a_stop() {
    let guarded = Guarded::run(&service("fd_store = 1", COUNTS));
    // What is kept already is not kept twice, for which there would be no room.
    assert_eq!(line(&guarded, 1), "1 ");
    guarded.succeed(&["restart", "it"]);
    assert_eq!(line(&guarded, 2), "2 count");
    let pid = guarded.service_pid("it").to_string();
    let killed = std::process::Command::new("kill")
        .args(["-KILL", &pid])
        .status();
    assert!(killed.is_ok_and(|status| status.success()));
    assert_eq!(line(&guarded, 3), "3 count");
    guarded.succeed(&["stop", "it"]);
    guarded.succeed(&["start", "it"]);
    assert_eq!(line(&guarded, 4), "1 ");
    assert_eq!(guarded.stderr(), "");
}

/// Leaves two connections behind whose other ends nobody has.
const LEAVES: &str = r#"
say("FDSTOREREMOVE=1\nFDNAME=stays")
pairs = [socket.socketpair() for _ in range(2)]
say("FDSTORE=1\nFDNAME=goes", pairs[0][0].fileno())
say("FDSTORE=1\nFDNAME=stays\nFDPOLL=0", pairs[1][0].fileno())
for one, other in pairs:
    # What arrives is for the next instance, and no hang-up.
    other.send(b"x")
barrier()
tell(":".join(names))
for one, other in pairs:
    other.close()
time.sleep(3600)
"#;

#[test]
fn what_nobody_is_at_the_other_end_of_is_closed_unless_it_is_not_to_be_looked_at() {
    let guarded = Guarded::run(
        &service("fd_store = 9\nlisten = 18099", LEAVES).replace("18099", &free_port()),
    );
    assert_eq!(line(&guarded, 1), "it");
    let mut number = 1;
    eventually("a hang-up", || {
        guarded.succeed(&["restart", "it"]);
        number += 1;
        let given = line(&guarded, number);
        assert!(
            given.starts_with("it:") && given.contains("stays"),
            "{given}"
        );
        given == "it:stays"
    });
}

fn free_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener
        .local_addr()
        .expect("it is bound")
        .port()
        .to_string()
}

const STORES_FOUR: &str = r#"
files = [os.memfd_create(str(number)) for number in range(4)]
say("FDSTORE=1", files[0], files[1])
say("FDSTORE=1\nFDNAME=more", files[2], files[3])
barrier()
tell(":".join(names))
time.sleep(3600)
"#;

#[test]
fn what_is_too_much_is_closed_and_told_once() {
    let guarded = Guarded::run(&service("fd_store = 3", STORES_FOUR));
    assert_eq!(line(&guarded, 1), "");
    eventually("a complaint", || guarded.stderr().contains("fd_store"));
    guarded.succeed(&["restart", "it"]);
    assert_eq!(line(&guarded, 2), "stored:stored:more");
    eventually("one complaint for each instance", || {
        guarded.stderr().lines().count() == 2
    });
}

#[test]
fn nothing_is_kept_unless_the_file_says_so() {
    let guarded = Guarded::run(&service("notify = true", STORES_FOUR));
    assert_eq!(line(&guarded, 1), "");
    eventually("a complaint", || guarded.stderr().contains("fd_store"));
    guarded.succeed(&["restart", "it"]);
    assert_eq!(line(&guarded, 2), "");
}
