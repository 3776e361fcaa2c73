//! The documents that have to exist, and the lists in them that have to be complete.

use crate::tidy::finding::Finding;
use crate::tidy::tree::{TextFile, Tree};

const REQUIRED: [&str; 9] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/glossary.md",
    "docs/platforms.md",
    "docs/performance.md",
    "docs/dependencies.md",
    "docs/exit-codes.md",
];

/// All findings; `crates` are the workspace's packages.
pub(crate) fn check(tree: &Tree, crates: &[String]) -> Vec<Finding> {
    let mut findings = missing(tree);
    if let Some(architecture) = tree.file("ARCHITECTURE.md") {
        findings.extend(unnamed_crates(architecture, crates));
    }
    if let (Some(manifest), Some(reasons)) =
        (tree.file("Cargo.toml"), tree.file("docs/dependencies.md"))
    {
        findings.extend(unexplained_dependencies(manifest, reasons));
    }
    findings
}

fn missing(tree: &Tree) -> Vec<Finding> {
    let is_there = |path: &str| {
        tree.file(path)
            .is_some_and(|file| !file.text.trim().is_empty())
    };
    let absent = REQUIRED.into_iter().filter(|path| !is_there(path));
    absent
        .map(|path| {
            Finding::new(
                path,
                1,
                "document",
                "this document has to exist and is missing or empty",
            )
        })
        .collect()
}

fn unnamed_crates(architecture: &TextFile, crates: &[String]) -> Vec<Finding> {
    let is_named = |name: &str| {
        let folder = name.strip_prefix("outlast-").unwrap_or(name);
        [
            name.to_owned(),
            format!("crates/{folder}"),
            format!("`{folder}`"),
        ]
        .iter()
        .any(|spelling| architecture.text.contains(spelling))
    };
    let unnamed = crates.iter().filter(|name| !is_named(name));
    unnamed
        .map(|name| {
            Finding::new(
                &architecture.path,
                1,
                "code-map",
                format!("the code map does not name `{name}`"),
            )
        })
        .collect()
}

fn unexplained_dependencies(manifest: &TextFile, reasons: &TextFile) -> Vec<Finding> {
    let is_explained = |name: &str| reasons.text.contains(&format!("`{name}`"));
    let unexplained = dependencies(&manifest.text)
        .into_iter()
        .filter(|(_, name)| !is_explained(name));
    unexplained
        .map(|(line, name)| {
            let message = format!("docs/dependencies.md has no line with `{name}` in backticks that says why it is there");
            Finding::new(&manifest.path, line, "dependency-reason", message)
        })
        .collect()
}

/// Names in `[workspace.dependencies]` that are not ours, with their lines.
fn dependencies(manifest: &str) -> Vec<(usize, String)> {
    let mut is_inside = false;
    let mut found = Vec::new();
    for (index, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            is_inside = line.trim() == "[workspace.dependencies]";
        } else if is_inside && let Some((name, value)) = line.split_once('=') {
            let name = name.trim();
            let is_name = name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
            if is_name && !value.contains("path =") {
                found.push((index + 1, name.to_owned()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_and_empty_documents_are_found() {
        let tree = Tree::of(&[("README.md", "# Outlast"), ("CHANGELOG.md", " \n")]);
        let paths: Vec<String> = missing(&tree)
            .into_iter()
            .map(|finding| finding.path)
            .collect();
        assert_eq!(paths.len(), REQUIRED.len() - 1);
        assert!(paths.contains(&"CHANGELOG.md".to_owned()));
    }

    #[test]
    fn the_code_map_is_complete() {
        let tree = Tree::of(&[("ARCHITECTURE.md", "crates/os does …, and xtask …")]);
        let crates = ["outlast-os", "outlast-api", "xtask"].map(str::to_owned);
        let found = unnamed_crates(tree.file("ARCHITECTURE.md").expect("given"), &crates);
        assert_eq!(found.len(), 1);
        assert!(found[0].message.contains("outlast-api"));
    }

    #[test]
    fn every_dependency_has_a_reason() {
        let manifest = "[workspace]\nmembers = [\"a\"]\n[workspace.dependencies]\nours = { path = \"crates/a\" }\n\
                        clap = { version = \"4\", features = [\n    \"env\",\n] }\ntokio = \"1\"\n[workspace.lints]\nx = 1\n";
        let tree = Tree::of(&[
            ("Cargo.toml", manifest),
            ("docs/dependencies.md", "- `clap`: arguments\n"),
        ]);
        let found = unexplained_dependencies(&tree.files()[0], &tree.files()[1]);
        assert_eq!(
            found.iter().map(|finding| finding.line).collect::<Vec<_>>(),
            [8]
        );
    }
}
