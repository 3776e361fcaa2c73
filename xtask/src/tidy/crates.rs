//! Which crate may depend on which: the table of `ARCHITECTURE.md`, enforced.

use serde_json::Value;

use crate::tidy::finding::Finding;
use crate::tidy::tree::Tree;

/// Folder of a crate and the folders of those of ours that it may use. For tests every crate may use `testkit` too.
const EDGES: [(&str, &[&str]); 14] = [
    ("model", &[]),
    ("engine", &["model"]),
    ("diagnose", &["model"]),
    ("config", &["model"]),
    ("os", &["model"]),
    ("journal", &["model"]),
    ("native", &["model", "os"]),
    ("api", &["model"]),
    (
        "supervisor",
        &["model", "engine", "config", "os", "journal", "api"],
    ),
    (
        "observer",
        &["model", "config", "os", "journal", "api", "diagnose"],
    ),
    (
        "cli",
        &[
            "model",
            "engine",
            "diagnose",
            "config",
            "os",
            "journal",
            "native",
            "api",
            "supervisor",
            "observer",
            "outlast",
        ],
    ),
    ("outlast", &["model", "os", "native", "api"]),
    ("testkit", &[]),
    ("xtask", &[]),
];

/// Crates whose code uses nothing but the standard library and our own.
const WITHOUT_FOREIGN_CODE: [&str; 2] = ["model", "engine"];

/// The names of the workspace's packages, from `cargo metadata`.
pub(crate) fn names(metadata: &Value) -> Vec<String> {
    packages(metadata)
        .filter_map(|package| package["name"].as_str())
        .map(str::to_owned)
        .collect()
}

/// All findings about dependencies, from `cargo metadata` and, for their lines, the manifests in `tree`.
pub(crate) fn check(metadata: &Value, tree: &Tree) -> Vec<Finding> {
    let root = metadata["workspace_root"].as_str().unwrap_or_default();
    packages(metadata)
        .flat_map(|package| check_package(package, root, tree))
        .collect()
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

fn check_package(package: &Value, root: &str, tree: &Tree) -> Vec<Finding> {
    let folder = folder(package["name"].as_str().unwrap_or_default());
    let manifest_path = package["manifest_path"].as_str().unwrap_or_default();
    let path = manifest_path
        .strip_prefix(root)
        .unwrap_or(manifest_path)
        .replace('\\', "/");
    let path = path.trim_start_matches('/');
    let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == folder) else {
        let message = format!(
            "the crate `{folder}` is not in the table of edges: add it to tidy and ARCHITECTURE.md"
        );
        return vec![Finding::new(path, 1, "crate-edge", message)];
    };
    let dependencies = package["dependencies"]
        .as_array()
        .into_iter()
        .flatten()
        .map(Dependency::new);
    dependencies
        .flat_map(|dependency| {
            let line = line_of(tree, path, dependency.name);
            dependency
                .faults(folder, allowed)
                .into_iter()
                .map(move |(rule, message)| Finding::new(path, line, rule, message))
        })
        .collect()
}

/// A package's name without the prefix all of ours have.
fn folder(name: &str) -> &str {
    name.strip_prefix("outlast-").unwrap_or(name)
}

struct Dependency<'a> {
    name: &'a str,
    is_ours: bool,
    is_for_tests: bool,
    is_for_one_os: bool,
}

impl<'a> Dependency<'a> {
    fn new(value: &'a Value) -> Self {
        Self {
            name: value["name"].as_str().unwrap_or_default(),
            is_ours: value["path"].is_string(),
            is_for_tests: value["kind"] == "dev",
            is_for_one_os: value["target"].is_string(),
        }
    }

    fn faults(&self, from: &str, allowed: &[&str]) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        let to = folder(self.name);
        let is_allowed = allowed.contains(&to) || (self.is_for_tests && to == "testkit");
        if self.is_ours && !is_allowed {
            faults.push((
                "crate-edge",
                format!(
                    "`{from}` may not depend on `{to}`; it may on: {}",
                    list(allowed)
                ),
            ));
        }
        if !self.is_ours && !self.is_for_tests && WITHOUT_FOREIGN_CODE.contains(&from) {
            faults.push((
                "pure-crate",
                format!("`{from}` uses no foreign code, and `{to}` is foreign"),
            ));
        }
        if self.is_for_one_os && from != "os" && !self.is_for_tests {
            faults.push((
                "os-dependency",
                format!("`{to}` is there for one OS only; such code belongs to outlast-os"),
            ));
        }
        faults
    }
}

fn list(names: &[&str]) -> String {
    if names.is_empty() {
        "none of ours".to_owned()
    } else {
        names.join(", ")
    }
}

/// The line of the manifest that names the dependency, else the first.
fn line_of(tree: &Tree, manifest_path: &str, dependency: &str) -> usize {
    let text = tree
        .file(manifest_path)
        .map_or("", |file| file.text.as_str());
    let is_entry = |line: &str| {
        line.strip_prefix(dependency)
            .is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
    };
    text.lines().position(is_entry).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check_one(name: &str, dependency: &Value) -> Vec<String> {
        let manifest_path = "/repository/crates/here/Cargo.toml";
        let package =
            json!({ "name": name, "manifest_path": manifest_path, "dependencies": [dependency] });
        let metadata = json!({ "workspace_root": "/repository", "packages": [package] });
        let tree = Tree::of(&[(
            "crates/here/Cargo.toml",
            "[package]\n\n[dependencies]\noutlast-os.workspace = true\n",
        )]);
        check(&metadata, &tree)
            .iter()
            .map(|finding| format!("{}:{} {}", finding.path, finding.line, finding.rule))
            .collect()
    }

    fn ours(name: &str, kind: &Value) -> Value {
        json!({ "name": name, "path": "/repository/crates/x", "kind": kind, "target": null })
    }

    #[test]
    fn an_edge_that_is_not_in_the_table_is_found() {
        assert_eq!(
            check_one("outlast-engine", &ours("outlast-os", &Value::Null)),
            ["crates/here/Cargo.toml:4 crate-edge"]
        );
        assert!(check_one("outlast-supervisor", &ours("outlast-os", &Value::Null)).is_empty());
        assert!(check_one("outlast-cli", &ours("outlast-observer", &Value::Null)).is_empty());
    }

    #[test]
    fn testkit_is_for_tests() {
        assert!(check_one("outlast-os", &ours("outlast-testkit", &json!("dev"))).is_empty());
        assert_eq!(
            check_one("outlast-os", &ours("outlast-testkit", &Value::Null)).len(),
            1
        );
        assert_eq!(
            check_one("outlast-engine", &ours("outlast-os", &json!("dev"))).len(),
            1
        );
    }

    #[test]
    fn what_is_for_one_os_belongs_to_the_os_crate() {
        let dependency = json!({ "name": "libc", "kind": null, "target": "cfg(unix)" });
        assert_eq!(
            check_one("outlast-cli", &dependency),
            ["crates/here/Cargo.toml:1 os-dependency"]
        );
        assert!(check_one("outlast-os", &dependency).is_empty());
    }

    #[test]
    fn the_engine_uses_no_foreign_code() {
        let serde = |kind: &Value| json!({ "name": "serde", "kind": kind, "target": null });
        assert_eq!(
            check_one("outlast-engine", &serde(&Value::Null)),
            ["crates/here/Cargo.toml:1 pure-crate"]
        );
        assert!(check_one("outlast-engine", &serde(&json!("dev"))).is_empty());
    }

    #[test]
    fn a_crate_outside_the_table_is_found() {
        assert_eq!(
            check_one("outlast-magic", &json!({ "name": "serde" })),
            ["crates/here/Cargo.toml:1 crate-edge"]
        );
    }
}
