//! A guardian that is PID 1: this test runs itself in a PID namespace.
#![cfg(target_os = "linux")]

mod support;

use std::process::Command;
use std::time::Duration;

use outlast_model::Exit;
use outlast_os::tree::Means;
use support::{exit_of, forest, in_time, read_line, service, victim};

const INSIDE: &str = "OUTLAST_TEST_IS_INIT";

#[test]
fn as_the_first_process_of_a_namespace() {
    let victim = outlast_testkit::victim_path();
    let available = Command::new("unshare")
        .args(["--pid", "--fork", "true"])
        .status();
    if !available.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: this user may not make PID namespaces");
        return;
    }
    assert!(victim.exists());
    let status = Command::new("unshare")
        .args(["--pid", "--fork", "--mount-proc"])
        .arg(std::env::current_exe().expect("known"))
        .args(["--exact", "inside", "--nocapture"])
        .env(INSIDE, "1")
        .status();
    assert!(status.expect("unshare runs").success());
}

fn processes() -> Vec<String> {
    std::fs::read_dir("/proc")
        .expect("readable")
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.parse::<u32>().is_ok())
        .collect()
}

#[test]
fn inside() {
    if std::env::var_os(INSIDE).is_none() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        assert!(outlast_os::host::is_init());
        for means in [Means::Best, Means::Walk] {
            let tree = forest("init", means).tree(&service("it"));
            let (process, source) = victim(&["leave-daemon"]).talking(&tree).expect("it starts");
            read_line(&source).await;
            assert_eq!(exit_of(process).await, Exit::Code(0));
            assert!(!tree.is_empty().expect("known"));
            tree.kill().expect("killed");
            in_time(tree.emptied()).await.expect("it empties");
            in_time(async {
                while processes() != ["1"] {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            })
            .await;
            tree.remove();
        }
    });
}
