//! OS-specific and unsafe code is in its place: `crates/os`, and the programs that tests torment.

use crate::tidy::finding::Finding;
use crate::tidy::source::{Source, bracketed, words_in};

/// What makes code depend on the operating system. Architecture and width do not count.
const OS_PREDICATES: [&str; 5] = [
    "target_os",
    "target_family",
    "target_env",
    "unix",
    "windows",
];

/// The ways to compile conditionally, attributes and macros.
const CONDITIONS: [&str; 3] = ["cfg", "cfg_attr", "cfg_select"];

/// Calls that take the exit status of whichever child ended first, also of somebody else's child.
const TAKES_ANY_CHILD: [&str; 5] = [
    "waitpid(-1",
    "waitpid(None",
    "wait4(-1",
    "libc::wait(",
    "rustix::process::wait(",
];

/// Names of "any child" for calls that can also look without taking.
const ANY_CHILD: [&str; 2] = ["P_ALL", "WaitId::All"];

/// All findings in one Rust file.
pub(crate) fn check(path: &str, source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !may_depend_on_os(path) {
        findings.extend(conditions(path, source));
    }
    if !may_be_unsafe(path) {
        findings.extend(unsafe_code(path, source));
    }
    findings.extend(waits_for_any_child(path, source));
    findings
}

fn may_depend_on_os(path: &str) -> bool {
    let is_test = path
        .split('/')
        .any(|part| part == "tests" || part == "benches");
    may_be_unsafe(path) || is_test || path.starts_with("xtask/")
}

fn may_be_unsafe(path: &str) -> bool {
    path.starts_with("crates/os/") || is_victim(path)
}

/// Victims are programs of the testkit: `src/bin/…` or anything called victim.
fn is_victim(path: &str) -> bool {
    let inside = path.strip_prefix("crates/testkit/");
    inside.is_some_and(|inside| inside.starts_with("src/bin/") || inside.contains("victim"))
}

fn conditions(path: &str, source: &Source) -> Vec<Finding> {
    let code = source.code();
    let places = CONDITIONS.iter().flat_map(|condition| {
        source
            .words(condition)
            .map(|start| (start, start + condition.len()))
    });
    places
        .filter_map(|(start, end)| {
            let after = code[end..].trim_start_matches(['!', ' ']);
            let open = code.len() - after.len();
            let predicate = if after.starts_with(['(', '{']) {
                bracketed(code, open)
            } else {
                return None;
            };
            let word = OS_PREDICATES
                .into_iter()
                .find(|word| words_in(predicate, word).next().is_some())?;
            let message = format!(
                "`{word}` decides here by operating system; put it behind a function of outlast-os"
            );
            Some(Finding::new(path, source.line_of(start), "os-cfg", message))
        })
        .collect()
}

fn unsafe_code(path: &str, source: &Source) -> Vec<Finding> {
    let message = "`unsafe` outside outlast-os; add a safe function there";
    source
        .words("unsafe")
        .map(|start| Finding::new(path, source.line_of(start), "unsafe", message))
        .collect()
}

fn waits_for_any_child(path: &str, source: &Source) -> Vec<Finding> {
    let code = source.code();
    let taken = TAKES_ANY_CHILD
        .iter()
        .flat_map(|call| code.match_indices(call).map(|(start, _)| start));
    let named = ANY_CHILD
        .iter()
        .flat_map(|name| source.words(name))
        .filter(|start| !source.function_around(*start).contains("NOWAIT"));
    let message = "takes the status of a child it may not own; wait for one child by pidfd or pid, or look with WNOWAIT";
    taken
        .chain(named)
        .map(|start| Finding::new(path, source.line_of(start), "any-child", message))
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
    fn os_conditions_are_found_in_every_form() {
        for text in [
            "#[cfg(unix)]",
            "#[cfg(target_os = \"linux\")]",
            "#![cfg(not(windows))]",
            "if cfg!(windows) {}",
            "#[cfg_attr(target_os = \"macos\", path = \"a.rs\")]",
            "#[cfg(all(test, target_family = \"unix\"))]",
            "cfg_select! { unix => {} _ => {} }",
        ] {
            assert_eq!(rules("crates/cli/src/main.rs", text), ["os-cfg"], "{text}");
            assert!(rules("crates/os/src/lib.rs", text).is_empty(), "{text}");
            assert!(rules("crates/cli/tests/run.rs", text).is_empty(), "{text}");
        }
    }

    #[test]
    fn other_conditions_are_fine() {
        for text in [
            "#[cfg(test)]",
            "#[cfg(feature = \"windows\")]",
            "// #[cfg(unix)]",
            "fn cfg(unix: u8) {}",
        ] {
            let found = rules("crates/cli/src/main.rs", text);
            assert_eq!(found.is_empty(), !text.starts_with("fn"), "{text}");
        }
    }

    #[test]
    fn unsafe_belongs_to_os_and_victims() {
        let text = "unsafe { f() }";
        assert_eq!(rules("crates/supervisor/src/spawn.rs", text), ["unsafe"]);
        assert_eq!(rules("crates/cli/tests/run.rs", text), ["unsafe"]);
        assert_eq!(rules("crates/testkit/src/fake_host.rs", text), ["unsafe"]);
        assert!(rules("crates/os/src/process/unix.rs", text).is_empty());
        assert!(rules("crates/testkit/src/bin/fork.rs", text).is_empty());
        assert!(rules("crates/testkit/src/victims/fork.rs", text).is_empty());
        assert!(rules("crates/cli/src/main.rs", "#![deny(unsafe_code)] // unsafe").is_empty());
    }

    #[test]
    fn nobody_waits_for_any_child() {
        let path = "crates/os/src/process/unix.rs";
        assert_eq!(
            rules(path, "libc::waitpid(-1, &mut status, 0);"),
            ["any-child"]
        );
        assert_eq!(
            rules(path, "waitid(WaitId::All, WaitIdOptions::EXITED);"),
            ["any-child"]
        );
        assert!(
            rules(
                path,
                "waitid(WaitId::All, WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);"
            )
            .is_empty()
        );
        assert!(
            rules(
                path,
                "fn any() { let flags = WEXITED | WNOWAIT; waitid(P_ALL, flags); }"
            )
            .is_empty()
        );
        assert!(rules(path, "waitpid(pid, options)").is_empty());
    }
}
