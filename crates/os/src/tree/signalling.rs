//! Sending signals to processes that might have ended meanwhile.

use std::io;

use outlast_model::Signal;
use outlast_model::service::Ask;

/// How often a tree is searched anew for processes that were born meanwhile. A
/// killed process makes no more children, so each round leaves fewer; only one
/// that outruns the search comes this far.
const MOST_ROUNDS: usize = 100;

/// The signal for this way of asking.
pub(super) fn number(ask: Ask) -> io::Result<libc::c_int> {
    match ask {
        Ask::Signal(signal) => Ok(signal_number(signal)),
        Ask::CtrlC => Ok(libc::SIGINT),
        Ask::CtrlBreak | Ask::CloseWindow => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "Unix has no Ctrl-Break and no window messages; name a signal",
        )),
    }
}

fn signal_number(signal: Signal) -> libc::c_int {
    match signal {
        Signal::Hup => libc::SIGHUP,
        Signal::Int => libc::SIGINT,
        Signal::Quit => libc::SIGQUIT,
        Signal::Abrt => libc::SIGABRT,
        Signal::Kill => libc::SIGKILL,
        Signal::Usr1 => libc::SIGUSR1,
        Signal::Usr2 => libc::SIGUSR2,
        Signal::Alrm => libc::SIGALRM,
        Signal::Term => libc::SIGTERM,
        Signal::Cont => libc::SIGCONT,
        Signal::Winch => libc::SIGWINCH,
    }
}

/// Sends a signal to the process of this pidfd; none is left is no error.
#[cfg(target_os = "linux")]
pub(super) fn send_by_pidfd(
    pidfd: std::os::fd::BorrowedFd<'_>,
    number: libc::c_int,
) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    // SAFETY: a valid descriptor and plain numbers; no siginfo is given.
    let result = unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            pidfd.as_raw_fd(),
            number,
            std::ptr::null::<libc::siginfo_t>(),
            0,
        )
    };
    unless_gone(result)
}

fn unless_gone(result: libc::c_long) -> io::Result<()> {
    if result >= 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    if error.raw_os_error() == Some(libc::ESRCH) {
        return Ok(());
    }
    Err(error)
}

/// A process as a search found it.
pub(super) trait Found: Copy + PartialEq {
    /// Its number.
    fn pid(self) -> libc::pid_t;
    /// Whether the number is still that process's.
    fn is_still_it(self) -> bool;
}

/// Sends a signal to one found process, and to no other that got its number
/// meanwhile: the pidfd holds on to *some* process of that number, and if the
/// search's process is still there after it was opened, it is that one.
#[cfg(target_os = "linux")]
fn send(found: impl Found, number: libc::c_int) -> io::Result<()> {
    use std::os::fd::AsFd;

    use rustix::io::Errno;
    use rustix::process::{Pid, PidfdFlags, pidfd_open};
    let Some(pid) = Pid::from_raw(found.pid()) else {
        return Ok(());
    };
    match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(pidfd) if found.is_still_it() => send_by_pidfd(pidfd.as_fd(), number),
        Ok(_) | Err(Errno::SRCH) => Ok(()),
        Err(Errno::NOSYS | Errno::PERM) => send_by_number(found, number),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn send(found: impl Found, number: libc::c_int) -> io::Result<()> {
    send_by_number(found, number)
}

/// Between the look and the signal the number could change hands; without
/// pidfds the system offers nothing better.
fn send_by_number(found: impl Found, number: libc::c_int) -> io::Result<()> {
    if !found.is_still_it() {
        return Ok(());
    }
    // SAFETY: plain numbers.
    unless_gone(unsafe { libc::kill(found.pid(), number) }.into())
}

/// Sends a signal to each; gives the first refusal, after all were tried.
pub(super) fn send_to_all<F: Found>(all: &[F], number: libc::c_int) -> io::Result<()> {
    all.iter()
        .map(|found| send(*found, number))
        .fold(Ok(()), Result::and)
}

/// Kills everything that `search` finds, until two searches in a row find
/// nothing new. One is not enough: a search is no snapshot, and a process whose
/// number is lower than where the search already is could have been missed.
pub(super) fn kill_all<F: Found>(search: impl Fn() -> io::Result<Vec<F>>) -> io::Result<()> {
    let mut signalled: Vec<F> = Vec::new();
    let mut result = Ok(());
    let mut quiet_rounds = 0;
    for _ in 0..MOST_ROUNDS {
        let new: Vec<F> = search()?
            .into_iter()
            .filter(|found| !signalled.contains(found))
            .collect();
        quiet_rounds = if new.is_empty() { quiet_rounds + 1 } else { 0 };
        if quiet_rounds == 2 {
            return result;
        }
        result = result.and(send_to_all(&new, libc::SIGKILL));
        signalled.extend(new);
    }
    Err(io::Error::other(format!(
        "processes are made faster than they can be killed; left are {}",
        numbers(&search()?)
    )))
}

fn numbers<F: Found>(all: &[F]) -> String {
    let all: Vec<String> = all.iter().map(|found| found.pid().to_string()).collect();
    all.join(", ")
}
