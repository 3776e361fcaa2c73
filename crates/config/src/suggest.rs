//! "Did you mean …?"

/// Enough candidates for any file that people write, and a bound on the time
/// that a hostile one can take.
const MAX_CANDIDATES: usize = 2000;

/// The candidate that `word` most probably was meant to be, if one is near.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word: Vec<char> = word.to_lowercase().chars().collect();
    let tolerance = (word.len() / 3)
        .clamp(1, 4)
        .max(if word.len() > 3 { 2 } else { 1 });
    candidates
        .into_iter()
        .take(MAX_CANDIDATES)
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= tolerance)
        .map(|candidate| (distance(&word, candidate), candidate))
        .filter(|&(distance, _)| distance <= tolerance)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// Damerau's and Levenshtein's: insertions, deletions, replacements and swaps
/// of neighbours, with case ignored.
fn distance(word: &[char], candidate: &str) -> usize {
    let other: Vec<char> = candidate.to_lowercase().chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (i, &a) in word.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &b) in other.iter().enumerate() {
            let mut best = (above[j] + usize::from(a != b))
                .min(above[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && a == other[j - 1] && word[i - 1] == b {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 6] = ["command", "dir", "env", "env_file", "restart", "user"];

    #[test]
    fn typing_mistakes_are_recognised() {
        for (typed, meant) in [
            ("restrat", "restart"),
            ("comand", "command"),
            ("Command", "command"),
            ("dri", "dir"),
            ("envfile", "env_file"),
            ("env-file", "env_file"),
            ("usr", "user"),
        ] {
            assert_eq!(nearest(typed, KEYS), Some(meant), "{typed}");
        }
    }

    #[test]
    fn other_words_are_left_alone() {
        for typed in ["", "working_directory", "exec", "group", "x"] {
            assert_eq!(nearest(typed, KEYS), None, "{typed}");
        }
    }
}
