//! The address of a webhook. It is often all that it takes to write there, and so a
//! secret: nothing that is shown has more of it than the host.

/// The variable in which `outlast __webhook` finds the address.
pub const ADDRESS_VARIABLE: &str = "OUTLAST_WEBHOOK";

/// How addresses begin.
const SCHEMES: [&str; 2] = ["https://", "http://"];

/// The keys around it. Without the second's table it is a mistake that is easily made.
const KEYS: [&str; 2] = ["webhook", "on_failure"];

/// Whether `text` is an address of HTTP that needs no more encoding.
pub fn is_address(text: &str) -> bool {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    is_plain && Address::parse(text).is_some_and(|address| !address.host.is_empty())
}

/// As much of `address` as may be shown: how, and at which host.
pub fn shown(address: &str) -> String {
    Address::parse(address).map_or_else(
        || "the webhook".to_owned(),
        |Address { scheme, host, .. }| format!("{scheme}{host}"),
    )
}

/// What of `address` may not be shown, whole and in pieces: others repeat pieces of it
/// in their answers.
pub fn secret_parts(address: &str) -> Vec<&str> {
    let Some(Address { user, rest, .. }) = Address::parse(address) else {
        return vec![address];
    };
    let pieces = rest.split(['/', '?', '#', '&', '=', ';']);
    let parts = [address, user, rest].into_iter();
    let parts = parts.chain(user.split(':')).chain(pieces);
    parts.filter(|part| !part.is_empty()).collect()
}

/// An address in its parts, of which each may be empty.
struct Address<'a> {
    scheme: &'a str,
    user: &'a str,
    /// With the port.
    host: &'a str,
    /// From the path on.
    rest: &'a str,
}

impl<'a> Address<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let begins = |scheme: &&str| {
            let start = text.get(..scheme.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        };
        let length = SCHEMES.iter().find(|scheme| begins(scheme))?.len();
        let (scheme, rest) = text.split_at(length);
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        Some(Self {
            scheme,
            user,
            host,
            rest,
        })
    }
}

/// The text of a file without the addresses that stand in it, as long in bytes, so
/// that carets stay where they are. They are found by what stands around them and not
/// by a parser: files that are shown may be broken, and keys misspelled.
pub(crate) fn masked(text: &str) -> String {
    if !names_key(text) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    let mut concerned = Concerned::default();
    for line in text.split_inclusive('\n') {
        if concerned.is(line) {
            shown.push_str(&without_value(&without_addresses(line)));
        } else {
            shown.push_str(line);
        }
    }
    shown
}

fn names_key(text: &str) -> bool {
    KEYS.iter().any(|key| text.contains(key))
}

/// Which lines are about what is done on failure.
#[derive(Default)]
struct Concerned {
    /// The table is that is written here.
    table: bool,
    /// How many brackets are open since a key of that.
    depth: usize,
    /// Whether a string of several lines is.
    is_in_string: bool,
}

impl Concerned {
    fn is(&mut self, line: &str) -> bool {
        let goes_on = self.depth > 0 || self.is_in_string;
        if !goes_on && line.trim_start().starts_with('[') {
            self.table = names_key(line);
        }
        let is_concerned = goes_on || self.table || names_key(line);
        if is_concerned {
            for c in line.chars() {
                match c {
                    '[' | '{' => self.depth += 1,
                    ']' | '}' => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                }
            }
            let ends = line.matches("\"\"\"").count() + line.matches("'''").count();
            self.is_in_string ^= ends % 2 == 1;
        }
        is_concerned
    }
}

/// Each of them ends with a quote, or with its line.
fn without_addresses(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let word = rest[..at].trim_end_matches(|c: char| c.is_ascii_alphanumeric());
        let (before, after) = rest.split_at(word.len());
        shown.push_str(before);
        let end = after.find(['"', '\'', '\r', '\n']).unwrap_or(after.len());
        let (address, after) = after.split_at(end);
        rest = after;
        let Some(Address {
            scheme,
            user,
            host,
            rest: secret,
        }) = Address::parse(address)
        else {
            shown.extend(address.chars().map(stars));
            continue;
        };
        let host_at = address.len() - secret.len() - host.len();
        shown.push_str(scheme);
        shown.extend(user.chars().map(stars));
        shown.push_str(&address[scheme.len() + user.len()..host_at]);
        shown.push_str(host);
        shown.extend(secret.chars().map(stars));
    }
    shown.push_str(rest);
    shown
}

/// Without what is meant to be an address and is none.
fn without_value(line: &str) -> String {
    let value = line
        .find(KEYS[0])
        .and_then(|at| value(&line[at + KEYS[0].len()..]));
    let value = value.filter(|value| Address::parse(value).is_none());
    let Some(value) = value else {
        return line.to_owned();
    };
    let start = value.as_ptr() as usize - line.as_ptr() as usize;
    let mut shown = line[..start].to_owned();
    shown.extend(value.chars().map(stars));
    shown.push_str(&line[start + value.len()..]);
    shown
}

/// The quoted text that is the value of the key before `after`.
fn value(after: &str) -> Option<&str> {
    let blanks = [' ', '\t'];
    let quotes = ['"', '\''];
    let value = after
        .trim_start_matches(quotes)
        .trim_start_matches(blanks)
        .strip_prefix('=')?
        .trim_start_matches(blanks);
    let text = value.trim_start_matches(quotes);
    let end = text.find(['"', '\'', '\r', '\n']).unwrap_or(text.len());
    (text.len() < value.len()).then(|| &text[..end])
}

/// As long as `hidden`.
const fn stars(hidden: char) -> &'static str {
    match hidden.len_utf8() {
        1 => "*",
        2 => "·",
        3 => "•",
        _ => "··",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_has_a_scheme_and_a_host_and_is_encoded() {
        for good in [
            "https://example.com",
            "http://127.0.0.1:8080/hook?a=b",
            "HTTPS://user:pass@[::1]:1/x",
        ] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "example.com/hook",
            "ftp://example.com",
            "https://",
            "https:///hook",
            "https://user@/hook",
            "https://example.com/a b",
            "https://example.com/ä",
            "https://example.com/\n",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }

    #[test]
    fn no_more_than_the_host_is_shown() {
        let address = "https://me:word@example.com:8443/services/T0/B1?key=value#end";
        assert_eq!(shown(address), "https://example.com:8443");
        assert_eq!(shown("token"), "the webhook");
        let parts = secret_parts(address);
        for part in ["me", "word", "services", "T0", "B1", "key", "value", "end"] {
            assert!(parts.contains(&part), "{part}: {parts:?}");
        }
        assert!(parts.contains(&address) && !parts.contains(&""));
    }

    #[test]
    fn a_file_is_shown_without_addresses() {
        for (written, shown) in [
            (
                "webhook = \"https://a.b/c?d\" }",
                "webhook = \"https://a.b****\" }",
            ),
            (
                "'webhook'='http://u:p@a.b/c', x = 1",
                "'webhook'='http://***@a.b**', x = 1",
            ),
            (
                "on_failure = \"https://a.b/c\"\nwebhook = https://a.b/c",
                "on_failure = \"https://a.b**\"\nwebhook = https://a.b**",
            ),
            (
                "webhook = \"\"\"\n  https://a.b/c\"\"\"\nx = 'http://a.b/c'",
                "webhook = \"\"\"\n  https://a.b**\"\"\"\nx = 'http://a.b/c'",
            ),
            (
                "on_failure = {\n web_hook = 'https://a.b/c d'\n}\nx = 'http://a.b/c'",
                "on_failure = {\n web_hook = 'https://a.b****'\n}\nx = 'http://a.b/c'",
            ),
            (
                "[a.on_failure]\nwebhok = ['https://a.b/c']\r\n[b]\nx = 'http://a.b/c'",
                "[a.on_failure]\nwebhok = ['https://a.b**']\r\n[b]\nx = 'http://a.b/c'",
            ),
            (
                "webhook = 'a.b/\u{e4}\u{2022}\u{1f980}'",
                "webhook = '****·•··'",
            ),
            ("webhook = 'ftp://a.b/c' # x", "webhook = '***********' # x"),
            (
                "on_failure = \"ignore\"\n# webhook\nx = 'y'",
                "on_failure = \"ignore\"\n# webhook\nx = 'y'",
            ),
            (
                "webhook = { file = 'https' }",
                "webhook = { file = 'https' }",
            ),
        ] {
            let masked = masked(written);
            assert_eq!(masked, shown);
            assert_eq!(masked.len(), written.len());
        }
    }

    proptest! {
        #[test]
        fn lines_stay_where_they_are(
            pieces in proptest::collection::vec(
                prop_oneof![
                    "[a-z\\[\\]{}=#'\"\\\\ ä🦀\r\n]{0,8}",
                    Just("webhook = ".to_owned()),
                    Just("on_failure = {".to_owned()),
                    Just("https://".to_owned()),
                    Just("@".to_owned()),
                ],
                0..20,
            ),
        ) {
            let text = pieces.concat();
            let shown = masked(&text);
            prop_assert_eq!(shown.len(), text.len());
            let ends = |text: &str| text.match_indices('\n').map(|(at, _)| at).collect::<Vec<_>>();
            prop_assert_eq!(ends(&shown), ends(&text));
        }

        #[test]
        fn no_address_is_shown(path in "[A-Za-z0-9/?=&%_-]{8,40}", before in "[a-z =,{\n]{0,20}") {
            let text = format!("{before}\nwebhook = \"https://a.b/{path}\"");
            let shown = masked(&text);
            prop_assert!(!shown.contains(&path), "{}", shown);
        }
    }
}
