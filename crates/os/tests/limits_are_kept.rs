//! A program has the limits that it shall have, and its tree ends what goes beyond.
#![cfg(target_os = "linux")]

mod support;

use std::time::Duration;

use outlast_model::Exit;
use outlast_model::limits::{Capabilities, CpuShare, Limit, Limits, OomScore, Priority, Reached};
use outlast_os::account::{Account, Starter};
use outlast_os::limits::unenforced;
use outlast_os::tree::{Means, Tree};
use support::{Start, all_means, exit_of, forest, in_time, read_line, service, victim};

const MIB: u64 = 1 << 20;

fn limited(arguments: &[&str], limits: Limits) -> Start {
    Start {
        limits,
        ..victim(arguments)
    }
}

async fn said(start: &Start, tree: &Tree) -> String {
    String::from_utf8(start.said(tree).await).expect("text")
}

/// The value of a line of `/proc/self/status` or `/proc/self/limits`.
fn value<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in {text}"))
        .split_whitespace()
        .collect()
}

#[tokio::test]
async fn a_process_has_its_own_limits_and_not_the_guardian_s() {
    let limits = Limits {
        open_files: Some(64),
        core: Some(0),
        priority: Some(Priority(7)),
        affinity: Some(vec![0]),
        oom_score: Some(OomScore(500)),
        ..Limits::default()
    };
    assert_eq!(unenforced(&limits, Starter::ThisProcess), []);
    for means in all_means() {
        let forest = forest("own-limits", means);
        let tree = forest.tree(&service("it"));
        let mut start = limited(&["proc", "limits"], limits.clone());
        let text = said(&start, &tree).await;
        assert_eq!(value(&text, "Max open files")[..2], ["64", "64"]);
        assert_eq!(value(&text, "Max core file size")[..2], ["0", "0"]);
        start.arguments[1] = "status".into();
        start.umask = Some(0o027);
        let text = said(&start, &tree).await;
        assert_eq!(value(&text, "Cpus_allowed_list:"), ["0"]);
        assert_eq!(value(&text, "Umask:"), ["0027"]);
        start.arguments[1] = "oom_score_adj".into();
        assert_eq!(said(&start, &tree).await.trim(), "500");
        start.arguments[1] = "stat".into();
        let text = said(&start, &tree).await;
        let after_name = text.rsplit(')').next().expect("a name in brackets");
        let nice = after_name.split_whitespace().nth(16);
        assert_eq!(nice, Some("7"), "{text}");
        tree.remove();
    }
    // Nothing of it has come over the guardian itself.
    let own = std::fs::read_to_string("/proc/self/oom_score_adj").expect("readable");
    assert_ne!(own.trim(), "500");
}

#[tokio::test]
async fn a_process_has_exactly_the_rights_that_it_shall_have() {
    if !Account::is_privileged() {
        eprintln!("SKIPPED: only root may give rights away");
        return;
    }
    const NET_BIND_SERVICE: u64 = 1 << 10;
    for user in [None, Some("nobody")] {
        for means in all_means() {
            let tree = forest("rights", means).tree(&service("it"));
            let mut start = victim(&["proc", "status"]);
            start.capabilities = Some(Capabilities(NET_BIND_SERVICE));
            start.logon = user.map(|user| {
                let account = Account::find(user).expect("Debian has it");
                account.log_on().expect("root may")
            });
            let text = said(&start, &tree).await;
            for set in ["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"] {
                let mask = u64::from_str_radix(value(&text, set)[0], 16).expect("a mask");
                assert_eq!(mask, NET_BIND_SERVICE, "{set} of {user:?}: {text}");
            }
            tree.remove();
        }
    }
}

#[tokio::test]
async fn a_program_runs_in_its_group() {
    if !Account::is_privileged() {
        eprintln!("SKIPPED: only root may change groups");
        return;
    }
    let tree = forest("group", Means::Best).tree(&service("it"));
    let mut start = victim(&["proc", "status"]);
    let nobody = Account::find("nobody").expect("Debian has nobody");
    let account = nobody.in_group("daemon").expect("Debian has daemon");
    let gid = account.gid().expect("a Unix has them").to_string();
    start.logon = Some(account.log_on().expect("root may"));
    let text = said(&start, &tree).await;
    assert_eq!(value(&text, "Gid:"), [gid.as_str(); 4]);
    let nobody = Account::find("nobody").expect("Debian has nobody");
    assert!(nobody.in_group("no-such-group-here").is_err());
    tree.remove();
}

#[tokio::test]
async fn what_cannot_be_enforced_is_said_and_left_out() {
    let limits = Limits {
        memory: Some(64 * MIB),
        affinity: Some(vec![4095]),
        ..Limits::default()
    };
    let tree = forest("unenforced", Means::Walk).tree(&service("it"));
    let start = limited(&["hang"], limits);
    let (process, source) = start.talking(&tree).expect("it starts all the same");
    assert_eq!(read_line(&source).await, "ready");
    let missing: Vec<Limit> = process.unenforced().iter().map(|one| one.limit).collect();
    assert_eq!(missing, [Limit::Affinity, Limit::Memory]);
    tree.kill().expect("killed");
    exit_of(process).await;
}

/// `None`, and says so, where this machine's control groups are without controllers.
fn enforceable(limits: &Limits) -> Option<()> {
    let missing = unenforced(limits, Starter::ThisProcess);
    for one in &missing {
        eprintln!("SKIPPED for {}: {}", one.limit.word(), one.reason);
    }
    missing.is_empty().then_some(())
}

#[tokio::test]
async fn who_needs_more_memory_than_it_may_is_killed_and_that_is_told() {
    let limits = Limits {
        memory: Some(32 * MIB),
        ..Limits::default()
    };
    if enforceable(&limits).is_none() {
        return;
    }
    let forest = forest("memory", Means::Best);
    let tree = forest.tree(&service("it"));
    for _ in 0..2 {
        let process = limited(&["eat", "256"], limits.clone())
            .silent(&tree)
            .expect("it starts");
        assert_eq!(process.unenforced(), []);
        let exit = exit_of(process).await;
        assert!(matches!(exit, Exit::Signal { number: 9, .. }), "{exit:?}");
        let expected = Reached::Memory {
            limit: 32 * MIB,
            killed: 1,
        };
        assert_eq!(tree.reached(), [expected]);
    }
    // Without the limit the next one lives, in the same tree.
    let (process, source) = victim(&["eat", "64"]).talking(&tree).expect("it starts");
    assert_eq!(read_line(&source).await, "ready");
    tree.kill().expect("killed");
    exit_of(process).await;
    assert_eq!(tree.reached(), []);
    in_time(tree.emptied()).await.expect("told");
    tree.remove();
    forest.close();
}

#[tokio::test]
async fn who_forks_more_than_it_may_is_refused_and_that_is_told() {
    let limits = Limits {
        pids: Some(8),
        ..Limits::default()
    };
    if enforceable(&limits).is_none() {
        return;
    }
    let forest = forest("pids", Means::Best);
    let tree = forest.tree(&service("it"));
    let process = limited(&["multiply"], limits)
        .silent(&tree)
        .expect("it starts");
    assert_eq!(exit_of(process).await, Exit::Code(1));
    let reached = tree.reached();
    assert!(
        matches!(
            reached[..],
            [Reached::Pids {
                limit: 8,
                refused: 1..
            }]
        ),
        "{reached:?}"
    );
    in_time(tree.emptied()).await.expect("told");
    tree.remove();
    forest.close();
}

#[tokio::test]
async fn who_turns_in_circles_gets_no_more_than_its_share() {
    let limits = Limits {
        cpu: Some(CpuShare(200)),
        cpu_weight: Some(50),
        ..Limits::default()
    };
    if enforceable(&limits).is_none() {
        return;
    }
    let forest = forest("cpu", Means::Best);
    let tree = forest.tree(&service("it"));
    let process = limited(&["spin", "1"], limits)
        .silent(&tree)
        .expect("it starts");
    // A throttled group tells nobody; so much time is what the test is about.
    let begin = std::time::Instant::now();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let used = tree.usage().cpu.expect("counted");
    let share = used.as_secs_f64() / begin.elapsed().as_secs_f64();
    assert!(share < 0.5, "{share} of a processor");
    tree.kill().expect("killed");
    exit_of(process).await;
    let reached = tree.reached();
    assert!(matches!(reached[..], [Reached::Cpu { .. }]), "{reached:?}");
    in_time(tree.emptied()).await.expect("told");
    tree.remove();
    forest.close();
}
