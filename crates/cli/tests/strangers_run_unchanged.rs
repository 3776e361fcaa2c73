//! Daemons of Debian and programs with foreign libraries, which know nothing of a
//! guardian, run as under systemd.
//!
//! `cargo xtask test --only tools,go-examples,strangers` installs and builds what they
//! need, and runs these.
#![cfg(target_os = "linux")]

mod guarded;
mod web;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use guarded::{Guarded, eventually, toml};
use outlast_os::account::Account;
use tempfile::TempDir;
use web::{answer, free_port, send};

/// Keys of whoever tells by itself, and of whoever reads its settings again, too.
const TELLS: &str = "ready = \"notify\"\nrestart = { delay = \"10ms\" }\n";
const RELOADS: &str = "on_change = \"reload\"\n";

/// What follows a start until a change of the settings and a stop are through.
fn change(guarded: &mut Guarded, service: &str, settings: &Path) {
    let before = guarded.service_pid(service);
    let text = std::fs::read_to_string(settings).unwrap_or_default();
    std::fs::write(settings, text + "work_mem = 7MB\n").expect("it can be written");
    guarded.wait_for("files-changed", Some(service));
    assert_eq!(guarded.service_pid(service), before, "it goes on");
}

fn stop(guarded: &mut Guarded, service: &str) {
    guarded.succeed(&["stop", service]);
    let death = guarded.wait_for("death", Some(service));
    assert_eq!(death["exit"]["code"], 0, "it ends by itself: {death}");
    let events = guarded.events();
    let killed = events.iter().filter(|event| event["event"] == "killed");
    assert_eq!(killed.count(), 0, "within its time");
}

/// By `daemon` and `activation` of coreos/go-systemd.
#[test]
#[ignore = "takes the Go program that `cargo xtask test` builds"]
fn go_s_library_tells_beats_and_finds_its_sockets() {
    let programs = std::env::var_os("OUTLAST_TEST_PROGRAMS").expect("xtask tells where they are");
    let program = toml(&PathBuf::from(programs).join("go-systemd"));
    let (first, second) = (free_port(), free_port());
    let mut guarded = Guarded::run(&format!(
        "[services.web]\ncommand = [{program}]\nlisten = {{ front = {first}, back = {second} }}\n\
         watchdog = \"2s\"\nwatch = [\"settings\"]\n{TELLS}{RELOADS}"
    ));
    guarded.wait_for("ready", Some("web"));
    let said = |port: u16| answer(port, "/").unwrap_or_default();
    let pid = guarded.service_pid("web");
    assert_eq!(said(first), format!("{pid} 0"));
    assert_eq!(said(second), format!("{pid} 0"));
    let log = guarded.succeed(&["logs", "web"]);
    for (name, port) in [("front", first), ("back", second)] {
        assert!(
            log.contains(&format!("serves {name} at 127.0.0.1:{port}")),
            "{log}"
        );
    }
    let settings = guarded.folder.path().join("settings");
    change(&mut guarded, "web", &settings);
    eventually("it has read its settings again", || {
        said(first) == format!("{pid} 1")
    });
    eventually("it has said so", || {
        let health = &guarded.status("web")["health"];
        health["status"] == "settings read again" && health["ready"] == true
    });
    eventually("it has run for longer than it may be silent", || {
        let uptime = guarded.status("web")["uptime_seconds"].as_f64();
        uptime.is_some_and(|uptime| uptime > 3.0)
    });
    assert_eq!(guarded.service_pid("web"), pid, "it beats");
    send("USR1", pid);
    guarded.wait_for("watchdog-missed", Some("web"));
    guarded.wait_for("ready", Some("web"));
    assert_ne!(guarded.service_pid("web"), pid);
    assert!(said(second).ends_with(" 0"), "the sockets are handed on");
    stop(&mut guarded, "web");
    let log = guarded.succeed(&["logs", "web"]);
    assert!(!log.contains("nobody wants to hear"), "{log}");
    guarded.shut_down();
}

/// By the module of systemd's own project, and by the one that has nothing but `notify`.
#[test]
#[ignore = "takes Python's libraries; `cargo xtask test` installs them"]
fn python_s_libraries_tell_and_find_their_sockets() {
    let systemd = "from systemd import daemon\n\
        sockets = sum(daemon.is_socket_inet(fd, listening=1) for fd in daemon.listen_fds())\n\
        tell = daemon.notify\n\
        tell(f'STATUS={sockets} sockets')";
    let sdnotify = "import sdnotify\n\
        tell = sdnotify.SystemdNotifier(debug=True).notify\n\
        tell('STATUS=0 sockets')";
    let service = |name: &str, script: &str, keys: &str| {
        // Debian's own Python, as the libraries are.
        format!(
            "[services.{name}]\ncommand = [\"/usr/bin/python3\", \"-c\", '''\n{script}\nimport time\ntell('READY=1')\n\
             while True:\n    tell('WATCHDOG=1')\n    time.sleep(0.5)\n''']\nwatchdog = \"4s\"\n{keys}{TELLS}"
        )
    };
    let listen = format!("listen = [{}, {}]\n", free_port(), free_port());
    let guarded = Guarded::run(&format!(
        "{}{}",
        service("systemd", systemd, &listen),
        service("sdnotify", sdnotify, "")
    ));
    for (name, says) in [("systemd", "2 sockets"), ("sdnotify", "0 sockets")] {
        eventually(
            "it is ready and runs for longer than it may be silent",
            || {
                let status = guarded.status(name);
                let uptime = status["uptime_seconds"].as_f64();
                status["health"]["ready"] == true && uptime.is_some_and(|uptime| uptime > 5.0)
            },
        );
        assert_eq!(guarded.status(name)["health"]["status"], says);
        assert_eq!(guarded.status(name)["restarts"], 0, "it beats");
    }
    let events = guarded.shut_down();
    let missed = events
        .iter()
        .filter(|event| event["event"] == "watchdog-missed");
    assert_eq!(missed.count(), 0);
}

/// Where Debian has the programs of the newest PostgreSQL that is installed.
fn postgresql() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed");
    let mut dirs: Vec<PathBuf> = versions
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|dir| dir.join("postgres").exists())
        .collect();
    dirs.sort();
    dirs.pop().expect("a server is installed")
}

/// A new database in `data`, and whoever may run it: PostgreSQL refuses root.
fn database(folder: &TempDir, bin: &Path) -> Option<&'static str> {
    let user = Account::is_privileged().then_some("postgres");
    // Its account has to get there.
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("it is ours");
    let data = folder.path().join("data");
    std::fs::create_dir(&data).expect("it is new");
    if user.is_some() {
        run(Command::new("chown").arg("postgres").arg(&data));
    }
    let mut initdb = as_user(user, &bin.join("initdb"));
    initdb.args(["--no-sync", "--auth", "trust", "--username", "postgres"]);
    initdb.arg("--pgdata").arg(&data).current_dir(&data);
    run(&mut initdb);
    user
}

fn as_user(user: Option<&str>, program: &Path) -> Command {
    let Some(user) = user else {
        return Command::new(program);
    };
    let mut command = Command::new("runuser");
    command.args(["-u", user, "--"]).arg(program);
    command
}

fn run(command: &mut Command) -> Output {
    let output = command.output().expect("it is installed");
    assert!(output.status.success(), "{command:?}: {output:?}");
    output
}

/// What a client is told.
fn query(folder: &Path, text: &str) -> String {
    let mut client = Command::new("psql");
    client.args(["--username", "postgres", "--no-psqlrc", "--quiet"]);
    client.args(["--tuples-only", "--no-align", "--command", text]);
    let output = client.arg("--host").arg(folder.join("data")).output();
    let output = output.expect("it is installed");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
#[ignore = "takes PostgreSQL; `cargo xtask test` installs it"]
fn postgresql_runs_unchanged() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (path, bin) = (folder.path().to_owned(), postgresql());
    let user = database(&folder, &bin);
    let data = path.join("data");
    let user = user.map_or(String::new(), |user| format!("user = \"{user}\"\n"));
    let file = format!(
        "[services.db]\ncommand = [{}, \"-D\", {data}, \"-k\", {data}, \"-c\", \"listen_addresses=\"]\n{user}\
         stop = {{ signal = \"INT\", timeout = \"1m\" }}\nwatch = [\"data/postgresql.conf\"]\n\
         alive = {{ unix = \"data/.s.PGSQL.5432\", interval = \"100ms\" }}\n{TELLS}{RELOADS}",
        toml(&bin.join("postgres")),
        data = toml(&data),
    );
    std::fs::write(path.join("outlast.toml"), file).expect("a file");
    let mut guarded = Guarded::run_in(folder);
    guarded.wait_for("ready", Some("db"));
    // Ready is ready: no client has to try twice.
    run(Command::new("pg_isready").arg("--host").arg(&data));
    query(
        &path,
        "create table kept (what text); insert into kept values ('a row')",
    );
    change(&mut guarded, "db", &data.join("postgresql.conf"));
    eventually("the settings are in force", || {
        query(&path, "show work_mem") == "7MB"
    });
    // A crash, which takes all of it along, and what a client has been promised.
    send("KILL", guarded.service_pid("db"));
    guarded.wait_for("death", Some("db"));
    guarded.wait_for("ready", Some("db"));
    assert_eq!(query(&path, "select what from kept"), "a row");
    stop(&mut guarded, "db");
    let mut state = Command::new(bin.join("pg_controldata"));
    let state = run(state.env("LC_ALL", "C").arg(&data));
    let state = String::from_utf8_lossy(&state.stdout);
    let line = state.lines().find(|line| line.contains("cluster state"));
    assert!(
        line.is_some_and(|line| line.ends_with("shut down")),
        "{line:?}"
    );
    assert!(!data.join("postmaster.pid").exists());
    guarded.shut_down();
}

#[test]
#[ignore = "takes Redis; `cargo xtask test` installs it"]
fn redis_runs_unchanged() {
    let redis = "[services.redis]\ncommand = [\"redis-server\", \"--port\", \"0\", \"--unixsocket\", \"redis.sock\", \
         \"--supervised\", \"systemd\", \"--daemonize\", \"no\", \"--save\", \"\"]\n\
         ready = \"notify\"\nalive = { unix = \"redis.sock\", interval = \"100ms\" }\n";
    let mut guarded = Guarded::run(redis);
    guarded.wait_for("ready", Some("redis"));
    eventually("it tells a status", || {
        guarded.status("redis")["health"]["status"].is_string()
    });
    stop(&mut guarded, "redis");
    let events = guarded.shut_down();
    assert!(events.iter().all(|event| event["event"] != "probe-failing"));
}
