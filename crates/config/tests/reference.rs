//! `docs/configuration.md` has every key, as the schema and the defaults have
//! it. `UPDATE_EXPECT=1` writes the generated part anew.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use outlast_config::{defaults, schema};
use serde_json::Value;

const BEGIN: &str = "<!-- generated from the types: begin -->\n";
const END: &str = "<!-- generated: end -->";

#[test]
fn the_reference_has_every_key() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let text = fs::read_to_string(&path)
        .expect("the reference is there")
        .replace("\r\n", "\n");
    let (before, rest) = text.split_once(BEGIN).expect("the part begins");
    let (written, after) = rest.split_once(END).expect("the part ends");
    let actual = reference();
    if written != actual && std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{actual}{END}{after}"))
            .expect("it can be written");
    }
    assert!(
        written == actual,
        "docs/configuration.md is not up to date: run this test with UPDATE_EXPECT=1"
    );
}

fn reference() -> String {
    let schema = schema();
    let mut text = String::new();
    section(&mut text, "Top level", "", &schema);
    for (title, prefix, definition) in [
        ("Keys of a service", "", "ServiceKeys"),
        ("`restart`", "restart.", "RestartKeys"),
        ("`schedule` as a table", "schedule.", "ScheduleKeys"),
        ("`stop` as a table", "stop.", "StopKeys"),
        ("`stop` as a list of steps", "stop[].", "StepKeys"),
        ("`log`", "log.", "LogKeys"),
        ("`sandbox` as a table", "sandbox.", "SandboxKeys"),
        ("Elements of `secret`", "secret.NAME.", "SecretKeys"),
        ("`limits`", "limits.", "LimitKeys"),
        ("`ready` as a table", "ready.", "ReadyKeys"),
        ("`alive`", "alive.", "AliveKeys"),
        ("`hang`", "hang.", "HangKeys"),
        ("Sockets of `listen` as tables", "listen[].", "SocketKeys"),
        ("`sleep` as a table", "sleep.", "SleepKeys"),
        (
            "`on_suspend` and the others as a table",
            "on_suspend.",
            "ReactionKeys",
        ),
        ("`on_failure`", "on_failure.", "OnFailureKeys"),
        (
            "`on_failure.webhook` as a table",
            "on_failure.webhook.",
            "WebhookKeys",
        ),
        ("`watch` as a table", "watch.", "WatchKeys"),
        ("`on_change` as a table", "on_change.", "ChangeKeys"),
        (
            "Elements of `depends_on`",
            "depends_on[].",
            "DependencyKeys",
        ),
        ("`native`", "native.", "NativeTable"),
        ("`native.start` as a table", "native.start.", "TriggerKeys"),
    ] {
        section(&mut text, title, prefix, &schema["$defs"][definition]);
    }
    text
}

fn section(text: &mut String, title: &str, prefix: &str, table: &Value) {
    let keys = table["properties"]
        .as_object()
        .expect("a table has properties");
    write!(text, "\n## {title}\n").expect("a string takes all");
    for (key, property) in keys {
        let name = format!("{prefix}{key}");
        let description = property["description"]
            .as_str()
            .expect("a key is explained");
        write!(text, "\n### `{name}`\n{description}\n{}", default_of(&name))
            .expect("a string takes all");
    }
}

fn default_of(name: &str) -> String {
    let Some(default) = defaults::TABLE.iter().find(|default| default.key == name) else {
        return String::new();
    };
    match default.written {
        "" => format!("\nDefault: {}.\n", default.reason),
        written => format!("\nDefault: `{written}`: {}.\n", default.reason),
    }
}
