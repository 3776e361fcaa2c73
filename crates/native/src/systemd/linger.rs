//! Whether a user's systemd runs from boot on.
//!
//! Lingering belongs to the user and not to one service: it is begun with the
//! first service that needs it, and ended with the last one, but only when it
//! was begun here. A note in the register says so.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use outlast_os::access;
use outlast_os::bus::Linger;

use crate::definition::Scope;
use crate::manager::{Error, ManagerKind};
use crate::register::Register;

use super::ask;
use super::render::boot_target;

/// How long a user's systemd may take to start.
const FOR_A_START: Duration = Duration::from_secs(30);

/// Whether `user` lingers. logind keeps a file for each who does.
pub(super) fn is_on(user: &str) -> bool {
    Path::new("/var/lib/systemd/linger").join(user).exists()
}

/// Whether it was begun here.
pub(super) fn is_ours() -> bool {
    note().is_ok_and(|note| note.exists())
}

/// Begins it, unless it was begun by somebody.
pub(super) fn begin(user: &str) -> Result<(), Error> {
    if is_on(user) {
        return Ok(());
    }
    let note = note()?;
    access::write_whole(&note, user.as_bytes(), 0o644)
        .map_err(|source| Error::io("write", &note, source))?;
    if let Err(refused) = ask::set_linger(user, Linger::On) {
        forget(&note)?;
        return Err(refused);
    }
    wait_for_start(user)
}

/// Ends it, when it was begun here and no registered service needs it.
pub(super) fn end(user: &str) -> Result<(), Error> {
    let note = note()?;
    if !note.exists() || is_needed()? {
        return Ok(());
    }
    if is_on(user) {
        ask::set_linger(user, Linger::Off)?;
    }
    forget(&note)
}

fn note() -> Result<PathBuf, Error> {
    Ok(register()?.dir().join("linger"))
}

fn register() -> Result<Register, Error> {
    Register::of(Scope::User)
        .map_err(|source| Error::system("find this user's register".to_owned(), source))
}

fn is_needed() -> Result<bool, Error> {
    let all = register()?.all()?;
    // One that cannot be read may need it.
    Ok(all.iter().any(|one| match one {
        Ok(registration) => registration.manager_kind == ManagerKind::Systemd,
        Err(_) => true,
    }))
}

fn forget(note: &Path) -> Result<(), Error> {
    match fs::remove_file(note) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("remove", note, source))
        }
        _ => Ok(()),
    }
}

/// logind answers before the user's systemd runs, and one that is ending still
/// answers. There is no call that waits, so it is asked until it is up.
fn wait_for_start(user: &str) -> Result<(), Error> {
    let end = Instant::now() + FOR_A_START;
    while !is_up() {
        if Instant::now() > end {
            return Err(Error::TimedOut {
                attempt: format!("see the systemd of {user} run"),
                patience: FOR_A_START,
            });
        }
        sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn is_up() -> bool {
    let target = ask::properties(Scope::User, boot_target(Scope::User));
    target.is_ok_and(|told| {
        let state = told.get("ActiveState").map(String::as_str);
        matches!(state, Some("active" | "activating"))
    })
}
