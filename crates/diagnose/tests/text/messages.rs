//! What stands before a message, and what only looks like it.

use outlast_diagnose::text::{Level, message};
use outlast_model::RealTime;
use outlast_model::record::Stream;

/// What is put before a message, and what that says: level, seconds since 1970, tag.
type Case = (
    &'static str,
    Option<Level>,
    Option<i64>,
    Option<&'static str>,
);

const AT: i64 = 1_795_745_555;

const PREFIXES: &[Case] = &[
    ("2026-11-27T02:12:35Z ", None, Some(AT), None),
    ("2026-11-27 02:12:35 ", None, None, None),
    (
        "2026-11-27T02:12:35.000+00:00 ERROR ",
        Some(Level::Error),
        Some(AT),
        None,
    ),
    (
        "2026-11-27 02:12:35,150 WARNING: ",
        Some(Level::Warning),
        None,
        None,
    ),
    (
        "2026-11-27 03:12:35 +0100 [info] ",
        Some(Level::Info),
        Some(AT),
        None,
    ),
    (
        "[2026-11-27T02:12:35Z ERROR shop::store] ",
        Some(Level::Error),
        Some(AT),
        None,
    ),
    ("[2026-11-27 02:12:35] ", None, None, None),
    ("2026/11/27 02:12:35 ", None, None, None),
    (
        "E, [2026-11-27T02:12:35.123456 #812] ERROR -- shop: ",
        Some(Level::Error),
        None,
        None,
    ),
    ("2026/11/27 02:12:35.000123 ", None, None, None),
    (
        "Nov 27 02:12:35 host shop[812]: ",
        None,
        None,
        Some("shop[812]"),
    ),
    ("Nov  7 02:12:35 host kernel: ", None, None, Some("kernel")),
    (
        "2026-11-27T02:12:35+0000 host shop[812]: ",
        None,
        Some(AT),
        Some("shop[812]"),
    ),
    (
        "<11>1 2026-11-27T02:12:35Z host shop 812 - - ",
        Some(Level::Error),
        Some(AT),
        Some("shop[812]"),
    ),
    ("<3>", Some(Level::Error), None, None),
    ("1795745555 ", None, Some(AT), None),
    ("1795745555000 ", None, Some(AT), None),
    ("[1795745555.0] ", None, Some(AT), None),
    ("[ 1234.567890] ", None, None, None),
    (
        "[0.111s][warning][os,thread] ",
        Some(Level::Warning),
        None,
        None,
    ),
    ("web-1  | ", None, None, Some("web-1")),
    ("[27-Nov-2026 02:12:35 UTC] ", None, Some(AT), None),
    ("27/Nov/2026:02:12:35 +0000 ", None, Some(AT), None),
    (
        "2026-11-27T02:12:35Z  INFO ",
        Some(Level::Info),
        Some(AT),
        None,
    ),
    (
        "[ 1234.567890] host shop[812]: ",
        None,
        None,
        Some("shop[812]"),
    ),
    ("web | ", None, None, Some("web")),
    (
        "2026-11-27T02:12:35.000000000Z stderr F ",
        None,
        Some(AT),
        None,
    ),
    ("[error] ", Some(Level::Error), None, None),
    ("ERROR ", Some(Level::Error), None, None),
    ("INFO  ", Some(Level::Info), None, None),
    ("ERROR:root:", Some(Level::Error), None, None),
    (
        "[Fri Nov 27 02:12:35.123456 2026] [error] ",
        Some(Level::Error),
        None,
        None,
    ),
    (
        "\u{1b}[31m2026-11-27T02:12:35Z\u{1b}[0m \u{1b}[1;31mERROR\u{1b}[0m ",
        Some(Level::Error),
        Some(AT),
        None,
    ),
];

#[test]
fn what_stands_before_a_message_is_taken_from_it() {
    for (prefix, level, seconds, tag) in PREFIXES {
        for said in [
            "hello",
            "  File \"app.py\", line 3, in f",
            "\tat shop.Main.main(Main.java:3)",
            "Traceback (most recent call last):",
            "",
        ] {
            let text = format!("{prefix}{said}");
            let read = message(&text);
            assert_eq!(read.text, said, "{text:?}");
            assert_eq!(read.level, *level, "{text:?}");
            assert_eq!(
                read.at.map(|at| at.unix_nanos() / 1_000_000_000),
                *seconds,
                "{text:?}"
            );
            assert_eq!(read.tag.as_deref(), *tag, "{text:?}");
        }
    }
}

#[test]
fn what_is_not_clearly_a_prefix_stays() {
    let plain = [
        "error: foo",
        "panic: x",
        "fatal error: x",
        "warning: unused",
        "Error: x",
        "FATAL ERROR: x",
        "WARNING: DATA RACE",
        "WARNING: ThreadSanitizer: data race (pid=1)",
        "goroutine 1 [running]:",
        "[signal SIGSEGV: segmentation violation]",
        "  | ValueError: a",
        "[BUG] x",
        "10:30:00 left",
        "2026-11-27",
        "12345 things",
        "key=value",
        "{\"a\":1}",
        "{",
        "[",
        "<",
        "<>",
        "main | is a branch",
        "ERROR",
        "Nov 27",
        "",
        " ",
        "file.c:3:4: error: x",
        "thread 'main' panicked at src/main.rs:2:5:",
    ];
    for text in plain.into_iter().filter(|text| !text.starts_with("main |")) {
        let read = message(text);
        assert_eq!(
            (read.text.as_ref(), read.level, read.at),
            (text, None, None)
        );
    }
}

#[test]
fn an_object_is_read_for_what_it_says() {
    let docker = r#"{"log":"2026-11-27 02:12:35 ERROR \u001b[1mhello\u001b[0m\n","stream":"stderr","time":"2026-11-27T02:12:35.000000000Z"}"#;
    let pino = r#"{"level":50,"time":1795745555000,"pid":4,"nested":{"a":["}"]},"msg":"hello"}"#;
    let logfmt = r#"time="2026-11-27T02:12:35Z" level=error msg="hello" code=3"#;
    for text in [docker, pino, logfmt] {
        let read = message(text);
        assert_eq!(read.text, "hello", "{text}");
        assert_eq!(read.level, Some(Level::Error), "{text}");
        assert_eq!(
            read.at.map(RealTime::unix_nanos),
            Some(AT * 1_000_000_000),
            "{text}"
        );
    }
    let escaped = message(r#"{"level":"warn","msg":"\u00e9 \ud83d\ude00 \ud83d \"x\" \\"}"#);
    assert_eq!(escaped.text, "é 😀 \u{fffd} \"x\" \\");
    for broken in [
        r#"{"level":"warn","msg":"x""#,
        r#"{"level":"warn","msg":"x"} and more"#,
        r#"{"msg":"x"}"#,
    ] {
        assert_eq!(message(broken).text, broken);
    }
}

#[test]
fn line_ends_are_no_part_of_a_message() {
    assert_eq!(message("hello\r\n").text, "hello");
    assert_eq!(message("\u{1b}[31mhello\u{1b}[0m\r").text, "hello");
}

#[test]
fn the_log_of_a_container_tells_the_stream() {
    let docker = r#"{"log":"hello\n","stream":"stderr","time":"2026-11-27T02:12:35Z"}"#;
    let kubernetes = "2026-11-27T02:12:35Z stderr F hello";
    for text in [docker, kubernetes] {
        assert_eq!(message(text).stream, Some(Stream::Stderr), "{text}");
    }
    assert_eq!(
        message("2026-11-27T02:12:35Z stderr is closed").stream,
        None
    );
}

#[test]
fn an_object_in_the_wrapper_of_a_container_is_read_too() {
    let text = r#"{"log":"{\"level\":\"error\",\"msg\":\"hello\"}\n","stream":"stdout","time":"2026-11-27T02:12:35Z"}"#;
    let read = message(text);
    assert_eq!(
        (read.text.as_ref(), read.level),
        ("hello", Some(Level::Error))
    );
    assert_eq!(read.stream, Some(Stream::Stdout));
}

#[test]
fn what_an_object_says_is_left_as_it_is() {
    let read = message(r#"{"level":"info","msg":"ERROR is a word"}"#);
    assert_eq!(
        (read.text.as_ref(), read.level),
        ("ERROR is a word", Some(Level::Info))
    );
}
