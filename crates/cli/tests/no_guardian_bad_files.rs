//! A file that is wrong is refused with its place and a remedy, by `check` and
//! by `run`, and nothing is made.

mod alone;

use alone::{Alone, Came};
use outlast_testkit::victim_path;

/// `check` and `run` both refuse `text`, naming all of `words`.
#[track_caller]
fn refused(text: impl AsRef<[u8]>, words: &[&str]) {
    let alone = Alone::new().with("outlast.toml", text);
    for verb in ["check", "run"] {
        expect_refusal(&alone.outlast(&[verb]), words);
    }
    assert!(!alone.path("state").exists(), "something was made");
}

#[track_caller]
fn expect_refusal(came: &Came, words: &[&str]) {
    assert_eq!(came.code, Some(6), "{came:?}");
    assert!(
        came.text.is_empty(),
        "standard output is for data: {came:?}"
    );
    for word in words {
        assert!(came.said.contains(word), "{word} is not in {}", came.said);
    }
}

#[test]
fn unknown_keys_are_named_with_what_was_meant() {
    let text = "[services.a]\ncommand = [\"x\"]\nrestrat = 1\n";
    refused(text, &["outlast.toml:3", "restrat", "`restart`"]);
}

#[test]
fn all_errors_of_a_file_are_told_at_once() {
    let text = "[services.a]\ncommand = 3\n[services.b]\ncommand = [\"x\"]\nuser = 1\n";
    refused(text, &["outlast.toml:2", "outlast.toml:5"]);
}

#[test]
fn a_cycle_is_printed() {
    let text = "[services.a]\ncommand = [\"x\"]\ndepends_on = [\"b\"]\n\
                [services.b]\ncommand = [\"x\"]\ndepends_on = [\"a\"]\n";
    refused(text, &["outlast.toml:", "a → b → a"]);
}

#[test]
fn durations_and_names_that_make_no_sense_are_refused() {
    let text = "[services.\"../x\"]\ncommand = [\"x\"]\nrestart = { delay = \"-1s\" }\n";
    refused(text, &["../x", "outlast.toml:1", "outlast.toml:3"]);
}

#[test]
fn two_services_of_one_name_are_refused() {
    let text = "[services.a]\ncommand = [\"x\"]\n[services.a]\ncommand = [\"x\"]\n";
    refused(text, &["outlast.toml:3"]);
}

#[test]
fn what_is_no_text_is_refused() {
    refused("", &["empty"]);
    refused([0xff, 0xfe], &["UTF-8"]);
    refused(vec![b' '; 2 << 20], &["1 MiB"]);
}

#[test]
fn a_folder_and_a_missing_file_are_no_files() {
    let alone = Alone::new();
    std::fs::create_dir(alone.path("folder")).expect("made");
    for verb in ["check", "run"] {
        expect_refusal(&alone.outlast(&[verb, "folder"]), &["folder"]);
        expect_refusal(
            &alone.outlast(&[verb, "nowhere.toml"]),
            &["nowhere.toml", "outlast init"],
        );
    }
}

#[test]
fn what_the_machine_lacks_is_told_with_its_place() {
    let text = "[services.a]\ncommand = [\"./nowhere\"]\n[services.b]\ncommand = [\"x\"]\ndir = \"no-such\"\n";
    refused(
        text,
        &["outlast.toml:2", "nowhere", "outlast.toml:5", "no-such"],
    );
}

/// The victim is there, and is no service of its own.
#[test]
fn a_file_of_which_only_reactions_could_run_is_refused() {
    let there = format!("'{}'", victim_path().display());
    let text = format!(
        "[services.a]\ncommand = 'no-such-program-here'\n\
         on_failure = {{ command = [{there}, 'exit', '0'] }}\n\
         on_suspend = {{ command = [{there}, 'exit', '0'] }}\n"
    );
    refused(text, &["no-such-program-here"]);
}

#[test]
fn json_has_the_place_of_each_error() {
    let alone = Alone::new().with("outlast.toml", "[services.a]\nrestrat = 1\n");
    let came = alone.outlast(&["check", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&came.out).expect("it is JSON");
    assert_eq!(came.code, Some(6));
    assert_eq!(json["ok"], false);
    let diagnostics = json["diagnostics"].as_array().expect("a list");
    assert!(
        diagnostics.iter().any(|diagnostic| diagnostic["line"] == 2),
        "{json}"
    );
}

/// Whoever opens a FIFO waits until somebody writes.
#[test]
#[cfg(target_os = "linux")]
fn an_environment_file_that_is_a_pipe_is_refused_and_not_waited_for() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    let text = "[services.a]\ncommand = [\"sh\"]\nenv_file = \"pipe\"\n";
    let alone = Alone::new().with("outlast.toml", text);
    let mode = Mode::RUSR | Mode::WUSR;
    mknodat(CWD, alone.path("pipe"), FileType::Fifo, mode, 0).expect("a pipe");
    for verb in ["check", "run"] {
        expect_refusal(&alone.outlast(&[verb]), &["pipe", "regular file"]);
    }
}
