//! A guardian knows whether its services work, not only that they run.
#![cfg(target_os = "linux")]

mod guarded;

use guarded::{Guarded, eventually, toml};
use outlast_testkit::hostile::{Habit, Server};
use outlast_testkit::victim_path;

/// A service that runs until it is stopped, with these keys.
fn hanging(name: &str, keys: &str) -> String {
    let victim = toml(victim_path());
    format!(
        "[services.{name}]\ncommand = [{victim}, \"hang\"]\n\
         restart = {{ delay = \"10ms\", limit = 3, window = \"1s\" }}\n{keys}\n"
    )
}

#[test]
fn what_does_not_become_ready_has_failed_and_nobody_waits_for_ever() {
    let mut guarded = Guarded::run(&format!(
        "{}{}",
        hanging("db", "ready = { file = \"never\", timeout = \"600ms\" }"),
        hanging("api", "depends_on = [\"db\"]"),
    ));
    guarded.wait_for("waiting", Some("api"));
    for _ in 0..3 {
        let failed = guarded.wait_for("not-ready", Some("db"));
        assert!(
            failed["seen"]
                .as_str()
                .is_some_and(|seen| seen.contains("never")),
            "{failed}"
        );
        let stopping = guarded.wait_for("stopping", Some("db"));
        assert_eq!(stopping["reason"], "not-ready");
    }
    let gave_up = guarded.wait_for("gave-up", Some("db"));
    assert!(
        gave_up["window_seconds"].is_null(),
        "not for want of time: {gave_up}"
    );
    let status = guarded.status("db");
    assert_eq!(status["state"], "failed");
    assert_eq!(status["breaker"]["state"], "open");
    assert_eq!(status["breaker"]["openings"], 3);
    assert_eq!(guarded.status("api")["state"], "waiting");
    guarded.shut_down();
}

#[test]
fn dependants_wait_until_a_probe_is_answered() {
    let mut guarded = Guarded::run(&format!(
        "{}{}",
        hanging("db", "ready = { exec = [\"test\", \"-e\", \"up\"] }"),
        hanging("api", "depends_on = [\"db\"]"),
    ));
    guarded.wait_for("started", Some("db"));
    eventually("it is asked and not ready", || {
        let health = &guarded.status("db")["health"];
        health["ready"] == false && health["last_failure"].is_string()
    });
    assert_eq!(guarded.status("api")["state"], "waiting");
    std::fs::write(guarded.folder.path().join("up"), "").expect("it can be written");
    guarded.wait_for("ready", Some("db"));
    guarded.wait_for("started", Some("api"));
    assert_eq!(guarded.status("db")["health"]["ready"], true);
    guarded.shut_down();
}

#[test]
fn what_stops_answering_is_restarted_and_what_was_seen_is_on_record() {
    let server = Server::start(Habit::Answers("HTTP/1.1 200 OK"));
    let url = format!("http://{}/healthz", server.address());
    let alive = format!(
        "alive = {{ http = \"{url}\", interval = \"100ms\", timeout = \"2s\", failures = 2 }}"
    );
    let mut guarded = Guarded::run(&hanging("web", &alive));
    guarded.wait_for("started", Some("web"));
    eventually("it is asked again and again", || server.connections() > 3);
    assert_eq!(guarded.status("web")["restarts"], 0);
    drop(server);
    guarded.wait_for("probe-failing", Some("web"));
    let failed = guarded.wait_for("not-alive", Some("web"));
    assert_eq!(failed["failures"], 2);
    assert!(
        failed["seen"]
            .as_str()
            .is_some_and(|seen| seen.contains("connecting to")),
        "{failed}"
    );
    assert_eq!(
        guarded.wait_for("stopping", Some("web"))["reason"],
        "not-alive"
    );
    guarded.wait_for("death", Some("web"));
    // Nothing answers the next instance either, but it has its grace.
    guarded.wait_for("started", Some("web"));
    let shown = guarded.succeed(&["events"]);
    assert!(
        shown.contains("is not alive: 2 bad answers in a row"),
        "{shown}"
    );
    guarded.shut_down();
}

#[test]
fn what_hangs_is_looked_at_before_it_is_stopped() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port is free")
        .port();
    // Accepts nothing, and waits for a lock that nobody gives back.
    let hangs = format!(
        "import socket, threading\n\
         lock = threading.Lock()\n\
         lock.acquire()\n\
         for _ in range(3): threading.Thread(target=lock.acquire, daemon=True).start()\n\
         door = socket.create_server(('127.0.0.1', {port}))\n\
         lock.acquire()\n"
    );
    let mut guarded = Guarded::run(&format!(
        "[services.web]\ncommand = [\"python3\", \"-c\", '''{hangs}''']\nready = \"port\"\n\
         alive = {{ http = \"http://127.0.0.1:{port}/\", interval = \"100ms\", timeout = \"200ms\", failures = 2 }}\n"
    ));
    guarded.wait_for("not-alive", Some("web"));
    let evidence = guarded.wait_for("evidence", Some("web"));
    guarded.wait_for("stopping", Some("web"));
    let threads = evidence["processes"][0]["threads"].as_array();
    let asleep = threads
        .expect("it has threads")
        .iter()
        .filter(|threads| threads["state"] == "sleeping")
        .filter_map(|threads| threads["count"].as_u64());
    assert_eq!(asleep.sum::<u64>(), 4, "{evidence}");
    let socket = &evidence["sockets"][0];
    assert_eq!(socket["local"], format!("127.0.0.1:{port}"));
    assert!(socket["unread"].as_u64() >= Some(1), "{evidence}");
    let shown = guarded.succeed(&["events"]);
    assert!(shown.contains("seen before the stop: python3"), "{shown}");
    guarded.shut_down();
}

#[test]
fn the_breaker_closes_when_a_service_has_been_healthy_for_long_enough() {
    let victim = toml(victim_path());
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let well = folder.path().join("well");
    std::fs::write(&well, "").expect("it can be written");
    let file = format!(
        "[services.web]\ncommand = [{victim}, \"hang\"]\n\
         restart = {{ delay = \"10ms\", reset_after = \"1s\", limit = 1000 }}\n\
         ready = {{ exec = [\"test\", \"-e\", \"well\"], timeout = \"500ms\" }}\n\
         alive = {{ exec = [\"test\", \"-e\", \"well\"], interval = \"100ms\", failures = 2 }}\n"
    );
    std::fs::write(folder.path().join("outlast.toml"), file).expect("a file");
    let mut guarded = Guarded::run_in(folder);
    guarded.wait_for("ready", Some("web"));
    assert_eq!(guarded.status("web")["breaker"]["state"], "closed");
    std::fs::remove_file(&well).expect("it is there");
    guarded.wait_for("not-alive", Some("web"));
    guarded.wait_for("not-ready", Some("web"));
    eventually("another is on trial", || {
        let breaker = &guarded.status("web")["breaker"];
        breaker["state"] == "half-open" && breaker["openings"].as_u64() >= Some(2)
    });
    let shown = guarded.outlast(&["status"]);
    let shown = String::from_utf8_lossy(&shown.stdout);
    assert!(shown.contains("breaker half-open"), "{shown}");
    std::fs::write(&well, "").expect("it can be written");
    let closed = guarded.wait_for("breaker-closed", Some("web"));
    assert!(closed["openings"].as_u64() >= Some(2), "{closed}");
    assert_eq!(guarded.status("web")["breaker"]["state"], "closed");
    guarded.shut_down();
}

#[test]
fn questions_leave_nothing_open() {
    let server = Server::start(Habit::Answers("HTTP/1.1 200 OK"));
    let host = server.address();
    let mut file = String::new();
    for number in 0..20 {
        let alive = format!(
            "alive = {{ http = \"http://{host}/\", interval = \"100ms\", timeout = \"5s\" }}"
        );
        file += &hanging(&format!("web{number}"), &alive);
    }
    let mut guarded = Guarded::run(&file);
    guarded.wait_for("started", Some("web19"));
    let open = |guarded: &Guarded| {
        let folder = format!("/proc/{}/fd", guarded.pid());
        std::fs::read_dir(folder).expect("it lives").count()
    };
    eventually("all are asked", || server.connections() > 100);
    let before = open(&guarded);
    eventually("all are asked again and again", || {
        server.connections() > 1_000
    });
    // Each service may have one question open at the moment.
    let after = open(&guarded);
    assert!(after <= before + 20, "{before} before, {after} after");
    let events = guarded.shut_down();
    let is_failure = |event: &&serde_json::Value| event["event"] == "probe-failing";
    assert_eq!(events.iter().filter(is_failure).count(), 0);
}

#[test]
fn what_is_not_asked_has_no_thread_and_no_socket() {
    let mut guarded = Guarded::run(&hanging("web", ""));
    guarded.wait_for("started", Some("web"));
    let tasks = std::fs::read_dir(format!("/proc/{}/task", guarded.pid())).expect("it lives");
    let names = tasks
        .flatten()
        .map(|task| std::fs::read_to_string(task.path().join("comm")).unwrap_or_default());
    assert!(names.into_iter().all(|name| name.trim() != "probes"));
    let pid = guarded.service_pid("web");
    let environment = std::fs::read(format!("/proc/{pid}/environ")).expect("it lives");
    let environment = String::from_utf8_lossy(&environment);
    assert!(!environment.contains("NOTIFY_SOCKET") && !environment.contains("WATCHDOG"));
    guarded.shut_down();
}

/// The far end is gone without a word: what is sent is lost. So it is when a queue
/// is full, as the kernel drops who knocks then.
#[test]
fn a_connection_that_is_never_made_is_no_answer() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    // A queue for one.
    rustix::net::listen(&listener, 0).expect("it listens already");
    let address = listener.local_addr().expect("it is bound");
    let mut waiting = Vec::new();
    let soon = std::time::Duration::from_secs(1);
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, soon) {
        waiting.push(stream);
    }
    assert!(!waiting.is_empty(), "one is let in");
    let asked = [
        format!("tcp = \"{address}\""),
        format!("http = \"http://{address}/\""),
    ];
    for how in asked {
        let mut guarded = Guarded::run(&hanging(
            "db",
            &format!(
                "alive = {{ {how}, interval = \"100ms\", timeout = \"200ms\", failures = 2, grace = \"0s\" }}"
            ),
        ));
        let failed = guarded.wait_for("not-alive", Some("db"));
        assert!(
            failed["seen"]
                .as_str()
                .is_some_and(|seen| seen.contains("no answer within")),
            "{failed}"
        );
        guarded.shut_down();
    }
}

#[test]
fn a_unix_socket_needs_somebody_who_listens() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("socket");
    let listener = std::os::unix::net::UnixListener::bind(&path).expect("it is free");
    let file = hanging(
        "db",
        "ready = { unix = \"socket\" }\nalive = { unix = \"socket\", interval = \"100ms\", failures = 2 }",
    );
    std::fs::write(folder.path().join("outlast.toml"), file).expect("a file");
    let mut guarded = Guarded::run_in(folder);
    guarded.wait_for("ready", Some("db"));
    assert_eq!(guarded.status("db")["health"]["failures"], 0);
    drop(listener);
    assert!(path.exists(), "nobody has removed it");
    guarded.wait_for("not-alive", Some("db"));
    std::fs::remove_file(&path).expect("it is there");
    guarded.wait_for("started", Some("db"));
    eventually("the next one is not ready", || {
        guarded.status("db")["health"]["ready"] == false
    });
    guarded.shut_down();
}
