//! What differs between how a service is registered and how it will be.

use outlast_native::Step;

use crate::terminal::{BAD, FAINT, GOOD, styled};

/// Lines that show what of `before` is not in `after`, and the other way round:
/// files line by line, everything else step by step. A file that `before` does
/// not have is compared with what is on the machine.
pub(crate) fn lines<'a>(before: &[Step], after: impl Iterator<Item = &'a Step>) -> Vec<String> {
    let after: Vec<&Step> = after.collect();
    let mut lines = Vec::new();
    for new in &after {
        if before.contains(new) {
            continue;
        }
        match new {
            Step::File { path, text, .. } => {
                let old = before.iter().find_map(|old| match old {
                    Step::File {
                        path: known, text, ..
                    } if known == path => Some(text.clone()),
                    _ => None,
                });
                let old = old.or_else(|| std::fs::read_to_string(path).ok());
                lines.extend(of_file(
                    &path.display().to_string(),
                    &old.unwrap_or_default(),
                    text,
                ));
            }
            other => lines.push(added(&other.to_string())),
        }
    }
    for old in before {
        let is_file_still = matches!(old, Step::File { path, .. }
            if after.iter().any(|new| matches!(new, Step::File { path: kept, .. } if kept == path)));
        if !after.contains(&old) && !is_file_still {
            lines.push(removed(&old.to_string()));
        }
    }
    lines
}

fn of_file(path: &str, old: &str, new: &str) -> Vec<String> {
    if old == new {
        return Vec::new();
    }
    let mut lines = vec![styled(FAINT, path)];
    let changes = similar::TextDiff::from_lines(old, new);
    for change in changes.iter_all_changes() {
        let line = change.value().trim_end_matches(['\r', '\n']);
        match change.tag() {
            similar::ChangeTag::Delete => lines.push(removed(line)),
            similar::ChangeTag::Insert => lines.push(added(line)),
            similar::ChangeTag::Equal => {}
        }
    }
    lines
}

fn added(line: &str) -> String {
    styled(GOOD, &format!("+ {line}"))
}

fn removed(line: &str) -> String {
    styled(BAD, &format!("- {line}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> Step {
        Step::File {
            path: path.into(),
            text: text.to_owned(),
            mode: 0o644,
        }
    }

    fn plain(before: &[Step], after: &[Step]) -> Vec<String> {
        lines(before, after.iter())
            .iter()
            .map(|line| anstream::adapter::strip_str(line).to_string())
            .collect()
    }

    #[test]
    fn only_the_lines_that_differ_are_shown() {
        let before = [file("/no/a", "one\ntwo\n"), file("/no/b", "same\n")];
        let after = [file("/no/a", "one\nthree\n"), file("/no/b", "same\n")];
        assert_eq!(plain(&before, &after), ["/no/a", "- two", "+ three"]);
    }

    #[test]
    fn what_is_no_longer_done_is_shown_as_gone() {
        let before = [file("/no/a", "x\n")];
        let after = [Step::NoFile {
            path: "/no/b".into(),
        }];
        assert_eq!(
            plain(&before, &after),
            ["+ remove /no/b", "- write /no/a (mode 644)"]
        );
    }
}
