//! Whatever the file has in it: an answer, never a panic, never a flood.

use std::path::Path;

use outlast_config::{Colour, Diagnostics, Host, defaults, load, parse};
use proptest::prelude::*;

fn host() -> Host {
    Host {
        stop: defaults::stop_sequence(&[]),
        reboot: vec!["restart-it".to_owned()],
        webhook: vec!["tell-it".to_owned()],
    }
}

fn answer(text: &str) {
    let diagnostics = match parse(text, Path::new("/srv/outlast.toml"), &host()) {
        Ok(config) => {
            assert!(!config.services.is_empty(), "a guardian guards something");
            config.warnings().clone()
        }
        Err(diagnostics) => {
            assert!(!diagnostics.is_empty(), "a refusal says why");
            diagnostics
        }
    };
    assert!(diagnostics.iter().len() <= Diagnostics::MAX);
    let shown = diagnostics.render(Colour::Off);
    assert!(!shown.contains('\u{1b}'), "the terminal is left alone");
    let _ = diagnostics.render(Colour::On);
}

/// Pieces of which files are made, and of which broken ones are.
fn piece() -> impl Strategy<Value = String> {
    let known = proptest::sample::select(vec![
        "[services.a]",
        "[services.b]",
        "[[services]]",
        "[defaults]",
        "services",
        "name",
        "command",
        "dir",
        "env",
        "env_file",
        "inherit_env",
        "user",
        "depends_on",
        "enabled",
        "restart",
        "success_codes",
        "stop",
        "log",
        "sleep",
        "throttle",
        "network",
        "session",
        "schedule",
        "cron",
        "\"30 2 * * *\"",
        "channel",
        "on_failure",
        "webhook",
        "\"http://a@b.c/d🦀\"",
        "https://",
        "policy",
        "delay",
        "max_delay",
        "limit",
        "signal",
        "timeout",
        "wait",
        "console",
        "rotate",
        "keep",
        "max_age",
        "service",
        "until",
        " = ",
        "=",
        ".",
        ",",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "'",
        "\"\"\"",
        "'''",
        "\\",
        "\n",
        "\n",
        "\n",
        "\r\n",
        "\t",
        "#",
        "\"a\"",
        "'b'",
        "\"always\"",
        "\"1s\"",
        "\"16MiB\"",
        "\"TERM\"",
        "\"kill\"",
        "true",
        "false",
        "0",
        "-1",
        "1.5",
        "0x10",
        "nan",
        "1979-05-27",
        "99999999999999999999999999",
        "ä",
        "\u{1b}",
        "\0",
        "\u{feff}",
    ]);
    prop_oneof![9 => known.prop_map(str::to_owned), 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_pieces_of_a_file(pieces in proptest::collection::vec(piece(), 0..60)) {
        answer(&pieces.concat());
    }

    #[test]
    fn any_statements(pieces in proptest::collection::vec((piece(), piece(), piece()), 0..20)) {
        let lines: Vec<String> = pieces.iter().map(|(key, value, rest)| format!("{key} = {value}{rest}")).collect();
        answer(&format!("[services.a]\n{}", lines.join("\n")));
    }

    #[test]
    fn any_text(text in any::<String>()) {
        answer(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("outlast.toml");
        std::fs::write(&path, bytes).expect("a file can be written");
        if let Err(error) = load(&path, &host()) {
            prop_assert!(!error.render(Colour::Off).is_empty());
        }
    }
}

#[test]
fn deep_nesting_is_refused() {
    answer(&format!("a = {}", "[".repeat(100_000)));
    answer(&format!("a = {}", "{a=".repeat(100_000)));
    answer(&format!("{}a = 1", "a.".repeat(100_000)));
    answer(&format!("[{}a]", "a.".repeat(100_000)));
}

#[test]
fn large_nonsense_gets_a_short_answer() {
    answer(&"=\n".repeat(500_000));
    answer(&"a = 1\n".repeat(150_000));
    answer(&"[services.a]\n".repeat(70_000));
    answer(&"x".repeat(1 << 20));
    answer(&"x".repeat((1 << 20) + 1));
}
