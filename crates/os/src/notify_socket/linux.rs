//! Datagram sockets of the Unix domain (`unix(7)`).
//!
//! The name is abstract and chosen by the kernel ("autobind"), so nothing is
//! left in a folder, no account needs access to one, and it is not used again
//! before a million others. Anybody may send to it.

use std::ffi::OsString;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;

use outlast_model::Pid;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::Received;
use super::message::{MAX_MESSAGE, parse};
use crate::account::Account;
use crate::polled::polled;

/// As many as the kernel passes at once (`SCM_MAX_FD`).
const MAX_DESCRIPTORS: usize = 253;

/// Room for the sender and the descriptors, aligned as control messages are.
#[repr(align(8))]
struct Control([MaybeUninit<u8>; CONTROL]);

#[expect(clippy::cast_possible_truncation, reason = "both are small")]
const CONTROL: usize = {
    // SAFETY: computes a number from a number.
    let (sender, descriptors) = unsafe {
        (
            libc::CMSG_SPACE(size_of::<libc::ucred>() as u32),
            libc::CMSG_SPACE((MAX_DESCRIPTORS * size_of::<i32>()) as u32),
        )
    };
    (sender + descriptors) as usize
};

#[derive(Debug)]
pub(super) struct NotifySocket {
    socket: OwnedFd,
    name: OsString,
}

#[derive(Debug)]
pub(super) struct Messages(AsyncFd<OwnedFd>);

#[derive(Debug)]
pub(crate) struct Passed(Vec<OwnedFd>);

impl NotifySocket {
    pub(super) fn bind(_sender: Option<&Account>) -> io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::DGRAM, flags, None)?;
        // Before there is a name that anybody could send to.
        rustix::net::sockopt::set_socket_passcred(&socket, true)?;
        rustix::net::bind(&socket, &SocketAddrUnix::new_unnamed())?;
        let address = SocketAddrUnix::try_from(rustix::net::getsockname(&socket)?)?;
        let name = address
            .abstract_name()
            .ok_or_else(|| io::Error::other("the kernel gave the socket no name"))?;
        let name = OsString::from_vec([b"@", name].concat());
        Ok(Self { socket, name })
    }

    pub(super) fn name(&self) -> OsString {
        self.name.clone()
    }

    pub(super) fn listen(self) -> io::Result<Messages> {
        polled(self.socket, Interest::READABLE).map(Messages)
    }
}

impl Messages {
    pub(super) async fn next(&mut self) -> io::Result<Received> {
        self.0.async_io(Interest::READABLE, receive).await
    }
}

impl Passed {
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_descriptors(self) -> Vec<OwnedFd> {
        self.0
    }
}

fn receive(socket: &OwnedFd) -> io::Result<Received> {
    let mut text = [0_u8; MAX_MESSAGE];
    let mut control = Control([MaybeUninit::uninit(); CONTROL]);
    let mut part = libc::iovec {
        iov_base: text.as_mut_ptr().cast(),
        iov_len: text.len(),
    };
    // SAFETY: all-zero is a valid `msghdr`: no name, nothing to receive into.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = &raw mut part;
    header.msg_iovlen = 1;
    header.msg_control = control.0.as_mut_ptr().cast();
    header.msg_controllen = CONTROL as _;
    let flags = libc::MSG_CMSG_CLOEXEC | libc::MSG_DONTWAIT;
    // SAFETY: the header points to memory of ours that lives longer than the call.
    let length = unsafe { libc::recvmsg(socket.as_fd().as_raw_fd(), &raw mut header, flags) };
    let length = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
    let (sender, passed) = ancillary(&header);
    let is_whole = header.msg_flags & libc::MSG_TRUNC == 0;
    Ok(Received {
        sender,
        message: is_whole.then(|| parse(&text[..length])),
        passed: super::Passed(Passed(passed)),
    })
}

/// Who sent a message that was received into `header`, and the descriptors that
/// came with it. A process that this one cannot see has the number 0.
fn ancillary(header: &libc::msghdr) -> (Option<Pid>, Vec<OwnedFd>) {
    let mut sender = None;
    let mut passed = Vec::new();
    // SAFETY: the kernel has filled the control buffer and said how far; the
    // macros stay within that. Data may lie unaligned, so it is read so. Each
    // descriptor is new and nobody else's.
    unsafe {
        let mut entry = libc::CMSG_FIRSTHDR(header);
        while let Some(found) = entry.as_ref() {
            let data = libc::CMSG_DATA(entry);
            let length = found.cmsg_len - libc::CMSG_LEN(0) as usize;
            match (found.cmsg_level, found.cmsg_type) {
                (libc::SOL_SOCKET, libc::SCM_CREDENTIALS) if length >= size_of::<libc::ucred>() => {
                    let who = data.cast::<libc::ucred>().read_unaligned();
                    sender = u32::try_from(who.pid).ok().filter(|pid| *pid > 0).map(Pid);
                }
                (libc::SOL_SOCKET, libc::SCM_RIGHTS) => {
                    for index in 0..length / size_of::<i32>() {
                        let number = data.cast::<i32>().add(index).read_unaligned();
                        passed.push(OwnedFd::from_raw_fd(number));
                    }
                }
                _ => {}
            }
            entry = libc::CMSG_NXTHDR(header, entry);
        }
    }
    (sender, passed)
}
