//! `/proc/PID/fd` names the sockets of a process, `/proc/PID/net/tcp` and `tcp6`
//! say which of them listen (proc_net(5)). The latter are read of each process,
//! since it may be in a network of its own.

use std::collections::HashSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::MetadataExt as _;

use super::Listener;
use crate::tree::table::rows;

/// `TCP_LISTEN`, as the tables write it.
const LISTEN: &str = "0A";

pub(super) fn listeners(pid: u32) -> Option<Vec<Listener>> {
    of(&family(pid)?)
}

pub(super) fn any_listens(pids: &[u32]) -> Option<bool> {
    of(pids).map(|found| !found.is_empty())
}

fn of(pids: &[u32]) -> Option<Vec<Listener>> {
    let mut found = Vec::new();
    for &pid in pids {
        let sockets = sockets(pid)?;
        for table in ["tcp", "tcp6"] {
            // Without IPv6 there is no table for it.
            let text = fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
            let listening = text.lines().filter_map(listening);
            let own = listening.filter(|(inode, _)| sockets.contains(inode));
            found.extend(own.map(|(_, address)| Listener {
                pid,
                address,
                is_all_powerful: is_root_s(pid),
            }));
        }
    }
    Some(found)
}

/// `pid` and its descendants.
fn family(pid: u32) -> Option<Vec<u32>> {
    let rows = rows().ok()?;
    let mut family = vec![pid];
    let mut next = 0;
    while let Some(&parent) = family.get(next) {
        next += 1;
        let children = rows
            .iter()
            .filter(|row| row.parent.cast_unsigned() == parent && !row.zombie)
            .map(|row| row.pid.cast_unsigned());
        family.extend(children);
    }
    Some(family)
}

/// `/proc/PID` belongs to the effective user of the process (proc(5)).
fn is_root_s(pid: u32) -> bool {
    fs::metadata(format!("/proc/{pid}")).is_ok_and(|status| status.uid() == 0)
}

/// The inodes of its sockets; `None` when this user may not know.
fn sockets(pid: u32) -> Option<HashSet<u64>> {
    let entries = match fs::read_dir(format!("/proc/{pid}/fd")) {
        Ok(entries) => entries,
        // It has ended meanwhile.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Some(HashSet::new()),
        Err(_) => return None,
    };
    Some(
        entries
            .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
            .filter_map(|target| {
                let target = target.to_str()?.strip_prefix("socket:[")?;
                target.strip_suffix(']')?.parse().ok()
            })
            .collect(),
    )
}

/// The inode and address of a line about a listening socket.
fn listening(line: &str) -> Option<(u64, SocketAddr)> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    if *fields.get(3)? != LISTEN {
        return None;
    }
    Some((fields.get(9)?.parse().ok()?, address(fields.get(1)?)?))
}

/// Words of 32 bits in the machine's own byte order, and the port.
fn address(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| {
        let word = u32::from_str_radix(host.get(at * 8..at * 8 + 8)?, 16).ok()?;
        Some(word.to_ne_bytes())
    };
    let host = match host.len() {
        8 => IpAddr::V4(Ipv4Addr::from(word(0)?)),
        32 => {
            let words = [word(0)?, word(1)?, word(2)?, word(3)?];
            let bytes: [u8; 16] = words.concat().try_into().ok()?;
            IpAddr::V6(Ipv6Addr::from(bytes))
        }
        _ => return None,
    };
    Some(SocketAddr::new(host, port))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_listener_of_this_process_is_found() {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            // A machine without IPv6 has nothing to find.
            let Ok(socket) = TcpListener::bind(host) else {
                continue;
            };
            let address = socket.local_addr().expect("it is bound");
            let found = listeners(std::process::id()).expect("own sockets are told");
            assert!(
                found.iter().any(|listener| listener.address == address),
                "{address} in {found:?}"
            );
        }
    }

    #[test]
    fn a_line_is_understood() {
        let line = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0";
        let found = listening(line);
        if cfg!(target_endian = "little") {
            assert_eq!(
                found,
                Some((4242, "127.0.0.1:8080".parse().expect("an address")))
            );
        }
        assert_eq!(listening(&line.replace(" 0A ", " 01 ")), None);
        assert_eq!(listening("  sl  local_address rem_address   st"), None);
    }

    proptest! {
        #[test]
        fn no_line_is_too_strange(line in any::<String>()) {
            listening(&line);
            address(&line);
        }
    }
}
