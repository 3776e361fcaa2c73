//! Blocks are found in whatever state their lines arrive.

use outlast_diagnose::text::{Block, Line, blocks};
use outlast_model::record::Stream;

use super::samples::{names, text};
use super::{found, lines, row};

/// What was found, without where.
fn told(found: &[Block]) -> Vec<String> {
    found
        .iter()
        .map(|block| row(block).split_once(' ').expect("a range").1.to_owned())
        .collect()
}

fn rows(found: &[Block]) -> Vec<String> {
    found.iter().map(row).collect()
}

/// Whether every line of a sample is one that keeps its meaning with a prefix.
fn changed(sample: &str, change: impl Fn(&str) -> String) -> String {
    sample.lines().map(|line| change(line) + "\n").collect()
}

/// Elixir's log has times of its own, which are peeled only once.
fn plain(name: &&str) -> bool {
    ![
        "erlang-elixir-gen.txt",
        "erlang-elixir-task.txt",
        "erlang-genserver-documented.txt",
        "go-http.txt",
        "java-threads.txt",
    ]
    .contains(name)
}

#[test]
fn with_a_prefix_on_every_line() {
    let prefixes: [fn(&str) -> String; 6] = [
        |line| format!("Nov 27 02:12:35 host shop[812]: {line}"),
        |line| format!("2026-11-27T02:12:35.123456Z {line}"),
        |line| format!("2026-11-27T02:12:35.123456789Z stderr F {line}"),
        |line| format!("shop-1  | {line}"),
        |line| format!("\u{1b}[31m{line}\u{1b}[0m"),
        |line| {
            let escaped = line
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\t', "\\t");
            format!(r#"{{"log":"{escaped}\n","stream":"stderr","time":"2026-11-27T02:12:35.1Z"}}"#)
        },
    ];
    for name in names().filter(plain) {
        let sample = text(name);
        for prefix in prefixes {
            let log = changed(&sample, prefix);
            assert_eq!(
                rows(&found(&log)),
                rows(&found(&sample)),
                "{name}\n{}",
                log.lines().next().unwrap_or_default()
            );
        }
    }
}

#[test]
fn with_carriage_returns() {
    for name in names() {
        let sample = text(name);
        let mut log = lines(&sample);
        log.iter_mut().for_each(|line| line.text.push('\r'));
        assert_eq!(rows(&blocks(&log)), rows(&found(&sample)), "{name}");
    }
}

#[test]
fn with_the_other_stream_between_every_two_lines() {
    for name in names() {
        let sample = text(name);
        let on = |stream, text: &str| Line {
            stream: Some(stream),
            at: None,
            text: text.to_owned(),
        };
        let both: Vec<Line> = sample
            .lines()
            .flat_map(|line| [on(Stream::Stderr, line), on(Stream::Stdout, "GET / 200")])
            .collect();
        let (torn, whole) = (blocks(&both), found(&sample));
        assert_eq!(told(&torn), told(&whole), "{name}");
        for (torn, whole) in torn.iter().zip(&whole) {
            assert_eq!(
                torn.lines,
                whole.lines.start * 2..whole.lines.end * 2 - 1,
                "{name}"
            );
        }
    }
}

#[test]
fn with_lines_of_another_program_between() {
    for name in names().filter(plain) {
        let sample = text(name);
        let both: String = sample
            .lines()
            .map(|line| format!("shop-1 | {line}\nqueue-1 | Traceback of a parcel\n"))
            .collect();
        assert_eq!(told(&found(&both)), told(&found(&sample)), "{name}");
    }
}

#[test]
fn torn_anywhere_it_is_in_order_and_within_bounds() {
    for name in names() {
        let sample = lines(&text(name));
        let cuts = (0..sample.len()).filter(|cut| *cut < 16 || cut % 61 == 0);
        for cut in cuts {
            for part in [&sample[cut..], &sample[..cut]] {
                let mut last = 0;
                for block in blocks(part) {
                    assert!(
                        block.lines.start >= last && block.lines.start < block.lines.end,
                        "{name} at {cut}"
                    );
                    assert!(block.lines.end <= part.len(), "{name} at {cut}");
                    last = block.lines.end;
                }
            }
        }
    }
}

#[test]
fn without_its_beginning_a_cause_is_still_told() {
    let cases = [
        ("java-cause.txt", 3, "java.nio.file.NoSuchFileException"),
        ("python-cause.txt", 3, "shop.store.StoreError"),
        ("python-json.txt", 10, "json.decoder.JSONDecodeError"),
    ];
    for (name, missing, error) in cases {
        let rest = &lines(&text(name))[missing..];
        let found = blocks(rest);
        assert_eq!(found.len(), 1, "{name}");
        let block = &found[0];
        let root = block.root.as_ref().unwrap_or(&block.error);
        assert!(
            root.name == error || block.error.name == error,
            "{name}: {}",
            row(block)
        );
    }
}

#[test]
fn without_its_end_a_block_is_still_told() {
    for (name, kept) in [
        ("go-panic.txt", 5),
        ("java-cause.txt", 3),
        ("rust-expect.txt", 6),
        ("node-type.txt", 8),
        ("native-asan-uaf.txt", 10),
        ("java-segv.txt", 6),
    ] {
        let part = &lines(&text(name))[..kept];
        let (torn, whole) = (blocks(part), found(&text(name)));
        assert_eq!(torn.len(), 1, "{name}");
        assert_eq!(
            (torn[0].kind, &torn[0].error.name),
            (whole[0].kind, &whole[0].error.name),
            "{name}"
        );
        assert_eq!(torn[0].lines, whole[0].lines.start..kept, "{name}");
    }
}

#[test]
fn a_dump_of_thousands_of_goroutines_is_one_block() {
    let mut dump = String::from("panic: no more\n\n");
    for number in 1..5000 {
        dump += &format!(
            "goroutine {number} [select]:\nmain.wait(0x{number:x})\n\t/srv/main.go:7 +0x1d\ncreated by main.main in goroutine 1\n\t/srv/main.go:9 +0x2a\n\n"
        );
    }
    let found = found(&format!("ready\n{dump}exit status 2\n"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].lines, 1..dump.lines().count() + 2);
    assert_eq!(
        found[0].place.as_deref(),
        Some("main.wait (/srv/main.go:7)")
    );
}

#[test]
fn a_line_of_a_mebibyte_is_one_line() {
    let long = "x".repeat(1 << 20);
    let log = format!(
        "{long}\npanic: {long}\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/main.go:3 +0x1\n{long}\n"
    );
    let found = found(&log);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].lines, 1..6);
    assert!(found[0].error.message.len() <= 8192);
}

/// Heads without bodies are what makes a reader look ahead in vain.
#[test]
fn many_heads_in_a_row_are_no_more_blocks_than_heads() {
    let heads = [
        "panic: x",
        "fatal error: x",
        "Traceback (most recent call last):",
        "thread 'main' panicked at src/main.rs:1:2:",
        "shop.E: x",
        "Error: x",
        "TypeError: x",
        "/srv/a.js:1",
        "System.E: x",
        "app.rb:3:in `f': x (E)",
        "PHP Fatal error:  Uncaught E: x",
        "#",
        "==1==ERROR: AddressSanitizer: x",
        "** (E) x",
        "GenServer x terminating",
        "<--- Last few GCs --->",
        "x at a.pl line 3.",
        "  File \"a\", line 1",
        "Caused by: a.B: x",
        "goroutine 1 [running]:",
        "[x",
        "{\"level\":\"x\",",
        "==================",
    ];
    for head in heads {
        let log = vec![
            Line {
                stream: None,
                at: None,
                text: head.to_owned()
            };
            4_000
        ];
        let found = blocks(&log);
        assert!(found.len() <= log.len(), "{head}");
    }
}

/// A generator whose numbers are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }
}

#[test]
fn lines_of_all_samples_in_any_order_are_in_bounds() {
    let all: Vec<Line> = names().flat_map(|name| lines(&text(name))).collect();
    let mut dice = Dice(4711);
    for _ in 0..300 {
        let mut log = Vec::new();
        while log.len() < 120 {
            let from = dice.below(all.len());
            let count = 1 + dice.below(9);
            log.extend(all[from..].iter().take(count).cloned());
        }
        let mut end = 0;
        for block in blocks(&log) {
            assert!(
                block.lines.start >= end
                    && block.lines.start < block.lines.end
                    && block.lines.end <= log.len(),
                "{}",
                row(&block)
            );
            end = block.lines.end;
        }
    }
}

#[test]
fn a_chain_of_php_without_its_end_is_told_by_its_first() {
    let log = "PHP Fatal error:  Uncaught E: no in /srv/a.php:1\nStack trace:\n#0 {main}\n\nNext F: ééééééééééééééééééééé in /srv/b.php:2\n";
    let found = found(log);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (
            found[0].error.name.as_str(),
            found[0].error.message.as_str()
        ),
        ("E", "no")
    );
    assert_eq!((&found[0].root, &found[0].lines), (&None, &(0..3)));
}
