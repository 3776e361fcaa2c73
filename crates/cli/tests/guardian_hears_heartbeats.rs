//! A guardian hears when a service is ready and that it works, by a datagram or by
//! a named pipe.
#![cfg(any(target_os = "linux", windows))]

mod guarded;

use guarded::{Guarded, eventually, toml};
use outlast_testkit::victim_path;

/// A service that beats until there is a file `quiet` in its folder.
fn beating(keys: &str) -> String {
    let victim = toml(victim_path());
    format!(
        "[services.it]\ncommand = [{victim}, \"beat\", \"quiet\"]\n\
         restart = {{ delay = \"10ms\" }}\nstop = \"kill\"\n{keys}\n"
    )
}

#[test]
fn what_beats_is_ready_and_what_does_not_any_more_is_restarted() {
    let victim = toml(victim_path());
    let mut guarded = Guarded::run(&format!(
        "{}[services.other]\ncommand = [{victim}, \"hang\"]\ndepends_on = [\"it\"]\n",
        beating("ready = \"notify\"\nwatchdog = \"2s\"")
    ));
    let ready = guarded.wait_for("ready", Some("it"));
    guarded.wait_for("started", Some("other"));
    assert_eq!(guarded.status("it")["health"]["status"], "beating");
    eventually("it has run for longer than it may be silent", || {
        let uptime = guarded.status("it")["uptime_seconds"].as_f64();
        uptime.is_some_and(|uptime| uptime > 5.0)
    });
    assert_eq!(guarded.status("it")["restarts"], 0);
    let quiet = guarded.folder.path().join("quiet");
    std::fs::write(&quiet, "").expect("it can be written");
    let missed = guarded.wait_for("watchdog-missed", Some("it"));
    assert_eq!(missed["instance"], ready["instance"]);
    assert_eq!(
        guarded.wait_for("stopping", Some("it"))["reason"],
        "watchdog"
    );
    std::fs::remove_file(&quiet).expect("it is there");
    guarded.wait_for("death", Some("it"));
    guarded.wait_for("ready", Some("it"));
    guarded.shut_down();
}

/// Any language that writes to files: nothing else is used here than `cmd`, which
/// makes a file anew and ends lines in its own way.
#[cfg(windows)]
#[test]
fn a_script_is_ready_when_it_has_written_so() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let victim = victim_path().display();
    let script = format!("@echo READY=1> %NOTIFY_SOCKET%\r\n@\"{victim}\" hang\r\n");
    std::fs::write(folder.path().join("say.bat"), script).expect("it can be written");
    let file = "[services.it]\ncommand = [\"cmd\", \"/c\", \"say.bat\"]\nready = \"notify\"\nstop = \"kill\"\n";
    std::fs::write(folder.path().join("outlast.toml"), file).expect("it can be written");
    let mut guarded = Guarded::run_in(folder);
    guarded.wait_for("ready", Some("it"));
    guarded.shut_down();
}

/// One who may write to the pipe, as it is of the same account.
#[cfg(windows)]
#[test]
fn who_is_not_of_the_service_is_not_believed() {
    use std::io::Write as _;

    let guarded = Guarded::run(&beating("watchdog = \"60s\""));
    let mut name = String::new();
    eventually("it says where it beats", || {
        name = guarded.succeed(&["logs", "it"]);
        name.contains(r"\\.\pipe\") && name.ends_with('\n')
    });
    let at = name.find(r"\\.\pipe\").expect("it is there");
    let mut pipe = std::fs::OpenOptions::new()
        .write(true)
        .open(name[at..].lines().next().expect("a line"))
        .expect("an instance waits");
    // It would be stopped at once for it.
    pipe.write_all(b"WATCHDOG=trigger").expect("sent");
    eventually("that is told", || {
        guarded.stderr().contains("what that says is ignored")
    });
    let events = guarded.shut_down();
    assert!(
        events
            .iter()
            .all(|event| event["event"] != "watchdog-missed"),
        "{events:#?}"
    );
}
