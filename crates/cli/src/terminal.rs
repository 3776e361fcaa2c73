//! Standard output and standard error.

use std::io::{self, Write};

use anstream::ColorChoice;
use anstyle::{AnsiColor, Style};
use outlast_config::Colour;

use crate::args::Color;
use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// Good news.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Something is on its way.
pub(crate) const CHANGING: Style = AnsiColor::Yellow.on_default();
/// Bad news.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// Less important than the rest.
pub(crate) const FAINT: Style = Style::new().dimmed();
const STRONG: Style = Style::new().bold();

/// Decides about colour for the whole process. `auto` leaves it to the streams:
/// each has colour if it is a terminal and `NO_COLOR` is not set.
pub(crate) fn choose_colour(color: Color) {
    match color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
    .write_global();
}

/// Whether standard error has colour, for text that is rendered elsewhere.
pub(crate) fn colour_of_stderr() -> Colour {
    match anstream::AutoStream::choice(&io::stderr()) {
        ColorChoice::Never => Colour::Off,
        _ => Colour::On,
    }
}

/// Prints data. Styles in it are removed where there is no colour.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut output = anstream::stdout().lock();
    written(writeln!(output, "{text}").and_then(|()| output.flush()))
}

/// The outcome of writing to standard output: when its reader is gone (`head`),
/// that is the end of the work, and no failure worth a word.
pub(crate) fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            std::process::exit(ExitCode::Ok.number().into())
        }
        Err(error) => Err(Failure::of("write to standard output", &error)),
        Ok(()) => Ok(()),
    }
}

/// Says something on standard error; nobody may be listening.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Tells an error. A text that says `error` itself is left as it is.
pub(crate) fn tell_error(message: &str, hint: Option<&str>) {
    let text = message.trim_end();
    if text.starts_with("error") || text.starts_with('\u{1b}') {
        tell(text);
    } else {
        tell(&format!("{BAD}error{BAD:#}{STRONG}:{STRONG:#} {text}"));
    }
    if let Some(hint) = hint {
        tell(&format!("{STRONG}hint:{STRONG:#} {hint}"));
    }
}

/// `text` in `style`.
pub(crate) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
