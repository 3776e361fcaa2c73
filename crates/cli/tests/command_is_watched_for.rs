//! `outlast watch` runs a command, and again after each change.

mod guarded;

use std::fs::{self, File};
use std::path::Path;
use std::process::Child;

use guarded::{eventually, outlast};
use outlast_testkit::victim_path;
use tempfile::TempDir;

/// `outlast watch ARGUMENTS -- CMD` in a folder with a file `src/a`.
struct Watching {
    folder: TempDir,
    process: Child,
}

impl Watching {
    fn run(arguments: &[&str], command: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        fs::create_dir(folder.path().join("src")).expect("made");
        fs::write(folder.path().join("src/a"), "1").expect("written");
        let output = File::create(folder.path().join("output")).expect("made");
        let errors = File::create(folder.path().join("errors")).expect("made");
        let mut process = outlast();
        process
            .arg("watch")
            .args(arguments)
            .args(["--debounce", "50ms", "--state-dir", "state", "--"])
            .arg(victim_path())
            .args(command)
            .current_dir(folder.path())
            .stdout(output)
            .stderr(errors);
        let process = process.spawn().expect("it can be started");
        Self { folder, process }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap_or_default()
    }

    /// Waits until the command has printed so many lines.
    fn has_printed(&self, lines: usize) {
        eventually("the command has run", || {
            self.read("output").lines().count() == lines
        });
    }

    /// Ends it as a terminal does, or another program.
    fn end(mut self) -> String {
        #[cfg(unix)]
        let ended = std::process::Command::new("kill")
            .args(["-INT", &self.process.id().to_string()])
            .status();
        #[cfg(windows)]
        let ended = outlast()
            .args(["stop", "--state-dir", "state"])
            .current_dir(self.path())
            .status();
        assert!(ended.expect("it can be asked").success());
        let status = self.process.wait().expect("it can be waited for");
        assert_eq!(status.code(), Some(0), "{}", self.read("errors"));
        self.read("errors")
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_command_that_ends_runs_again_after_a_change() {
    let watching = Watching::run(&["src"], &["print", "hello"]);
    for runs in 1..4 {
        watching.has_printed(runs);
        fs::write(watching.path().join("src/a"), "2".repeat(runs + 1)).expect("written");
    }
    watching.has_printed(4);
    let errors = watching.end();
    assert!(errors.contains("a changed"), "{errors}");
}

#[test]
fn one_that_fails_runs_again_and_what_is_ignored_does_not_count() {
    let arguments = ["--ignore", "*.log", "--quiet"];
    let watching = Watching::run(&arguments, &["exit", "3"]);
    let events = || {
        let events = outlast()
            .args(["events", "--json", "--state-dir", "state"])
            .current_dir(watching.path())
            .output()
            .expect("events can be read");
        String::from_utf8_lossy(&events.stdout).into_owned()
    };
    let deaths = || events().matches("\"event\":\"death\"").count();
    eventually("it has died", || deaths() == 1);
    fs::write(watching.path().join("src/a.log"), "1").expect("written");
    fs::write(watching.path().join("src/b"), "1").expect("written");
    eventually("it has died again", || deaths() == 2);
    let events = events();
    assert!(
        events.contains("src/b") || events.contains("src\\\\b"),
        "{events}"
    );
    assert!(!events.contains("a.log"), "{events}");
    assert_eq!(watching.end(), "");
}

#[test]
fn a_program_that_is_not_there_is_told() {
    let output = outlast()
        .args(["watch", "--", "./no-such-program"])
        .output()
        .expect("it can be started");
    assert_eq!(output.status.code(), Some(6), "{output:?}");
}
