//! What clippy cannot be told in the lint table: no silenced lint without a reason, no `unwrap` outside tests,
//! nothing impure in the crates that decide.

use crate::tidy::finding::Finding;
use crate::tidy::source::{Source, bracketed};

/// Crates that only compute: given the same input they do the same, on every machine.
const PURE_CRATES: [&str; 3] = [
    "crates/model/src/",
    "crates/engine/src/",
    "crates/diagnose/src/",
];

/// What a pure crate does not touch.
const IMPURE: [&str; 10] = [
    "std::fs",
    "std::io",
    "std::net",
    "std::env",
    "std::thread",
    "std::process",
    "SystemTime",
    "println",
    "eprintln",
    "async",
];

/// All findings in one Rust file.
pub(crate) fn check(path: &str, source: &Source) -> Vec<Finding> {
    let mut findings = silenced(path, source);
    if !is_test_file(path) {
        findings.extend(unwraps(path, source));
        findings.extend(impure(path, source));
    }
    findings
}

fn is_test_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.split('/')
        .any(|part| part == "tests" || part == "benches")
        || name == "tests.rs"
        || name.ends_with("_tests.rs")
}

fn silenced(path: &str, source: &Source) -> Vec<Finding> {
    let code = source.code();
    let mut findings = Vec::new();
    for word in ["allow", "expect"] {
        for start in source.words(word) {
            let before = code[..start].trim_end();
            let open = start + word.len();
            let is_attribute = before.ends_with("#[") || before.ends_with("#![");
            if is_attribute
                && code[open..].starts_with('(')
                && !bracketed(code, open).contains("reason")
            {
                let message =
                    format!("`{word}` without a reason; write #[expect(…, reason = \"…\")]");
                findings.push(Finding::new(
                    path,
                    source.line_of(start),
                    "silenced-lint",
                    message,
                ));
            }
        }
    }
    findings
}

fn unwraps(path: &str, source: &Source) -> Vec<Finding> {
    let places = source
        .code()
        .match_indices(".unwrap()")
        .map(|(start, _)| start);
    let message = "`.unwrap()` outside tests; handle it, or `expect` with why it cannot fail";
    places
        .filter(|start| !source.is_test(*start))
        .map(|start| Finding::new(path, source.line_of(start), "unwrap", message))
        .collect()
}

fn impure(path: &str, source: &Source) -> Vec<Finding> {
    if !PURE_CRATES.iter().any(|dir| path.starts_with(dir)) {
        return Vec::new();
    }
    let places = IMPURE
        .iter()
        .flat_map(|word| source.words(word).map(move |start| (start, word)));
    places
        .filter(|(start, _)| !source.is_test(*start))
        .map(|(start, word)| {
            let message =
                format!("`{word}` in a crate that does no I/O, reads no clock and awaits nothing");
            Finding::new(path, source.line_of(start), "pure-crate", message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<&'static str> {
        check(path, &Source::new(text))
            .iter()
            .map(|finding| finding.rule)
            .collect()
    }

    #[test]
    fn a_lint_is_silenced_with_a_reason() {
        let path = "crates/cli/tests/run.rs";
        assert_eq!(rules(path, "#[allow(dead_code)]"), ["silenced-lint"]);
        assert_eq!(rules(path, "#![expect(dead_code)]"), ["silenced-lint"]);
        assert!(rules(path, "#[expect(dead_code, reason = \"generated\")]").is_empty());
        assert!(rules(path, "file.expect(\"it was just written\")").is_empty());
    }

    #[test]
    fn unwrap_is_for_tests() {
        let path = "crates/cli/src/main.rs";
        assert_eq!(rules(path, "fn main() { read().unwrap(); }"), ["unwrap"]);
        assert!(
            rules(
                path,
                "#[cfg(test)] mod tests { fn f() { read().unwrap(); } }"
            )
            .is_empty()
        );
        assert!(rules(path, "/// read().unwrap()\nfn f() { read().unwrap_or(1) }").is_empty());
        assert!(rules("crates/cli/src/tests.rs", "read().unwrap()").is_empty());
    }

    #[test]
    fn the_engine_is_pure() {
        assert_eq!(
            rules("crates/engine/src/step.rs", "use std::fs;"),
            ["pure-crate"]
        );
        assert_eq!(
            rules("crates/model/src/time.rs", "async fn now() {}"),
            ["pure-crate"]
        );
        assert!(
            rules(
                "crates/engine/src/step.rs",
                "#[cfg(test)] mod tests { use std::fs; }"
            )
            .is_empty()
        );
        assert!(rules("crates/supervisor/src/loop.rs", "use std::fs;").is_empty());
    }
}
