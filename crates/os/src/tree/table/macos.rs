//! `libproc`, and `sysctl(KERN_PROCARGS2)` for environments.

use std::io;
use std::mem::{size_of, zeroed};
use std::time::Duration;

use super::{Row, find_variable};

pub(super) fn rows() -> io::Result<Vec<Row>> {
    // SAFETY: without a buffer it only says how many there are.
    let count = unsafe { libc::proc_listallpids(std::ptr::null_mut(), 0) };
    let room = usize::try_from(count).map_err(|_| io::Error::last_os_error())? + 64;
    let mut pids: Vec<libc::pid_t> = vec![0; room];
    let size = libc::c_int::try_from(room * size_of::<libc::pid_t>()).unwrap_or(libc::c_int::MAX);
    // SAFETY: the buffer has that size.
    let count = unsafe { libc::proc_listallpids(pids.as_mut_ptr().cast(), size) };
    pids.truncate(usize::try_from(count).map_err(|_| io::Error::last_os_error())?);
    Ok(pids.into_iter().filter_map(row).collect())
}

pub(super) fn row(pid: libc::pid_t) -> Option<Row> {
    // SAFETY: all-zero is valid for a struct of integers.
    let mut info: libc::proc_bsdinfo = unsafe { zeroed() };
    information(pid, libc::PROC_PIDTBSDINFO, &mut info)?;
    Some(Row {
        pid,
        parent: libc::pid_t::try_from(info.pbi_ppid).ok()?,
        // SAFETY: plain number.
        session: unsafe { libc::getsid(pid) },
        start: info
            .pbi_start_tvsec
            .wrapping_mul(1_000_000)
            .wrapping_add(info.pbi_start_tvusec),
        zombie: info.pbi_status == libc::SZOMB,
    })
}

/// Fills `place` with one kind of information.
fn information<T>(pid: libc::pid_t, kind: libc::c_int, place: &mut T) -> Option<()> {
    let size = libc::c_int::try_from(size_of::<T>()).ok()?;
    // SAFETY: the place has that size and `kind` gives a struct of that type.
    let given = unsafe { libc::proc_pidinfo(pid, kind, 0, std::ptr::from_mut(place).cast(), size) };
    (given == size).then_some(())
}

/// The block is a count, the path, padding, the arguments and the environment.
/// As arguments are found too, one that looks like the variable would count.
pub(super) fn variable(pid: libc::pid_t, name: &str) -> Option<Vec<u8>> {
    let mut query = [libc::CTL_KERN, libc::KERN_PROCARGS2, pid];
    let mut block = vec![0_u8; 1 << 20];
    let mut size = block.len();
    // SAFETY: the query has three numbers, the buffer `size` bytes.
    let result = unsafe {
        libc::sysctl(
            query.as_mut_ptr(),
            3,
            block.as_mut_ptr().cast(),
            &raw mut size,
            std::ptr::null_mut(),
            0,
        )
    };
    if result != 0 {
        return None;
    }
    find_variable(block.get(..size)?, name)
}

pub(super) fn usage(pid: libc::pid_t) -> Option<(u64, Duration)> {
    // SAFETY: all-zero is valid for a struct of integers.
    let mut info: libc::proc_taskinfo = unsafe { zeroed() };
    information(pid, libc::PROC_PIDTASKINFO, &mut info)?;
    let time = info.pti_total_user.saturating_add(info.pti_total_system);
    Some((info.pti_resident_size, in_nanoseconds(time)))
}

/// The kernel counts in Mach time units, which are not nanoseconds on Apple's
/// own processors.
#[expect(deprecated, reason = "libc would have it in a crate of its own")]
fn in_nanoseconds(time: u64) -> Duration {
    // SAFETY: all-zero is valid, and the place is.
    let base = unsafe {
        let mut base: libc::mach_timebase_info = zeroed();
        libc::mach_timebase_info(&raw mut base);
        base
    };
    let nanoseconds = u128::from(time) * u128::from(base.numer) / u128::from(base.denom.max(1));
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}
