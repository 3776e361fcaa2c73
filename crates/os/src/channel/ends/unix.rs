//! A Unix socket that everybody can connect to. Both ends ask the kernel who
//! the other is.

use std::ffi::OsStr;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use outlast_model::Pid;
use tokio::net::{UnixListener, UnixStream};

use super::{Arrival, Connection, Peer};
use crate::channel::{SOCKET, SOCKET_DIR, USERS};
use crate::endpoint::unix::{Stream, listen_with_mode, remove_stale};

const ROOT: u32 = 0;

#[derive(Debug)]
pub(super) struct Listener {
    listener: UnixListener,
    users: PathBuf,
}

impl Listener {
    pub(super) fn bind(address: &OsStr) -> io::Result<Self> {
        let dir = Path::new(address);
        let users = dir.join(USERS);
        guardians_dir(dir)?;
        guardians_dir(&users)?;
        let socket_dir = dir.join(SOCKET_DIR);
        let own = rustix::process::geteuid().as_raw();
        if owner_of_socket_dir(&socket_dir)? != own {
            return Err(not_ours(&socket_dir));
        }
        let path = socket_dir.join(SOCKET);
        remove_stale(&path)?;
        let listener = listen_with_mode(&path, 0o666)?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener: UnixListener::from_std(listener)?,
            users,
        })
    }

    pub(super) async fn accept(&mut self) -> io::Result<Arrival> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            // One who has gone already is nobody on some systems.
            let Ok(credentials) = stream.peer_cred() else {
                continue;
            };
            let pid = credentials.pid().and_then(|pid| u32::try_from(pid).ok());
            let peer = Peer {
                user: credentials.uid().to_string(),
                pid: pid.map(Pid),
            };
            if !self.is_admitted(&peer.user) {
                return Ok(Arrival::Refused(peer));
            }
            return Ok(Arrival::Admitted(Connection(stream), peer));
        }
    }

    fn is_admitted(&self, user: &str) -> bool {
        let file = self.users.join(user);
        file.symlink_metadata()
            .is_ok_and(|metadata| metadata.is_file())
    }

    /// Everybody is served.
    #[expect(clippy::unused_self, reason = "on Windows there is something to do")]
    pub(super) const fn look_again(&mut self) {}
}

pub(super) async fn connect(address: &OsStr) -> io::Result<Stream> {
    let dir = Path::new(address);
    guardians_dir(dir)?;
    let socket_dir = dir.join(SOCKET_DIR);
    let core = owner_of_socket_dir(&socket_dir)?;
    let stream = UnixStream::connect(socket_dir.join(SOCKET)).await?;
    // Who listened, not who accepts: a core that was root then is the core.
    let server = stream.peer_cred()?.uid();
    if server == core || server == ROOT {
        return Ok(stream);
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!("another user ({server}) than the core's ({core}) listens at the channel"),
    ))
}

/// A folder that only root or this process's user can have filled, and no link
/// to one.
fn guardians_dir(dir: &Path) -> io::Result<()> {
    let own = rustix::process::geteuid().as_raw();
    let metadata = dir.symlink_metadata()?;
    if is_closed_dir(&metadata) && [ROOT, own].contains(&metadata.uid()) {
        return Ok(());
    }
    Err(not_ours(dir))
}

/// Whom the guardian has given the folder with the socket to.
fn owner_of_socket_dir(dir: &Path) -> io::Result<u32> {
    let metadata = dir.symlink_metadata()?;
    if is_closed_dir(&metadata) {
        return Ok(metadata.uid());
    }
    Err(not_ours(dir))
}

fn is_closed_dir(metadata: &Metadata) -> bool {
    metadata.is_dir() && metadata.mode() & 0o022 == 0
}

fn not_ours(dir: &Path) -> io::Error {
    io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!(
            "{} is not as a guardian makes it for this program: it is a link, another user's, or others may \
             write to it",
            dir.display()
        ),
    )
}
