//! How a message is sent: by `curl`, with everything on its standard input, as its
//! arguments can be seen by everybody.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write as _};
use std::process::{Child, Command, Stdio};
use std::thread;

use outlast_config::webhook::ADDRESS_VARIABLE;
use outlast_supervisor::{HOW_TO_GET_SENDER, WEBHOOK_SENDER};

use super::answer::{Answer, tail};
use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// The options but for address and message. What they take together is less than the
/// guardian lets this program run: the last try begins 40 s after the first at the
/// latest, and takes 10.
///
/// Tried again is what may pass: no connection, no answer in time, and the statuses
/// 408, 429, 500 and 502 to 504, as curl's manual says of `--retry`. `--fail` would keep
/// what the server says from us, and `--location` would send it where nobody has
/// written that it is to go.
const OPTIONS: &str = r#"silent
show-error
globoff
proto = "=http,https"
connect-timeout = 5
max-time = 10
retry = 5
retry-connrefused
retry-max-time = 40
header = "Content-Type: application/json"
output = "-"
write-out = "\n%{http_code}"
"#;

/// Posts `message` to `address`, some times if need be. Blocks until there is an
/// answer or none will come.
///
/// # Errors
/// When there is no curl, or it cannot be spoken to.
pub(super) fn post(address: &str, message: &str) -> Result<Answer, Failure> {
    let mut command = Command::new(WEBHOOK_SENDER);
    // The first keeps it from reading its user's own settings.
    command.args(["-q", "--config", "-"]);
    command.env_remove(ADDRESS_VARIABLE);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = command.spawn().map_err(|error| {
        let why = match error.kind() {
            ErrorKind::NotFound => format!("there is no `{WEBHOOK_SENDER}` in PATH"),
            _ => error.to_string(),
        };
        let message = format!("cannot send the webhook with {WEBHOOK_SENDER}: {why}");
        Failure::new(ExitCode::Failed, message).hint(HOW_TO_GET_SENDER)
    })?;
    spoken(child, &config(address, message))
        .map_err(|error| Failure::of(&format!("speak to {WEBHOOK_SENDER}"), &error))
}

fn spoken(mut child: Child, config: &str) -> io::Result<Answer> {
    let streams = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut input), Some(mut output), Some(mut errors)) = streams else {
        return Err(ErrorKind::BrokenPipe.into());
    };
    // Neither stream waits for the other to be read.
    let errors = thread::spawn(move || tail(&mut errors).unwrap_or_default());
    // Who ends before it has read all says why.
    let _ = input.write_all(config.as_bytes());
    drop(input);
    let output = tail(&mut output)?;
    let errors = errors.join().unwrap_or_default();
    let status = child.wait()?;
    let errors = if errors.is_empty() {
        format!("{WEBHOOK_SENDER} ended with {status}").into_bytes()
    } else {
        errors
    };
    Ok(Answer::of(&output, errors))
}

/// What curl is to do, in its own syntax (`--config` in its manual).
fn config(address: &str, message: &str) -> String {
    let mut config = OPTIONS.to_owned();
    let agent = concat!("outlast/", env!("CARGO_PKG_VERSION"));
    for (option, value) in [
        ("user-agent", agent),
        ("data-raw", message),
        ("url", address),
    ] {
        writeln!(config, "{option} = {}", quoted(value)).expect("a string takes all");
    }
    config
}

/// In quotes a backslash is special, and what it may stand before.
fn quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for c in value.chars() {
        match c {
            '\\' | '"' => text.extend(['\\', c]),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_value_ends_it() {
        let hostile = "a\"\nurl = \"http://evil\"\\\r\t#";
        let config = config("https://example.com/\"\\", hostile);
        let added: Vec<&str> = config[OPTIONS.len()..].lines().collect();
        assert_eq!(added.len(), 3, "{config}");
        assert_eq!(
            added[1],
            r#"data-raw = "a\"\nurl = \"http://evil\"\\\r\t#""#
        );
        assert_eq!(added[2], r#"url = "https://example.com/\"\\""#);
    }
}
