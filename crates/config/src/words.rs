//! A command in one string: split into words as a POSIX shell splits them
//! ("Shell Command Language", 2.2 Quoting and 2.3 Token Recognition), without
//! a shell: nothing is expanded, and no operator means anything.

/// A quote has no partner, or a backslash stands at the very end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnbalancedQuotes;

/// The words of `line`.
///
/// # Errors
/// [`UnbalancedQuotes`].
pub fn split(line: &str) -> Result<Vec<String>, UnbalancedQuotes> {
    let mut words = Vec::new();
    let mut rest = line.chars();
    // `None` between words; an empty word exists once a quote has opened it.
    let mut word: Option<String> = None;
    while let Some(c) = rest.next() {
        match c {
            ' ' | '\t' | '\n' | '\r' => words.extend(word.take()),
            '\'' => single_quoted(&mut rest, word.get_or_insert_default())?,
            '"' => double_quoted(&mut rest, word.get_or_insert_default())?,
            '\\' => match rest.next().ok_or(UnbalancedQuotes)? {
                '\n' => {}
                escaped => word.get_or_insert_default().push(escaped),
            },
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

fn single_quoted(
    rest: &mut std::str::Chars<'_>,
    word: &mut String,
) -> Result<(), UnbalancedQuotes> {
    let (inside, after) = rest.as_str().split_once('\'').ok_or(UnbalancedQuotes)?;
    word.push_str(inside);
    *rest = after.chars();
    Ok(())
}

fn double_quoted(
    rest: &mut std::str::Chars<'_>,
    word: &mut String,
) -> Result<(), UnbalancedQuotes> {
    loop {
        match rest.next().ok_or(UnbalancedQuotes)? {
            '"' => return Ok(()),
            '\\' => match rest.next().ok_or(UnbalancedQuotes)? {
                '\n' => {}
                c @ ('"' | '\\' | '$' | '`') => word.push(c),
                c => word.extend(['\\', c]),
            },
            c => word.push(c),
        }
    }
}

/// One string that [`split`] turns back into `words`.
pub fn join<S: AsRef<str>>(words: &[S]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| quote(word.as_ref())).collect();
    quoted.join(" ")
}

fn quote(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Whether a shell would have taken this whole word for an operator.
pub(crate) fn is_operator(word: &str) -> bool {
    matches!(
        word,
        "|" | "||" | "&" | "&&" | ";" | "<" | ">" | ">>" | "2>" | "2>>" | "2>&1" | "&>"
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(line: &str, expected: &[&str]) {
        let words = split(line).expect("the quotes are balanced");
        assert_eq!(words, expected, "{line}");
    }

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        check("", &[]);
        check("  a  b\tc\n", &["a", "b", "c"]);
        check("a 'b c' \"d e\"", &["a", "b c", "d e"]);
        check("a'b'\"c\"d", &["abcd"]);
        check("'' \"\"", &["", ""]);
        check(r"a\ b \'c\\", &["a b", r"'c\"]);
        check(r#""a\"b\$c\d" 'x\y'"#, &[r#"a"b$c\d"#, r"x\y"]);
        check("a\\\nb", &["ab"]);
        check("a # b $HOME *.txt", &["a", "#", "b", "$HOME", "*.txt"]);
    }

    #[test]
    fn a_quote_without_its_partner_is_an_error() {
        for line in ["'", "a \"b", "\"a\\\"", "a\\"] {
            assert_eq!(split(line), Err(UnbalancedQuotes), "{line}");
        }
    }

    proptest! {
        #[test]
        fn joined_words_split_into_the_same(words in proptest::collection::vec(any::<String>(), 0..6)) {
            prop_assert_eq!(split(&join(&words)), Ok(words));
        }

        #[test]
        fn any_text_is_split_or_refused(line in any::<String>()) {
            if let Ok(words) = split(&line) {
                prop_assert!(words.iter().map(String::len).sum::<usize>() <= line.len());
            }
        }
    }
}
