//! Changing `[native]` in the text of a file: only what was asked for changes.

use std::path::Path;

use outlast_config::{Diagnostics, set_native, unset_native};

const FILE: &str = "\
# My shop.
name = \"shop\"

# Kept by systemd.
[native]
start = \"auto\"   # since 2024
account = 'shop'

[services.api]   # the API
command = [ \"./api\",
            \"--port\", \"8080\" ]
";

fn path() -> &'static Path {
    Path::new("/srv/shop/outlast.toml")
}

fn set(text: &str, key: &str, value: &str) -> String {
    expect(set_native(text, path(), key, value))
}

fn unset(text: &str, key: &str) -> String {
    expect(unset_native(text, path(), key))
}

fn expect(result: Result<String, Diagnostics>) -> String {
    result.unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
}

/// The first thing that is said about an edit that is refused.
fn refusal(key: &str, value: &str) -> String {
    let refused = set_native(FILE, path(), key, value).expect_err("it is refused");
    let first = refused.iter().next().expect("there is a reason");
    first.message.clone()
}

#[test]
fn a_value_is_replaced_and_its_comment_stays() {
    let expected = FILE.replace("\"auto\"", "\"manual\"");
    assert_eq!(set(FILE, "start", "manual"), expected);
}

#[test]
fn a_new_key_comes_last_in_the_table() {
    let expected = FILE.replace("'shop'\n", "'shop'\nwatchdog = \"1m\"\n");
    assert_eq!(set(FILE, "watchdog", "1m"), expected);
}

#[test]
fn a_missing_table_is_added_at_the_end() {
    let text = "services.a.command = 'a' # plain\n";
    assert_eq!(
        set(text, "start", "manual"),
        "services.a.command = 'a' # plain\n\n[native]\nstart = \"manual\"\n"
    );
}

#[test]
fn values_are_written_as_on_a_command_line() {
    for (key, value, written) in [
        ("description", "Sells 8080 things", "\"Sells 8080 things\""),
        ("description", "true", "\"true\""),
        ("display_name", "8080", "\"8080\""),
        ("watchdog", "false", "false"),
        (
            "start",
            "{ trigger = 'network' }",
            "{ trigger = 'network' }",
        ),
        ("groups", "video, audio", "[\"video\", \"audio\"]"),
        ("groups", "", "[]"),
        ("depends_on", "['a,b']", "['a,b']"),
        ("account", "CORP\\ann", "'CORP\\ann'"),
    ] {
        let text = set(FILE, key, value);
        let line = format!("{key} = {written}");
        assert!(
            text.lines().any(|found| found.starts_with(&line)),
            "{line}\n{text}"
        );
    }
}

#[test]
fn a_start_that_is_a_table_of_its_own_is_replaced() {
    let text = "[services.a]\ncommand = 'a'\n\n[native.start]\ntrigger = 'network'\n";
    let changed = set(text, "start", "manual");
    assert!(
        changed.contains("[native]\nstart = \"manual\"\n"),
        "{changed}"
    );
    assert!(!changed.contains("trigger"), "{changed}");
}

#[test]
fn dotted_and_inline_tables_are_edited_as_they_are() {
    let dotted = "native.start = 'auto'\nservices.a.command = 'a'\n";
    let changed = set(dotted, "watchdog", "false");
    assert!(changed.contains("native.watchdog = false\n"), "{changed}");
    let inline = "native = { start = 'auto' }\nservices.a.command = 'a'\n";
    let changed = set(inline, "watchdog", "false");
    assert!(
        changed.starts_with("native = { start = 'auto', watchdog = false }\n"),
        "{changed}"
    );
}

#[test]
fn a_key_that_is_taken_away_leaves_the_rest() {
    let expected = FILE.replace("account = 'shop'\n", "");
    assert_eq!(unset(FILE, "account"), expected);
    assert_eq!(unset(FILE, "watchdog"), FILE);
}

#[test]
fn setting_and_unsetting_gives_the_first_text_again() {
    let text = "# Mine.\n[services.a]\ncommand = 'a'\n";
    assert_eq!(unset(&set(text, "start", "manual"), "start"), text);
}

#[test]
fn a_table_with_a_comment_is_kept_when_it_is_empty() {
    let text = "services.a.command = 'a'\n\n# Kept by systemd.\n[native]\nstart = 'manual'\n";
    let changed = unset(text, "start");
    assert!(
        changed.contains("# Kept by systemd.\n[native]\n"),
        "{changed}"
    );
}

#[test]
fn line_ends_and_byte_order_mark_stay() {
    let text = format!("\u{feff}{}", FILE.replace('\n', "\r\n"));
    let expected = text.replace("'shop'\r\n", "'shop'\r\nwatchdog = \"1m\"\r\n");
    assert_eq!(set(&text, "watchdog", "1m"), expected);
}

#[test]
fn what_would_be_wrong_is_refused() {
    assert_eq!(refusal("start", "soon"), "`native.start` cannot be `soon`");
    assert_eq!(refusal("strat", "auto"), "unknown key `strat`");
    assert_eq!(
        refusal("watchdog", "10"),
        "`native.watchdog` is no duration: `10`"
    );
    assert_eq!(
        refusal("capabilities", "CAP_FLY"),
        "`native.capabilities` cannot be `CAP_FLY`"
    );
}

#[test]
fn a_file_that_is_wrong_already_is_not_edited() {
    assert!(set_native("[native", path(), "start", "auto").is_err());
    assert!(
        set_native(
            "native = 1\nservices.a.command='a'",
            path(),
            "start",
            "auto"
        )
        .is_err()
    );
    assert!(set_native("[services.a]\n", path(), "start", "auto").is_err());
}
