//! A service gets to know its secrets, and nobody else does.
#![cfg(target_os = "linux")]

mod guarded;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use guarded::{Guarded, eventually};

/// What no file, answer or message may have.
const VALUE: &str = "xyzzy-do-not-tell";

/// Puts the secret where the file says that it is.
fn folder(config: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    fs::write(folder.path().join("outlast.toml"), config).expect("it can be written");
    keep(folder.path(), &format!("{VALUE}\n"));
    folder
}

fn keep(folder: &Path, value: &str) {
    let path = folder.join("password");
    fs::write(&path, value).expect("it can be written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is ours");
}

fn run(config: &str) -> Guarded {
    Guarded::run_as(folder(config), |command| {
        command.env("OF_THE_GUARDIAN", VALUE);
    })
}

/// A service that runs `script` in a shell and then waits to be stopped.
fn service(secrets: &str, script: &str) -> String {
    format!(
        "[services.web]\ncommand = ['sh', '-c', '''{script}; exec sleep 1000''']\n\
         inherit_env = ['TEST_FOLDER']\n\
         restart = {{ delay = '10ms', limit = 2, window = '10m' }}\n\
         [services.web.secret]\n{secrets}\n"
    )
}

/// Files that have the value, below `folder`.
fn leaks(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("it can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(leaks(&path));
        } else if path.is_file() {
            let content = fs::read(&path).unwrap_or_default();
            let mut windows = content.windows(VALUE.len());
            if windows.any(|window| window == VALUE.as_bytes()) {
                found.push(path);
            }
        }
    }
    found
}

/// Nothing that people can look at has the value; what the service itself was told to
/// keep is in `told`.
fn assert_untold(guarded: &Guarded) {
    assert_eq!(leaks(&guarded.state_dir()), Vec::<PathBuf>::new());
    let stderr = fs::read_to_string(guarded.folder.path().join("stderr")).expect("readable");
    assert!(!stderr.contains(VALUE), "{stderr}");
    for arguments in [
        ["status", "--json"].as_slice(),
        &["events", "--json"],
        &["logs", "web"],
        &["status"],
    ] {
        let output = guarded.outlast(arguments);
        for text in [output.stdout, output.stderr] {
            let text = String::from_utf8_lossy(&text);
            assert!(!text.contains(VALUE), "{arguments:?}: {text}");
        }
    }
}

fn told(guarded: &Guarded) -> String {
    fs::read_to_string(guarded.folder.path().join("told")).unwrap_or_default()
}

/// Why the service could not be started.
fn failure(secrets: &str) -> String {
    let mut guarded = run(&service(secrets, "true"));
    let event = guarded.wait_for("start-failed", Some("web"));
    assert_untold(&guarded);
    guarded.shut_down();
    assert_eq!(event["failure"]["step"], "read-secret", "{event}");
    event["failure"]["message"]
        .as_str()
        .unwrap_or_else(|| panic!("it has no message: {event}"))
        .to_owned()
}

#[test]
fn files_and_variables_have_it_and_nothing_else() {
    let secrets = "OF_FILE = { file = 'password' }\n\
                   OF_ENV = { env = 'OF_THE_GUARDIAN' }\n\
                   OF_COMMAND = { command = ['sh', '-c', 'echo not this >&2; cat password'] }\n\
                   PLAIN = { file = 'password', as = 'variable' }";
    let script = "cd \"$CREDENTIALS_DIRECTORY\"; umask 077; \
        { cat OF_FILE OF_COMMAND; cat OF_ENV; echo; echo \"$PLAIN\"; cat \"$OF_FILE_FILE\"; \
          stat -c '%a %n' . OF_FILE; echo \"$OF_THE_GUARDIAN\"; pwd; } > \"$TEST_FOLDER/part\"; \
        mv \"$TEST_FOLDER/part\" \"$TEST_FOLDER/told\"";
    let guarded = run(&service(secrets, script));
    eventually("it has told", || told(&guarded).contains("OF_FILE"));
    let told = told(&guarded);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[..5], [VALUE; 5], "{told}");
    assert_eq!(lines[5..8], ["700 .", "400 OF_FILE", ""], "{told}");
    assert_untold(&guarded);
    let pid = guarded.service_pid("web");
    let arguments = fs::read(format!("/proc/{pid}/cmdline")).expect("it runs");
    assert!(!String::from_utf8_lossy(&arguments).contains(VALUE));
    let folder = PathBuf::from(lines[8]);
    assert!(folder.exists());
    guarded.succeed(&["stop", "web"]);
    eventually("its files are gone", || !folder.exists());
    guarded.shut_down();
}

#[test]
fn the_next_start_gets_the_new_value() {
    let script = "cp \"$KEY_FILE\" \"$TEST_FOLDER/told\"";
    let mut guarded = run(&service("KEY = { file = 'password' }", script));
    eventually("it has told", || told(&guarded).contains(VALUE));
    keep(guarded.folder.path(), "another");
    guarded.succeed(&["restart", "web"]);
    eventually("it has told the new one", || told(&guarded) == "another");
    fs::remove_file(guarded.folder.path().join("password")).expect("it was there");
    guarded.outlast(&["restart", "web"]);
    let event = guarded.wait_for("start-failed", Some("web"));
    assert_eq!(event["failure"]["step"], "read-secret", "{event}");
    guarded.shut_down();
}

#[test]
fn what_a_killed_guardian_has_left_is_removed_by_the_next() {
    let script = "echo \"$CREDENTIALS_DIRECTORY\" > \"$TEST_FOLDER/told\"";
    let guarded = run(&service("KEY = { file = 'password' }", script));
    eventually("it has told", || told(&guarded).ends_with('\n'));
    let folder = PathBuf::from(told(&guarded).trim());
    let files = guarded.kill();
    assert!(folder.join("KEY").exists(), "nobody could remove it");
    let config = files.path().join("outlast.toml");
    fs::write(config, "[services.other]\ncommand = ['sleep', '1000']\n").expect("written");
    let guarded = Guarded::run_in(files);
    eventually("it is removed", || !folder.exists());
    guarded.shut_down();
}

#[test]
fn a_secret_that_cannot_be_had_is_a_start_that_failed() {
    let cases = [
        (
            "KEY = { env = 'NOBODY_HAS_SET_THIS' }",
            "NOBODY_HAS_SET_THIS",
        ),
        (
            "KEY = { keyring = 'outlast-test-nobody' }",
            "outlast-test-nobody",
        ),
        (
            "KEY = { command = ['sh', '-c', 'cat password; echo locked >&2; exit 3'] }",
            "locked",
        ),
        (
            "KEY = { command = ['sh', '-c', 'head -c 1048577 /dev/zero'] }",
            "1 MiB",
        ),
        (
            "KEY = { command = ['printf', 'xyzzy-do-not-tell\\0x'], as = 'variable' }",
            "printf",
        ),
    ];
    for (secrets, why) in cases {
        let message = failure(secrets);
        assert!(
            message.contains("KEY") && message.contains(why),
            "{message}"
        );
    }
}

#[test]
fn what_can_be_known_before_is_told_before() {
    let secrets = "A = { file = 'missing' }\nB = { command = ['no-such-program-here'] }\n\
                   C = { file = 'password' }";
    let files = folder(&service(secrets, "true"));
    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(files.path().join("password"), open).expect("it is ours");
    let checked = guarded::outlast()
        .arg("check")
        .arg(files.path().join("outlast.toml"))
        .output()
        .expect("it can be run");
    assert!(!checked.status.success());
    let text = String::from_utf8_lossy(&checked.stderr).into_owned()
        + &String::from_utf8_lossy(&checked.stdout);
    for part in ["missing", "no-such-program-here", "everybody can read"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains(VALUE), "{text}");
}

#[test]
fn a_command_that_hangs_holds_up_nobody_and_is_killed() {
    let config = service(
        "KEY = { command = ['sh', '-c', 'echo $$ > hanging; exec sleep 1000'] }",
        "true",
    )
    .replace("limit = 2", "policy = 'never'")
    .replace(", window = '10m'", "");
    let other = "[services.other]\ncommand = ['sleep', '1000']\n";
    let mut guarded = run(&format!("{config}{other}"));
    guarded.wait_for("started", Some("other"));
    let hanging = guarded.folder.path().join("hanging");
    let pid = || fs::read_to_string(&hanging).unwrap_or_default();
    eventually("it hangs", || pid().ends_with('\n'));
    let event = guarded.wait_for("start-failed", Some("web"));
    assert_eq!(event["failure"]["step"], "read-secret", "{event}");
    let process = PathBuf::from(format!("/proc/{}", pid().trim()));
    eventually("it is killed", || !process.exists());
    guarded.shut_down();
}

#[test]
fn the_file_of_another_account_is_read_by_the_guardian() {
    let status = fs::read_to_string("/proc/self/status").expect("every Linux has it");
    if !status.contains("Uid:\t0\t") {
        eprintln!("SKIPPED: only root may start services as somebody else");
        return;
    }
    let secrets = "KEY = { file = 'password' }";
    let script = "id -un; cat \"$KEY_FILE\" >/dev/null && stat -c '%a %U' \"$KEY_FILE\"; \
                  cat \"$0\" 2>/dev/null || echo not the source";
    let config = service(secrets, &script.replace("$0", "$TEST_FOLDER/password"))
        .replace("inherit_env", "user = 'nobody'\ndir = '/'\ninherit_env");
    let guarded = run(&config);
    eventually("it has told", || {
        guarded.succeed(&["logs", "web"]).contains("not the source")
    });
    let printed = guarded.succeed(&["logs", "web"]);
    assert!(printed.contains("400 nobody"), "{printed}");
    guarded.shut_down();
}
