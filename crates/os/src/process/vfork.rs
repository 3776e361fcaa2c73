//! A child by `clone3(2)` that borrows the guardian's memory until it runs its
//! program (`CLONE_VM | CLONE_VFORK`), is born in its control group
//! (`CLONE_INTO_CGROUP`, Linux 5.7) and comes with a pidfd.
//!
//! It costs the same for a large guardian as for a small one, which `fork` does
//! not, and the guardian knows when the call returns whether the program runs.
//!
//! Linux (6.18 at least) kills a child at birth when its group was ever killed
//! as a whole (`cgroup.kill`) more or less often than its parent's: it compares
//! the two counts to find kills that come during a birth. Such a child has not
//! executed a single instruction, which can be told, and is then made by `fork`.
//! A leaf that was killed is made anew, so that this stays rare.
//!
//! `vfork(2)` itself cannot be used from Rust: the child would return into the
//! caller's frame and overwrite what the parent finds there. So the child gets
//! a stack of its own, and three instructions that call its function on it.

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use rustix::io::Errno;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

use super::child::{BlockedSignals, Failed, Handlers, Order, Step, become_program};
use super::unix::{Newborn, Place};

/// The child uses less than one page, in debug builds less than two.
const STACK_SIZE: usize = 64 * 1024;
/// Larger than the pages of any kernel for these architectures.
const GUARD_SIZE: usize = 64 * 1024;

/// `CLONE_CLEAR_SIGHAND` of `linux/sched.h` (Linux 5.5); libc's constant does
/// not fit its own type.
const CLEAR_SIGNAL_HANDLERS: u64 = 0x1_0000_0000;
/// `CLONE_INTO_CGROUP` (Linux 5.7).
const INTO_CONTROL_GROUP: u64 = 0x2_0000_0000;

/// Whether this way works here.
#[derive(Debug)]
pub(super) enum Availability {
    Untried,
    Works(Stack),
    /// The kernel is too old, or a filter of system calls is in the way.
    Missing,
}

impl Availability {
    /// `None`: it does not work here, and nothing has happened.
    pub(super) fn bear(
        &mut self,
        order: &Order,
        place: Place<'_>,
    ) -> Option<Result<Newborn, Failed>> {
        if let Self::Untried = self {
            *self = Stack::new().map_or(Self::Missing, Self::Works);
        }
        let Self::Works(stack) = self else {
            return None;
        };
        match bear_on(stack, order, place) {
            Err(Failed {
                step: Step::Stillborn,
                ..
            }) => None,
            // Too old a kernel does not know the call, a flag, or the size of
            // its argument; container run-times refuse it with EPERM.
            Err(Failed {
                step: Step::Fork,
                error: libc::ENOSYS | libc::EINVAL | libc::E2BIG | libc::EPERM,
            }) => {
                *self = Self::Missing;
                None
            }
            result => Some(result),
        }
    }
}

/// The memory that children stand on, one after the other.
#[derive(Debug)]
pub(super) struct Stack {
    base: NonNull<libc::c_void>,
}

// SAFETY: it is plain memory, used by whoever has `&mut` of it.
unsafe impl Send for Stack {}

impl Stack {
    fn new() -> Option<Self> {
        let flags = MapFlags::PRIVATE | MapFlags::STACK | MapFlags::NORESERVE;
        // SAFETY: a fresh mapping wherever the kernel likes.
        let base = unsafe {
            mmap_anonymous(
                std::ptr::null_mut(),
                GUARD_SIZE + STACK_SIZE,
                ProtFlags::READ | ProtFlags::WRITE,
                flags,
            )
        };
        let stack = Self {
            base: NonNull::new(base.ok()?)?,
        };
        // SAFETY: the lower part of the mapping just made, used by nobody.
        unsafe { mprotect(stack.base.as_ptr(), GUARD_SIZE, MprotectFlags::empty()) }.ok()?;
        Some(stack)
    }

    fn lowest(&self) -> u64 {
        self.base.as_ptr() as u64 + GUARD_SIZE as u64
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's own and no child stands on it.
        let _ = unsafe { munmap(self.base.as_ptr(), GUARD_SIZE + STACK_SIZE) };
    }
}

/// What parent and child share.
struct Meeting<'a> {
    order: &'a Order,
    /// The child has executed an instruction.
    begun: AtomicBool,
    /// Zero, or the number of the step that failed.
    step: AtomicI32,
    error: AtomicI32,
}

fn bear_on(stack: &mut Stack, order: &Order, place: Place<'_>) -> Result<Newborn, Failed> {
    let meeting = Meeting {
        order,
        begun: AtomicBool::new(false),
        step: AtomicI32::new(0),
        error: AtomicI32::new(0),
    };
    let mut pidfd: i32 = -1;
    let mut arguments = clone_arguments(stack, place, &mut pidfd);
    let blocked = BlockedSignals::new();
    // SAFETY: the stack belongs to nobody else and is large enough; `meeting`
    // and what its order points to outlive the child's use of them, because the
    // kernel holds this thread until the child has left this memory; all
    // signals are blocked.
    let result = unsafe { clone_and_call(&mut arguments, &meeting) };
    drop(blocked);
    let pid = match i32::try_from(result) {
        Ok(pid) if pid > 0 => pid,
        _ => {
            return Err(Failed {
                step: refused_step(place, result),
                error: i32::try_from(-result).unwrap_or(libc::EINVAL),
            });
        }
    };
    // SAFETY: the kernel has just made it for this process.
    let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
    if !meeting.begun.load(Ordering::Acquire) {
        super::fork::bury(pid);
        return Err(Failed {
            step: Step::Stillborn,
            error: libc::EINTR,
        });
    }
    match Step::from_number(meeting.step.load(Ordering::Acquire)) {
        None => Ok(Newborn {
            pid,
            pidfd: Some(pidfd),
        }),
        Some(step) => {
            super::fork::bury(pid);
            Err(Failed {
                step,
                error: meeting.error.load(Ordering::Acquire),
            })
        }
    }
}

/// Which step a refused call was, by the errors that only the control group
/// gives (`clone(2)`, and `cgroup_css_set_fork` in the kernel).
fn refused_step(place: Place<'_>, result: i64) -> Step {
    let group_errors = [
        Errno::ACCESS,
        Errno::BUSY,
        Errno::OPNOTSUPP,
        Errno::NODEV,
        Errno::NOENT,
        Errno::BADF,
    ];
    let is_group = group_errors
        .iter()
        .any(|error| i64::from(error.raw_os_error()) == -result);
    match place {
        Place::Group { .. } if is_group => Step::Group,
        _ => Step::Fork,
    }
}

fn clone_arguments(stack: &Stack, place: Place<'_>, pidfd: &mut i32) -> libc::clone_args {
    // SAFETY: a struct of integers.
    let mut arguments: libc::clone_args = unsafe { std::mem::zeroed() };
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_PIDFD;
    arguments.flags = u64::from(flags.cast_unsigned()) | CLEAR_SIGNAL_HANDLERS;
    if let Place::Group { folder: group, .. } = place {
        arguments.flags |= INTO_CONTROL_GROUP;
        arguments.cgroup = u64::try_from(group.as_raw_fd()).unwrap_or(u64::MAX);
    }
    arguments.pidfd = std::ptr::from_mut(pidfd) as u64;
    arguments.exit_signal = libc::SIGCHLD as u64;
    arguments.stack = stack.lowest();
    arguments.stack_size = STACK_SIZE as u64;
    arguments
}

/// The child's function. It does not return: there is nothing to return to.
extern "C" fn child_main(meeting: &Meeting<'_>) -> ! {
    meeting.begun.store(true, Ordering::Release);
    // SAFETY: this is the new process, signals are blocked, and the order is
    // valid while the parent waits.
    let failed = unsafe { become_program(meeting.order, Handlers::ClearedByKernel) };
    meeting.error.store(failed.error, Ordering::Release);
    meeting.step.store(failed.step as i32, Ordering::Release);
    // SAFETY: ends this process and runs nothing of the parent's.
    unsafe { libc::_exit(127) }
}

/// `clone3`, and in the child `child_main(meeting)` on the new stack. Gives the
/// child's pid, or an error number below zero.
///
/// # Safety
/// `arguments` describe a free stack; `meeting` is valid until the child has
/// replaced itself or ended; signals are blocked.
#[cfg(target_arch = "x86_64")]
unsafe fn clone_and_call(arguments: &mut libc::clone_args, meeting: &Meeting<'_>) -> i64 {
    let mut result = libc::SYS_clone3;
    // SAFETY: the parent's registers and stack are as the kernel promises after
    // a system call. The child has them too, but for `rsp`, which is the
    // aligned top of its own stack; it never comes out of the call.
    unsafe {
        std::arch::asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "xor ebp, ebp",
            "mov rdi, r12",
            "call r13",
            "ud2",
            "2:",
            inlateout("rax") result,
            in("rdi") std::ptr::from_mut(arguments),
            in("rsi") size_of::<libc::clone_args>(),
            in("r12") std::ptr::from_ref(meeting),
            in("r13") child_main as extern "C" fn(&Meeting<'_>) -> !,
            lateout("rcx") _,
            lateout("r11") _,
        );
    }
    result
}

/// See the other architecture's.
///
/// # Safety
/// See the other architecture's.
#[cfg(target_arch = "aarch64")]
unsafe fn clone_and_call(arguments: &mut libc::clone_args, meeting: &Meeting<'_>) -> i64 {
    let mut result = std::ptr::from_mut(arguments) as i64;
    // SAFETY: as for x86_64; here it is `sp` that differs.
    unsafe {
        std::arch::asm!(
            "svc #0",
            "cbnz x0, 2f",
            "mov x29, xzr",
            "mov x30, xzr",
            "mov x0, x20",
            "blr x21",
            "brk #1",
            "2:",
            inlateout("x0") result,
            in("x1") size_of::<libc::clone_args>(),
            in("x8") libc::SYS_clone3,
            in("x20") std::ptr::from_ref(meeting),
            in("x21") child_main as extern "C" fn(&Meeting<'_>) -> !,
            // The call is in the child only, but the assembler's view is one.
            lateout("x30") _,
        );
    }
    result
}
