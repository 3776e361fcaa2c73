//! What works, and what fails how, while no guardian runs.

mod alone;

use alone::Alone;

const FILE: &str = "[services.api]\ncommand = [\"x\"]\n[services.db]\ncommand = [\"x\"]\n";

#[test]
fn verbs_that_need_a_guardian_say_that_none_runs() {
    let alone = Alone::new().with("outlast.toml", FILE);
    for verb in ["start", "stop", "restart", "reload"] {
        let came = alone.outlast(&[verb]);
        assert_eq!(came.code, Some(7), "{came:?}");
        assert!(came.said.contains("hint: "), "{came:?}");
    }
}

#[test]
fn status_lists_what_the_file_defines_as_not_running() {
    let alone = Alone::new().with("outlast.toml", FILE);
    let came = alone.outlast(&["status"]);
    assert_eq!(came.code, Some(3), "{came:?}");
    assert!(
        came.text.contains("api") && came.text.contains("db"),
        "{came:?}"
    );
    let came = alone.outlast(&["status", "--json"]);
    assert_eq!(came.code, Some(3), "{came:?}");
    let json: serde_json::Value = serde_json::from_slice(&came.out).expect("it is JSON");
    assert_eq!(json["running"], false);
}

#[test]
fn a_program_that_is_a_reaction_is_no_service_of_its_own() {
    let text = "[services.api]\ncommand = [\"sh\"]\non_resume = { command = [\"sh\"] }\n";
    let alone = Alone::new().with("outlast.toml", text);
    let came = alone.outlast(&["status", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&came.out).expect("it is JSON");
    let services = json["services"].as_array().expect("a list");
    assert_eq!(services.len(), 1, "{json}");
    assert_eq!(services[0]["name"], "api");
}

#[test]
fn a_command_line_that_is_wrong_has_its_own_code() {
    let alone = Alone::new();
    for arguments in [
        ["teleport"].as_slice(),
        &["status", "--no-such-option"],
        &["logs", "--since", "soon"],
        &["stop", "Not a name/api"],
    ] {
        assert_eq!(alone.outlast(arguments).code, Some(2), "{arguments:?}");
    }
}

#[test]
fn a_guardian_that_nobody_has_heard_of_is_not_installed() {
    let came = Alone::new().outlast(&["stop", "no-such-guardian-anywhere/"]);
    assert_eq!(came.code, Some(5), "{came:?}");
}

#[test]
fn init_writes_a_valid_file_and_never_over_another() {
    let alone = Alone::new();
    assert_eq!(alone.outlast(&["init"]).code, Some(0));
    alone.write("server", "#!/bin/sh\n");
    let written = std::fs::read_to_string(alone.path("outlast.toml")).expect("it is there");
    let checked = alone.outlast(&["check", "--json"]);
    assert!(!checked.text.contains("unknown key"), "{checked:?}");
    alone.write("outlast.toml", "mine");
    assert_eq!(alone.outlast(&["init"]).code, Some(1));
    assert_eq!(
        std::fs::read(alone.path("outlast.toml")).expect("there"),
        b"mine"
    );
    assert_eq!(alone.outlast(&["init", "--force"]).code, Some(0));
    assert_eq!(
        std::fs::read_to_string(alone.path("outlast.toml")).expect("there"),
        written
    );
}

#[test]
fn schema_and_version_are_json() {
    let alone = Alone::new();
    let schema: serde_json::Value =
        serde_json::from_slice(&alone.outlast(&["schema"]).out).expect("it is JSON");
    assert!(schema["properties"]["services"].is_object());
    let version: serde_json::Value =
        serde_json::from_slice(&alone.outlast(&["version", "--json"]).out).expect("it is JSON");
    assert_eq!(version["protocols"], serde_json::json!([1]));
    assert!(
        alone
            .outlast(&["version"])
            .text
            .contains(version["version"].as_str().expect("text"))
    );
}

#[test]
fn every_shell_has_completions_that_know_the_verbs() {
    let alone = Alone::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let came = alone.outlast(&["completions", shell]);
        assert_eq!(came.code, Some(0), "{shell}");
        assert!(came.text.contains("restart"), "{shell}");
    }
}

#[test]
fn names_of_services_are_completed_from_the_file() {
    assert_eq!(
        Alone::new()
            .with("outlast.toml", FILE)
            .outlast(&["__services"])
            .text,
        "api\ndb\n"
    );
    let broken = Alone::new()
        .with("outlast.toml", "[services")
        .outlast(&["__services"]);
    assert_eq!(
        (broken.code, broken.text.as_str(), broken.said.as_str()),
        (Some(0), "", "")
    );
}

#[test]
fn every_verb_shows_an_example() {
    let alone = Alone::new();
    for verb in [
        "run",
        "status",
        "start",
        "stop",
        "restart",
        "reload",
        "logs",
        "events",
        "check",
        "doctor",
        "compare-modes",
        "init",
        "schema",
        "completions",
        "version",
    ] {
        let help = alone.outlast(&[verb, "--help"]);
        assert_eq!(help.code, Some(0));
        assert!(
            help.text.contains(&format!("outlast {verb}")) && help.text.contains("Example"),
            "{verb}"
        );
    }
}

#[test]
fn colour_is_used_where_it_is_asked_for_and_nowhere_else() {
    let alone = Alone::new().with("outlast.toml", "[services.a]\nrestrat = 1\n");
    let coloured = |arguments: &[&str]| alone.outlast(arguments).said.contains('\u{1b}');
    assert!(!coloured(&["check"]));
    assert!(coloured(&["--color", "always", "check"]));
    assert!(!coloured(&["--color", "never", "check"]));
}
