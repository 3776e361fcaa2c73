//! A guardian follows the files of its services: once for each change, whatever is
//! done to them, and not at the price of what works.

mod guarded;

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use guarded::{Guarded, toml};
use outlast_testkit::victim_path;
use serde_json::Value;
use tempfile::TempDir;

/// A guardian of one service that hangs and has these keys, on a folder `src` with one
/// file.
fn guarded(keys: &str) -> Guarded {
    let victim = toml(victim_path());
    guarded_with(&format!(
        "[services.app]\ncommand = [{victim}, \"hang\"]\nstop = \"kill\"\n{keys}\n"
    ))
}

fn guarded_with(config: &str) -> Guarded {
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::create_dir(folder.path().join("src")).expect("made");
    fs::write(folder.path().join("src/first"), "1").expect("written");
    fs::write(folder.path().join("outlast.toml"), config).expect("written");
    begun(folder)
}

/// What is written before the first picture was taken counts, too; tests want to know
/// which change they see.
fn begun(folder: TempDir) -> Guarded {
    let mut guarded = Guarded::run_in(folder);
    guarded.wait_for("started", Some("app"));
    guarded
}

fn path(guarded: &Guarded, name: &str) -> PathBuf {
    guarded.folder.path().join(name)
}

fn write(guarded: &Guarded, name: &str, content: &str) {
    fs::write(path(guarded, name), content).expect("written");
}

/// Waits for the next change of `app` and the instance that follows it.
fn restarted(guarded: &mut Guarded) -> Value {
    let changed = guarded.wait_for("files-changed", Some("app"));
    assert_eq!(changed["then"], "restart", "{changed}");
    guarded.wait_for("started", Some("app"));
    changed
}

fn first(changed: &Value) -> String {
    let first = changed["first"].as_str().expect("a file is named");
    first.replace('\\', "/")
}

fn count(guarded: &mut Guarded, event: &str) -> usize {
    let events = guarded.events();
    let is_it = |found: &&Value| found["event"] == event && found["service"] == "app";
    events.iter().filter(is_it).count()
}

#[test]
fn ten_thousand_changes_are_one_restart() {
    let mut guarded = guarded("watch = { paths = [\"src/**\"], debounce = \"1s\" }");
    for folder in 0..100 {
        let folder = path(&guarded, &format!("src/{folder}"));
        fs::create_dir(&folder).expect("made");
        for file in 0..100 {
            fs::write(folder.join(file.to_string()), "1").expect("written");
        }
    }
    let changed = restarted(&mut guarded);
    // One that is made when it is looked, and written when it is looked again, has
    // changed twice.
    let more = changed["more"].as_u64().expect("a number");
    assert!((9_999..10_100).contains(&more), "{changed}");
    // Whatever was still to come of it would come before this.
    write(&guarded, "src/last", "1");
    let changed = restarted(&mut guarded);
    assert_eq!(first(&changed), "src/last");
    assert_eq!(count(&mut guarded, "files-changed"), 2);
    assert_eq!(count(&mut guarded, "started"), 3);
}

#[test]
fn saved_by_renaming_replaced_and_gone_files_are_seen() {
    let mut guarded =
        guarded("watch = { paths = [\"src/**\", \"config.yaml\"], debounce = \"50ms\" }");
    // As vim saves.
    fs::rename(path(&guarded, "src/first"), path(&guarded, "src/first~")).expect("renamed");
    write(&guarded, "src/first", "22");
    fs::remove_file(path(&guarded, "src/first~")).expect("removed");
    let changed = restarted(&mut guarded);
    assert_eq!(
        (first(&changed).as_str(), &changed["more"]),
        ("src/first", &0.into())
    );
    // As a deployment does: another folder takes its place.
    fs::create_dir(path(&guarded, "new")).expect("made");
    write(&guarded, "new/second", "1");
    fs::rename(path(&guarded, "src"), path(&guarded, "old")).expect("renamed");
    fs::rename(path(&guarded, "new"), path(&guarded, "src")).expect("renamed");
    restarted(&mut guarded);
    write(&guarded, "src/third", "1");
    restarted(&mut guarded);
    // One that was not there.
    write(&guarded, "config.yaml", "1");
    assert_eq!(first(&restarted(&mut guarded)), "config.yaml");
    let stopping = guarded.events();
    let stopping = stopping.iter().filter(|event| event["event"] == "stopping");
    assert!(stopping.clone().count() >= 4);
    assert!(
        stopping
            .clone()
            .all(|event| event["reason"] == "files-changed")
    );
}

#[test]
fn a_broken_program_does_not_take_down_one_that_works() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let name = format!("server{}", std::env::consts::EXE_SUFFIX);
    let server = folder.path().join(&name);
    fs::copy(victim_path(), &server).expect("copied");
    fs::write(
        folder.path().join("outlast.toml"),
        format!(
            "[services.app]\ncommand = [\"./{name}\", \"hang\"]\nstop = \"kill\"\n\
             watch = {{ paths = [\"{name}\"], debounce = \"200ms\" }}\n"
        ),
    )
    .expect("written");
    let mut guarded = begun(folder);
    let pid = guarded.service_pid("app");

    // A build that has failed half-way, in the place of the old one.
    let half = path(&guarded, "half");
    let program = fs::read(victim_path()).expect("read");
    fs::write(&half, &program[..program.len() / 2]).expect("written");
    make_executable(&half);
    replace(&half, &server);
    let withheld = guarded.wait_for("change-withheld", Some("app"));
    assert_eq!(first(&withheld), name, "{withheld}");
    assert_eq!(guarded.service_pid("app"), pid, "it runs on");

    // One that is gone.
    fs::remove_file(&server).expect("removed");
    guarded.wait_for("change-withheld", Some("app"));
    assert_eq!(guarded.service_pid("app"), pid, "it runs on");

    // One that comes in pieces, with pauses that are longer than the debounce.
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .open(&server)
        .expect("made");
    make_executable(&server);
    for piece in program.chunks(program.len() / 3 + 1) {
        std::io::Write::write_all(&mut file, piece).expect("written");
        // It is open for so long that a change would have been told.
        std::thread::sleep(Duration::from_millis(600));
    }
    assert_eq!(guarded.service_pid("app"), pid, "it runs on");
    drop(file);
    restarted(&mut guarded);
    assert_ne!(guarded.service_pid("app"), pid);
    assert_eq!(count(&mut guarded, "start-failed"), 0);
}

/// On Windows a program that runs can be renamed, but not replaced.
fn replace(new: &Path, old: &Path) {
    let aside = old.with_extension("aside");
    fs::rename(old, aside).expect("renamed");
    fs::rename(new, old).expect("renamed");
}

fn make_executable(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("set");
    }
    #[cfg(windows)]
    let _ = path;
}

#[test]
fn a_change_starts_what_was_given_up_and_nothing_that_was_stopped() {
    let victim = toml(victim_path());
    let mut guarded = guarded_with(&format!(
        "[services.app]\ncommand = [{victim}, \"exit\", \"1\"]\n\
         restart = {{ delay = \"10ms\", limit = 2 }}\n\
         watch = {{ paths = [\"src\"], debounce = \"50ms\" }}\n\
         on_change = {{ command = [{victim}, \"exit\", \"0\"] }}\n\
         [services.stopped]\ncommand = [{victim}, \"hang\"]\nstop = \"kill\"\n\
         watch = {{ paths = [\"src\"], debounce = \"50ms\" }}\n"
    ));
    guarded.wait_for("gave-up", Some("app"));
    guarded.succeed(&["stop", "stopped"]);
    let starts = count(&mut guarded, "starting");
    write(&guarded, "src/first", "22");
    let changed = guarded.wait_for("files-changed", Some("app"));
    assert_eq!(changed["starts"], "app.on-change", "{changed}");
    guarded.wait_for("finished", Some("app.on-change"));
    assert_eq!(
        count(&mut guarded, "starting"),
        starts,
        "0 restarts after that"
    );
    // Another file, in which a change means a restart.
    let config = fs::read_to_string(path(&guarded, "outlast.toml")).expect("read");
    let config: Vec<&str> = config
        .lines()
        .filter(|line| !line.starts_with("on_change"))
        .collect();
    write(&guarded, "outlast.toml", &config.join("\n"));
    guarded.outlast(&["reload"]);
    guarded.wait_for("gave-up", Some("app"));
    write(&guarded, "src/first", "333");
    restarted(&mut guarded);
    guarded.wait_for("gave-up", Some("app"));
    assert_eq!(guarded.status("stopped")["state"], "stopped");
}

/// What the last instance has read at its start is what is there, at every stop on the
/// way through a thousand operations.
#[cfg(unix)]
#[test]
fn of_a_thousand_operations_the_service_misses_none() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::create_dir(folder.path().join("src")).expect("made");
    let script = "find src -type f | LC_ALL=C sort | xargs -r cksum > seen.new; mv seen.new seen; exec sleep 1000";
    fs::write(
        folder.path().join("outlast.toml"),
        format!(
            "[services.app]\ncommand = ['sh', '-c', '{script}']\nstop = \"kill\"\n\
             watch = {{ paths = [\"src/**\"], debounce = \"50ms\" }}\n"
        ),
    )
    .expect("written");
    let guarded = begun(folder);
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for number in 0..1000 {
        operate(&path(&guarded, "src"), &mut random, number);
        // Fewer changes than would be taken for a storm.
        if number % 250 == 125 {
            std::thread::sleep(Duration::from_millis(300));
        }
        if number % 250 == 249 {
            guarded::eventually("the service has read what is there", || {
                fs::read_to_string(path(&guarded, "seen")).is_ok_and(|seen| seen == now(&guarded))
            });
        }
    }
}

#[cfg(unix)]
fn now(guarded: &Guarded) -> String {
    let output = std::process::Command::new("sh")
        .args(["-c", "find src -type f | LC_ALL=C sort | xargs -r cksum"])
        .current_dir(guarded.folder.path())
        .output()
        .expect("there is a shell");
    String::from_utf8(output.stdout).expect("it is text")
}

#[cfg(unix)]
fn operate(root: &Path, random: &mut Random, number: u32) {
    let folder = root.join(format!("d{}", random.below(5)));
    let other = root.join(format!("d{}", random.below(5)));
    fs::create_dir_all(&folder).expect("made");
    let file = folder.join(format!("f{}", random.below(5)));
    match random.below(5) {
        0 => drop(fs::remove_file(&file)),
        1 => {
            let draft = root.join("draft~");
            fs::write(&draft, number.to_string()).expect("written");
            fs::rename(&draft, &file).expect("renamed");
        }
        2 if folder != other => {
            let _ = fs::remove_dir_all(&other);
            fs::rename(&folder, &other).expect("renamed");
        }
        3 => fs::remove_dir_all(&folder).expect("removed"),
        _ => fs::write(&file, number.to_string()).expect("written"),
    }
}

#[cfg(unix)]
struct Random(u64);

#[cfg(unix)]
impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
