//! The way of arguments, variables, folders and names into a program.
#![cfg(windows)]

mod support;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use outlast_model::Exit;
use outlast_model::exit::StartStep;
use outlast_os::process::find_program;
use outlast_os::tree::{Means, Tree};
use outlast_testkit::{HARD_ARGUMENTS, victim_path};
use support::{Start, exit_of, forest, program, service, victim};

async fn received(tree: &Tree, arguments: &[&str]) -> Vec<String> {
    let arguments: Vec<&str> = ["arguments"].iter().chain(arguments).copied().collect();
    let said = victim(&arguments).said(tree).await;
    split(&said)
}

fn split(said: &[u8]) -> Vec<String> {
    let text = String::from_utf8(said.to_owned()).expect("victims speak UTF-8 here");
    text.split_terminator('\0').map(str::to_owned).collect()
}

/// A copy of the victim where `dir` says.
fn victim_in(dir: &std::path::Path, name: &str) -> PathBuf {
    std::fs::create_dir_all(dir).expect("made");
    let path = dir.join(name);
    std::fs::copy(victim_path(), &path).expect("copied");
    path
}

#[tokio::test]
async fn the_hard_arguments_arrive() {
    let forest = forest("arguments", Means::Best);
    let tree = forest.tree(&service("s"));
    assert_eq!(received(&tree, &HARD_ARGUMENTS).await, HARD_ARGUMENTS);
}

#[tokio::test]
async fn the_environment_is_exactly_what_was_given() {
    let forest = forest("environment", Means::Best);
    let mut start = victim(&["environment"]);
    let variable = |name: &str, value: &str| (OsString::from(name), OsString::from(value));
    start.environment = vec![
        variable("zeta", "1"),
        variable("Alpha", "ü=ß"),
        variable("ZETA", "2"),
    ];
    let said = split(&start.said(&forest.tree(&service("s"))).await);
    // Wine 8 adds what it needs itself (`WINE…`, and folders of the system).
    let ours = |entry: &&String| {
        ["ALPHA=", "ZETA="]
            .iter()
            .any(|n| entry.to_uppercase().starts_with(n))
    };
    let ours: Vec<&String> = said.iter().filter(ours).collect();
    assert_eq!(ours, ["Alpha=ü=ß", "ZETA=2"]);
    assert!(
        !said.iter().any(|entry| entry.starts_with("CARGO")),
        "{said:?}"
    );
}

#[tokio::test]
async fn names_with_spaces_and_other_letters_work() {
    let forest = forest("names", Means::Best);
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("Größe und Maß 数");
    let mut start = program(victim_in(&dir, "mein Dienst ü.exe"));
    start.arguments = vec!["dir".into()];
    start.dir = dir.clone();
    let said = start.said(&forest.tree(&service("s"))).await;
    let said = PathBuf::from(String::from_utf8(said).expect("UTF-8").trim_end());
    let real = |path: &std::path::Path| path.canonicalize().expect("it exists");
    assert_eq!(real(&said), real(&dir));
}

#[tokio::test]
async fn batch_files_get_their_arguments() {
    let forest = forest("batch", Means::Best);
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("a script.cmd");
    let lines = "@echo off\r\necho [%~1] [%~2]\r\nexit /b 7\r\n";
    std::fs::write(&script, lines).expect("written");
    let mut start = program(&script);
    start.arguments = vec!["one two".into(), "three".into()];
    let (process, source) = start
        .talking(&forest.tree(&service("s")))
        .expect("it starts");
    let said = support::read_to_end(&source).await;
    assert_eq!(String::from_utf8_lossy(&said).trim(), "[one two] [three]");
    assert_eq!(exit_of(process).await, Exit::Code(7));
}

#[tokio::test]
async fn what_a_batch_file_cannot_be_given_is_refused() {
    let forest = forest("refused", Means::Best);
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("script.bat");
    std::fs::write(&script, "exit 0\r\n").expect("written");
    let mut start = program(&script);
    start.arguments = vec!["a\nb".into()];
    let failure = start
        .silent(&forest.tree(&service("s")))
        .expect_err("refused");
    assert_eq!(failure.step, StartStep::Execute);
}

#[tokio::test]
async fn failed_starts_name_the_step_and_the_path() {
    let forest = forest("failures", Means::Best);
    let tree = forest.tree(&service("s"));
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("missing.exe");
    let text = folder.path().join("text.exe");
    std::fs::write(&text, "this is no program").expect("written");
    let mut homeless = victim(&["hang"]);
    homeless.dir = folder.path().join("no such folder");
    let cases: [(Start, StartStep, PathBuf); 3] = [
        (program(&missing), StartStep::Execute, missing.clone()),
        (program(&text), StartStep::Execute, text.clone()),
        (
            victim_without_dir(&homeless),
            StartStep::EnterDir,
            homeless.dir.clone(),
        ),
    ];
    for (start, step, subject) in cases {
        let failure = start.silent(&tree).expect_err("it cannot start");
        assert_eq!((failure.step, &failure.subject), (step, &subject));
        assert!(failure.os_error.is_some(), "{failure:?}");
    }
    assert!(
        tree.is_empty().expect("known"),
        "nothing is left of failed starts"
    );
}

fn victim_without_dir(like: &Start) -> Start {
    let mut start = victim(&["hang"]);
    start.dir.clone_from(&like.dir);
    start
}

#[test]
fn a_victim_is_found_by_its_bare_name() {
    let dir = victim_path().parent().expect("a folder");
    let name = OsStr::new("outlast-victim").to_str().expect("ASCII");
    let found = find_program(name, "C:\\".as_ref(), Some(dir.as_os_str())).expect("found");
    assert_eq!(
        found.canonicalize().expect("it exists"),
        victim_path().canonicalize().expect("it exists")
    );
}
