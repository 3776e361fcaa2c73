//! Text and paths as the wide functions of Windows take them.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::windows::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, absolute};

/// The longest path, with its final zero, that functions take without the
/// prefix `\\?\` (`MAX_PATH`).
const MAX_PATH: usize = 260;

const VERBATIM: &str = r"\\?\";
const VERBATIM_SHARE: &str = r"\\?\UNC\";

/// `text` with a final zero.
///
/// # Errors
/// `InvalidInput` when there is a zero in it, at which Windows would cut it.
pub(crate) fn terminated(text: &OsStr) -> io::Result<Vec<u16>> {
    let mut wide: Vec<u16> = text.encode_wide().collect();
    if wide.contains(&0) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{} contains a zero character", text.display()),
        ));
    }
    wide.push(0);
    Ok(wide)
}

/// An absolute path with back-slashes, zero-terminated: without the prefix
/// `\\?\` when it is short enough (programs are confused by a folder or a name
/// of their own with it, `cmd.exe` refuses it), and with it when it is not.
pub(crate) fn plain_path(path: &Path) -> io::Result<Vec<u16>> {
    let path = without_prefix(&absolute(path)?);
    let wide = terminated(&path)?;
    if wide.len() <= MAX_PATH {
        return Ok(wide);
    }
    terminated(&with_prefix(&path))
}

/// The same path without `\\?\`, where it has it and does not need it.
pub(crate) fn without_prefix(path: &Path) -> OsString {
    let text = path.as_os_str();
    let Some(shown) = text.to_str() else {
        return text.to_owned();
    };
    if let Some(share) = shown.strip_prefix(VERBATIM_SHARE) {
        return format!(r"\\{share}").into();
    }
    match shown.strip_prefix(VERBATIM) {
        Some(rest) if rest.as_bytes().get(1) == Some(&b':') => rest.into(),
        _ => text.to_owned(),
    }
}

fn with_prefix(path: &OsStr) -> OsString {
    let wide: Vec<u16> = path.encode_wide().collect();
    let begins = |prefix: &str| wide.iter().copied().take(4).eq(prefix.encode_utf16());
    if begins(VERBATIM) || begins(r"\\.\") {
        return path.to_owned();
    }
    let share: Vec<u16> = r"\\".encode_utf16().collect();
    let (prefix, rest) = match wide.strip_prefix(&share[..]) {
        Some(rest) => (VERBATIM_SHARE, rest),
        None => (VERBATIM, &wide[..]),
    };
    let mut prefixed = OsString::from(prefix);
    prefixed.push(OsString::from_wide(rest));
    prefixed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(path: &str) -> String {
        let mut wide = plain_path(path.as_ref()).expect("no zero in it");
        assert_eq!(wide.pop(), Some(0));
        String::from_utf16(&wide).expect("text")
    }

    #[test]
    fn a_short_path_has_no_prefix_and_back_slashes() {
        assert_eq!(plain(r"\\?\C:\a b\ü.exe"), r"C:\a b\ü.exe");
        assert_eq!(plain(r"C:/a/b"), r"C:\a\b");
        assert_eq!(plain(r"\\?\UNC\server\share\x"), r"\\server\share\x");
    }

    #[test]
    fn a_long_path_has_the_prefix() {
        let long = format!(r"C:\{}", "x\\".repeat(200));
        assert_eq!(plain(&long), format!(r"\\?\{long}"));
        let share = format!(r"\\server\share\{}", "x\\".repeat(200));
        assert_eq!(plain(&share), format!(r"\\?\UNC{}", &share[1..]));
    }

    #[test]
    fn a_zero_is_refused() {
        assert!(terminated("a\0b".as_ref()).is_err());
    }
}
