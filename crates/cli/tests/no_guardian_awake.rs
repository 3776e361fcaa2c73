//! `outlast awake`: the command is run, whatever becomes of the inhibitor. And
//! `outlast sleep`.

mod alone;

use alone::Alone;
use outlast_testkit::victim_path;

fn victim() -> &'static str {
    victim_path().to_str().expect("test paths are Unicode")
}

#[test]
fn it_ends_as_the_command_does_and_needs_no_file() {
    let alone = Alone::new().with("outlast.toml", "broken");
    for code in [0, 7, 255] {
        let code_text = code.to_string();
        let came = alone.outlast(&["awake", "--", victim(), "exit", &code_text]);
        assert_eq!(came.code, Some(code), "{came:?}");
    }
}

#[test]
fn the_command_has_the_streams_and_its_words_as_they_are() {
    let alone = Alone::new();
    let came = alone.outlast(&["awake", "--", victim(), "arguments", "-x", "a b", "--"]);
    assert_eq!(came.code, Some(0), "{came:?}");
    assert_eq!(came.out, b"-x\0a b\0--\0");
}

#[test]
fn a_command_that_is_not_there_is_an_error_with_its_name() {
    let came = Alone::new().outlast(&["awake", "--", "no-such-command"]);
    assert_eq!(came.code, Some(6), "{came:?}");
    assert!(came.said.contains("no-such-command"), "{came:?}");
    assert_eq!(Alone::new().outlast(&["awake"]).code, Some(2));
}

#[test]
fn of_a_guardian_that_is_named_and_does_not_run_nothing_is_told() {
    let came = Alone::new().outlast(&["sleep", "--json"]);
    assert_eq!(came.code, Some(7), "{came:?}");
    assert!(came.text.is_empty(), "{came:?}");
}

#[cfg(unix)]
#[test]
fn a_signal_is_passed_on_to_the_command() {
    use std::process::{Command, Stdio};

    let outlast = env!("CARGO_BIN_EXE_outlast");
    let mut awake = Command::new(outlast)
        .args(["awake", "--", victim(), "hang"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it can be run");
    let mut ready = [0];
    let stdout = awake.stdout.as_mut().expect("it is a pipe");
    std::io::Read::read_exact(stdout, &mut ready).expect("the command runs");
    let killed = Command::new("kill")
        .args(["-TERM", &awake.id().to_string()])
        .status();
    assert!(killed.is_ok_and(|status| status.success()));
    let status = awake.wait().expect("it ends");
    assert_eq!(status.code(), Some(128 + 15), "as a shell tells it");
}
