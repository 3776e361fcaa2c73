//! Where guardians keep their state.
//!
//! | | as root or SYSTEM | as a user |
//! |---|---|---|
//! | Linux, FreeBSD | `/var/lib/outlast` (FreeBSD: `/var/db/outlast`) | `$XDG_STATE_HOME/outlast`, else `~/.local/state/outlast` |
//! | macOS | `/Library/Application Support/Outlast` | `~/Library/Application Support/Outlast` |
//! | Windows | `%ProgramData%\Outlast` | `%LOCALAPPDATA%\Outlast` |

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

use outlast_model::GuardianName;

/// The state directory of the guardian called `name`, when it is started by
/// whoever runs this process. It need not exist.
///
/// # Errors
/// When this user has no home folder.
pub fn state_dir(name: &GuardianName) -> io::Result<PathBuf> {
    sys::own_parent().map(|parent| parent.join(name.as_str()))
}

/// The folders in which the state directories of this machine's guardians are,
/// as far as this user is concerned: its own first, then the system's.
pub fn state_dirs() -> Vec<PathBuf> {
    let mut parents: Vec<PathBuf> = sys::own_parent().into_iter().collect();
    let system = sys::system_parent();
    if !parents.contains(&system) {
        parents.push(system);
    }
    parents
}

/// The folder of the machine's own guardians.
pub fn system_parent() -> PathBuf {
    sys::system_parent()
}

/// The folder of this user's guardians.
///
/// # Errors
/// When this user has no home folder.
pub fn user_parent() -> io::Result<PathBuf> {
    sys::user_parent()
}

/// The folder of this user's settings: `$XDG_CONFIG_HOME`, else `~/.config`;
/// `~/Library/Preferences` on macOS, `%APPDATA%` on Windows.
///
/// # Errors
/// When this user has no home folder.
pub fn user_config() -> io::Result<PathBuf> {
    sys::user_config()
}

/// The folders in which settings of Outlast's are looked for: the machine's, then this
/// user's. They need not exist.
pub fn settings_dirs() -> Vec<PathBuf> {
    let own = sys::user_config().map(|dir| dir.join("outlast"));
    std::iter::once(sys::system_settings()).chain(own).collect()
}

/// Makes a folder that only this user (and the administrator) can enter, with
/// its parents. One that exists is left as it is.
///
/// # Errors
/// As the file system tells them; `NotADirectory` when something else is there.
pub fn create_private_dir(dir: &Path) -> io::Result<()> {
    sys::create_private_dir(dir)
}
