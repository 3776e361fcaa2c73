//! A Unix socket of mode 0600; the credentials of the peer come from the
//! kernel.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener as StdListener;
use std::path::{Path, PathBuf};

use outlast_model::Pid;
use rustix::fs::Access;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType};
use tokio::net::{UnixListener, UnixStream};

use super::{Address, Peer};
use crate::hash::fnv1a;

/// The shortest of the systems' limits is 104 bytes with the final zero.
pub(crate) const LONGEST: usize = 100;

pub(crate) type Stream = UnixStream;

pub(super) fn place(state_dir: &Path) -> PathBuf {
    let plain = state_dir.join("control.sock");
    if plain.as_os_str().len() <= LONGEST && !is_read_only(state_dir) {
        return plain;
    }
    let canonical = state_dir
        .canonicalize()
        .or_else(|_| std::path::absolute(state_dir))
        .unwrap_or_else(|_| state_dir.to_owned());
    let hash = fnv1a(canonical.as_os_str().as_bytes());
    short_dir(state_dir).join(format!("{hash:016x}.sock"))
}

/// A directory that does not exist yet is going to be made.
fn is_read_only(dir: &Path) -> bool {
    dir.exists() && rustix::fs::access(dir, Access::WRITE_OK).is_err()
}

/// Root looks where the owner of the state directory would have listened.
fn short_dir(state_dir: &Path) -> PathBuf {
    let mut uid = rustix::process::geteuid().as_raw();
    if uid == 0
        && let Ok(metadata) = state_dir.metadata()
    {
        uid = metadata.uid();
    }
    short_dir_of(uid)
}

pub(crate) fn short_dir_of(uid: u32) -> PathBuf {
    PathBuf::from(format!("/tmp/outlast-{uid}"))
}

#[derive(Debug)]
pub(super) struct Listener {
    listener: UnixListener,
}

impl Listener {
    pub(super) fn bind(address: &Address) -> io::Result<Self> {
        let path = &address.place;
        if path.parent().is_some_and(|dir| dir.starts_with("/tmp")) {
            prepare_short_dir(path)?;
        }
        remove_stale(path)?;
        let listener = listen_with_mode(path, 0o600)?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener: UnixListener::from_std(listener)?,
        })
    }

    pub(super) async fn accept(&mut self) -> io::Result<(Stream, Peer)> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            let credentials = stream.peer_cred()?;
            let own = rustix::process::geteuid().as_raw();
            if credentials.uid() != own && credentials.uid() != 0 {
                continue;
            }
            let pid = credentials.pid().and_then(|pid| u32::try_from(pid).ok());
            let peer = Peer {
                pid: pid.map(Pid),
                user: Some(credentials.uid().to_string()),
            };
            return Ok((stream, peer));
        }
    }
}

/// Makes the folder below `/tmp`, where anybody might have been before us.
/// Folders of callers' own choice below `/tmp` exist and are left alone.
fn prepare_short_dir(socket_path: &Path) -> io::Result<()> {
    let Some(dir) = socket_path.parent() else {
        return Ok(());
    };
    if dir.parent() != Some(Path::new("/tmp")) || !is_short_dir(dir) {
        return Ok(());
    }
    make_short_dir(dir)
}

/// Makes one of [`short_dir_of`] this process's user.
pub(crate) fn make_short_dir(dir: &Path) -> io::Result<()> {
    match std::fs::DirBuilder::new().mode(0o700).create(dir) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let metadata = dir.symlink_metadata()?;
    let own = rustix::process::geteuid().as_raw();
    if metadata.is_dir() && metadata.uid() == own && metadata.mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!(
            "{} is not a private folder of this user: remove it",
            dir.display()
        ),
    ))
}

/// `outlast-UID`, as [`short_dir`] makes it.
fn is_short_dir(dir: &Path) -> bool {
    dir.file_name()
        .and_then(|name| name.to_str()?.strip_prefix("outlast-"))
        .is_some_and(|uid| uid.parse::<u32>().is_ok())
}

pub(super) fn clear(address: &Address) {
    let _ = remove_stale(&address.place);
}

/// Removes the socket of an earlier guardian, and nothing that is no socket.
pub(crate) fn remove_stale(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.file_type().is_socket() => std::fs::remove_file(path),
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("{} is in the way: it is no socket", path.display()),
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// `bind`, then the mode, then `listen`: nobody can connect before the last,
/// so there is no moment in which the mode that the umask gave counts, and the
/// umask, which all threads share, is left alone.
pub(crate) fn listen_with_mode(path: &Path, mode: u32) -> io::Result<StdListener> {
    let socket = rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    rustix::net::bind(&socket, &SocketAddrUnix::new(path)?)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
    rustix::net::listen(&socket, 64)?;
    Ok(StdListener::from(socket))
}

pub(super) async fn connect(address: &Address) -> io::Result<Stream> {
    let stream = UnixStream::connect(&address.place).await?;
    let server = stream.peer_cred()?.uid();
    let own = rustix::process::geteuid().as_raw();
    if own == 0 || server == 0 || server == own {
        return Ok(stream);
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!("{address} belongs to another user ({server})"),
    ))
}
