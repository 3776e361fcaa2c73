//! `socket(2)`, `bind(2)`, `listen(2)`, and what a socket with a file needs.

use std::fs::{DirBuilder, Metadata};
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use outlast_model::StartFailure;
use outlast_model::socket::Address;
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, sockopt};

use super::failure;
use crate::account::Account;
use crate::process::Handed;

/// The kernel takes as many as it allows (`somaxconn`).
const ALL_IT_ALLOWS: i32 = i32::MAX;

/// Of folders that are made on the way: anybody may find the socket, whose own mode
/// says who may connect.
const FOLDER_MODE: u32 = 0o755;

#[derive(Debug)]
pub(super) struct Socket {
    descriptor: OwnedFd,
    /// Removed when this is dropped.
    _file: Option<Own>,
}

/// A file that this process has made.
#[derive(Debug)]
struct Own {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Socket {
    pub(super) fn open(
        definition: &outlast_model::Socket,
        user: Option<&Account>,
    ) -> Result<Self, StartFailure> {
        let address = &definition.address;
        open(definition, user).map_err(|error| failure::explain(address, &error))
    }

    pub(super) fn hand(&self) -> Handed<'_> {
        let descriptor = self.descriptor.as_fd();
        if let Ok(flags) = rustix::fs::fcntl_getfl(descriptor)
            && flags.contains(OFlags::NONBLOCK)
        {
            // A program that cannot cope says so itself.
            let _ = rustix::fs::fcntl_setfl(descriptor, flags - OFlags::NONBLOCK);
        }
        Handed(descriptor)
    }

    pub(super) fn inode(&self) -> Option<u64> {
        let status = rustix::fs::fstat(&self.descriptor).ok()?;
        Some(status.st_ino)
    }
}

fn open(definition: &outlast_model::Socket, user: Option<&Account>) -> io::Result<Socket> {
    let backlog = definition.backlog.map_or(ALL_IT_ALLOWS, |backlog| {
        i32::try_from(backlog.get()).unwrap_or(ALL_IT_ALLOWS)
    });
    let (descriptor, file) = match &definition.address {
        Address::Tcp(at) => {
            let descriptor = inet(SocketType::STREAM, *at, definition.reuse_port)?;
            rustix::net::listen(&descriptor, backlog)?;
            (descriptor, None)
        }
        Address::Udp(at) => (inet(SocketType::DGRAM, *at, definition.reuse_port)?, None),
        Address::Unix { path, mode } => {
            let (descriptor, file) = with_file(path, *mode, user)?;
            // Nobody connects before this, so nobody could before the mode was set.
            rustix::net::listen(&descriptor, backlog)?;
            (descriptor, Some(file))
        }
    };
    Ok(Socket {
        descriptor,
        _file: file,
    })
}

fn inet(kind: SocketType, at: SocketAddr, reuse_port: bool) -> io::Result<OwnedFd> {
    let family = match at {
        SocketAddr::V4(_) => AddressFamily::INET,
        SocketAddr::V6(_) => AddressFamily::INET6,
    };
    let descriptor = new(family, kind)?;
    if kind == SocketType::STREAM {
        // Connections of an earlier one that wait for their last packets are in
        // nobody's way. With datagrams it would let others have the same address.
        sockopt::set_socket_reuseaddr(&descriptor, true)?;
    }
    if reuse_port {
        sockopt::set_socket_reuseport(&descriptor, true)?;
    }
    rustix::net::bind(&descriptor, &at)?;
    Ok(descriptor)
}

fn with_file(path: &Path, mode: u32, user: Option<&Account>) -> io::Result<(OwnedFd, Own)> {
    let address = SocketAddrUnix::new(path)?;
    if let Some(folder) = path.parent()
        && !folder.exists()
    {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(FOLDER_MODE).create(folder)?;
    }
    let descriptor = new(AddressFamily::UNIX, SocketType::STREAM)?;
    match rustix::net::bind(&descriptor, &address) {
        Err(Errno::ADDRINUSE) if is_left_behind(path, &address)? => {
            std::fs::remove_file(path)?;
            rustix::net::bind(&descriptor, &address)?;
        }
        bound => bound?,
    }
    let file = Own::at(path)?;
    permit(path, mode, user)?;
    Ok((descriptor, file))
}

/// Whether the file at `path` is a socket at which nobody listens any more.
fn is_left_behind(path: &Path, address: &SocketAddrUnix) -> io::Result<bool> {
    if !path.symlink_metadata()?.file_type().is_socket() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let probe = new(AddressFamily::UNIX, SocketType::STREAM)?;
    // A full backlog shall not hold anybody up.
    rustix::io::ioctl_fionbio(&probe, true)?;
    Ok(rustix::net::connect(&probe, address) == Err(Errno::CONNREFUSED))
}

/// Gives the socket's file its mode and its owner. Whoever may write to the folder
/// may have put something else in its place meanwhile, which is left alone.
#[cfg(target_os = "linux")]
fn permit(path: &Path, mode: u32, user: Option<&Account>) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, Uid};
    use std::os::fd::AsRawFd as _;

    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(CWD, path, flags, Mode::empty())?;
    if FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode) != FileType::Socket {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    // There is no other way to a file that is open by its path only.
    let by_number = format!("/proc/self/fd/{}", file.as_raw_fd());
    rustix::fs::chmod(by_number.as_str(), Mode::from_bits_truncate(mode))?;
    if let Some(entry) = user.map(|account| &account.0) {
        let owner = (Uid::from_raw(entry.uid), Gid::from_raw(entry.gid));
        let flags = AtFlags::EMPTY_PATH;
        rustix::fs::chownat(&file, "", Some(owner.0), Some(owner.1), flags)?;
    }
    Ok(())
}

/// Without a way to hold on to the file in between.
#[cfg(not(target_os = "linux"))]
fn permit(path: &Path, mode: u32, user: Option<&Account>) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    if !path.symlink_metadata()?.file_type().is_socket() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
    if let Some(entry) = user.map(|account| &account.0) {
        std::os::unix::fs::lchown(path, Some(entry.uid), Some(entry.gid))?;
    }
    Ok(())
}

impl Own {
    fn at(path: &Path) -> io::Result<Self> {
        let found = path.symlink_metadata()?;
        Ok(Self {
            path: path.to_owned(),
            device: found.dev(),
            inode: found.ino(),
        })
    }

    fn is(&self, found: &Metadata) -> bool {
        (found.dev(), found.ino()) == (self.device, self.inode)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let found = self.path.symlink_metadata();
        if found.is_ok_and(|found| self.is(&found)) {
            // One that is left is replaced by the next that is opened there.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(target_os = "linux")]
fn new(family: AddressFamily, kind: SocketType) -> io::Result<OwnedFd> {
    use rustix::net::SocketFlags;
    Ok(rustix::net::socket_with(
        family,
        kind,
        SocketFlags::CLOEXEC,
        None,
    )?)
}

/// macOS cannot say it at once; the processes of this crate close what they inherit.
#[cfg(not(target_os = "linux"))]
fn new(family: AddressFamily, kind: SocketType) -> io::Result<OwnedFd> {
    let descriptor = rustix::net::socket(family, kind, None)?;
    rustix::io::fcntl_setfd(&descriptor, rustix::io::FdFlags::CLOEXEC)?;
    Ok(descriptor)
}
