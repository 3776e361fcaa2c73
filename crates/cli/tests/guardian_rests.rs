//! A guardian wakes up when something has happened, and only then.
#![cfg(target_os = "linux")]

mod guarded;

use guarded::{Guarded, rests, toml};
use outlast_testkit::victim_path;

#[test]
fn nothing_happens_while_nothing_happens() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    std::fs::create_dir(folder.path().join("watched")).expect("made");
    let mut services: String = (0..100)
        .map(|index| {
            format!(
                "[services.s{index}]\ncommand = [{}, \"hang\"]\n",
                toml(victim_path())
            )
        })
        .collect();
    // It is the last one's.
    services += "dir = \"watched\"\nwatch = [\".\"]\n";
    std::fs::write(folder.path().join("outlast.toml"), services).expect("written");
    let mut guarded = Guarded::run_in(folder);
    for _ in 0..100 {
        guarded.wait_for("started", None);
    }
    guarded::eventually("all output has arrived", || {
        let output = guarded.outlast(&["logs"]);
        String::from_utf8_lossy(&output.stdout)
            .matches("ready")
            .count()
            == 100
    });
    rests(&guarded);
    guarded.shut_down();
}
