//! What comes back, as far as it may be shown.

use std::io::{self, Read};

use outlast_config::webhook;

/// Of an answer so much is looked at; where several came, of the last ones.
const KEPT_BYTES: usize = 4096;

/// So many characters of it are shown.
const SHOWN_CHARACTERS: usize = 300;

/// Shorter pieces of an address are words or nothing, and no secret.
const SECRET_LENGTH: usize = 4;

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A status of HTTP, and the end of what the server said.
    Status(u16, Vec<u8>),
    /// None, and why.
    None(Vec<u8>),
}

impl Answer {
    /// From curl's standard output, which ends with a line that has the status (000
    /// where there was none), and its standard error.
    pub(super) fn of(output: &[u8], errors: Vec<u8>) -> Self {
        let line = output.iter().rposition(|&byte| byte == b'\n');
        let (said, status) = output.split_at(line.unwrap_or(0));
        let status = str::from_utf8(status).ok();
        match status.and_then(|status| status.trim().parse().ok()) {
            Some(status) if status > 0 => Self::Status(status, said.to_vec()),
            _ => Self::None(errors),
        }
    }
}

/// The last bytes of `stream`, which is read to its end.
pub(super) fn tail(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let mut buffer = [0; KEPT_BYTES];
    loop {
        let length = match stream.read(&mut buffer) {
            Ok(0) => return Ok(kept),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        kept.extend_from_slice(&buffer[..length]);
        let excess = kept.len().saturating_sub(KEPT_BYTES);
        kept.drain(..excess);
    }
}

/// `said` in one line, without the pieces of `address` that some servers repeat, and
/// with nothing that a terminal obeys.
pub(super) fn harmless(said: &[u8], address: &str) -> String {
    let mut text = String::from_utf8_lossy(said).into_owned();
    let mut parts = webhook::secret_parts(address);
    parts.retain(|part| part.len() >= SECRET_LENGTH);
    // Those first that have others in them.
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    for part in parts {
        text = text.replace(part, "…");
        text = text.replace(&decoded(part), "…");
    }
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// `part` as it is before it is percent-encoded.
fn decoded(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).and_then(|two| str::from_utf8(two).ok());
        let byte = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
        match byte {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_in_the_last_line() {
        let none = Vec::new;
        assert_eq!(
            Answer::of(b"no\nsuch hook\n404", none()),
            Answer::Status(404, b"no\nsuch hook".to_vec())
        );
        assert_eq!(Answer::of(b"\n200", none()), Answer::Status(200, none()));
        for nothing in [&b"\n000"[..], b"", b"text", b"\nno status"] {
            let answer = Answer::of(nothing, b"why".to_vec());
            assert_eq!(answer, Answer::None(b"why".to_vec()), "{nothing:?}");
        }
    }

    #[test]
    fn of_a_flood_the_end_is_kept() {
        let mut flood = vec![b'x'; 1 << 20];
        flood.extend(b"\n500");
        let kept = tail(&mut &flood[..]).expect("it can be read");
        assert_eq!(kept.len(), KEPT_BYTES);
        assert!(kept.ends_with(b"x\n500"));
    }

    #[test]
    fn no_piece_of_the_address_is_repeated() {
        let address = "https://me:pass%20word@example.com/services/T0%2FBIG/b?token=value1";
        for piece in [
            address,
            "/services/T0%2FBIG/b",
            "T0%2FBIG",
            "T0/BIG",
            "pass word",
            "value1",
            "\\/services\\/T0%2FBIG",
        ] {
            let shown = harmless(format!("cannot POST {piece}!").as_bytes(), address);
            assert!(shown.starts_with("cannot POST "), "{shown}");
            for secret in ["BIG", "word", "value1", "services"] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
    }

    #[test]
    fn it_is_one_line_of_bounded_length_that_no_terminal_obeys() {
        let said = format!("a\r\n\tb \u{1b}[31m{}\u{9b}", "é".repeat(1000));
        let shown = harmless(said.as_bytes(), "https://example.com");
        assert!(shown.starts_with("a b [31mé"), "{shown}");
        assert!(!shown.contains(char::is_control));
        assert_eq!(shown.chars().count(), SHOWN_CHARACTERS + 1);
        assert_eq!(harmless(b"\xff", "https://example.com"), "\u{fffd}");
    }
}
