//! Command lines for `.bat` and `.cmd` files, which `cmd.exe` runs.
//!
//! `cmd.exe` does not take arguments apart by the usual rules, and expands
//! variables even between quotes: an argument could run commands
//! (CVE-2024-24576). The rules here are those of Rust's standard library after
//! that (`library/std/src/sys/args/windows.rs`): what is not known to be
//! harmless is quoted; a quote is doubled; `%` becomes `%%cd:~,%`, which
//! expands to `%`; what cannot be said at all (line ends) is refused.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::path::Path;

/// Whether `cmd.exe` has to run it.
pub(super) fn is_batch(program: &Path) -> bool {
    program.extension().is_some_and(|extension| {
        extension.eq_ignore_ascii_case("bat") || extension.eq_ignore_ascii_case("cmd")
    })
}

/// The command line of a `cmd.exe` that runs `script` with `arguments`, without
/// a final zero. `/e:ON` is what makes the `%` rule work, `/v:OFF` keeps `!`
/// from expanding, `/d` keeps the registry's AutoRun commands out.
///
/// # Errors
/// `InvalidInput` for what `cmd.exe` cannot be given.
pub(super) fn command_line(script: &OsStr, arguments: &[OsString]) -> io::Result<Vec<u16>> {
    let mut line: Vec<u16> = r#"cmd.exe /e:ON /v:OFF /d /c ""#.encode_utf16().collect();
    refuse_line_ends(script)?;
    append_quoted(&mut line, script);
    for argument in arguments {
        refuse_line_ends(argument)?;
        line.push(u16::from(b' '));
        if needs_quotes(argument) {
            append_quoted(&mut line, argument);
        } else {
            line.extend(argument.encode_wide());
        }
    }
    line.push(u16::from(b'"'));
    Ok(line)
}

fn refuse_line_ends(text: &OsStr) -> io::Result<()> {
    if text.encode_wide().any(|unit| matches!(unit, 0 | 10 | 13)) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!(
                "{} has a line end or a zero character in it, which a batch file cannot be given",
                text.display()
            ),
        ));
    }
    Ok(())
}

/// An argument that ends with a back-slash is quoted as well: a batch file that
/// puts quotes around it (`"%~1"`) would else escape its own closing quote.
fn needs_quotes(argument: &OsStr) -> bool {
    const HARMLESS: &str = r"#$*+-./:?@\_";
    let text = argument.to_string_lossy();
    text.is_empty()
        || text.ends_with('\\')
        || text.chars().any(|c| {
            c.is_control() || c.is_ascii() && !c.is_ascii_alphanumeric() && !HARMLESS.contains(c)
        })
}

fn append_quoted(line: &mut Vec<u16>, text: &OsStr) {
    const QUOTE: u16 = b'"' as u16;
    const BACKSLASH: u16 = b'\\' as u16;
    line.push(QUOTE);
    let mut backslashes = 0;
    for unit in text.encode_wide() {
        match unit {
            QUOTE => {
                line.extend(std::iter::repeat_n(BACKSLASH, backslashes));
                line.push(QUOTE);
            }
            0x25 => line.extend("%%cd:~,".encode_utf16()),
            _ => {}
        }
        backslashes = if unit == BACKSLASH {
            backslashes + 1
        } else {
            0
        };
        line.push(unit);
    }
    line.extend(std::iter::repeat_n(BACKSLASH, backslashes));
    line.push(QUOTE);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(script: &str, argument: &str) -> io::Result<String> {
        let line = command_line(script.as_ref(), &[argument.into()])?;
        Ok(String::from_utf16(&line).expect("text"))
    }

    #[test]
    fn what_cmd_would_act_on_is_quoted() {
        let quoted = line(r"C:\a b\x.bat", "\"&calc").expect("sayable");
        assert!(
            quoted.ends_with(r#"""C:\a b\x.bat" """&calc"""#),
            "{quoted}"
        );
        let plain = line("x.bat", "plain-1.2").expect("sayable");
        assert!(plain.ends_with(r#" plain-1.2""#), "{plain}");
    }

    #[test]
    fn variables_are_not_expanded() {
        let line = line("x.bat", "%PATH%").expect("sayable");
        assert!(line.contains("%%cd:~,%PATH%%cd:~,%"), "{line}");
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        for argument in ["a\nb", "a\rb", "a\0b"] {
            assert!(line("x.bat", argument).is_err(), "{argument:?}");
        }
    }

    #[test]
    fn batch_files_are_known_by_their_extension() {
        assert!(is_batch("a/x.BAT".as_ref()) && is_batch("x.cmd".as_ref()));
        assert!(!is_batch("x.exe".as_ref()) && !is_batch("bat".as_ref()));
    }
}
