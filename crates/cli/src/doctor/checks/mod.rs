//! One file a thing that is looked for.

mod battery_saver;
mod boot;
mod fast_startup;
mod frozen_users;
mod linger;
mod listener;
mod modern_standby;
mod rights;
mod search_path;
mod secrets;
mod session;
mod session_kill;
pub(super) mod sleep;
mod unquoted;
mod writable;

use std::path::Path;

use super::facts::Facts;
use super::finding::Finding;
use super::subject::Subject;

/// One of them.
pub(crate) type Check = fn(&Subject<'_>, &dyn Facts) -> Vec<Finding>;

/// All of them.
pub(crate) const ALL: [Check; 15] = [
    writable::check,
    unquoted::check,
    secrets::check,
    rights::check,
    listener::check,
    linger::check,
    session_kill::check,
    frozen_users::check,
    boot::check,
    search_path::check,
    session::check,
    modern_standby::check,
    fast_startup::check,
    battery_saver::check,
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
