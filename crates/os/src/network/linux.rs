//! What the kernel shows below `/proc/net`, read whenever route netlink says that
//! something of it has changed (rtnetlink(7)).

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Instant;

use outlast_model::machine::Network;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};
use rustix::pipe::{PipeFlags, pipe_with};
use tokio::sync::mpsc::UnboundedSender;

use super::rule::{CHANGES_FOR, SETTLES_IN, Ways};
use super::tables::{Reach, addresses6, routes, routes6};

pub(super) const IS_TOLD: bool = true;

/// Of a table no more is read. A machine with more routes is a router and does without
/// a default one, or has it among the first of IPv4; its addresses decide then.
const LONGEST_TABLE: u64 = 1024 * 1024;

/// A VLAN on a bridge on a bond on a cable.
const DEEPEST: usize = 4;

/// Links, addresses and routes of both families.
const GROUPS: u32 = (libc::RTMGRP_LINK
    | libc::RTMGRP_IPV4_IFADDR
    | libc::RTMGRP_IPV6_IFADDR
    | libc::RTMGRP_IPV4_ROUTE
    | libc::RTMGRP_IPV6_ROUTE)
    .cast_unsigned();

/// The way to the thread: it ends when this is closed.
#[derive(Debug)]
pub(super) struct Source {
    _wanted: OwnedFd,
}

impl Source {
    pub(super) fn open(told: &UnboundedSender<Network>) -> Option<Self> {
        let changes = Changes::open().ok()?;
        let (unwanted, wanted) = pipe_with(PipeFlags::CLOEXEC).ok()?;
        let told = told.clone();
        std::thread::Builder::new()
            .name("network".to_owned())
            .spawn(move || tell(&told, &changes, &unwanted))
            .ok()?;
        Some(Self { _wanted: wanted })
    }
}

/// Who does not hear of changes any more says that all is well: nobody shall wait for
/// a word that does not come.
fn tell(told: &UnboundedSender<Network>, changes: &Changes, unwanted: &OwnedFd) {
    let mut known = None;
    loop {
        let now = current();
        if let Some(now) = now.filter(|now| Some(*now) != known)
            && told.send(now).is_err()
        {
            return;
        }
        known = now;
        match changes.wait(unwanted) {
            Ok(Waited::Changed) => {}
            Ok(Waited::Unwanted) => return,
            Err(_) => {
                let _ = told.send(Network::Online);
                return;
            }
        }
    }
}

pub(super) fn current() -> Option<Network> {
    let tables = ["route", "ipv6_route", "if_inet6"].map(table);
    let [table4, table6, addresses] = &tables;
    // Without IPv6 there are no such files; without any there is no network.
    let all = routes(table4)
        .chain(routes6(table6))
        .chain(addresses6(addresses));
    let mut ways = Ways {
        everywhere: Vec::new(),
        near: Vec::new(),
    };
    for (reach, interface) in all {
        let of_this = match reach {
            Reach::Everywhere => &mut ways.everywhere,
            Reach::Near => &mut ways.near,
        };
        if !of_this.contains(&interface) {
            of_this.push(interface);
        }
    }
    let asked = interfaces().ok()?;
    Some(ways.network(
        |name| is_up(&asked, name).unwrap_or(false),
        |name| is_physical(&Path::new("/sys/class/net").join(name), DEEPEST),
    ))
}

/// Empty: there is none.
fn table(name: &str) -> String {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(Path::new("/proc/self/net").join(name)) {
        let _ = file.take(LONGEST_TABLE).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What can be asked about interfaces.
fn interfaces() -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC;
    Ok(socket_with(
        AddressFamily::UNIX,
        SocketType::DGRAM,
        flags,
        None,
    )?)
}

/// Whether the interface is switched on and something is on the other end, or nobody
/// can tell. Not by `/sys`, which is that of whoever mounted it.
fn is_up(asked: &OwnedFd, name: &str) -> Option<bool> {
    let running = libc::IFF_UP | libc::IFF_RUNNING;
    let flags = libc::c_int::from(flags(asked, name)?);
    Some(flags & running == running)
}

/// `SIOCGIFFLAGS` (netdevice(7)). `None`: there is no such interface.
fn flags(asked: &OwnedFd, name: &str) -> Option<libc::c_short> {
    let mut request = libc::ifreq {
        ifr_name: [0; libc::IFNAMSIZ],
        ifr_ifru: libc::__c_anonymous_ifr_ifru { ifru_flags: 0 },
    };
    // The last one stays zero.
    let places = request.ifr_name.split_last_mut()?.1;
    if name.len() > places.len() {
        return None;
    }
    for (place, byte) in places.iter_mut().zip(name.bytes()) {
        *place = byte.cast_signed() as libc::c_char;
    }
    // SAFETY: the descriptor is open, and the request is whole and ours.
    let failed =
        unsafe { libc::ioctl(asked.as_raw_fd(), libc::SIOCGIFFLAGS, &raw mut request) } < 0;
    if failed {
        return None;
    }
    // SAFETY: it was zero before, so it is a number in any case.
    Some(unsafe { request.ifr_ifru.ifru_flags })
}

/// Whether the interface whose folder this is has a device, or lies on one that has.
fn is_physical(interface: &Path, deepest: usize) -> bool {
    if interface.join("device").exists() {
        return true;
    }
    let Ok(entries) = fs::read_dir(interface) else {
        return false;
    };
    let is_lower =
        |entry: &fs::DirEntry| entry.file_name().as_encoded_bytes().starts_with(b"lower_");
    let lower = entries.flatten().filter(is_lower);
    let mut lower = lower.map(|entry: fs::DirEntry| -> PathBuf { entry.path() });
    deepest > 0 && lower.any(|lower| is_physical(&lower, deepest - 1))
}

/// What the kernel tells of links, addresses and routes.
struct Changes(OwnedFd);

/// What came.
#[derive(Debug, PartialEq, Eq)]
enum Waited {
    Changed,
    Unwanted,
}

impl Changes {
    fn open() -> io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        // `NETLINK_ROUTE` is 0, which is no protocol to others.
        let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
        bind(&socket, &SocketAddrNetlink::new(0, GROUPS))?;
        Ok(Self(socket))
    }

    /// Returns when something has changed and that is over, or when `unwanted` is
    /// closed at its other end.
    fn wait(&self, unwanted: &OwnedFd) -> io::Result<Waited> {
        if self.wait_for(unwanted, None)? == Some(Waited::Unwanted) {
            return Ok(Waited::Unwanted);
        }
        let began = Instant::now();
        loop {
            self.drain()?;
            let left = CHANGES_FOR.saturating_sub(began.elapsed());
            let settles = Timespec::try_from(SETTLES_IN.min(left)).map_err(io::Error::other)?;
            match self.wait_for(unwanted, Some(&settles))? {
                None => return Ok(Waited::Changed),
                Some(Waited::Changed) if left.is_zero() => {
                    self.drain()?;
                    return Ok(Waited::Changed);
                }
                Some(Waited::Changed) => {}
                Some(Waited::Unwanted) => return Ok(Waited::Unwanted),
            }
        }
    }

    /// `None`: nothing came in time.
    fn wait_for(&self, unwanted: &OwnedFd, time: Option<&Timespec>) -> io::Result<Option<Waited>> {
        let mut both = [
            PollFd::from_borrowed_fd(self.0.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(unwanted.as_fd(), PollFlags::empty()),
        ];
        loop {
            match poll(&mut both, time) {
                Err(Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
                Ok(0) => return Ok(None),
                Ok(_) => {}
            }
            return Ok(Some(if both[1].revents().is_empty() {
                Waited::Changed
            } else {
                Waited::Unwanted
            }));
        }
    }

    /// What it says is looked up, so none of it is read; too much at once is a change,
    /// too.
    fn drain(&self) -> io::Result<()> {
        let mut message = [0_u8; 1];
        loop {
            match recv(&self.0, &mut message, RecvFlags::empty()) {
                Ok(_) | Err(Errno::NOBUFS | Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_is_up_and_what_is_not_there_is_not() {
        let asked = interfaces().expect("it takes no rights");
        assert_eq!(is_up(&asked, "lo"), Some(true));
        assert_eq!(is_up(&asked, "no-such-thing"), None);
        assert_eq!(is_up(&asked, "longer-than-any-interface"), None);
    }

    #[test]
    fn what_lies_on_a_device_is_physical() {
        let folder = tempfile::tempdir().expect("a folder");
        let make = |path: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(&path).expect("a folder");
            path
        };
        let link = |from: &Path, to: &Path| std::os::unix::fs::symlink(to, from).expect("a link");
        let (eth, bond, bridge) = (make("eth0"), make("bond0"), make("br0"));
        let (tap, virtual_bridge) = (make("vnet0"), make("virbr0"));
        make("eth0/device");
        link(&bond.join("lower_eth0"), &eth);
        link(&bridge.join("lower_bond0"), &bond);
        link(&virtual_bridge.join("lower_vnet0"), &tap);
        // No interface lies on itself; a wrong one must not hang.
        link(&tap.join("lower_virbr0"), &virtual_bridge);
        assert!(is_physical(&eth, DEEPEST));
        assert!(is_physical(&bridge, DEEPEST));
        assert!(!is_physical(&virtual_bridge, DEEPEST));
        assert!(!is_physical(&folder.path().join("gone"), DEEPEST));
    }

    #[test]
    fn the_thread_ends_when_nobody_wants_to_know() {
        let changes = Changes::open().expect("it takes no rights");
        let (unwanted, wanted) = pipe_with(PipeFlags::CLOEXEC).expect("a pipe");
        let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
        let thread = std::thread::spawn(move || tell(&told, &changes, &unwanted));
        assert!(heard.blocking_recv().is_some(), "how it is at first");
        drop(wanted);
        thread.join().expect("it ends");
    }
}
