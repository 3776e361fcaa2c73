//! One file a thing that is looked for.

mod boot;
mod linger;
mod listener;
mod rights;
mod search_path;
mod secrets;
mod session;
mod sleep;
mod unquoted;
mod writable;

use std::path::Path;

use super::facts::Facts;
use super::finding::Finding;
use super::subject::Subject;

/// One of them.
pub(crate) type Check = fn(&Subject<'_>, &dyn Facts) -> Vec<Finding>;

/// All of them.
pub(crate) const ALL: [Check; 10] = [
    writable::check,
    unquoted::check,
    secrets::check,
    rights::check,
    listener::check,
    linger::check,
    boot::check,
    search_path::check,
    session::check,
    sleep::check,
];

/// `path` as a word of a command line.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    if text.contains(' ') {
        format!("\"{text}\"")
    } else {
        text
    }
}
