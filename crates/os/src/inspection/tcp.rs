//! `/proc/PID/fd` names the sockets of a process, `/proc/PID/net/tcp` and `tcp6`
//! say what they are (proc_net(5)). The latter are read of each process, since it
//! may be in a network of its own.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// `TCP_LISTEN`.
pub(crate) const LISTEN: u8 = 0x0A;

/// Some twenty thousand sockets; a busy machine has many more, and a look at it
/// shall end.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// A line of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
    pub(crate) state: u8,
    /// Bytes that were sent and have not arrived.
    pub(crate) unsent: u32,
    /// Bytes that were not read; of a listening socket, connections that were not
    /// accepted.
    pub(crate) unread: u32,
    pub(crate) inode: u64,
}

/// The TCP sockets of the network in which `pid` is.
pub(crate) fn table(pid: u32) -> Vec<Row> {
    let mut rows = Vec::new();
    for table in ["tcp", "tcp6"] {
        let mut text = String::new();
        // Without IPv6 there is no table for it.
        if let Ok(file) = File::open(format!("/proc/{pid}/net/{table}")) {
            let _ = file.take(MOST_BYTES).read_to_string(&mut text);
        }
        rows.extend(text.lines().filter_map(row));
    }
    rows
}

/// The inodes of its sockets; `None` when this user may not know.
pub(crate) fn sockets_of(pid: u32) -> Option<HashSet<u64>> {
    let entries = match fs::read_dir(format!("/proc/{pid}/fd")) {
        Ok(entries) => entries,
        // It has ended meanwhile.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Some(HashSet::new()),
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

fn row(line: &str) -> Option<Row> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let (local, remote) = (address(fields.next()?)?, address(fields.next()?)?);
    let state = u8::from_str_radix(fields.next()?, 16).ok()?;
    let (unsent, unread) = fields.next()?.split_once(':')?;
    let inode = fields.nth(4)?.parse().ok()?;
    Some(Row {
        local,
        remote,
        state,
        unsent: u32::from_str_radix(unsent, 16).ok()?,
        unread: u32::from_str_radix(unread, 16).ok()?,
        inode,
    })
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
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_understood() {
        let line = "   0: 0100007F:1F90 00000000:0000 0A 00000002:00000081 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0";
        if cfg!(target_endian = "little") {
            let expected = Row {
                local: "127.0.0.1:8080".parse().expect("an address"),
                remote: "0.0.0.0:0".parse().expect("an address"),
                state: LISTEN,
                unsent: 2,
                unread: 129,
                inode: 4242,
            };
            assert_eq!(row(line), Some(expected));
        }
        assert_eq!(row("  sl  local_address rem_address   st"), None);
    }

    proptest! {
        #[test]
        fn no_line_is_too_strange(line in any::<String>()) {
            row(&line);
            address(&line);
        }
    }
}
