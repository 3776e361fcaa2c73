//! Sockets of processes that listen.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt as _;

use std::time::{Duration, Instant};

use super::Listener;
use crate::inspection::tcp;
use crate::tree::table::rows;

pub(super) fn listeners(pid: u32) -> Option<Vec<Listener>> {
    of(&family(pid)?, &[])
}

/// How long a look at all processes may take.
const LIMIT: Duration = Duration::from_millis(50);

pub(super) fn at(address: SocketAddr) -> Option<String> {
    let by = Instant::now() + LIMIT;
    let table = tcp::table(std::process::id());
    let is_in_the_way = |row: &&tcp::Row| {
        let (ours, theirs) = (address.ip(), row.local.ip());
        row.state == tcp::LISTEN
            && row.local.port() == address.port()
            && (ours == theirs || ours.is_unspecified() || theirs.is_unspecified())
    };
    let socket = table.iter().find(is_in_the_way)?.inode;
    let (pid, name) = owner(socket, by)?;
    Some(format!("process {pid} ({name})"))
}

pub(super) fn at_port(port: u16) -> Option<(SocketAddr, Option<(u32, String)>)> {
    let by = Instant::now() + LIMIT;
    let table = tcp::table(std::process::id());
    let mut listening = table.iter().filter(|row| row.state == tcp::LISTEN);
    let row = listening.find(|row| row.local.port() == port)?;
    Some((row.local, owner(row.inode, by)))
}

/// The process that has this socket, and its name.
fn owner(socket: u64, by: Instant) -> Option<(u32, String)> {
    for row in rows().ok()? {
        if Instant::now() >= by {
            return None;
        }
        let pid = row.pid.cast_unsigned();
        if tcp::sockets_of(pid).is_some_and(|sockets| sockets.contains(&socket)) {
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            let name: String = name.trim().chars().filter(|c| !c.is_control()).collect();
            return Some((pid, name));
        }
    }
    None
}

pub(super) fn any_listens(pids: &[u32], except: &[u64]) -> Option<bool> {
    of(pids, except).map(|found| !found.is_empty())
}

fn of(pids: &[u32], except: &[u64]) -> Option<Vec<Listener>> {
    let mut found = Vec::new();
    for &pid in pids {
        let sockets = tcp::sockets_of(pid)?;
        let rows = tcp::table(pid);
        let listening = rows.iter().filter(|row| row.state == tcp::LISTEN);
        let own =
            listening.filter(|row| sockets.contains(&row.inode) && !except.contains(&row.inode));
        found.extend(own.map(|row| Listener {
            pid,
            address: row.local,
            is_all_powerful: is_root_s(pid),
        }));
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

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

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
}
