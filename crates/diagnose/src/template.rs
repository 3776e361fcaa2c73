//! Sentences with gaps: `port {port} is taken[ by {owner}]`.

/// Fills the gaps of `text`. What stands in `[…]` is left out where a gap of it
/// cannot be filled; elsewhere such a gap becomes "?".
pub(crate) fn fill(text: &str, value_of: &dyn Fn(&str) -> Option<String>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        let Some(length) = rest[open..].find(']') else {
            break;
        };
        let optional = &rest[open + 1..open + length];
        filled.push_str(&gaps(&rest[..open], value_of).0);
        let (inner, is_whole) = gaps(optional, value_of);
        if is_whole {
            filled.push_str(&inner);
        }
        rest = &rest[open + length + 1..];
    }
    filled.push_str(&gaps(rest, value_of).0);
    filled
}

/// The text with its gaps filled, and whether all could be.
fn gaps(text: &str, value_of: &dyn Fn(&str) -> Option<String>) -> (String, bool) {
    let mut filled = String::new();
    let mut is_whole = true;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        let value = value_of(name);
        is_whole &= value.is_some();
        filled.push_str(value.as_deref().unwrap_or("?"));
        rest = after;
    }
    filled.push_str(rest);
    (filled, is_whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_left_out() {
        let value_of = |name: &str| (name == "port").then(|| "8080".to_owned());
        let fill = |text| fill(text, &value_of);
        assert_eq!(
            fill("the port[ {port}] is taken[ by {owner}]"),
            "the port 8080 is taken"
        );
        assert_eq!(fill("{owner} has {port}"), "? has 8080");
        assert_eq!(fill("a [ b { c"), "a [ b { c");
    }
}
