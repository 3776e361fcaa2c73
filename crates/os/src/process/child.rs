//! What a child does between its birth and its program.
//!
//! The child may share all memory with the guardian, or be a copy of one thread
//! of it in which every lock may be held for ever. So nothing here allocates,
//! locks, panics or runs a destructor: raw system calls on Linux, functions of
//! `signal-safety(7)` elsewhere. In particular not glibc's `setuid`, which
//! tells "all threads of the process", which are the guardian's.

use std::ffi::{c_char, c_int};
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};

use super::bounds::{self, Bounds};
use super::prepared::{FIRST_HANDED, PID_ROOM, Prepared};
use super::unix::Place;
use super::{Output, Spawn};
use crate::account::Account;
use crate::account::unix::Entry;

/// Everything that the child needs, as plain numbers and pointers to memory
/// that the guardian keeps alive and unchanged.
pub(super) struct Order {
    program: *const c_char,
    argv: *const *const c_char,
    envp: *const *const c_char,
    dir: *const c_char,
    stdin: RawFd,
    stdout: Option<RawFd>,
    stderr: Option<RawFd>,
    identity: Option<Identity>,
    #[cfg(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64")
    ))]
    sandbox: Option<*const crate::sandbox::linux::Plan>,
    bounds: Bounds,
    close: Close,
    handed: Option<Handed>,
    /// The signals that this process ignores: bit n - 1 for signal n.
    #[cfg(target_os = "linux")]
    ignored: u64,
}

/// What becomes descriptor 3, 4 and so on.
struct Handed {
    numbers: *const RawFd,
    count: usize,
    /// Room for its own number, in digits.
    pid: *mut u8,
}

struct Identity {
    uid: libc::uid_t,
    gid: libc::gid_t,
    groups: *const libc::gid_t,
    group_count: usize,
}

/// How inherited descriptors are closed on exec.
#[derive(Clone, Copy)]
enum Close {
    /// `close_range(2)` with `CLOSE_RANGE_CLOEXEC` (Linux 5.11).
    #[cfg(target_os = "linux")]
    Range,
    /// One by one up to this one, the highest that was open.
    UpTo(RawFd),
}

/// The step in the child that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub(super) enum Step {
    /// Making the process itself.
    Fork = 1,
    Group,
    Signals,
    Session,
    Descriptors,
    OomScore,
    Affinity,
    Priority,
    Core,
    OpenFiles,
    Capabilities,
    Groups,
    GroupId,
    UserId,
    Dir,
    Execute,
    /// Making namespaces of mounts and users.
    Namespaces,
    /// Making places in them what they are to be.
    Places,
    /// Having system calls refused.
    Calls,
    /// The kernel killed it before its first instruction.
    Stillborn,
}

impl Step {
    const ALL: [Self; 20] = [
        Self::Fork,
        Self::Group,
        Self::Signals,
        Self::Session,
        Self::Descriptors,
        Self::OomScore,
        Self::Affinity,
        Self::Priority,
        Self::Core,
        Self::OpenFiles,
        Self::Capabilities,
        Self::Groups,
        Self::GroupId,
        Self::UserId,
        Self::Dir,
        Self::Execute,
        Self::Namespaces,
        Self::Places,
        Self::Calls,
        Self::Stillborn,
    ];

    pub(super) fn from_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|step| *step as i32 == number)
    }
}

/// A start that failed: where, and with which `errno`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed {
    pub(super) step: Step,
    pub(super) error: i32,
}

/// Which signals have to be given their default action back.
#[derive(Clone, Copy)]
pub(super) enum Handlers {
    /// The kernel has cleared the handlers; the ignored ones are left.
    #[cfg(target_os = "linux")]
    ClearedByKernel,
    /// All: a handler of the guardian that ran in a copy of it would write
    /// into the guardian's own channels.
    All,
}

impl Order {
    pub(super) fn new(
        (spawn, place): (&Spawn<'_>, Place<'_>),
        prepared: &mut Prepared,
        null: BorrowedFd<'_>,
    ) -> Self {
        let stdin = null.as_raw_fd();
        let target = |output: Output<'_>| match output {
            Output::Null => Some(stdin),
            Output::Inherit => None,
            Output::Pipe(writer) => Some(std::os::fd::AsFd::as_fd(&writer.0).as_raw_fd()),
        };
        Self {
            program: prepared.program.as_ptr(),
            argv: prepared.argv(),
            envp: prepared.envp(),
            dir: prepared.dir.as_ptr(),
            stdin,
            stdout: target(spawn.stdout),
            stderr: target(spawn.stderr),
            identity: spawn.logon.and_then(|logon| identity(logon.account())),
            #[cfg(all(
                target_os = "linux",
                any(target_arch = "x86_64", target_arch = "aarch64")
            ))]
            sandbox: spawn.sandbox.map(|sandbox| &raw const sandbox.0),
            bounds: Bounds::new(spawn, place),
            close: close(),
            handed: prepared.handed.as_mut().map(|handed| Handed {
                numbers: handed.numbers.as_ptr(),
                count: handed.numbers.len(),
                pid: handed.place_for_pid(),
            }),
            #[cfg(target_os = "linux")]
            ignored: ignored_signals(),
        }
    }

    /// The first number behind what the child is given, if it is given anything.
    pub(super) fn first_free(&self) -> Option<RawFd> {
        let handed = self.handed.as_ref()?;
        Some(FIRST_HANDED + handed.count as RawFd)
    }

    /// Whether the child has to be a copy of the guardian, because it does what one
    /// who borrows memory may not.
    #[cfg(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64")
    ))]
    pub(super) const fn needs_copy(&self) -> bool {
        self.sandbox.is_some()
    }

    /// The signals that have to be given their default action back.
    fn without_default_action(&self, handlers: Handlers) -> u64 {
        match handlers {
            #[cfg(target_os = "linux")]
            Handlers::ClearedByKernel => self.ignored,
            Handlers::All => !(bit(libc::SIGKILL) | bit(libc::SIGSTOP)),
        }
    }
}

const fn bit(signal: c_int) -> u64 {
    1 << (signal - 1)
}

/// Asked once: the guardian ignores `SIGPIPE` and whatever it was started with,
/// and never begins to ignore another.
#[cfg(target_os = "linux")]
fn ignored_signals() -> u64 {
    use std::sync::OnceLock;
    static IGNORED: OnceLock<u64> = OnceLock::new();
    *IGNORED.get_or_init(|| (1..=64).filter(|signal| is_ignored(*signal)).map(bit).sum())
}

/// By the raw call: the C library keeps two signals to itself and tells nothing
/// of them, but they are inherited as ignored like any other.
#[cfg(target_os = "linux")]
fn is_ignored(signal: c_int) -> bool {
    let mut action = KERNEL_DEFAULT_ACTION;
    // SAFETY: asks only; the place is no smaller than the kernel's structure;
    // 8 is the size of its signal set.
    let result = unsafe {
        libc::syscall(
            libc::SYS_rt_sigaction,
            signal,
            std::ptr::null::<usize>(),
            action.as_mut_ptr(),
            8_usize,
        )
    };
    result == 0 && action[0] == libc::SIG_IGN
}

/// The kernel's `struct sigaction`, which is not the C library's: the handler is
/// the first word (but on MIPS), and all-zero is the default action. No
/// architecture's is larger.
#[cfg(target_os = "linux")]
const KERNEL_DEFAULT_ACTION: [usize; 16] = [0; 16];

/// `None` when the guardian runs under that account already: only root may
/// change, and an ordinary user may well name himself.
fn identity(account: &Account) -> Option<Identity> {
    let own = rustix::process::geteuid();
    let Entry {
        uid, gid, groups, ..
    } = &account.0;
    if !own.is_root() && own.as_raw() == *uid {
        return None;
    }
    Some(Identity {
        uid: *uid,
        gid: *gid,
        groups: groups.as_ptr(),
        group_count: groups.len(),
    })
}

#[cfg(target_os = "linux")]
fn close() -> Close {
    use std::sync::OnceLock;
    static HAS_RANGE: OnceLock<bool> = OnceLock::new();
    let has_range = *HAS_RANGE.get_or_init(|| {
        // SAFETY: it concerns only the highest number, which is never open.
        unsafe { close_range(u32::MAX) == 0 }
    });
    if has_range {
        Close::Range
    } else {
        Close::UpTo(highest_descriptor("/proc/self/fd"))
    }
}

#[cfg(not(target_os = "linux"))]
fn close() -> Close {
    Close::UpTo(highest_descriptor("/dev/fd"))
}

/// What other threads open meanwhile is closed on exec anyway; this is about
/// what the guardian itself has inherited.
fn highest_descriptor(list: &str) -> RawFd {
    let listed = std::fs::read_dir(list).ok().and_then(|entries| {
        entries
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .max()
    });
    listed.unwrap_or(1024)
}

/// Becomes the program of `order`; returns only when that failed.
///
/// # Safety
/// To be called in a new process only, with all signals blocked and with an
/// order whose pointers are valid.
pub(super) unsafe fn become_program(order: &Order, handlers: Handlers) -> Failed {
    // SAFETY: by the caller's promise, for all of these.
    unsafe {
        let result = default_actions(order.without_default_action(handlers))
            .and_then(|()| new_session())
            .and_then(|()| standard_streams(order))
            .and_then(|()| close_others(order.close))
            .and_then(|()| hand_over(order.handed.as_ref()))
            .and_then(|()| bounds::bind(&order.bounds))
            .and_then(|()| confine_places(order))
            .and_then(|()| bounds::drop_capabilities(&order.bounds))
            .and_then(|()| change_identity(order.identity.as_ref()))
            .and_then(|()| bounds::keep_capabilities(&order.bounds))
            .and_then(|()| enter_dir(order.dir))
            .and_then(|()| unblock_signals())
            .and_then(|()| confine_calls(order));
        if let Err(failed) = result {
            return failed;
        }
        libc::execve(order.program, order.argv, order.envp);
    }
    Failed {
        step: Step::Execute,
        error: errno(),
    }
}

pub(super) fn errno() -> c_int {
    // SAFETY: each system's function for it gives a valid pointer. In a child
    // that shares memory it is the waiting guardian thread's own, which reads
    // it only after its next failed call.
    unsafe {
        #[cfg(target_os = "linux")]
        return *libc::__errno_location();
        #[cfg(not(target_os = "linux"))]
        return *libc::__error();
    }
}

pub(super) fn checked(result: impl Into<i64>, step: Step) -> Result<(), Failed> {
    if result.into() >= 0 {
        return Ok(());
    }
    Err(Failed {
        step,
        error: errno(),
    })
}

/// Signals that are ignored stay ignored over exec, and Rust's start-up code
/// ignores `SIGPIPE`: a service would never notice that its reader has gone.
unsafe fn default_actions(signals: u64) -> Result<(), Failed> {
    for signal in 1..=64 {
        if signals & bit(signal) != 0 {
            // Numbers that do not exist here are refused: that is no failure.
            // SAFETY: by the caller's promise this is the child.
            unsafe { default_action(signal) };
        }
    }
    Ok(())
}

#[cfg(target_os = "linux")]
unsafe fn default_action(signal: c_int) {
    let action = KERNEL_DEFAULT_ACTION;
    // SAFETY: the kernel reads the action and writes nothing; 8 is the size of
    // its signal set.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigaction,
            signal,
            action.as_ptr(),
            std::ptr::null_mut::<usize>(),
            8_usize,
        );
    }
}

#[cfg(not(target_os = "linux"))]
unsafe fn default_action(signal: c_int) {
    // SAFETY: `signal` is async-signal-safe.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
}

unsafe fn new_session() -> Result<(), Failed> {
    // SAFETY: no arguments.
    checked(unsafe { libc::setsid() }, Step::Session)
}

/// The descriptors are never 0 to 2 themselves: Rust's start-up code opens
/// those when they are missing.
unsafe fn standard_streams(order: &Order) -> Result<(), Failed> {
    let streams = [(Some(order.stdin), 0), (order.stdout, 1), (order.stderr, 2)];
    for (source, number) in streams {
        if let Some(source) = source {
            // SAFETY: plain numbers.
            checked(unsafe { libc::dup2(source, number) }, Step::Descriptors)?;
        }
    }
    Ok(())
}

unsafe fn close_others(close: Close) -> Result<(), Failed> {
    match close {
        #[cfg(target_os = "linux")]
        // SAFETY: in the child, by the caller's promise.
        Close::Range => checked(unsafe { close_range(3) }, Step::Descriptors),
        Close::UpTo(highest) => {
            for descriptor in 3..=highest {
                // SAFETY: fails on numbers that are not open, which is fine.
                unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) };
            }
            Ok(())
        }
    }
}

/// After the others have been marked to be closed: a copy has no such mark, and
/// numbers that are taken by what the child does not need are free for it. The
/// guardian's numbers for these lie behind the new ones.
unsafe fn hand_over(handed: Option<&Handed>) -> Result<(), Failed> {
    let Some(handed) = handed else {
        return Ok(());
    };
    for index in 0..handed.count {
        let number = FIRST_HANDED + index as RawFd;
        // SAFETY: the list is valid by the caller's promise.
        let result = unsafe { libc::dup2(*handed.numbers.add(index), number) };
        checked(result, Step::Descriptors)?;
    }
    // SAFETY: nobody else reads or writes it until the program runs.
    unsafe { write_pid(handed.pid) };
    Ok(())
}

/// In decimal digits; the zero byte behind them is there.
unsafe fn write_pid(place: *mut u8) {
    let mut digits = [0_u8; PID_ROOM];
    // SAFETY: no arguments. The C library remembers no number.
    let mut rest = unsafe { libc::getpid() };
    let mut count = 0;
    while rest > 0 && count < PID_ROOM - 1 {
        digits[count] = b'0' + (rest % 10) as u8;
        rest /= 10;
        count += 1;
    }
    for index in 0..count {
        // SAFETY: there is room for as many by the caller's promise.
        unsafe { place.add(index).write(digits[count - 1 - index]) };
    }
}

/// # Safety
/// Changes the flags of all descriptors from `first` on.
#[cfg(target_os = "linux")]
unsafe fn close_range(first: u32) -> libc::c_long {
    // SAFETY: plain numbers; the effect is the caller's wish.
    unsafe {
        libc::syscall(
            libc::SYS_close_range,
            first,
            u32::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        )
    }
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
unsafe fn change_identity(identity: Option<&Identity>) -> Result<(), Failed> {
    let Some(identity) = identity else {
        return Ok(());
    };
    let (uid, gid) = (identity.uid, identity.gid);
    // SAFETY: the list is valid by the caller's promise; the rest are numbers.
    unsafe {
        let groups = libc::syscall(libc::SYS_setgroups, identity.group_count, identity.groups);
        checked(groups, Step::Groups)?;
        let group = libc::syscall(libc::SYS_setresgid, gid, gid, gid);
        checked(group, Step::GroupId)?;
        checked(
            libc::syscall(libc::SYS_setresuid, uid, uid, uid),
            Step::UserId,
        )
    }
}

/// On 32-bit Linux the raw calls have 16-bit variants with the plain names, so
/// the C library's are used: the child is a copy there, with one thread.
#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
unsafe fn change_identity(identity: Option<&Identity>) -> Result<(), Failed> {
    let Some(identity) = identity else {
        return Ok(());
    };
    // SAFETY: the list is valid by the caller's promise; the rest are numbers.
    unsafe {
        let count = identity.group_count;
        // The type of the count differs between systems, and systems other
        // than Linux take few.
        checked(libc::setgroups(count as _, identity.groups), Step::Groups)?;
        checked(libc::setgid(identity.gid), Step::GroupId)?;
        checked(libc::setuid(identity.uid), Step::UserId)
    }
}

/// Before the account is changed, which could not do that.
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
unsafe fn confine_places(order: &Order) -> Result<(), Failed> {
    // SAFETY: by the caller's promise the plan is valid and this is the child.
    unsafe {
        order
            .sandbox
            .map_or(Ok(()), |plan| super::confine::places(&*plan))
    }
}

/// After everything else: it is for the program.
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
unsafe fn confine_calls(order: &Order) -> Result<(), Failed> {
    // SAFETY: as above.
    unsafe {
        order
            .sandbox
            .map_or(Ok(()), |plan| super::confine::calls(&*plan))
    }
}

/// Nobody makes a plan elsewhere.
#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
unsafe fn confine_places(_order: &Order) -> Result<(), Failed> {
    Ok(())
}

#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
unsafe fn confine_calls(_order: &Order) -> Result<(), Failed> {
    Ok(())
}

unsafe fn enter_dir(dir: *const c_char) -> Result<(), Failed> {
    // SAFETY: a valid string by the caller's promise.
    checked(unsafe { libc::chdir(dir) }, Step::Dir)
}

#[cfg(target_os = "linux")]
unsafe fn unblock_signals() -> Result<(), Failed> {
    let none = 0_u64;
    // SAFETY: the kernel reads 8 bytes.
    let result = unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &raw const none,
            std::ptr::null_mut::<u64>(),
            8_usize,
        )
    };
    checked(result, Step::Signals)
}

#[cfg(not(target_os = "linux"))]
unsafe fn unblock_signals() -> Result<(), Failed> {
    // SAFETY: both functions are async-signal-safe.
    let result = unsafe {
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut())
    };
    checked(result, Step::Signals)
}

/// Blocks all signals in this thread until dropped, so that none is handled in
/// a child that still has the guardian's handlers.
pub(super) struct BlockedSignals {
    before: libc::sigset_t,
}

impl BlockedSignals {
    pub(super) fn new() -> Self {
        // SAFETY: both sets are valid places; blocking signals is always allowed.
        unsafe {
            let mut all: libc::sigset_t = std::mem::zeroed();
            let mut before: libc::sigset_t = std::mem::zeroed();
            libc::sigfillset(&raw mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
            Self { before }
        }
    }
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        // SAFETY: the set came from the same function.
        unsafe {
            libc::pthread_sigmask(
                libc::SIG_SETMASK,
                &raw const self.before,
                std::ptr::null_mut(),
            );
        }
    }
}
