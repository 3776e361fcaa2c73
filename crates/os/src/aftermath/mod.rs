//! What can still be seen when a program has ended: who has the port it wanted, how
//! full its disks are, what the kernel said, whether its file can be executed at all.
//!
//! Everything here only reads. What the system does not tell, or not to this user, is
//! `None` or empty. Each look takes some milliseconds at the most.

mod program;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
mod kernel_log;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use outlast_model::{Pid, RealTime};

pub use program::{Obstacle, obstacle};

/// Who listens at a TCP port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Where.
    pub address: SocketAddr,
    /// The process; `None`: that is not told.
    pub pid: Option<Pid>,
    /// Its name.
    pub name: Option<String>,
}

/// Who listens at the TCP port `port` of this machine, if anybody does.
pub fn holder(port: u16) -> Option<Holder> {
    sys::holder(port)
}

/// How much room a file system has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Its place in the tree of folders.
    pub mount: PathBuf,
    /// What an ordinary user may still write, in bytes.
    pub free: u64,
    /// In bytes.
    pub total: u64,
    /// How many more files it can have; `None`: no such number bounds it.
    pub free_files: Option<u64>,
    /// Whether nothing may be written there.
    pub is_read_only: bool,
}

/// How much room the file system has on which `path` is.
pub fn room(path: &Path) -> Option<Room> {
    sys::room(path)
}

/// A line of the kernel's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelLine {
    /// When it was written. The kernel's clock stands still while the machine sleeps,
    /// so a line from before a sleep seems to be younger.
    pub at: RealTime,
    /// The text.
    pub text: String,
}

/// The last lines of the kernel's log, oldest first: all that its buffer holds, up to
/// some thousands. Empty where it has none that can be read, or only by root.
pub fn kernel_log() -> Vec<KernelLine> {
    #[cfg(target_os = "linux")]
    return kernel_log::lines();
    #[cfg(not(target_os = "linux"))]
    return Vec::new();
}

/// How much of the last ten seconds something had to wait for a part of the machine, in
/// percent (PSI; kernel: accounting/psi).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pressure {
    /// For what: `cpu`, `memory`, `io`.
    pub of: &'static str,
    /// Something had to.
    pub some: f64,
    /// Everything had to at once.
    pub full: f64,
}

/// What the machine was short of just now; empty where the system does not tell.
pub fn pressure() -> Vec<Pressure> {
    let told = |of: &'static str| {
        let text = std::fs::read_to_string(format!("/proc/pressure/{of}")).ok()?;
        Some(Pressure {
            of,
            some: average(&text, "some")?,
            full: average(&text, "full").unwrap_or(0.0),
        })
    };
    ["cpu", "memory", "io"]
        .into_iter()
        .filter_map(told)
        .collect()
}

/// `some avg10=1.23 avg60=…`.
fn average(text: &str, line: &str) -> Option<f64> {
    let line = text.lines().find_map(|one| one.strip_prefix(line))?;
    let (_, rest) = line.split_once("avg10=")?;
    rest.split(' ').next()?.parse().ok()
}

/// How much processor time a process that this one starts may use (`RLIMIT_CPU`,
/// which is inherited).
pub fn processor_time_limit() -> Option<Duration> {
    sys::processor_time_limit()
}

/// When this machine was started.
pub fn booted() -> Option<RealTime> {
    let now = crate::clock::now();
    let running = sys::running_for()?;
    let nanoseconds = i64::try_from(running.as_nanos()).ok()?;
    Some(RealTime::from_unix_nanos(
        now.real.unix_nanos() - nanoseconds,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_is_found_by_the_port() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = socket.local_addr().expect("it is bound").port();
        if let Some(holder) = holder(port) {
            assert_eq!(holder.address.port(), port);
            // Wine tells no owners.
            assert!(holder.pid.is_none_or(|pid| pid.0 == std::process::id()));
        }
        drop(socket);
    }

    #[test]
    fn a_file_system_has_room() {
        let room = room(&std::env::temp_dir()).expect("it is told");
        assert!(room.total > 0 && room.free <= room.total, "{room:?}");
        assert!(!room.is_read_only);
        assert!(std::env::temp_dir().starts_with(&room.mount), "{room:?}");
    }

    #[test]
    fn pressure_is_the_average_of_ten_seconds() {
        let text = "some avg10=12.50 avg60=1.00 avg300=0.00 total=7\nfull avg10=3.00 avg60=0 avg300=0 total=1\n";
        assert_eq!(average(text, "some"), Some(12.5));
        assert_eq!(average(text, "full"), Some(3.0));
        assert_eq!(average("", "some"), None);
    }

    #[test]
    fn the_machine_was_started_before_this() {
        let booted = booted().expect("it is told");
        assert!(booted < crate::clock::now().real);
    }
}
