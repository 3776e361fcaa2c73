//! Logs that somebody sends: what they tell of, and how sure that can be where nobody
//! saw how the program ended.

use outlast_diagnose::text::{Line, message};
use outlast_diagnose::{Case, Platform, Table, judge};

const LOGS: [(&str, &str, &str, &str); 8] = [
    // It goes no further than the line that says it cannot.
    (
        "nginx",
        include_str!("logs/nginx.txt"),
        "port.in_use",
        "medium",
    ),
    // Docker's prefixes, and two services at once. Python tells what was caught alike.
    (
        "compose",
        include_str!("logs/compose.txt"),
        "exc.python",
        "medium",
    ),
    (
        "Kubernetes",
        include_str!("logs/cri.txt"),
        "panic.go",
        "high",
    ),
    (
        "the kernel's",
        include_str!("logs/dmesg.txt"),
        "oom.cgroup",
        "high",
    ),
    // Whoever sends SIGSEGV by hand leaves the same.
    (
        "systemd's",
        include_str!("logs/journal.txt"),
        "segv",
        "medium",
    ),
    // What it came from is what is to be mended.
    (".NET", include_str!("logs/dotnet.txt"), "disk.full", "high"),
    (
        "Spring",
        include_str!("logs/java.txt"),
        "port.in_use",
        "high",
    ),
    (
        "Node.js",
        include_str!("logs/node.txt"),
        "rt.module_missing",
        "high",
    ),
];

#[test]
fn a_log_tells_of_the_end_that_it_has() {
    let table = Table::own();
    for (name, log, cause, confidence) in LOGS {
        let verdict = judge(&case(log), &table).unwrap_or_else(|| panic!("{name} tells of an end"));
        let found = (verdict.cause.as_str(), verdict.confidence.word());
        assert_eq!(found, (cause, confidence), "{name}: {verdict:#?}");
        assert!(!verdict.evidence.is_empty(), "{name}");
    }
}

/// The same program went on, so that was no end.
#[test]
fn what_is_followed_by_work_is_no_end() {
    let table = Table::own();
    for (name, log, ..) in LOGS
        .iter()
        .filter(|(name, ..)| ["nginx", "compose"].contains(name))
    {
        let goes_on: String = (0..40)
            .map(|number| format!("2026/11/27 01:10:{number:02} [info] served {number}\n"))
            .collect();
        let verdict = judge(&case(&format!("{log}{goes_on}")), &table);
        assert_eq!(verdict, None, "{name}");
    }
}

fn case(log: &str) -> Case {
    let line = |text: &str| Line {
        stream: None,
        at: message(text).at,
        text: text.to_owned(),
    };
    Case {
        platform: Platform::Linux,
        at: None,
        signs: Vec::new(),
        lines: log.lines().map(line).collect(),
        is_log_only: true,
    }
}
