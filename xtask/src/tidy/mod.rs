//! `cargo xtask tidy`: invariants of the source tree that the compiler does not check.
//!
//! # Theory of operation
//! [`tree`] reads the files; every check is a pure function over text that gives [`Finding`]s, so that a test can
//! show that it is able to find something. Checks of Rust code look at a [`source::Source`], in which comments and the
//! contents of strings are blank. The whole also runs as a test, below.
//!
//! There are no exceptions by file name other than those in the checks' own tables, and no comment switches a check off.

mod crates;
mod documents;
mod finding;
mod lints;
mod markdown;
mod module_docs;
mod os_code;
mod source;
mod tree;
mod whitespace;

use std::process::ExitCode;

use crate::error::Error;
use crate::process::{describe, output_of};
use crate::tidy::finding::Finding;
use crate::tidy::source::Source;
use crate::tidy::tree::{TextFile, Tree};
use crate::workspace::Workspace;

/// Prints the findings; the exit code tells whether there are any.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode, Error> {
    let findings = check(workspace)?;
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(ExitCode::SUCCESS),
        count => {
            eprintln!("error: {}", Error::Findings { count });
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Everything that is not as it should be, in the order of files.
pub(crate) fn check(workspace: &Workspace) -> Result<Vec<Finding>, Error> {
    let tree = Tree::read(workspace.root())?;
    let metadata = metadata(workspace)?;
    let mut findings = Vec::new();
    for file in tree.files() {
        findings.extend(check_file(file, &tree));
    }
    findings.extend(crates::check(&metadata, &tree));
    findings.extend(documents::check(&tree, &crates::names(&metadata)));
    findings.sort();
    findings.dedup();
    Ok(findings)
}

fn check_file(file: &TextFile, tree: &Tree) -> Vec<Finding> {
    let mut findings = whitespace::check(file);
    if file.path.ends_with(".md") {
        findings.extend(markdown::check(file, &|path| tree.contains(path)));
    }
    if file.path.ends_with(".rs") {
        let source = Source::new(&file.text);
        findings.extend(module_docs::check(file));
        findings.extend(os_code::check(&file.path, &source));
        findings.extend(lints::check(&file.path, &source));
    }
    findings
}

fn metadata(workspace: &Workspace) -> Result<serde_json::Value, Error> {
    let mut command = workspace.cargo();
    command.args(["metadata", "--no-deps", "--format-version", "1"]);
    let program = describe(&command);
    let text = output_of(&mut command).unwrap_or_default();
    serde_json::from_str(&text).map_err(|source| Error::Output { program, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_tidy() {
        let findings = check(&Workspace::find()).expect("the workspace can be read");
        let list: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(
            list.is_empty(),
            "{} findings:\n{}",
            list.len(),
            list.join("\n")
        );
    }
}
