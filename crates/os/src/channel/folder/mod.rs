//! The guardian's part: the folder of a channel, and who is admitted.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use outlast_model::ServiceName;

use super::USERS;
use crate::account::Account;

/// The channel of one core, as its guardian has it. Clones are the same.
///
/// Dropping it leaves the folder: [`remove`](Self::remove) takes it away. What a
/// guardian that was killed has left, the next one's [`make`](Self::make) does.
#[derive(Clone, Debug)]
pub struct Channel(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    dir: PathBuf,
    address: OsString,
    /// How many helpers each user has, by the user's number or identifier.
    admitted: Mutex<HashMap<String, usize>>,
}

impl Channel {
    /// Makes the channel of the service `core` of the guardian with this state
    /// directory, for which the caller holds the lock. Nobody is admitted yet.
    /// `account` is the core's, `None` for the guardian's own.
    ///
    /// Once for as long as the guardian guards that service, not once for each
    /// start of it: whatever is there is removed. Blocks as a file system does.
    ///
    /// # Errors
    /// As the file system tells them; `PermissionDenied` or `AlreadyExists` when
    /// somebody else's folder, or a link, is in the way.
    pub fn make(
        state_dir: &Path,
        core: &ServiceName,
        account: Option<&Account>,
    ) -> io::Result<Self> {
        let (dir, address) = sys::make(state_dir, core, account)?;
        Ok(Self(Arc::new(Shared {
            dir,
            address,
            admitted: Mutex::default(),
        })))
    }

    /// What [`VARIABLE`](super::VARIABLE) is to say, for the core and for its
    /// helpers.
    pub fn address(&self) -> &OsStr {
        &self.0.address
    }

    /// Admits a user to the channel, until the answer, and every other one for the
    /// same user, has ended. Do it before a helper is started, which would be
    /// refused else (and tries again). Blocks as a file system does.
    ///
    /// # Errors
    /// As the file system tells them.
    pub fn admit(&self, account: &Account) -> io::Result<Admission> {
        let user = account.id();
        let mut admitted = self.0.lock();
        let count = admitted.entry(user.clone()).or_default();
        if *count == 0 {
            self.0.note(&user)?;
        }
        *count += 1;
        drop(admitted);
        Ok(Admission {
            user: Some(user),
            channel: Arc::clone(&self.0),
        })
    }

    /// Removes the folder; nobody can connect any more. A core that listens hears
    /// nothing of it. Blocks as a file system does.
    ///
    /// # Errors
    /// As the file system tells them.
    pub fn remove(&self) -> io::Result<()> {
        self.0.lock().clear();
        match sys::remove(&self.0.dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        // Nothing that could panic happens while it is held.
        self.admitted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file_of(&self, user: &str) -> PathBuf {
        self.dir.join(USERS).join(user)
    }

    fn note(&self, user: &str) -> io::Result<()> {
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(self.file_of(user))
            .map(drop)
    }

    /// Held locked from the count to the file: a helper that is started at this
    /// moment finds its user admitted afterwards.
    fn end(&self, user: &str) -> io::Result<()> {
        let mut admitted = self.lock();
        let Some(count) = admitted.get_mut(user) else {
            return Ok(());
        };
        *count -= 1;
        if *count > 0 {
            return Ok(());
        }
        admitted.remove(user);
        match fs::remove_file(self.file_of(user)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// A user may use a channel, as far as one helper of his is concerned. Dropping
/// it ends it; both block as a file system does.
#[derive(Debug)]
#[must_use = "dropping it ends the admission"]
pub struct Admission {
    /// `None`: it has ended.
    user: Option<String>,
    channel: Arc<Shared>,
}

impl Admission {
    /// Ends it. A connection that is there stays until it is closed.
    ///
    /// # Errors
    /// When the file system does not let the user's file be removed: he is
    /// admitted still.
    pub fn end(mut self) -> io::Result<()> {
        match self.user.take() {
            Some(user) => self.channel.end(&user),
            None => Ok(()),
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        if let Some(user) = self.user.take() {
            // Whoever wants to know calls `end`.
            let _ = self.channel.end(&user);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(dir).expect("it is there");
        let name = |entry: io::Result<fs::DirEntry>| {
            let name = entry.expect("readable").file_name();
            name.into_string().expect("text")
        };
        entries.map(name).collect()
    }

    #[test]
    fn a_user_is_admitted_until_his_last_helper_has_ended() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let core = ServiceName::new("core").expect("valid");
        let own = Account::current().expect("whoever runs tests has an account");
        let channel = Channel::make(state.path(), &core, None).expect("made");
        let users = channel.0.dir.join(USERS);
        assert!(names(&users).is_empty());
        let first = channel.admit(&own).expect("admitted");
        let second = channel.admit(&own).expect("admitted");
        assert_eq!(names(&users), [own.id()]);
        first.end().expect("removed");
        assert_eq!(names(&users), [own.id()]);
        drop(second);
        assert!(names(&users).is_empty());
        channel.remove().expect("removed");
        channel.remove().expect("removed already");
        assert!(!channel.0.dir.exists());
    }

    #[test]
    fn what_a_killed_guardian_has_left_is_removed() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let core = ServiceName::new("core").expect("valid");
        let own = Account::current().expect("whoever runs tests has an account");
        let killed = Channel::make(state.path(), &core, Some(&own)).expect("made");
        std::mem::forget(killed.admit(&own).expect("admitted"));
        let channel = Channel::make(state.path(), &core, None).expect("made anew");
        assert_eq!(channel.address(), killed.address());
        assert!(names(&channel.0.dir.join(USERS)).is_empty());
        let other = ServiceName::new("other").expect("valid");
        let beside = Channel::make(state.path(), &other, None).expect("made");
        assert_ne!(beside.address(), channel.address());
        beside.remove().expect("removed");
        channel.remove().expect("removed");
    }
}
