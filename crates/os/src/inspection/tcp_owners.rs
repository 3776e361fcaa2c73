//! The TCP sockets of the machine, each with the process that has it
//! (`GetExtendedTcpTable`).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use windows_sys::Win32::Foundation::{ERROR_INSUFFICIENT_BUFFER, NO_ERROR};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GetExtendedTcpTable, MIB_TCP_STATE_LISTEN, TCP_TABLE_OWNER_PID_ALL,
};
use windows_sys::Win32::Networking::WinSock::{AF_INET, AF_INET6};

/// In words of 32 bits: some tens of thousands of sockets. A look at a busy machine
/// shall end.
const MOST_WORDS: usize = 1024 * 1024;

/// What is tried first.
const FIRST_WORDS: usize = 4096;

/// A socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// `None`: nobody's any more (`TIME_WAIT`), or that is not told. Wine 8 tells it of
    /// none.
    pub(crate) pid: Option<u32>,
    pub(crate) local: SocketAddr,
    /// `None`: it listens.
    pub(crate) remote: Option<SocketAddr>,
}

/// All of them.
///
/// # Errors
/// The system's refusal. Without IPv6 there is none of that.
pub(crate) fn table() -> io::Result<Vec<Row>> {
    let mut rows: Vec<Row> = rows(&words(AF_INET)?, 6).filter_map(row_of_v4).collect();
    if let Ok(words) = words(AF_INET6) {
        rows.extend(self::rows(&words, 14).filter_map(row_of_v6));
    }
    Ok(rows)
}

fn words(family: u16) -> io::Result<Vec<u32>> {
    let mut words = vec![0_u32; FIRST_WORDS];
    // Between two calls more sockets may be opened.
    while words.len() <= MOST_WORDS {
        let mut size = size_of_val(words.as_slice()) as u32;
        // SAFETY: the buffer has that size, and is aligned as the table's numbers.
        let result = unsafe {
            GetExtendedTcpTable(
                words.as_mut_ptr().cast(),
                &raw mut size,
                0,
                family.into(),
                TCP_TABLE_OWNER_PID_ALL,
                0,
            )
        };
        match result {
            NO_ERROR => return Ok(words),
            ERROR_INSUFFICIENT_BUFFER => {
                let wanted = size as usize / size_of::<u32>();
                words.resize(wanted.max(words.len()) * 2, 0);
            }
            error => return Err(io::Error::from_raw_os_error(error.cast_signed())),
        }
    }
    Err(io::Error::other("there are too many sockets"))
}

/// The count, and as many rows of `width` words behind it.
fn rows(words: &[u32], width: usize) -> impl Iterator<Item = &[u32]> {
    let count = words.first().map_or(0, |count| *count as usize);
    let all = words.get(1..).unwrap_or_default();
    all.chunks_exact(width).take(count)
}

fn row_of_v4(row: &[u32]) -> Option<Row> {
    let &[state, local, local_port, remote, remote_port, pid] = row else {
        return None;
    };
    let address = |word: u32| IpAddr::V4(Ipv4Addr::from(word.to_ne_bytes()));
    let local = SocketAddr::new(address(local), port(local_port));
    let remote = SocketAddr::new(address(remote), port(remote_port));
    Some(Row {
        pid: owner(pid),
        local,
        remote: (!is_listening(state)).then_some(remote),
    })
}

fn row_of_v6(row: &[u32]) -> Option<Row> {
    let address = |words: &[u32]| {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        let bytes: [u8; 16] = bytes.try_into().ok()?;
        Some(IpAddr::V6(Ipv6Addr::from(bytes)))
    };
    let at = |words: &[u32]| {
        Some(SocketAddr::new(
            address(words.get(..4)?)?,
            port(*words.get(5)?),
        ))
    };
    let local = at(row.get(..6)?)?;
    let remote = at(row.get(6..12)?)?;
    let (state, pid) = (*row.get(12)?, *row.get(13)?);
    Some(Row {
        pid: owner(pid),
        local,
        remote: (!is_listening(state)).then_some(remote),
    })
}

fn owner(pid: u32) -> Option<u32> {
    (pid != 0).then_some(pid)
}

const fn is_listening(state: u32) -> bool {
    state == MIB_TCP_STATE_LISTEN.cast_unsigned()
}

/// Its two bytes come as they are sent; what is above them is not set.
const fn port(word: u32) -> u16 {
    let [high, low, ..] = word.to_ne_bytes();
    u16::from_be_bytes([high, low])
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn sockets_of_this_process_are_its_own() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let at = listener.local_addr().expect("it is bound");
        let client = TcpStream::connect(at).expect("the system accepts");
        let from = client.local_addr().expect("it is connected");
        let rows = table().expect("the table is told");
        for (local, remote) in [(at, None), (from, Some(at))] {
            let mut those = rows
                .iter()
                .filter(|row| (row.local, row.remote) == (local, remote));
            let row = those
                .next()
                .unwrap_or_else(|| panic!("{local} is not in {rows:?}"));
            let pid = row.pid.unwrap_or_else(|| {
                eprintln!("SKIPPED: nobody tells whose {local} is");
                std::process::id()
            });
            assert_eq!(pid, std::process::id());
        }
    }

    #[test]
    fn a_row_of_the_longer_kind_is_understood() {
        let mut row = [0_u32; 14];
        row[3] = u32::from_ne_bytes([0, 0, 0, 1]);
        row[5] = u32::from_ne_bytes([0x1F, 0x90, 0xFF, 0xFF]);
        row[12] = MIB_TCP_STATE_LISTEN.cast_unsigned();
        row[13] = 77;
        let expected = Row {
            pid: Some(77),
            local: "[::1]:8080".parse().expect("an address"),
            remote: None,
        };
        assert_eq!(row_of_v6(&row), Some(expected));
        assert_eq!(row_of_v6(&row[..13]), None);
    }
}
