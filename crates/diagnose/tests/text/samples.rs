//! What run-times really printed, and what was understood of it.

use std::collections::BTreeMap;
use std::path::Path;

use super::{found, row};

/// `samples/expected.txt`: a sample's name, then a row for each block that it holds.
fn expected() -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut table: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut name = "";
    for line in include_str!("samples/expected.txt").lines() {
        match line.strip_prefix("    ") {
            Some(row) => table.entry(name).or_default().push(row),
            None => {
                name = line;
                table.entry(name).or_default();
            }
        }
    }
    table
}

pub(super) fn text(name: &str) -> String {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/text/samples");
    std::fs::read_to_string(dir.join(name)).expect(name)
}

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    expected().into_keys()
}

#[test]
fn every_sample_is_understood_as_the_table_says() {
    for (name, rows) in expected() {
        let told: Vec<String> = found(&text(name)).iter().map(row).collect();
        assert_eq!(told, rows, "{name}");
    }
}

#[test]
fn every_sample_stands_in_the_table() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/text/samples");
    let table = expected();
    for entry in std::fs::read_dir(dir).expect("the samples") {
        let name = entry
            .expect("a sample")
            .file_name()
            .into_string()
            .expect("a name");
        assert!(
            name == "expected.txt" || table.contains_key(name.as_str()),
            "{name}"
        );
    }
}
