//! One line for a program and its arguments, as `CreateProcessW` finds the
//! program in it and `CommandLineToArgvW` and the C run-time take it apart again
//! ("Parsing C command-line arguments", Microsoft).
//!
//! Unlike the line of a process, that of a service is text in the registry in
//! which Windows replaces `%NAME%` by a variable when the service starts. There
//! is no way to escape a percent sign. But a quotation mark between two of them
//! makes the name one that no variable has, and leaves the argument as it is
//! when it stands for nothing: `%PATH%` is written `""%"PATH"%""`.

/// The longest line that Windows runs, with its final zero (`CreateProcessW`).
const LONGEST: usize = 32_767;

/// Why a line cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// No path on Windows has one.
    #[error("the path of its program has a quotation mark or a zero character in it")]
    Program,
    /// Nothing can be put between them in a path.
    #[error(
        "the path of its program has two percent signs in it, between which Windows would \
         replace the name of a variable; move the program"
    )]
    Percent,
    /// At which Windows would cut it.
    #[error("an argument has a zero character in it")]
    Zero,
    /// Longer than Windows runs.
    #[error("its command line has more than the {LONGEST} characters that Windows allows")]
    TooLong,
}

/// The line for `program` and `arguments`.
///
/// # Errors
/// When Windows would read another program or other arguments, or run no such
/// line.
pub fn written(program: &str, arguments: &[String]) -> Result<String, Unwritable> {
    if program.contains(['"', '\0']) {
        return Err(Unwritable::Program);
    }
    if program.matches('%').count() > 1 {
        return Err(Unwritable::Percent);
    }
    // Always in quotes: without them Windows would try `C:\Program.exe` first
    // for `C:\Program Files\…`. Back-slashes mean nothing special here.
    let mut line = format!("\"{program}\"");
    for argument in arguments {
        if argument.contains('\0') {
            return Err(Unwritable::Zero);
        }
        line.push(' ');
        append(&mut line, argument);
    }
    if line.encode_utf16().count() >= LONGEST {
        return Err(Unwritable::TooLong);
    }
    Ok(line)
}

fn append(line: &mut String, argument: &str) {
    let is_plain = !argument.is_empty() && !argument.contains([' ', '\t', '\n', '\u{b}', '"', '%']);
    if is_plain {
        line.push_str(argument);
        return;
    }
    for (index, part) in argument.split('%').enumerate() {
        if index > 0 {
            line.push('%');
        }
        append_quoted(line, part);
    }
}

/// In quotes; a quotation mark is `\"`; back-slashes mean themselves, except in a
/// row before a quotation mark, where each is doubled.
fn append_quoted(line: &mut String, part: &str) {
    line.push('"');
    let mut backslashes = 0;
    for c in part.chars() {
        if c == '"' {
            line.extend(std::iter::repeat_n('\\', backslashes + 1));
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
        line.push(c);
    }
    line.extend(std::iter::repeat_n('\\', backslashes));
    line.push('"');
}

/// The program and the arguments of a line, by the rules that programs use. Every
/// line can be read; what [`written`] wrote is read as it was given.
pub fn read(line: &str) -> (String, Vec<String>) {
    let line = line.trim_start();
    let (program, rest) = match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
        None => line.split_once([' ', '\t']).unwrap_or((line, "")),
    };
    let mut rest = rest.chars().peekable();
    let mut arguments = Vec::new();
    loop {
        while rest.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
        if rest.peek().is_none() {
            return (program.to_owned(), arguments);
        }
        arguments.push(argument(&mut rest));
    }
}

fn argument(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut text = String::new();
    let mut is_quoted = false;
    while let Some(&c) = rest.peek() {
        match c {
            ' ' | '\t' if !is_quoted => break,
            '\\' => backslashes(rest, &mut text),
            '"' => {
                rest.next();
                // Two within quotes are one that means itself.
                if is_quoted && rest.next_if_eq(&'"').is_some() {
                    text.push('"');
                } else {
                    is_quoted = !is_quoted;
                }
            }
            _ => {
                rest.next();
                text.push(c);
            }
        }
    }
    text
}

/// A row of them: before a quotation mark, two are one, and one that is left
/// over makes the mark mean itself.
fn backslashes(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, text: &mut String) {
    let mut count = 0;
    while rest.next_if_eq(&'\\').is_some() {
        count += 1;
    }
    if rest.peek() != Some(&'"') {
        text.extend(std::iter::repeat_n('\\', count));
        return;
    }
    text.extend(std::iter::repeat_n('\\', count / 2));
    if count % 2 == 1 {
        rest.next();
        text.push('"');
    }
}

#[cfg(test)]
mod tests {
    use outlast_testkit::HARD_ARGUMENTS;
    use proptest::prelude::*;

    use super::*;

    const PROGRAM: &str = r"C:\Program Files\Ünï\outlast.exe";

    fn round_trips(arguments: &[String]) {
        let line = written(PROGRAM, arguments).expect("short, and without zeros");
        assert_eq!(read(&line), (PROGRAM.to_owned(), arguments.to_vec()));
        is_left_alone(&line);
    }

    /// Windows finds no name of a variable in it.
    fn is_left_alone(line: &str) {
        let parts: Vec<&str> = line.split('%').collect();
        let between = parts.get(1..parts.len() - 1).unwrap_or_default();
        assert!(between.iter().all(|name| name.contains('"')), "{line}");
    }

    #[test]
    fn lines_look_as_windows_itself_would_write_them() {
        let of = |arguments: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
            written(r"C:\p q.exe", &arguments).expect("writable")
        };
        assert_eq!(of(&["run", r"C:\x\"]), r#""C:\p q.exe" run C:\x\"#);
        assert_eq!(of(&[r"a b\", ""]), r#""C:\p q.exe" "a b\\" """#);
        assert_eq!(of(&[r#"say "hi""#]), r#""C:\p q.exe" "say \"hi\"""#);
        assert_eq!(of(&["%PATH%"]), r#""C:\p q.exe" ""%"PATH"%"""#);
    }

    #[test]
    fn the_hard_cases_come_back_as_they_were() {
        round_trips(&HARD_ARGUMENTS.map(String::from));
    }

    #[test]
    fn what_others_have_written_is_read_too() {
        assert_eq!(read(r"C:\a.exe x"), (r"C:\a.exe".into(), vec!["x".into()]));
        assert_eq!(read("\"C:\\a.exe").0, r"C:\a.exe");
        assert_eq!(read(r#"a "b ""c"" d""#).1, [r#"b "c" d"#]);
        assert_eq!(read(""), (String::new(), Vec::new()));
    }

    #[test]
    fn what_windows_would_read_otherwise_is_refused() {
        let zero = written("p", &["a\0b".to_owned()]);
        assert_eq!(zero, Err(Unwritable::Zero));
        let long = written("p", &["x".repeat(LONGEST)]);
        assert_eq!(long, Err(Unwritable::TooLong));
        assert_eq!(written(r#"C:\"p"#, &[]), Err(Unwritable::Program));
        assert_eq!(written(r"C:\%TEMP%\p", &[]), Err(Unwritable::Percent));
        assert!(written(r"C:\100 %\p", &["%".to_owned()]).is_ok());
    }

    proptest! {
        #[test]
        fn every_argument_comes_back(
            arguments in proptest::collection::vec(r#"[\\" %a-cü\t]{0,12}"#, 0..8)
        ) {
            round_trips(&arguments);
        }

        #[test]
        fn any_text_at_all_comes_back(
            arguments in proptest::collection::vec("[^\0]{0,20}", 0..5)
        ) {
            round_trips(&arguments);
        }

        #[test]
        fn no_line_is_too_odd_to_be_read(line in ".{0,60}") {
            let _ = read(&line);
        }
    }
}
