//! Somebody is told by HTTP that a service has failed, and nobody else gets to know how.
#![cfg(target_os = "linux")]

mod guarded;
mod told;

use std::fs;
use std::path::{Path, PathBuf};

use guarded::{Guarded, eventually, toml};
use outlast_testkit::victim_path;
use serde_json::Value;
use told::Server;

/// Whether there is what sends; says so where there is not.
fn has_sender() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = std::env::split_paths(&path).any(|folder| folder.join("curl").is_file());
    if !is_there {
        eprintln!("SKIPPED: there is no curl");
    }
    is_there
}

/// What makes the address a secret.
const TOKEN: &str = "T0-xyzzy-do-not-tell";

/// A service that fails at once, and has `address` told.
fn failing(webhook: &str) -> String {
    format!(
        "name = 'shop'\n[services.bad]\ncommand = [{}, 'exit', '7']\n\
         restart = {{ delay = '1ms', limit = 2, window = '1m' }}\n\
         on_failure = {{ webhook = {webhook} }}\n\
         [services.good]\ncommand = [{}, 'hang']\n",
        toml(victim_path()),
        toml(victim_path()),
    )
}

/// The address of a hook on `server`, quoted.
fn hook(server: &Server, scheme: &str) -> String {
    let path = format!("/services/{TOKEN}?key={TOKEN}");
    format!("'{}'", server.address(scheme, &path))
}

/// Processes whose `file` in `/proc` has `text`.
fn processes(file: &str, text: &str) -> Vec<PathBuf> {
    let all = fs::read_dir("/proc").expect("it can be read").flatten();
    let files = all.map(|entry| entry.path().join(file));
    let has = |path: &PathBuf| {
        let content = fs::read(path).unwrap_or_default();
        String::from_utf8_lossy(&content).contains(text)
    };
    files.filter(has).collect()
}

/// Files that have the token, below `folder`.
fn leaks(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("it can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(leaks(&path));
        } else if path.is_file() {
            let content = fs::read(&path).unwrap_or_default();
            if String::from_utf8_lossy(&content).contains(TOKEN) {
                found.push(path);
            }
        }
    }
    found
}

/// Nothing that people can look at has the address.
fn assert_untold(guarded: &Guarded) {
    assert_eq!(leaks(&guarded.state_dir()), Vec::<PathBuf>::new());
    assert!(!guarded.stderr().contains(TOKEN), "{}", guarded.stderr());
    for arguments in [
        ["status", "--json"].as_slice(),
        &["status", "bad.webhook", "--json"],
        &["events", "--json"],
        &["events"],
        &["logs"],
        &["check"],
        &["check", "--json"],
        &["doctor", "--json"],
        &["reload"],
    ] {
        let output = guarded.outlast(arguments);
        for text in [output.stdout, output.stderr] {
            let text = String::from_utf8_lossy(&text);
            assert!(!text.contains(TOKEN), "{arguments:?}: {text}");
        }
    }
}

/// What the program has said that tells, once it has ended with `code`.
fn said(guarded: &mut Guarded, code: u64) -> String {
    let death = guarded.wait_for("death", Some("bad.webhook"));
    assert_eq!(death["exit"]["code"], code, "{death}");
    let mut said = String::new();
    eventually("what it said is kept", || {
        let output = guarded.outlast(&["logs", "bad.webhook"]);
        said = String::from_utf8_lossy(&output.stdout).into_owned();
        !said.is_empty()
    });
    said
}

#[test]
fn who_is_given_up_is_told_of_once_and_the_address_to_nobody() {
    if !has_sender() {
        return;
    }
    let server = Server::new();
    let mut guarded = Guarded::run(&failing(&hook(&server, "http")));
    let posted = server.next();
    // It waits for the answer: now is the time to look at it.
    let senders = processes("cmdline", "--config\0-\0");
    assert!(!senders.is_empty(), "curl runs, and can be seen");
    assert_eq!(processes("cmdline", TOKEN), Vec::<PathBuf>::new());
    for sender in senders {
        // Those of other tests may have ended.
        let environment = fs::read(sender.with_file_name("environ")).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&environment).contains(TOKEN));
    }
    assert_untold(&guarded);

    assert_eq!(
        posted.head[0],
        format!("POST /services/{TOKEN}?key={TOKEN} HTTP/1.1")
    );
    let kind = |line: &String| line.eq_ignore_ascii_case("content-type: application/json");
    assert!(posted.head.iter().any(kind), "{posted:?}");
    let json = posted.json();
    assert_eq!(json["event"], "failed", "{json}");
    assert_eq!(json["guardian"], "shop");
    assert_eq!(json["service"], "bad");
    assert_eq!(
        json["last_exit"],
        guarded.status("bad")["last_death"]["exit"]["text"]
    );
    assert_eq!(json["restarts"], 1);
    assert_eq!(json["reason"], guarded.status("bad")["reason"]);
    assert_eq!(json["time"], guarded.status("bad")["since"]);
    let host = fs::read_to_string("/proc/sys/kernel/hostname").expect("it has a name");
    assert_eq!(json["host"], host.trim());
    let text = json["text"].as_str().expect("people are told, too");
    assert!(
        text.contains("shop/bad") && text.contains("code 7"),
        "{text}"
    );
    assert_eq!(json["content"], json["text"]);

    posted.answer("200 OK", "ok");
    let said = said(&mut guarded, 0);
    assert!(said.contains("200"), "{said}");
    assert_untold(&guarded);
    guarded.shut_down();
    assert_eq!(server.others(), 0, "it is told once");
}

#[test]
fn the_address_comes_from_a_file_or_a_variable_and_is_read_anew() {
    if !has_sender() {
        return;
    }
    let server = Server::new();
    let address = hook(&server, "http");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("hook");
    let config = failing("{ file = 'hook' }")
        .replace("services.good", "services.other")
        .replace("'hang'", "'exit', '7'")
        + "restart = { limit = 1 }\non_failure = { webhook = { env = 'OF_THE_GUARDIAN' } }\n";
    fs::write(folder.path().join("outlast.toml"), config).expect("it can be written");
    fs::write(&file, "https://\n").expect("it can be written");
    let of_the_guardian = address.trim_matches('\'').to_owned();
    let mut guarded = Guarded::run_as(folder, |command| {
        command.env("OF_THE_GUARDIAN", of_the_guardian);
    });
    let posted = server.next();
    assert_eq!(posted.json()["service"], "other");
    posted.answer("204 No Content", "");
    // That of the file is none yet.
    let said = said(&mut guarded, 6);
    assert!(said.contains("no address"), "{said}");
    fs::write(&file, format!("{}\n", address.trim_matches('\''))).expect("it can be written");
    guarded.succeed(&["start", "bad.webhook"]);
    let posted = server.next();
    let json = posted.json();
    assert_eq!(
        (&json["event"], &json["service"]),
        (&"failed".into(), &"bad".into())
    );
    posted.answer("200 OK", "");
    guarded.wait_for("death", Some("bad.webhook"));
    assert_untold(&guarded);
    guarded.shut_down();
}

#[test]
fn a_server_in_trouble_is_asked_again_and_one_that_refuses_is_not() {
    if !has_sender() {
        return;
    }
    let server = Server::new();
    let mut guarded = Guarded::run(&failing(&hook(&server, "http")));
    let first = server.next();
    let body = first.body.clone();
    first.answer("503 Service Unavailable", "busy");
    let second = server.next();
    assert_eq!(second.body, body);
    // Many servers say what they were asked for.
    let page = format!("cannot POST /services/{TOKEN}?key={TOKEN}\u{1b}[31m, no such hook");
    second.answer("404 Not Found", &page.repeat(100));
    let said = said(&mut guarded, 1);
    assert!(
        said.contains("404") && said.contains("no such hook"),
        "{said}"
    );
    assert!(said.contains("http://127.0.0.1:"), "{said}");
    assert!(!said.contains('\u{1b}') && said.len() < 1000, "{said}");
    assert_untold(&guarded);
    guarded.shut_down();
    assert_eq!(server.others(), 0);
}

#[test]
fn who_is_sent_elsewhere_does_not_go_there() {
    if !has_sender() {
        return;
    }
    let server = Server::new();
    let mut guarded = Guarded::run(&failing(&hook(&server, "http")));
    server.next().answer("302 Found", "");
    let said = said(&mut guarded, 1);
    assert!(said.contains("302"), "{said}");
    guarded.shut_down();
    assert_eq!(server.others(), 0);
}

#[test]
fn without_an_answer_it_says_why() {
    if !has_sender() {
        return;
    }
    let server = Server::new();
    // It speaks no TLS.
    let mut guarded = Guarded::run(&failing(&hook(&server, "https")));
    let said = said(&mut guarded, 1);
    assert!(
        said.contains("https://127.0.0.1:") && said.contains("curl: ("),
        "{said}"
    );
    assert_untold(&guarded);
    guarded.shut_down();
}

#[test]
fn a_server_that_does_not_answer_holds_up_nobody() {
    if !has_sender() {
        return;
    }
    let server = Server::new();
    let mut guarded = Guarded::run(&failing(&hook(&server, "http")));
    let posted = server.next();
    guarded.succeed(&["restart", "good"]);
    guarded.wait_for("started", Some("good"));
    assert_eq!(guarded.status("bad.webhook")["state"], "running");
    let events = guarded.shut_down();
    let killed = |event: &&Value| event["event"] == "killed" && event["service"] == "bad.webhook";
    assert_eq!(
        events.iter().find(killed),
        None,
        "it ends when it is asked to"
    );
    drop(posted);
}

#[test]
fn somebody_may_try_it() {
    if !has_sender() {
        return;
    }
    let server = Server::new();
    let config = failing(&hook(&server, "http")).replace("'exit', '7'", "'hang'");
    let mut guarded = Guarded::run(&config);
    guarded.wait_for("started", Some("bad"));
    guarded.succeed(&["start", "bad.webhook"]);
    let posted = server.next();
    let json = posted.json();
    assert_eq!(json["event"], "test", "{json}");
    assert_eq!(
        (&json["guardian"], &json["service"]),
        (&"shop".into(), &"bad".into())
    );
    assert_eq!(json["reason"], Value::Null);
    posted.answer("200 OK", "");
    said(&mut guarded, 0);
    guarded.shut_down();
}

#[test]
fn without_curl_that_is_said_before_and_when_it_is_needed() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let server = Server::new();
    let config = failing(&hook(&server, "http"));
    fs::write(folder.path().join("outlast.toml"), config).expect("it can be written");
    let nowhere = folder.path().join("bin");
    fs::create_dir(&nowhere).expect("it can be made");
    let checked = guarded::outlast()
        .arg("check")
        .current_dir(folder.path())
        .env("PATH", &nowhere)
        .output()
        .expect("it can be run");
    let text = String::from_utf8_lossy(&checked.stderr).into_owned()
        + &String::from_utf8_lossy(&checked.stdout);
    assert!(!checked.status.success(), "{text}");
    assert!(
        text.contains("install curl") && !text.contains(TOKEN),
        "{text}"
    );

    let mut guarded = Guarded::run_as(folder, |command| {
        command.env("PATH", &nowhere);
    });
    let said = said(&mut guarded, 1);
    assert!(said.contains("install curl"), "{said}");
    assert_untold(&guarded);
    guarded.shut_down();
    assert_eq!(server.others(), 0);
}
