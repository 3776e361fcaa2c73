//! A child by `fork(2)`: for systems other than Linux, old kernels, and
//! container run-times whose filters refuse `clone3`.
//!
//! The child tells through a pipe that is closed on exec whether its program
//! runs: nothing comes when it does.

use std::ffi::c_void;
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use super::child::{BlockedSignals, Failed, Handlers, Order, Step, become_program};
use super::unix::{Newborn, Place};

pub(super) fn bear(order: &Order, place: Place<'_>) -> Result<Newborn, Failed> {
    let failed = |step: Step, error: &std::io::Error| Failed {
        step,
        error: error.raw_os_error().unwrap_or(libc::EIO),
    };
    let group = enter_file(place).map_err(|error| failed(Step::Group, &error))?;
    let (reader, writer) =
        crate::pipe::unix::new_pipe().map_err(|error| failed(Step::Descriptors, &error))?;
    let writer = behind(writer, order).map_err(|error| failed(Step::Descriptors, &error))?;
    let group_fd = group.as_ref().map(AsRawFd::as_raw_fd);
    let blocked = BlockedSignals::new();
    // SAFETY: the child calls only async-signal-safe functions and never
    // returns.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        // SAFETY: this is the child; the order is in its copy of the memory.
        unsafe { child_main(order, group_fd, writer.as_raw_fd()) }
    }
    let fork_error = std::io::Error::last_os_error();
    drop(blocked);
    drop(writer);
    if pid < 0 {
        return Err(failed(Step::Fork, &fork_error));
    }
    match report(reader) {
        None => Ok(Newborn {
            pid,
            pidfd: open_pidfd(pid),
        }),
        Some(failed) => {
            bury(pid);
            Err(failed)
        }
    }
}

/// The same under a number that the child does not use for what it is given.
fn behind(writer: OwnedFd, order: &Order) -> std::io::Result<OwnedFd> {
    match order.first_free() {
        Some(free) if writer.as_raw_fd() < free => {
            Ok(rustix::io::fcntl_dupfd_cloexec(&writer, free)?)
        }
        _ => Ok(writer),
    }
}

#[cfg(target_os = "linux")]
fn enter_file(place: Place<'_>) -> std::io::Result<Option<OwnedFd>> {
    use rustix::fs::{Mode, OFlags, openat};
    let Place::Group { folder: group, .. } = place else {
        return Ok(None);
    };
    let flags = OFlags::WRONLY | OFlags::CLOEXEC;
    Ok(Some(openat(group, "cgroup.procs", flags, Mode::empty())?))
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "on Linux it can fail")]
fn enter_file(_place: Place<'_>) -> std::io::Result<Option<OwnedFd>> {
    Ok(None)
}

/// Nobody else reaps this child before its number is known, so the number is
/// still its own.
#[cfg(target_os = "linux")]
fn open_pidfd(pid: libc::pid_t) -> Option<OwnedFd> {
    let pid = rustix::process::Pid::from_raw(pid)?;
    rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok()
}

#[cfg(not(target_os = "linux"))]
fn open_pidfd(_pid: libc::pid_t) -> Option<OwnedFd> {
    None
}

/// # Safety
/// As [`become_program`].
unsafe fn child_main(order: &Order, group: Option<RawFd>, report: RawFd) -> ! {
    // SAFETY: by the caller's promise; the buffers are valid for their lengths.
    unsafe {
        let entered = group.is_none_or(|group| libc::write(group, c"0".as_ptr().cast(), 1) == 1);
        let failed = if entered {
            become_program(order, Handlers::All)
        } else {
            Failed {
                step: Step::Group,
                error: super::child::errno(),
            }
        };
        let message = [failed.step as i32, failed.error];
        libc::write(
            report,
            message.as_ptr().cast::<c_void>(),
            size_of_val(&message),
        );
        libc::_exit(127)
    }
}

fn report(reader: OwnedFd) -> Option<Failed> {
    let mut bytes = [0; 8];
    File::from(reader).read_exact(&mut bytes).ok()?;
    let (step, error) = bytes.split_at(4);
    let number = |bytes: &[u8]| bytes.try_into().map(i32::from_ne_bytes).ok();
    Some(Failed {
        step: Step::from_number(number(step)?)?,
        error: number(error)?,
    })
}

/// Reaps a child that has failed to become its program.
pub(super) fn bury(pid: libc::pid_t) {
    loop {
        // SAFETY: no place for the status is wanted.
        let result = unsafe { libc::waitpid(pid, std::ptr::null_mut(), 0) };
        let interrupted = std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted;
        if result >= 0 || !interrupted {
            return;
        }
    }
}
