//! Who can change what is found under a path: the file, or, by putting another
//! in its place, any folder on the way to it.

#[cfg(target_os = "linux")]
mod acl;
#[cfg(any(windows, test))]
mod rights;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::io;
use std::path::{Path, PathBuf};

/// One way in which somebody who is no administrator can change what is found
/// under a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// Where: the file itself, or a folder or link on the way to it.
    pub path: PathBuf,
    /// Who.
    pub who: Principal,
    /// What they can do there.
    pub power: Power,
}

/// What somebody can do to a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Power {
    /// Give anybody any right to it, as its owner can.
    Own,
    /// Write into the file.
    Write,
    /// Put something else in the place of what is in the folder.
    Replace,
}

/// Somebody who has rights.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Principal {
    /// One account, several, or all.
    pub kind: PrincipalKind,
    /// The number (Unix) or security identifier (Windows).
    pub id: String,
    /// The name; the number where there is none.
    pub name: String,
    /// Of a Unix group: who is listed as its members. Accounts that have it as
    /// their primary group are not.
    pub members: Vec<String>,
}

/// Whether a principal is one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// One.
    Account,
    /// Those of a group.
    Group,
    /// Everybody on this machine.
    Everyone,
}

/// Every exposure of the file at `path`, which is absolute; links are followed,
/// and those who can change where they lead count too. On macOS and FreeBSD
/// access lists beyond owner, group and mode are not looked at. On Windows an
/// elevated caller counts as the administrator that it is.
///
/// Blocks on the file system and on the directory of accounts.
///
/// # Errors
/// When something on the way cannot be looked at.
pub fn exposures(path: &Path) -> io::Result<Vec<Exposure>> {
    let mut found = sys::exposures(path)?;
    let mut seen = Vec::new();
    found.retain(|exposure| {
        let is_new = !seen.contains(exposure);
        if is_new {
            seen.push(exposure.clone());
        }
        is_new
    });
    Ok(found)
}
