//! A unit file in the making.

use std::fmt::Write as _;
use std::time::Duration;

use crate::definition::NativeName;
use crate::manager::Error;

use super::text::inexpressible;

/// The text of a unit file, section by section.
#[derive(Debug)]
pub(super) struct Unit {
    text: String,
}

impl Unit {
    /// A file whose first line says whose it is.
    pub(super) fn new(name: &NativeName) -> Self {
        Self {
            text: format!(
                "# Made by Outlast for the service {name}, and made anew with each installation.\n"
            ),
        }
    }

    pub(super) fn section(&mut self, name: &str) {
        let _ = write!(self.text, "\n[{name}]\n");
    }

    /// A line `key=value`; the value is spelled already.
    pub(super) fn set(&mut self, key: &str, value: &str) {
        let _ = writeln!(self.text, "{key}={value}");
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// A time span as systemd reads it. Its `0` often means "never", so that nothing
/// is shorter than a millisecond.
pub(super) fn span(duration: Duration) -> String {
    let millis = duration.as_millis().max(1);
    if millis.is_multiple_of(1000) {
        format!("{}s", millis / 1000)
    } else {
        format!("{millis}ms")
    }
}

/// The name of the unit `name` with the ending for its kind, as in
/// `shop.service`.
///
/// # Errors
/// When systemd cannot have such a name.
pub(super) fn unit_name(name: &NativeName, kind: &str) -> Result<String, Error> {
    let unit = format!("{name}.{kind}");
    match name.as_str().chars().find(|&c| !is_allowed(c)) {
        Some(c) => Err(inexpressible(format!(
            "{c:?} cannot stand in the name of a unit: use ASCII letters, digits, '-', '_', '.' \
             and ':'"
        ))),
        // UNIT_NAME_MAX of systemd, without the NUL.
        None if unit.len() > 255 => Err(inexpressible(
            "the name is longer than the 255 characters of a unit's name with its ending"
                .to_owned(),
        )),
        None if name.as_str().starts_with('.') => Err(inexpressible(
            "a name that begins with a dot would be a hidden file, which systemd does not read"
                .to_owned(),
        )),
        None => Ok(unit),
    }
}

/// What systemd allows, without `@` (which makes a unit an instance of a
/// template) and the backslash (which starts an escape).
fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.:".contains(c)
}

/// The unit that someone means who writes `name` in a list of dependencies:
/// `postgresql` is `postgresql.service`.
///
/// # Errors
/// When no unit can have that name.
pub(super) fn dependency(name: &str) -> Result<String, Error> {
    const KINDS: [&str; 9] = [
        ".service",
        ".socket",
        ".device",
        ".mount",
        ".automount",
        ".swap",
        ".target",
        ".path",
        ".timer",
    ];
    let is_allowed = |c: char| is_allowed(c) || c == '@' || c == '\\';
    if name.is_empty() || !name.chars().all(is_allowed) {
        return Err(inexpressible(format!(
            "no unit can be called {name:?}, which it is to depend on"
        )));
    }
    if KINDS.iter().any(|kind| name.ends_with(kind)) {
        return Ok(name.to_owned());
    }
    Ok(format!("{name}.service"))
}
