//! One string for all arguments, as `CommandLineToArgvW` and the C run-time
//! take it apart again ("Parsing C command-line arguments", Microsoft):
//! an argument with blanks stands in quotes; a quote is `\"`; back-slashes mean
//! themselves, except in a row before a quote, where each is doubled.
//!
//! Programs that read their command line by rules of their own are not served;
//! for `cmd.exe` there is `batch.rs`.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::windows::ffi::OsStrExt;

/// The longest command line, with its final zero (`CreateProcessW`).
pub(super) const LONGEST: usize = 32_767;

const QUOTE: u16 = b'"' as u16;
const BACKSLASH: u16 = b'\\' as u16;
const SPACE: u16 = b' ' as u16;
const TAB: u16 = b'\t' as u16;

/// A command line that is being written.
#[derive(Debug)]
pub(crate) struct Line(Vec<u16>);

impl Line {
    /// Begins with the program's own name. It is read by a simpler rule than
    /// arguments: up to the next quote, back-slashes meaning nothing. No path
    /// can have a quote in it, so quoting it always is right.
    pub(crate) fn new(program: &OsStr) -> Self {
        let name = program.encode_wide().filter(|unit| *unit != QUOTE);
        Self([QUOTE].into_iter().chain(name).chain([QUOTE]).collect())
    }

    /// Arguments without a program, which is told elsewhere.
    pub(crate) fn of_arguments(arguments: &[OsString]) -> Self {
        let mut line = Self(Vec::new());
        for argument in arguments {
            line.push(argument);
        }
        line
    }

    /// Appends an argument.
    pub(crate) fn push(&mut self, argument: &OsStr) {
        if !self.0.is_empty() {
            self.0.push(SPACE);
        }
        append(&mut self.0, &argument.encode_wide().collect::<Vec<u16>>());
    }

    /// The zero-terminated line.
    ///
    /// # Errors
    /// `InvalidInput` when there is a zero in it, `ArgumentListTooLong` when
    /// Windows would not take it.
    pub(crate) fn finish(self) -> io::Result<Vec<u16>> {
        finish(self.0)
    }
}

pub(super) fn finish(mut line: Vec<u16>) -> io::Result<Vec<u16>> {
    if line.contains(&0) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "an argument contains a zero character",
        ));
    }
    if line.len() >= LONGEST {
        return Err(io::Error::new(
            io::ErrorKind::ArgumentListTooLong,
            format!("the command line is longer than the {LONGEST} characters Windows allows"),
        ));
    }
    line.push(0);
    Ok(line)
}

fn append(line: &mut Vec<u16>, argument: &[u16]) {
    let needs_quotes = argument.is_empty()
        || argument
            .iter()
            .any(|unit| matches!(*unit, SPACE | TAB | 10 | 11));
    if needs_quotes {
        line.push(QUOTE);
    }
    let mut backslashes = 0;
    for &unit in argument {
        if unit == QUOTE {
            line.extend(std::iter::repeat_n(BACKSLASH, backslashes + 1));
        }
        backslashes = if unit == BACKSLASH {
            backslashes + 1
        } else {
            0
        };
        line.push(unit);
    }
    if needs_quotes {
        line.extend(std::iter::repeat_n(BACKSLASH, backslashes));
        line.push(QUOTE);
    }
}

#[cfg(test)]
mod tests {
    use std::os::windows::ffi::OsStringExt;

    use outlast_testkit::HARD_ARGUMENTS;
    use proptest::prelude::*;
    use windows_sys::Win32::Foundation::LocalFree;
    use windows_sys::Win32::UI::Shell::CommandLineToArgvW;

    use super::*;

    fn line(arguments: &[OsString]) -> Vec<u16> {
        let mut line = Line::new(r"C:\a b\p.exe".as_ref());
        for argument in arguments {
            line.push(argument);
        }
        line.finish().expect("short, and without zeros")
    }

    /// As Windows itself takes it apart.
    fn parsed(line: &[u16]) -> Vec<OsString> {
        let mut count = 0;
        // SAFETY: `line` is zero-terminated. The answer is an array of `count`
        // zero-terminated strings, freed once, after they were copied.
        unsafe {
            let array = CommandLineToArgvW(line.as_ptr(), &raw mut count);
            assert!(!array.is_null());
            let count = usize::try_from(count).expect("not negative");
            let copied = (0..count).map(|index| {
                let start = *array.add(index);
                let length = (0..).take_while(|&at| *start.add(at) != 0).count();
                OsString::from_wide(std::slice::from_raw_parts(start, length))
            });
            let copied = copied.collect();
            LocalFree(array.cast());
            copied
        }
    }

    fn round_trips(arguments: &[OsString]) {
        let back = parsed(&line(arguments));
        assert_eq!(&back[1..], arguments);
        assert_eq!(back[0], r"C:\a b\p.exe");
    }

    #[test]
    fn the_hard_cases_arrive_as_they_were_sent() {
        round_trips(&HARD_ARGUMENTS.map(OsString::from));
    }

    #[test]
    fn arguments_alone_are_separated_by_one_space() {
        let line = Line::of_arguments(&["a b".into(), "c".into()]);
        let line = line.finish().expect("short, and without zeros");
        assert_eq!(String::from_utf16_lossy(&line), "\"a b\" c\0");
    }

    #[test]
    fn a_command_line_that_windows_would_refuse_is_refused() {
        let mut long = Line::new("p".as_ref());
        long.push(OsStr::new(&"x".repeat(LONGEST)));
        assert!(long.finish().is_err());
        let mut zero = Line::new("p".as_ref());
        zero.push("a\0b".as_ref());
        assert!(zero.finish().is_err());
    }

    proptest! {
        #[test]
        fn every_argument_arrives(
            arguments in proptest::collection::vec(r#"[\\" a-cü\t]{0,12}"#, 0..8)
        ) {
            let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
            round_trips(&arguments);
        }
    }
}
