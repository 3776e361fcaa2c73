//! Relative links in Markdown lead to something in this repository.

use crate::tidy::finding::Finding;
use crate::tidy::tree::TextFile;

/// All findings in one Markdown file; `exists` knows the paths of the repository.
pub(crate) fn check(file: &TextFile, exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let dir = file.path.rsplit_once('/').map_or("", |(dir, _)| dir);
    links(&file.text)
        .into_iter()
        .filter(|(_, target)| !resolve(dir, target).is_some_and(|path| exists(&path)))
        .map(|(line, target)| {
            let message = format!("the link to `{target}` leads nowhere in this repository");
            Finding::new(&file.path, line, "link", message)
        })
        .collect()
}

/// Relative targets of `[text](target)` and `[name]: target`, with their lines, outside code.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_fence = false;
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            in_fence = !in_fence;
        } else if !in_fence {
            let prose = without_code(line);
            let targets = inline_targets(&prose).chain(definition_target(&prose));
            found.extend(
                targets
                    .filter_map(relative_path)
                    .map(|target| (index + 1, target)),
            );
        }
    }
    found
}

/// The line without what stands between backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

fn inline_targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .map(|rest| rest.split(')').next().unwrap_or_default())
}

fn definition_target(line: &str) -> Option<&str> {
    let (_, rest) = line.trim_start().strip_prefix('[')?.split_once("]:")?;
    Some(rest.trim())
}

/// The path in a link, without title and anchor; nothing for addresses and for anchors in the same file.
fn relative_path(target: &str) -> Option<String> {
    let address = target
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .trim_matches(['<', '>']);
    let path = address.split('#').next().unwrap_or_default();
    let is_elsewhere = address.contains("://") || address.starts_with("mailto:") || path.is_empty();
    (!is_elsewhere).then(|| path.replace("%20", " "))
}

/// `target` seen from `dir`, relative to the root; nothing if it leads out of the repository.
fn resolve(dir: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = if target.starts_with('/') {
        Vec::new()
    } else {
        dir.split('/').collect()
    };
    for part in target.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop().filter(|part| !part.is_empty())?),
            _ => parts.push(part),
        }
    }
    Some(
        parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("/"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(path: &str, text: &str) -> Vec<usize> {
        let known = ["docs/platforms.md", "README.md", "docs"];
        let file = TextFile {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        check(&file, &|path| known.contains(&path))
            .iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn links_that_lead_nowhere_are_found() {
        assert_eq!(
            broken("README.md", "a\n[b](docs/none.md) [c](docs/platforms.md)\n"),
            [2]
        );
        assert_eq!(
            broken(
                "docs/design/x.md",
                "[a](platforms.md)\n[b](../platforms.md)\n"
            ),
            [1]
        );
        assert_eq!(
            broken(
                "README.md",
                "[a](../shared/STYLE.md)\n[b]\n\n[b]: none.md\n"
            ),
            [1, 4]
        );
    }

    #[test]
    fn other_links_and_code_are_not_looked_at() {
        let text = "[a](https://example.org) [b](#part) [c](docs/platforms.md#linux \"title\") `[d](none)`\n\
                    ```\n[e](none)\n```\n[f](docs/) [g](mailto:a@example.org)\n";
        assert!(broken("README.md", text).is_empty());
        assert!(
            broken(
                "docs/platforms.md",
                "[up](../README.md) [self](./platforms.md)"
            )
            .is_empty()
        );
    }
}
