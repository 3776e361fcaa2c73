//! `KEY=VALUE`, as `install --set` and `config set` take it: the keys of
//! `[native]`, read by the reader of the file.

use std::path::Path;

use outlast_config::native::NativeKeys;
use outlast_config::{Diagnostics, parse, set_native, unset_native};
use outlast_supervisor::ThisHost;

use super::subject::{Source, Subject};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal;

/// A file of which only `[native]` matters.
const BLANK: &str = "[services.program]\ncommand = [\"program\"]\n";

/// The settings of `subject` with `changes`. The file is not written.
pub(crate) fn applied(subject: &Subject, changes: &[String]) -> Result<NativeKeys, Failure> {
    if changes.is_empty() {
        return Ok(subject.native.clone());
    }
    match &subject.source {
        Source::File(path) => {
            let text = text_of(path)?;
            read(&changed(&text, path, changes)?, path)
        }
        Source::Command(_) => of_command(&subject.dir, changes),
    }
}

/// The settings of a guardian of a command: the defaults with `changes`, whose
/// paths are relative to `dir`.
pub(crate) fn of_command(dir: &Path, changes: &[String]) -> Result<NativeKeys, Failure> {
    let path = dir.join("command line");
    read(&changed(BLANK, &path, changes)?, &path)
}

/// The text of the file at `path` with `changes`. Nothing after `=` means the
/// default.
pub(crate) fn changed(text: &str, path: &Path, changes: &[String]) -> Result<String, Failure> {
    let mut text = text.to_owned();
    for change in changes {
        let (key, value) = parts(change)?;
        text = if value.is_empty() {
            unset_native(&text, path, key)
        } else {
            set_native(&text, path, key, value)
        }
        .map_err(|wrong| refused(&wrong))?;
    }
    Ok(text)
}

/// The key and the value of `KEY=VALUE`.
pub(crate) fn parts(change: &str) -> Result<(&str, &str), Failure> {
    match change.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim(), value)),
        _ => Err(
            Failure::new(ExitCode::Program(2), format!("{change:?} sets no key"))
                .hint("write KEY=VALUE, as in start=manual"),
        ),
    }
}

/// The text of the file at `path`.
pub(crate) fn text_of(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::of(&format!("read {}", path.display()), &error))
}

fn read(text: &str, path: &Path) -> Result<NativeKeys, Failure> {
    parse(text, path, &ThisHost::facts())
        .map(|config| config.native)
        .map_err(|wrong| refused(&wrong))
}

fn refused(wrong: &Diagnostics) -> Failure {
    Failure::new(
        ExitCode::BadConfiguration,
        wrong.render(terminal::colour_of_stderr()),
    )
}
