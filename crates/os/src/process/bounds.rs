//! What a child is bound to between its birth and its program. See `child.rs` for
//! what is allowed there.

#[cfg(target_os = "linux")]
use std::ffi::c_char;
use std::ffi::c_int;

use outlast_model::limits::{Capabilities, Limits};

use super::Spawn;
use super::child::{Failed, Step, checked};
use super::unix::Place;

/// As plain numbers; what is `None` is left as the guardian has it.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    umask: Option<libc::mode_t>,
    open_files: Option<libc::rlimit>,
    core: Option<libc::rlimit>,
    nice: Option<c_int>,
    #[cfg(target_os = "linux")]
    affinity: Option<libc::cpu_set_t>,
    #[cfg(target_os = "linux")]
    oom_score: Option<Digits>,
    capabilities: Option<Capabilities>,
    #[cfg(target_os = "linux")]
    entrances: Entrances,
}

/// The files through which it enters control groups, as the guardian keeps them.
#[cfg(target_os = "linux")]
#[derive(Clone, Copy)]
struct Entrances {
    first: *const std::ffi::CString,
    count: usize,
}

#[cfg(target_os = "linux")]
impl Entrances {
    const fn of(place: Place<'_>) -> Self {
        let entrances: &[std::ffi::CString] = match place {
            Place::Here => &[],
            Place::Group { entrances, .. } => entrances,
        };
        Self {
            first: entrances.as_ptr(),
            count: entrances.len(),
        }
    }
}

impl Bounds {
    pub(super) fn new(spawn: &Spawn<'_>, place: Place<'_>) -> Self {
        #[cfg(not(target_os = "linux"))]
        let _ = place;
        let limits = spawn.limits;
        // The guardian may have raised its own, and a service does not notice.
        let open_files = limits.open_files.map(both);
        Self {
            umask: spawn.umask.map(|mask| mask as libc::mode_t),
            open_files: open_files.or_else(crate::limits::unix::original_open_files),
            core: limits.core.map(both),
            nice: limits.priority.map(|priority| c_int::from(priority.0)),
            #[cfg(target_os = "linux")]
            affinity: limits.affinity.as_deref().map(processors),
            #[cfg(target_os = "linux")]
            oom_score: oom_score(limits),
            capabilities: spawn.capabilities,
            #[cfg(target_os = "linux")]
            entrances: Entrances::of(place),
        }
    }
}

/// The soft and the hard limit alike: it is for the program to have, not to raise.
fn both(limit: u64) -> libc::rlimit {
    let limit = match limit {
        u64::MAX => libc::RLIM_INFINITY,
        limit => libc::rlim_t::try_from(limit).unwrap_or(libc::RLIM_INFINITY),
    };
    libc::rlimit {
        rlim_cur: limit,
        rlim_max: limit,
    }
}

#[cfg(target_os = "linux")]
fn processors(numbers: &[u32]) -> libc::cpu_set_t {
    // SAFETY: a set of bits; all-zero is the empty one.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    for number in numbers {
        let number = *number as usize;
        if number < libc::CPU_SETSIZE as usize {
            // SAFETY: the number is within the set.
            unsafe { libc::CPU_SET(number, &mut set) };
        }
    }
    set
}

/// A number as it is written into a file.
#[cfg(target_os = "linux")]
#[derive(Clone, Copy)]
struct Digits {
    bytes: [u8; 6],
    length: usize,
}

#[cfg(target_os = "linux")]
fn oom_score(limits: &Limits) -> Option<Digits> {
    let text = limits.oom_score?.0.to_string();
    let mut bytes = [0; 6];
    bytes
        .get_mut(..text.len())?
        .copy_from_slice(text.as_bytes());
    Some(Digits {
        bytes,
        length: text.len(),
    })
}

#[cfg(not(target_os = "linux"))]
const _: fn(&Limits) = |_| {};

/// What needs the guardian's rights, or does not care.
///
/// # Safety
/// As for `become_program`.
pub(super) unsafe fn bind(bounds: &Bounds) -> Result<(), Failed> {
    if let Some(mask) = bounds.umask {
        // SAFETY: it cannot fail; a child does not share it.
        unsafe { libc::umask(mask) };
    }
    // SAFETY: by the caller's promise, for all of these. The file comes before the
    // limit of files.
    unsafe {
        #[cfg(target_os = "linux")]
        {
            enter_groups(bounds.entrances)?;
            rank_for_memory(bounds.oom_score.as_ref())?;
            keep_to_processors(bounds.affinity.as_ref())?;
        }
        if let Some(nice) = bounds.nice {
            checked(
                libc::setpriority(libc::PRIO_PROCESS, 0, nice),
                Step::Priority,
            )?;
        }
        limit(libc::RLIMIT_CORE, bounds.core.as_ref(), Step::Core)?;
        limit(
            libc::RLIMIT_NOFILE,
            bounds.open_files.as_ref(),
            Step::OpenFiles,
        )
    }
}

/// The type of a resource differs between C libraries.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
type Resource = libc::__rlimit_resource_t;
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
type Resource = c_int;

unsafe fn limit(
    resource: Resource,
    limit: Option<&libc::rlimit>,
    step: Step,
) -> Result<(), Failed> {
    let Some(limit) = limit else {
        return Ok(());
    };
    // SAFETY: a valid limit; the call touches no state of the C library.
    checked(unsafe { libc::setrlimit(resource, limit) }, step)
}

#[cfg(target_os = "linux")]
unsafe fn rank_for_memory(score: Option<&Digits>) -> Result<(), Failed> {
    let Some(score) = score else {
        return Ok(());
    };
    let path: *const c_char = c"/proc/self/oom_score_adj".as_ptr();
    // SAFETY: a valid path, and as many bytes as there are. The kernel does not
    // change the guardian's, although the memory is shared: for a `vfork` it knows
    // better (`__set_oom_adj`).
    unsafe { write(path, (score.bytes.as_ptr(), score.length), Step::OomScore) }
}

/// Only this process is moved, and what it uses after exec is counted there: until
/// then the memory is the guardian's.
#[cfg(target_os = "linux")]
unsafe fn enter_groups(entrances: Entrances) -> Result<(), Failed> {
    for index in 0..entrances.count {
        // SAFETY: within the guardian's list, which is valid by the caller's promise;
        // 0 stands for whoever writes it.
        unsafe {
            let path = (*entrances.first.add(index)).as_ptr();
            write(path, (c"0".as_ptr().cast(), 1), Step::Group)?;
        }
    }
    Ok(())
}

/// # Safety
/// A valid path, and as many bytes as there are.
#[cfg(target_os = "linux")]
unsafe fn write(
    path: *const c_char,
    (bytes, length): (*const u8, usize),
    step: Step,
) -> Result<(), Failed> {
    // SAFETY: by the caller's promise.
    unsafe {
        let file = libc::syscall(
            libc::SYS_openat,
            libc::AT_FDCWD,
            path,
            libc::O_WRONLY | libc::O_CLOEXEC,
        );
        checked(file, step)?;
        let written = libc::syscall(libc::SYS_write, file, bytes, length);
        let result = checked(written, step);
        libc::syscall(libc::SYS_close, file);
        result
    }
}

#[cfg(target_os = "linux")]
unsafe fn keep_to_processors(set: Option<&libc::cpu_set_t>) -> Result<(), Failed> {
    let Some(set) = set else {
        return Ok(());
    };
    // SAFETY: a valid set of that size; 0 is this thread.
    let result = unsafe {
        libc::syscall(
            libc::SYS_sched_setaffinity,
            0,
            size_of::<libc::cpu_set_t>(),
            std::ptr::from_ref(set),
        )
    };
    checked(result, Step::Affinity)
}

/// Gives up for good what the program shall not have, and keeps the rest over the
/// change of the account.
///
/// # Safety
/// As for `become_program`; before the account is changed.
#[cfg(target_os = "linux")]
pub(super) unsafe fn drop_capabilities(bounds: &Bounds) -> Result<(), Failed> {
    let Some(Capabilities(wanted)) = bounds.capabilities else {
        return Ok(());
    };
    for number in 0..64_u64 {
        if wanted & (1 << number) != 0 {
            continue;
        }
        // SAFETY: plain numbers.
        let dropped =
            unsafe { libc::syscall(libc::SYS_prctl, libc::PR_CAPBSET_DROP, number, 0, 0, 0) };
        match checked(dropped, Step::Capabilities) {
            // Beyond the last one that this kernel has.
            Err(failed) if failed.error == libc::EINVAL => break,
            other => other?,
        }
    }
    // SAFETY: plain numbers.
    let kept = unsafe { libc::syscall(libc::SYS_prctl, libc::PR_SET_KEEPCAPS, 1, 0, 0, 0) };
    checked(kept, Step::Capabilities)
}

/// Has exactly those that are wanted, also after exec (the ambient ones).
///
/// # Safety
/// As for `become_program`; after the account was changed.
#[cfg(target_os = "linux")]
pub(super) unsafe fn keep_capabilities(bounds: &Bounds) -> Result<(), Failed> {
    /// `_LINUX_CAPABILITY_VERSION_3`.
    const VERSION: u32 = 0x2008_0522;
    let Some(Capabilities(wanted)) = bounds.capabilities else {
        return Ok(());
    };
    let header = [VERSION, 0];
    let (low, high) = (wanted as u32, (wanted >> 32) as u32);
    // Effective, permitted, inheritable; first of the lower 32, then of the upper.
    let data = [low, low, low, high, high, high];
    // SAFETY: the structures have these sizes in version 3.
    let set = unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), data.as_ptr()) };
    checked(set, Step::Capabilities)?;
    for number in 0..64_u64 {
        if wanted & (1 << number) == 0 {
            continue;
        }
        // SAFETY: plain numbers.
        let raised = unsafe {
            libc::syscall(
                libc::SYS_prctl,
                libc::PR_CAP_AMBIENT,
                libc::PR_CAP_AMBIENT_RAISE,
                number,
                0,
                0,
            )
        };
        checked(raised, Step::Capabilities)?;
    }
    Ok(())
}

/// Other systems have no such rights.
///
/// # Safety
/// None is needed.
#[cfg(not(target_os = "linux"))]
pub(super) unsafe fn drop_capabilities(bounds: &Bounds) -> Result<(), Failed> {
    match bounds.capabilities {
        None => Ok(()),
        Some(Capabilities(_)) => Err(Failed {
            step: Step::Capabilities,
            error: libc::ENOSYS,
        }),
    }
}

/// See the other.
///
/// # Safety
/// None is needed.
#[cfg(not(target_os = "linux"))]
pub(super) unsafe fn keep_capabilities(_: &Bounds) -> Result<(), Failed> {
    Ok(())
}
