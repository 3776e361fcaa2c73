//! Patterns for paths, as shells and `.gitignore` have them.
//!
//! `*` and `?` stand for characters of one name, `[a-z]` and `[!a-z]` for one
//! character, `{a,b}` for either, and `**` as a whole name for any number of folders.
//! A backslash takes a character as it is.

/// A pattern for paths below some folder. Paths are given with `/` between names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    text: String,
    /// The names of each way to read the braces.
    ways: Vec<Vec<Part>>,
}

/// What stands between two slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// Any number of folders.
    Folders,
    /// One name.
    Name(Vec<Piece>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Letter(char),
    AnyLetter,
    AnyText,
    OneOf {
        ranges: Vec<(char, char)>,
        negated: bool,
    },
}

/// No path is longer on any system.
const LONGEST: usize = 4096;

/// So many ways to read the braces of a pattern are enough.
const MOST_WAYS: usize = 64;

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Says what is wrong with it, as a fragment.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        if text.len() > LONGEST {
            return Err("it is too long");
        }
        let mut ways = Vec::new();
        for way in without_braces(text)? {
            let names = way.split('/').filter(|name| !name.is_empty());
            ways.push(names.map(part).collect::<Result<Vec<Part>, _>>()?);
        }
        Ok(Self {
            text: text.to_owned(),
            ways,
        })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it stands for `path`.
    pub fn matches(&self, path: &str) -> bool {
        let names = names(path);
        self.ways.iter().any(|way| all_match(way, &names))
    }

    /// Whether it may stand for something in the folder `path`, or further down.
    pub fn may_match_below(&self, path: &str) -> bool {
        let names = names(path);
        self.ways.iter().any(|way| begin_matches(way, &names))
    }
}

fn names(path: &str) -> Vec<&str> {
    path.split('/').filter(|name| !name.is_empty()).collect()
}

fn all_match(parts: &[Part], names: &[&str]) -> bool {
    // At the end it stands for everything in a folder, not for the folder.
    let names = match (parts.last(), names.split_last()) {
        (Some(Part::Folders), None) => return false,
        (Some(Part::Folders), Some((_, rest))) => rest,
        _ => names,
    };
    // As in a name: only the last `**` need take more.
    let (mut at, mut part) = (0, 0);
    let mut last = None;
    while at < names.len() {
        match parts.get(part) {
            Some(Part::Folders) => {
                last = Some((part, at));
                part += 1;
            }
            Some(Part::Name(pieces)) if name_matches(pieces, names[at]) => {
                part += 1;
                at += 1;
            }
            _ => {
                let Some((folders, from)) = last else {
                    return false;
                };
                last = Some((folders, from + 1));
                part = folders + 1;
                at = from + 1;
            }
        }
    }
    parts[part..].iter().all(|part| *part == Part::Folders)
}

fn begin_matches(parts: &[Part], names: &[&str]) -> bool {
    match (parts.split_first(), names.split_first()) {
        (None, _) => false,
        (Some(_), None) | (Some((Part::Folders, _)), _) => true,
        (Some((Part::Name(pieces), rest)), Some((name, others))) => {
            name_matches(pieces, name) && begin_matches(rest, others)
        }
    }
}

fn name_matches(pieces: &[Piece], name: &str) -> bool {
    let letters: Vec<char> = name.chars().collect();
    // After a mismatch only the last `*` need take more: the one before it has
    // found its shortest already.
    let (mut at, mut piece) = (0, 0);
    let mut last_star = None;
    while at < letters.len() {
        match pieces.get(piece) {
            Some(Piece::AnyText) => {
                last_star = Some((piece, at));
                piece += 1;
            }
            Some(one) if letter_matches(one, letters[at]) => {
                piece += 1;
                at += 1;
            }
            _ => {
                let Some((star, from)) = last_star else {
                    return false;
                };
                last_star = Some((star, from + 1));
                piece = star + 1;
                at = from + 1;
            }
        }
    }
    pieces[piece..].iter().all(|piece| *piece == Piece::AnyText)
}

fn letter_matches(piece: &Piece, letter: char) -> bool {
    match piece {
        Piece::Letter(wanted) => *wanted == letter,
        Piece::AnyLetter | Piece::AnyText => true,
        Piece::OneOf { ranges, negated } => {
            let is_in = |(from, to): &(char, char)| (*from..=*to).contains(&letter);
            ranges.iter().any(is_in) != *negated
        }
    }
}

fn part(name: &str) -> Result<Part, &'static str> {
    if name == "**" {
        return Ok(Part::Folders);
    }
    let mut letters = name.chars();
    let mut pieces = Vec::new();
    while let Some(letter) = letters.next() {
        pieces.push(match letter {
            '*' => Piece::AnyText,
            '?' => Piece::AnyLetter,
            '[' => one_of(&mut letters)?,
            '\\' => Piece::Letter(letters.next().ok_or("it ends in a backslash")?),
            letter => Piece::Letter(letter),
        });
    }
    Ok(Part::Name(pieces))
}

/// What stands behind a `[`.
fn one_of(letters: &mut std::str::Chars<'_>) -> Result<Piece, &'static str> {
    const OPEN: &str = "a `[` is not closed";
    let mut ranges = Vec::new();
    let mut next = letters.next().ok_or(OPEN)?;
    let negated = matches!(next, '!' | '^');
    if negated {
        next = letters.next().ok_or(OPEN)?;
    }
    // The first one is meant even if it is a `]`.
    loop {
        let from = match next {
            '\\' => letters.next().ok_or(OPEN)?,
            letter => letter,
        };
        let mut ahead = letters.clone();
        match (ahead.next(), ahead.next()) {
            (Some('-'), Some(to)) if to != ']' => {
                if to < from {
                    return Err("a range goes backwards");
                }
                ranges.push((from, to));
                *letters = ahead;
            }
            _ => ranges.push((from, from)),
        }
        next = letters.next().ok_or(OPEN)?;
        if next == ']' {
            return Ok(Piece::OneOf { ranges, negated });
        }
    }
}

/// Each way to read the braces of `text`.
fn without_braces(text: &str) -> Result<Vec<String>, &'static str> {
    let Some(open) = find(text, '{') else {
        if find(text, '}').is_some() {
            return Err("a `}` closes nothing");
        }
        return Ok(vec![text.to_owned()]);
    };
    let (choices, rest) = choices(&text[open + 1..])?;
    let before = &text[..open];
    let mut ways = Vec::new();
    for choice in choices {
        ways.extend(without_braces(&format!("{before}{choice}{rest}"))?);
        if ways.len() > MOST_WAYS {
            return Err("there are too many ways to read its braces");
        }
    }
    Ok(ways)
}

/// Where `wanted` stands unescaped.
fn find(text: &str, wanted: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices()
        .find(|(_, letter)| {
            let is_found = *letter == wanted && !escaped;
            escaped = *letter == '\\' && !escaped;
            is_found
        })
        .map(|(at, _)| at)
}

/// What stands between braces, the first of which is open, and what follows them.
fn choices(text: &str) -> Result<(Vec<&str>, &str), &'static str> {
    let (mut depth, mut escaped, mut begin) = (0, false, 0);
    let mut choices = Vec::new();
    for (at, letter) in text.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        match letter {
            '\\' => escaped = true,
            '{' => depth += 1,
            '}' if depth == 0 => {
                choices.push(&text[begin..at]);
                return Ok((choices, &text[at + 1..]));
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                choices.push(&text[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    Err("a `{` is not closed")
}

#[cfg(test)]
mod tests {
    use super::Glob;

    fn matches(pattern: &str, path: &str) -> bool {
        Glob::new(pattern).expect("it is a pattern").matches(path)
    }

    #[test]
    fn names_are_matched_within_slashes() {
        for (pattern, path, expected) in [
            ("*.rs", "main.rs", true),
            ("*.rs", "src/main.rs", false),
            ("src/*", "src/main.rs", true),
            ("src/*", "src/a/main.rs", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]x]y", "]y", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("ä?", "äö", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn two_stars_are_any_number_of_folders() {
        for (pattern, path, expected) in [
            ("**", "a/b/c", true),
            ("src/**", "src/a/b", true),
            ("src/**", "src", false),
            ("**/*.py", "a.py", true),
            ("**/*.py", "x/y/a.py", true),
            ("a/**/b", "a/b", true),
            ("a/**/b", "a/x/y/b", true),
            ("a/**/b", "a/x/y/c", false),
            ("a/**/b/**/c", "a/b/x/b/y/c", true),
            ("a/**/b/**", "a/x/b", false),
            ("a/**/b/**", "a/x/b/c", true),
            ("**/b", "a/b/b", true),
            ("**/a/b", "a/a/b", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn braces_are_either() {
        assert!(matches("src/**/*.{rs,toml}", "src/a/b.toml"));
        assert!(!matches("src/**/*.{rs,toml}", "src/a/b.py"));
        assert!(matches("{a,b/{c,d}}/e", "b/d/e"));
    }

    /// Whoever writes such a pattern shall not have it take for ever.
    #[test]
    fn patterns_of_many_stars_are_quick() {
        let folders = Glob::new(&"**/a/".repeat(200)).expect("it is a pattern");
        assert!(!folders.matches(&"a/".repeat(150)));
        let stars = Glob::new(&"*a".repeat(200)).expect("it is a pattern");
        assert!(!stars.matches(&"a".repeat(150)));
    }

    #[test]
    fn folders_that_cannot_hold_a_match_are_known() {
        let glob = Glob::new("src/*/x.rs").expect("it is a pattern");
        assert!(glob.may_match_below("src"));
        assert!(glob.may_match_below("src/a"));
        assert!(!glob.may_match_below("target"));
        assert!(!glob.may_match_below("src/a/b"));
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for pattern in ["[a", "a\\", "{a,b", "a}", "[z-a]"] {
            assert!(Glob::new(pattern).is_err(), "{pattern}");
        }
        assert!(Glob::new(&"{".repeat(100_000)).is_err());
        let many = "{a,b}".repeat(12);
        assert!(Glob::new(&many).is_err());
    }
}
