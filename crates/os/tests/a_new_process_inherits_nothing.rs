//! What a process finds when it begins to run.
#![cfg(target_os = "linux")]

mod support;

use std::ffi::OsString;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStringExt;

use outlast_os::tree::Means;
use support::{Start, forest, service, victim};

async fn words_of(start: &Start, means: Means) -> Vec<u8> {
    let key = format!("inherit-{:?}", std::thread::current().id());
    let key: String = key.to_lowercase().replace(['(', ')'], "");
    let tree = forest(&key, means).tree(&service("it"));
    let said = start.said(&tree).await;
    tree.remove();
    said
}

fn entries(said: &[u8]) -> Vec<String> {
    said.split(|byte| *byte == 0)
        .filter(|entry| !entry.is_empty())
        .map(|entry| String::from_utf8_lossy(entry).into_owned())
        .collect()
}

#[tokio::test]
async fn only_three_descriptors_are_open() {
    let file = tempfile::tempfile().expect("a file");
    // A descriptor as a careless parent leaves it: open across exec.
    let careless = rustix::io::dup(&file).expect("a duplicate");
    let said = words_of(&victim(&["descriptors"]), Means::Best).await;
    let mut numbers: Vec<i32> = String::from_utf8_lossy(&said)
        .lines()
        .map(|line| line.parse().expect("a number"))
        .collect();
    numbers.sort_unstable();
    assert!(!numbers.contains(&careless.as_raw_fd()), "{numbers:?}");
    assert_eq!(numbers, [0, 1, 2]);
}

#[tokio::test]
async fn no_signal_is_blocked_or_ignored() {
    for means in [Means::Best, Means::Walk] {
        let said = words_of(&victim(&["proc", "status"]), means).await;
        let said = String::from_utf8(said).expect("text");
        let mask = |name: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(name));
            u64::from_str_radix(line.expect("there").trim(), 16).expect("a mask")
        };
        // Rust's own start-up code ignores SIGPIPE in the victim; the next test
        // is about that one.
        let sigpipe = 1 << (13 - 1);
        assert_eq!((mask("SigBlk:"), mask("SigIgn:") & !sigpipe), (0, 0));
    }
}

#[tokio::test]
async fn a_program_of_another_language_gets_sigpipe_as_it_expects() {
    let mut start = support::program("/bin/grep");
    start.arguments = vec!["SigIgn".into(), "/proc/self/status".into()];
    let said = words_of(&start, Means::Best).await;
    assert_eq!(
        String::from_utf8_lossy(&said).trim(),
        "SigIgn:\t0000000000000000"
    );
}

#[tokio::test]
async fn the_environment_is_what_was_given_and_the_mark() {
    let mut start = victim(&["environment"]);
    start.environment = vec![("A".into(), "1=2".into()), ("EMPTY".into(), "".into())];
    let said = entries(&words_of(&start, Means::Best).await);
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said.contains(&"A=1=2".to_owned()) && said.contains(&"EMPTY=".to_owned()));
    assert!(
        said.iter()
            .any(|entry| entry.starts_with("OUTLAST_TREE=") && entry.ends_with("/it"))
    );
}

#[tokio::test]
async fn arguments_arrive_byte_for_byte() {
    let strange = ["", " ", "a b", "\"'\\", "*", "$HOME", "ä\n", "-n"];
    let mut start = victim(&["arguments"]);
    start.arguments.extend(strange.iter().map(OsString::from));
    start.arguments.push(OsString::from_vec(vec![0xff, 0xfe]));
    let said = words_of(&start, Means::Best).await;
    let mut expected = strange.join("\0").into_bytes();
    expected.extend(b"\0\xff\xfe\0");
    assert_eq!(said, expected);
}

#[tokio::test]
async fn it_leads_a_session_of_its_own_in_its_folder_with_nothing_to_read() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut start = victim(&["proc", "stat"]);
    start.dir = dir.path().canonicalize().expect("it exists");
    let said = String::from_utf8(words_of(&start, Means::Best).await).expect("text");
    let fields: Vec<&str> = said.split(' ').collect();
    assert_eq!(
        (fields[4], fields[5]),
        (fields[0], fields[0]),
        "group and session"
    );
    start.arguments = vec!["dir".into()];
    let said = String::from_utf8(words_of(&start, Means::Best).await).expect("text");
    assert_eq!(said.trim(), start.dir.to_str().expect("text"));
    start.arguments = vec!["stdin".into()];
    assert_eq!(words_of(&start, Means::Best).await, b"0\n");
}

#[tokio::test]
async fn the_raised_limit_of_open_files_is_not_passed_on() {
    let before = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    outlast_os::limits::raise_open_files().expect("there is a limit");
    let said = words_of(&victim(&["proc", "limits"]), Means::Best).await;
    let said = String::from_utf8(said).expect("text");
    let line = said.lines().find(|line| line.starts_with("Max open files"));
    let soft = line
        .and_then(|line| line.split_whitespace().nth(3))
        .expect("a limit");
    assert_eq!(soft.parse().ok(), before.current);
}
