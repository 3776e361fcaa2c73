//! What is said to a running guardian, well or badly.

mod guarded;

use guarded::{Guarded, outlast, toml};
use outlast_testkit::victim_path;

fn hanging(names: &[&str]) -> String {
    let service = |name: &&str| {
        format!(
            "[services.{name}]\ncommand = [{}, \"hang\"]\n",
            toml(victim_path())
        )
    };
    names.iter().map(service).collect()
}

#[test]
fn a_reload_leaves_untouched_services_their_process() {
    let mut guarded = Guarded::run(&hanging(&["a", "b"]));
    guarded.wait_for("started", Some("a"));
    guarded.wait_for("started", Some("b"));
    let (a, b) = (guarded.service_pid("a"), guarded.service_pid("b"));
    let changed = hanging(&["a", "b", "c"]).replacen(
        "[services.b]\n",
        "[services.b]\nenv = { X = \"1\" }\n",
        1,
    );
    std::fs::write(guarded.folder.path().join("outlast.toml"), changed).expect("written");
    guarded.succeed(&["reload"]);
    assert_eq!(guarded.service_pid("a"), a);
    assert_ne!(guarded.service_pid("b"), b);
    assert_eq!(guarded.status("c")["state"], "running");
    guarded.shut_down();
}

#[test]
fn a_pid_file_is_one_guardians_and_goes_with_it() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    std::fs::write(folder.path().join("outlast.toml"), hanging(&["a"])).expect("written");
    let file = folder.path().join("guardian.pid");
    let guarded = Guarded::run_as(folder, |command| {
        command.arg("--pid-file").arg(&file);
    });
    let number = std::fs::read_to_string(&file).expect("it is written");
    assert_eq!(number.trim(), guarded.pid().to_string());
    let second = outlast()
        .args(["run", "--pid-file"])
        .arg(&file)
        .arg("--state-dir")
        .arg(guarded.folder.path().join("another"))
        .arg(guarded.folder.path().join("outlast.toml"))
        .output()
        .expect("the command can be run");
    let refusal = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(1), "{refusal}");
    assert!(refusal.contains(&number.trim().to_owned()), "{refusal}");
    guarded.shut_down();
    assert!(!file.exists());
}

#[test]
fn a_broken_file_is_refused_and_everything_keeps_running() {
    let mut guarded = Guarded::run(&hanging(&["a"]));
    guarded.wait_for("started", Some("a"));
    let pid = guarded.service_pid("a");
    std::fs::write(
        guarded.folder.path().join("outlast.toml"),
        "[services.a]\nrestrat = 1\n",
    )
    .expect("written");
    let reloaded = guarded.outlast(&["reload"]);
    assert_eq!(reloaded.status.code(), Some(6), "{reloaded:?}");
    let said = String::from_utf8_lossy(&reloaded.stderr).into_owned();
    assert!(
        said.contains("restrat") && said.contains("restart") && said.contains("outlast.toml:2"),
        "{said}"
    );
    assert_eq!(guarded.service_pid("a"), pid);
    guarded.wait_for("reload-refused", None);
    guarded.shut_down();
}

#[test]
fn a_second_guardian_on_the_same_state_directory_is_refused() {
    let guarded = Guarded::run(&hanging(&["a"]));
    let second = outlast()
        .arg("run")
        .arg(guarded.folder.path().join("outlast.toml"))
        .arg("--state-dir")
        .arg(guarded.state_dir())
        .output()
        .expect("run");
    assert_eq!(second.status.code(), Some(1), "{second:?}");
    assert!(
        String::from_utf8_lossy(&second.stderr).contains(&guarded.pid().to_string()),
        "{second:?}"
    );
    guarded.shut_down();
}

#[test]
fn an_orderly_end_leaves_only_what_is_worth_keeping() {
    let mut guarded = Guarded::run(&hanging(&["a"]));
    guarded.wait_for("started", Some("a"));
    guarded.end();
    let mut left: Vec<_> = std::fs::read_dir(guarded.state_dir())
        .expect("the state directory")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["events", "logs"]);
}

#[test]
fn status_says_with_its_exit_code_what_runs() {
    let mut guarded = Guarded::run(&hanging(&["a", "b"]));
    guarded.wait_for("started", Some("a"));
    guarded.wait_for("started", Some("b"));
    assert_eq!(guarded.outlast(&["status"]).status.code(), Some(0));
    guarded.succeed(&["stop", "b"]);
    assert_eq!(guarded.outlast(&["status", "b"]).status.code(), Some(3));
    assert_eq!(guarded.outlast(&["status", "a"]).status.code(), Some(0));
    let state_dir = guarded.state_dir();
    guarded.shut_down();
    let status = outlast()
        .args(["status", "--state-dir"])
        .arg(state_dir)
        .current_dir(std::env::temp_dir())
        .output()
        .expect("run");
    assert_eq!(status.status.code(), Some(3), "{status:?}");
}

#[test]
fn an_unknown_service_changes_nothing_and_is_named() {
    let mut guarded = Guarded::run(&hanging(&["a"]));
    guarded.wait_for("started", Some("a"));
    let pid = guarded.service_pid("a");
    for verb in ["start", "stop", "restart"] {
        let output = guarded.outlast(&[verb, "nobody", "a"]);
        assert!(
            !output.status.success() && String::from_utf8_lossy(&output.stderr).contains("nobody"),
            "{output:?}"
        );
    }
    assert_eq!(guarded.service_pid("a"), pid);
    guarded.shut_down();
}

#[cfg(unix)]
#[test]
fn garbage_on_the_endpoint_is_refused_and_the_guardian_lives() {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;

    let mut guarded = Guarded::run(&hanging(&["a"]));
    guarded.wait_for("started", Some("a"));
    let frames: [&[u8]; 5] = [
        b"\xff\xff\xff\xff",
        b"\0\0\0\x05hello",
        b"\0\0\x01",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\0\0\0\x02{}",
    ];
    for frame in frames {
        let mut stream =
            UnixStream::connect(guarded.state_dir().join("control.sock")).expect("it listens");
        stream.write_all(frame).expect("sent");
        stream
            .shutdown(std::net::Shutdown::Write)
            .expect("half closed");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(
            String::from_utf8_lossy(&answer).contains("error"),
            "{frame:?}: {answer:?}"
        );
    }
    assert_eq!(guarded.status("a")["state"], "running");
    guarded.shut_down();
}
