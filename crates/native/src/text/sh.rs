//! Words of a POSIX shell.

use std::collections::BTreeMap;

/// Characters that mean nothing to a shell anywhere in a word.
const PLAIN: &str = "-_./:@%+,";

/// `text` as one word. It may have any character but NUL, which no shell and no
/// program can be given; who renders a script refuses it.
pub fn quote(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || PLAIN.contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// All `words` as one line of a script.
pub fn line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(quote).collect();
    words.join(" ")
}

/// What a script sets at the beginning of its lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Assignments<'a> {
    /// Variables, `export` or not, with a word as [`quote`] spells it.
    pub variables: BTreeMap<&'a str, String>,
    /// The words of `set -- …`.
    pub parameters: Vec<String>,
}

/// What `script` sets. Other lines are passed over: this reads what was rendered
/// here, and no shell runs. What it returns is never longer than `script`.
pub fn assignments(script: &str) -> Assignments<'_> {
    let mut found = Assignments::default();
    let mut rest = script;
    while !rest.is_empty() {
        let after = if let Some((name, value, after)) = assignment(rest) {
            found.variables.insert(name, value);
            after
        } else if let Some((words, after)) = rest.strip_prefix("set -- ").and_then(words) {
            found.parameters = words;
            after
        } else {
            rest
        };
        rest = after.split_once('\n').map_or("", |(_, after)| after);
    }
    found
}

fn assignment(text: &str) -> Option<(&str, String, &str)> {
    let text = text.strip_prefix("export ").unwrap_or(text);
    let (name, value) = text.split_once('=')?;
    if !is_variable(name) {
        return None;
    }
    let (value, after) = word(value)?;
    Some((name, value, after))
}

/// Whether a shell can have a variable of this name.
pub fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The words up to the end of the line, and what follows them.
fn words(text: &str) -> Option<(Vec<String>, &str)> {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() && !rest.starts_with('\n') {
        let (text, after) = word(rest)?;
        words.push(text);
        rest = after.strip_prefix(' ').unwrap_or(after);
    }
    Some((words, rest))
}

/// The word that `text` begins with, and what follows it. A double quote, a
/// dollar or a backquote would take a real shell.
fn word(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || PLAIN.contains(c)));
        let (plain, after) = rest.split_at(end.unwrap_or(rest.len()));
        value.push_str(plain);
        rest = if let Some(quoted) = after.strip_prefix('\'') {
            let (inside, after) = quoted.split_once('\'')?;
            value.push_str(inside);
            after
        } else if let Some(after) = after.strip_prefix("\\'") {
            value.push('\'');
            after
        } else if after.is_empty() || after.starts_with([' ', '\n']) {
            return Some((value, after));
        } else {
            return None;
        };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{assignments, line, quote};

    #[test]
    fn what_means_nothing_to_a_shell_is_not_quoted() {
        assert_eq!(quote("/usr/bin/outlast"), "/usr/bin/outlast");
        assert_eq!(quote(""), "''");
        assert_eq!(quote("it's $HOME"), r"'it'\''s $HOME'");
    }

    #[test]
    fn foreign_lines_are_passed_over() {
        let script = "# a='1'\na=\"$b\"\n  c=1\nexport d='x\ny=1'\ne=2\n";
        let found = assignments(script);
        assert_eq!(found.variables.len(), 2, "{found:?}");
        assert_eq!(found.variables["d"], "x\ny=1");
        assert_eq!(found.variables["e"], "2");
    }

    /// What a real shell makes of `line`, where there is one.
    fn read_by_a_shell(line: &str) -> Option<Vec<String>> {
        // Wine would start Unix's, with another way to pass arguments.
        if std::env::consts::OS == "windows" {
            return None;
        }
        let script = format!("printf '%s\\0' {line}");
        let ended = std::process::Command::new("/bin/sh")
            .args(["-c", &script])
            .output()
            .ok()?;
        let text = String::from_utf8(ended.stdout).expect("it was UTF-8");
        let words = text.split_terminator('\0').map(str::to_owned);
        Some(words.collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_real_shell_reads_the_very_words(words in prop::collection::vec("[^\0]*", 1..6)) {
            let spelled = line(words.iter().map(String::as_str));
            if let Some(read) = read_by_a_shell(&spelled) {
                prop_assert_eq!(&read, &words);
            }
            // A second shell behind the first, as behind OpenRC's `eval`.
            if let Some(read) = read_by_a_shell(&quote(&spelled)) {
                prop_assert_eq!(read_by_a_shell(&read[0]), Some(words));
            }
        }
    }

    proptest! {
        #[test]
        fn every_word_is_read_back(words in prop::collection::vec("[^\0]*", 0..6)) {
            let spelled = line(words.iter().map(String::as_str));
            prop_assert_eq!(super::words(&spelled), Some((words, "")));
        }

        #[test]
        fn every_assignment_is_read_back(
            one in "[^\0]*",
            two in "[^\0]*",
            words in prop::collection::vec("[^\0]*", 1..4),
        ) {
            let set = line(words.iter().map(String::as_str));
            let script = format!("one={}\nset -- {set}\nexport two={}\n", quote(&one), quote(&two));
            let found = assignments(&script);
            prop_assert_eq!(&found.variables["one"], &one);
            prop_assert_eq!(&found.variables["two"], &two);
            prop_assert_eq!(found.parameters, words);
        }
    }
}
