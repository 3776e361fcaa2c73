//! Output is kept as it was printed, within its bounds, and a disk that does not
//! take it harms nobody.

mod guarded;

use std::path::PathBuf;

use guarded::{Guarded, toml};
use outlast_testkit::victim_path;

fn service(behaviour: &str, keys: &str) -> String {
    format!(
        "[services.it]\ncommand = [{}, {behaviour}]\nrestart = \"never\"\n{keys}\n",
        toml(victim_path())
    )
}

/// Every segment of standard output, oldest first.
fn segments(guarded: &Guarded) -> Vec<PathBuf> {
    let folder = guarded.state_dir().join("logs").join("it");
    let entries = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let is_segment = |path: &PathBuf| {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or("");
        name.starts_with("stdout-") && name.ends_with(".log")
    };
    let mut segments: Vec<PathBuf> = entries.filter(is_segment).collect();
    segments.sort();
    segments
}

/// What `outlast-victim flood` prints: numbered lines of 100 bytes.
fn flood(bytes: usize) -> Vec<u8> {
    let output = std::process::Command::new(victim_path())
        .args(["flood", &bytes.to_string()])
        .output()
        .expect("the victim can be run");
    output.stdout
}

#[test]
fn no_byte_is_lost_torn_or_reordered_over_many_rotations() {
    // A whole number of lines.
    let bytes = 8_000_000;
    let keys = "log = { rotate = \"128KiB\", keep = \"32MiB\" }";
    let mut guarded = Guarded::run(&service(&format!("\"flood\", \"{bytes}\""), keys));
    guarded.wait_for("death", Some("it"));
    let segments = segments(&guarded);
    assert!(segments.len() > 50, "{} segments", segments.len());
    let texts: Vec<Vec<u8>> = segments
        .iter()
        .map(|path| std::fs::read(path).expect("readable"))
        .collect();
    assert!(
        texts.iter().all(|text| text.ends_with(b"\n")),
        "a line is torn"
    );
    assert!(texts.concat() == flood(bytes), "bytes differ");
    guarded.shut_down();
}

#[test]
fn the_disk_bound_holds_and_the_loss_is_an_event() {
    let keys = "log = { rotate = \"64KiB\", keep = \"512KiB\" }";
    let mut guarded = Guarded::run(&service("\"flood\", \"4194304\"", keys));
    guarded.wait_for("output-expired", Some("it"));
    guarded.wait_for("death", Some("it"));
    let folder = guarded.state_dir().join("logs").join("it");
    let sizes = std::fs::read_dir(folder)
        .expect("a folder")
        .flatten()
        .map(|entry| entry.metadata().map_or(0, |m| m.len()));
    let total: u64 = sizes.sum();
    assert!(total <= 512 << 10, "{total} bytes are kept");
    guarded.shut_down();
}

#[test]
fn the_record_of_a_death_has_the_last_lines() {
    let mut guarded = Guarded::run(&service("\"print-error\", \"cannot open the till\"", ""));
    let death = guarded.wait_for("death", Some("it"));
    assert_eq!(
        death["last_output"][0]["text"], "cannot open the till",
        "{death}"
    );
    assert_eq!(death["last_output"][0]["stream"], "stderr");
    guarded.shut_down();
}

#[test]
fn logs_are_readable_when_no_guardian_runs() {
    let mut guarded = Guarded::run(&service("\"print\", \"a word\"", ""));
    guarded.wait_for("death", Some("it"));
    let folder = guarded.kill();
    let output = guarded::outlast()
        .args(["logs", "it", "--state-dir"])
        .arg(folder.path().join("state"))
        .arg("--file")
        .arg(folder.path().join("outlast.toml"))
        .output()
        .expect("the command can be run");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim_end(),
        "a word",
        "{output:?}"
    );
}

/// A tmpfs is a disk that can be filled; only root can mount one.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_stops_nothing_and_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state");
    std::fs::create_dir(&state).expect("made");
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs"])
        .arg(&state)
        .output();
    if !mounted.is_ok_and(|mounted| mounted.status.success()) {
        eprintln!("skipped: only root can mount a small file system");
        return;
    }
    let config = service(
        "\"flood\", \"0\"",
        "log = { rotate = \"16MiB\", keep = \"64MiB\" }",
    );
    std::fs::write(folder.path().join("outlast.toml"), config).expect("written");
    let mut guarded = Guarded::run_in(folder);
    guarded.wait_for("started", Some("it"));
    guarded::eventually("output is dropped", || {
        guarded.status("it")["dropped_output_bytes"].as_u64() > Some(1 << 20)
    });
    assert_eq!(guarded.status("it")["state"], "running");
    guarded.succeed(&["restart", "it"]);
    std::fs::remove_dir_all(guarded.state_dir().join("logs")).expect("room is made");
    guarded.wait_for("output-dropped", Some("it"));
    let folder = guarded.folder.path().to_owned();
    guarded.shut_down();
    let _ = std::process::Command::new("umount")
        .arg("-l")
        .arg(folder.join("state"))
        .status();
}

/// Root may write everywhere, so the directory is one where nobody can.
#[cfg(target_os = "linux")]
#[test]
fn a_state_directory_that_cannot_be_made_is_no_reason_not_to_supervise() {
    let folder = tempfile::tempdir().expect("a folder");
    let mark = folder.path().join("mark");
    let config = format!(
        "[services.it]\ncommand = [{}, \"alone\", {}]\n",
        toml(victim_path()),
        toml(&mark)
    );
    std::fs::write(folder.path().join("outlast.toml"), config).expect("written");
    let mut guardian = guarded::outlast()
        .arg("run")
        .arg(folder.path().join("outlast.toml"))
        .args(["--state-dir", "/proc/nowhere", "--quiet"])
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("started");
    guarded::eventually("the service runs", || mark.exists());
    let _ = std::process::Command::new("kill")
        .arg(guardian.id().to_string())
        .status();
    assert!(guardian.wait().expect("ended").success());
}

/// A file system of its own, which can be frozen: writing to it then blocks, as
/// to a disk that does not answer. Only root can make one.
#[cfg(target_os = "linux")]
struct Disk {
    dir: PathBuf,
}

#[cfg(target_os = "linux")]
impl Disk {
    fn mount(folder: &std::path::Path) -> Option<Self> {
        let (image, dir) = (folder.join("image"), folder.join("state"));
        std::fs::create_dir(&dir).expect("made");
        std::fs::File::create(&image)
            .expect("made")
            .set_len(32 << 20)
            .expect("made large");
        let made = succeeds("mkfs.ext4", &["-q", image.to_str()?]);
        let mounted = made && succeeds("mount", &["-o", "loop", image.to_str()?, dir.to_str()?]);
        mounted.then_some(Self { dir })
    }

    fn freeze(&self) -> bool {
        succeeds("fsfreeze", &["-f", self.dir.to_str().expect("Unicode")])
    }

    fn thaw(&self) -> bool {
        succeeds("fsfreeze", &["-u", self.dir.to_str().expect("Unicode")])
    }
}

#[cfg(target_os = "linux")]
impl Drop for Disk {
    fn drop(&mut self) {
        self.thaw();
        succeeds("umount", &["-l", self.dir.to_str().expect("Unicode")]);
    }
}

#[cfg(target_os = "linux")]
fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let output = std::process::Command::new(program).args(arguments).output();
    output.is_ok_and(|output| output.status.success())
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_does_not_answer_blocks_neither_services_nor_supervision() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(disk) = Disk::mount(folder.path()) else {
        eprintln!("skipped: only root can mount a file system");
        return;
    };
    let progress = folder.path().join("progress");
    let print = format!(
        "i=0; while :; do i=$((i+1)); echo line $i; echo $i > {}; done",
        progress.display()
    );
    let config = format!(
        "[services.it]\ncommand = [\"/bin/sh\", \"-c\", {print:?}]\nlog = {{ max_block = \"200ms\" }}\n\
         [services.crash]\ncommand = [{}, \"exit\", \"3\", \"20\"]\n\
         restart = {{ delay = \"10ms\", max_delay = \"10ms\", limit = 0 }}\n",
        toml(victim_path())
    );
    std::fs::write(folder.path().join("outlast.toml"), config).expect("written");
    let mut guarded = Guarded::run_in(folder);
    guarded.wait_for("death", Some("crash"));
    assert!(disk.freeze());
    let count = || {
        std::fs::read_to_string(&progress).map_or(0, |text| text.trim().parse::<u64>().unwrap_or(0))
    };
    guarded::eventually("output is dropped", || {
        guarded.status("it")["dropped_output_bytes"].as_u64() > Some(0)
    });
    let (printed, restarts) = (count(), guarded.status("crash")["restarts"].as_u64());
    guarded::eventually("the service goes on", || count() > printed + 1000);
    guarded::eventually("restarts go on", || {
        guarded.status("crash")["restarts"].as_u64() > restarts
    });
    assert!(disk.thaw());
    guarded.wait_for("output-dropped", Some("it"));
    let events = guarded.shut_down();
    let count = |name: &str| {
        let of_crash = events.iter().filter(|event| event["service"] == "crash");
        of_crash.filter(|event| event["event"] == name).count()
    };
    assert_eq!(
        count("death"),
        count("started"),
        "every death is on record in the end"
    );
}
