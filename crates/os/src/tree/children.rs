//! The children of this process: who waits for which, and who reaps the rest.
//!
//! A process has one list of children, so this is one list per process, however
//! many forests there are in it (one, but for tests).
//!
//! # Two who reap
//! The owner of a main process reaps exactly that one when its pidfd says so.
//! Orphans that the kernel hands to this process (as subreaper or PID 1) have
//! no owner; on `SIGCHLD` the tender asks for *any* ended child without reaping
//! it (`waitid(WNOWAIT)`), and reaps it by its number.
//!
//! The kernel shows the same ended child until it is reaped. If that is a main
//! process whose owner has not run yet, all orphans behind it are invisible. So
//! the tender reaps it too, and leaves the status here for the owner, who finds
//! it when it gets to run. It is safe because everything between looking at a
//! number and reaping it happens under the one lock: a number is either
//! registered and unreaped, or not ours to touch. For the same reason a birth
//! holds the lock until the number is registered; otherwise a child that ends
//! at once could be taken for an orphan.
//!
//! Code in the same process that starts children on its own (`std::process`)
//! would lose their status to the tender, as to anyone who waits for any child.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use outlast_model::exit::Usage;
use outlast_model::{Exit, StartFailure};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use crate::process::unix::{Newborn, Nursery};

/// How a process ended and what it had used.
pub(super) type Ended = (Exit, Option<Usage>);

/// Tells main processes of the same number apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Serial(u64);

/// Wakes those who wait for a tree to empty, whenever a child was reaped.
pub(super) static CHILD_REAPED: Notify = Notify::const_new();

static CHILDREN: LazyLock<Mutex<Children>> = LazyLock::new(|| {
    Mutex::new(Children {
        nursery: Nursery::new(),
        alive: HashMap::new(),
        ended: BTreeMap::new(),
        births: 0,
    })
});

struct Children {
    nursery: Nursery,
    /// Main processes that have not been reaped.
    alive: HashMap<libc::pid_t, Serial>,
    /// Main processes that the tender reaped, until their owner asks.
    ended: BTreeMap<Serial, Ended>,
    births: u64,
}

/// A panic while the lock is held leaves nothing half done that matters.
fn children() -> MutexGuard<'static, Children> {
    CHILDREN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes a child and registers it in one go.
pub(super) fn bear(
    make: impl FnOnce(&mut Nursery) -> Result<Newborn, StartFailure>,
) -> Result<(Newborn, Serial), StartFailure> {
    let mut children = children();
    let newborn = make(&mut children.nursery)?;
    children.births += 1;
    let serial = Serial(children.births);
    children.alive.insert(newborn.pid, serial);
    Ok((newborn, serial))
}

/// What became of this main process; `None` while it runs.
pub(super) fn collect(pid: libc::pid_t, serial: Serial) -> Option<Ended> {
    let mut children = children();
    if let Some(ended) = children.ended.remove(&serial) {
        return Some(ended);
    }
    let ended = reap(pid)?;
    children.alive.remove(&pid);
    CHILD_REAPED.notify_waiters();
    Some(ended)
}

/// Nobody will ask for this one again: the tender may have it.
pub(super) fn disown(pid: libc::pid_t, serial: Serial) {
    if collect(pid, serial).is_some() {
        return;
    }
    children().alive.remove(&pid);
}

/// Sends a signal to a main process by its number, which is still its own for
/// as long as it is registered.
pub(super) fn signal_by_number(
    pid: libc::pid_t,
    serial: Serial,
    number: libc::c_int,
) -> io::Result<()> {
    let children = children();
    if children.alive.get(&pid) != Some(&serial) {
        return Ok(());
    }
    // SAFETY: plain numbers.
    if unsafe { libc::kill(pid, number) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Whether this is a main process of some tree, and not yet reaped.
#[cfg(target_os = "linux")]
pub(super) fn is_main(pid: libc::pid_t) -> bool {
    children().alive.contains_key(&pid)
}

/// Reaps orphans for ever.
pub(super) async fn tend() {
    let Ok(mut ended) = signal(SignalKind::child()) else {
        // The runtime has no signal driver. Main processes still have their
        // pidfds; zombies of orphans stay until this process ends.
        return std::future::pending().await;
    };
    loop {
        // Before the first wait too: some may have ended before.
        while reap_one_orphan() {
            tokio::task::yield_now().await;
        }
        if ended.recv().await.is_none() {
            return std::future::pending().await;
        }
    }
}

/// Reaps one ended child, if there is one.
fn reap_one_orphan() -> bool {
    let mut children = children();
    let Some(pid) = any_ended() else {
        return false;
    };
    let Some(ended) = reap(pid) else {
        return false;
    };
    if let Some(serial) = children.alive.remove(&pid) {
        children.ended.insert(serial, ended);
    }
    CHILD_REAPED.notify_waiters();
    true
}

/// The number of some child that has ended; it is not reaped.
fn any_ended() -> Option<libc::pid_t> {
    // SAFETY: all-zero is a valid `siginfo_t`, and means "none" here; the place
    // is valid, and the fields are those that `waitid` fills in.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
        let result = libc::waitid(libc::P_ALL, 0, &raw mut info, flags);
        let pid = process_of(&info);
        (result == 0 && pid > 0).then_some(pid)
    }
}

/// # Safety
/// `info` is all-zero or was filled in by `waitid`.
unsafe fn process_of(info: &libc::siginfo_t) -> libc::pid_t {
    #[cfg(target_os = "linux")]
    // SAFETY: by the caller's promise the field is valid.
    return unsafe { info.si_pid() };
    #[cfg(not(target_os = "linux"))]
    return info.si_pid;
}

/// Reaps the child with this number if it has ended.
fn reap(pid: libc::pid_t) -> Option<Ended> {
    let mut status = 0;
    // SAFETY: all-zero is a valid `rusage`.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both places are valid.
        let result = unsafe { libc::wait4(pid, &raw mut status, libc::WNOHANG, &raw mut usage) };
        if result == pid {
            return Some((exit(status), Some(used(&usage))));
        }
        if result == 0 {
            return None;
        }
        match io::Error::last_os_error().raw_os_error() {
            Some(libc::EINTR) => {}
            // Someone else in this process has reaped it.
            _ => return Some((Exit::Unknown, None)),
        }
    }
}

fn exit(status: libc::c_int) -> Exit {
    if libc::WIFEXITED(status) {
        Exit::Code(libc::WEXITSTATUS(status))
    } else if libc::WIFSIGNALED(status) {
        Exit::Signal {
            number: libc::WTERMSIG(status),
            core_dumped: libc::WCOREDUMP(status),
        }
    } else {
        Exit::Unknown
    }
}

fn used(usage: &libc::rusage) -> Usage {
    let time = |time: libc::timeval| {
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        let microseconds = u64::try_from(time.tv_usec).unwrap_or(0);
        Duration::from_secs(seconds) + Duration::from_micros(microseconds)
    };
    // getrusage(2): kilobytes, but bytes on macOS.
    let unit = if cfg!(target_vendor = "apple") {
        1
    } else {
        1024
    };
    Usage {
        user: time(usage.ru_utime),
        system: time(usage.ru_stime),
        max_resident: u64::try_from(usage.ru_maxrss)
            .ok()
            .map(|resident| resident * unit),
    }
}
