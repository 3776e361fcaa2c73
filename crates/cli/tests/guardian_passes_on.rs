//! What a service is given: its arguments, its environment, its folder, and
//! nothing else.

mod guarded;

use guarded::{Guarded, toml};
use outlast_testkit::victim_path;

/// Everything that a service of `config` prints before it ends.
fn output(config: &str) -> String {
    let folder = tempfile::Builder::new()
        .prefix("a folder with ä and 空 ")
        .tempdir()
        .expect("a folder");
    std::fs::write(folder.path().join("outlast.toml"), config).expect("written");
    std::fs::write(
        folder.path().join("more.env"),
        "# a comment\nFROM_FILE='of the file'\nBOTH=file\n",
    )
    .expect("written");
    let mut guarded = Guarded::run_in(folder);
    guarded.wait_for("death", Some("it"));
    let said = guarded.succeed(&["logs", "it"]);
    guarded.shut_down();
    said
}

fn service(behaviour: &str, keys: &str) -> String {
    format!(
        "[services.it]\ncommand = [{}, {behaviour}]\nrestart = \"never\"\n{keys}\n",
        toml(victim_path())
    )
}

#[test]
fn arguments_arrive_as_they_were_written() {
    let arguments = [
        "",
        " ",
        "a b",
        "\"",
        "\\",
        "\\\"",
        "c:\\x\\",
        "c:\\a b\\",
        "$HOME",
        "*",
        "ä空🎈",
        "--",
        "%PATH%",
    ];
    let said = output(&service(
        &format!("\"arguments\", {}", list(&arguments)),
        "",
    ));
    let arrived: Vec<&str> = said.trim_end_matches('\n').split_terminator('\0').collect();
    assert_eq!(arrived, arguments);
}

/// As a TOML array without its brackets.
fn list(arguments: &[&str]) -> String {
    let quoted: Vec<String> = arguments
        .iter()
        .map(|argument| {
            format!(
                "\"{}\"",
                argument.replace('\\', "\\\\").replace('"', "\\\"")
            )
        })
        .collect();
    quoted.join(", ")
}

#[test]
fn the_environment_is_minimal_and_what_the_file_says() {
    let keys = "env_file = \"more.env\"\nenv = { BOTH = \"definition\" }";
    let said = output(&service("\"environment\"", keys));
    let has = |variable: &str| said.split('\0').any(|found| found == variable);
    assert!(
        has("FROM_FILE=of the file") && has("BOTH=definition") && has("OUTLAST_SERVICE=it"),
        "{said:?}"
    );
    assert!(
        !said.contains("TEST_FOLDER"),
        "the guardian's own variable was passed on: {said:?}"
    );
}

#[test]
fn a_service_runs_in_the_folder_of_its_file() {
    let said = output(&service("\"dir\"", ""));
    assert!(said.contains("a folder with ä and 空 "), "{said:?}");
}

#[test]
fn there_is_nothing_to_read() {
    assert_eq!(output(&service("\"stdin\"", "")).trim(), "0");
}
