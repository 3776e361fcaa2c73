//! The variables without which ordinary programs do not work: the only ones a
//! service inherits unless its definition asks for more.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::ffi::{OsStr, OsString};

/// The names of `Inherit::Minimal`, for showing. One that ends with `*` stands
/// for every name that begins so.
pub fn minimal() -> &'static [&'static str] {
    sys::MINIMAL
}

/// The names by which a program finds the session that it is of: its screen, its
/// bus, its folders. As [`minimal`] writes them.
pub fn of_a_session() -> &'static [&'static str] {
    sys::OF_A_SESSION
}

/// One variable of each name, sorted by name; of several the last one counts. As
/// Windows does not distinguish case in names, neither does this there.
pub fn merged(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Vec<(OsString, OsString)> {
    sys::merged(variables)
}

/// Whether the variable `name` is one of [`minimal`]. Windows does not
/// distinguish case in names, so neither does this there.
pub fn is_minimal(name: &OsStr) -> bool {
    is_in(name, minimal())
}

/// The same of [`of_a_session`].
pub fn is_of_a_session(name: &OsStr) -> bool {
    is_in(name, of_a_session())
}

fn is_in(name: &OsStr, patterns: &[&str]) -> bool {
    (patterns.iter()).any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => sys::begins_with(name, prefix),
        None => sys::same_name(name, pattern),
    })
}
