//! `sysctl(KERN_PROC)`.

use std::io;
use std::mem::size_of;
use std::time::Duration;

use super::{Row, find_variable};

/// One number of microseconds.
const SECOND: u64 = 1_000_000;

pub(super) fn rows() -> io::Result<Vec<Row>> {
    Ok(
        query(&[libc::CTL_KERN, libc::KERN_PROC, libc::KERN_PROC_PROC])?
            .iter()
            .map(to_row)
            .collect(),
    )
}

pub(super) fn row(pid: libc::pid_t) -> Option<Row> {
    information(pid).as_ref().map(to_row)
}

fn information(pid: libc::pid_t) -> Option<libc::kinfo_proc> {
    query(&[libc::CTL_KERN, libc::KERN_PROC, libc::KERN_PROC_PID, pid])
        .ok()?
        .into_iter()
        .next()
}

fn to_row(info: &libc::kinfo_proc) -> Row {
    let start = info.ki_start;
    Row {
        pid: info.ki_pid,
        parent: info.ki_ppid,
        session: info.ki_sid,
        start: u64::try_from(start.tv_sec)
            .unwrap_or(0)
            .wrapping_mul(SECOND)
            .wrapping_add(u64::try_from(start.tv_usec).unwrap_or(0)),
        zombie: i32::from(info.ki_stat) == i32::from(libc::SZOMB),
    }
}

fn query(name: &[libc::c_int]) -> io::Result<Vec<libc::kinfo_proc>> {
    let bytes = read(name)?;
    let size = size_of::<libc::kinfo_proc>();
    Ok(bytes
        .chunks_exact(size)
        // SAFETY: the kernel wrote such structs, of plain data, one after the
        // other; the buffer need not be aligned for them.
        .map(|chunk| unsafe { chunk.as_ptr().cast::<libc::kinfo_proc>().read_unaligned() })
        .collect())
}

fn read(name: &[libc::c_int]) -> io::Result<Vec<u8>> {
    let count = libc::c_uint::try_from(name.len()).unwrap_or(0);
    let mut size = 0;
    // SAFETY: without a buffer it only says how much there is.
    let result = unsafe {
        libc::sysctl(
            name.as_ptr(),
            count,
            std::ptr::null_mut(),
            &raw mut size,
            std::ptr::null(),
            0,
        )
    };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    // More may have come meanwhile.
    size += size / 4 + 4096;
    let mut bytes = vec![0_u8; size];
    // SAFETY: the buffer has `size` bytes.
    let result = unsafe {
        libc::sysctl(
            name.as_ptr(),
            count,
            bytes.as_mut_ptr().cast(),
            &raw mut size,
            std::ptr::null(),
            0,
        )
    };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    bytes.truncate(size);
    Ok(bytes)
}

pub(super) fn variable(pid: libc::pid_t, name: &str) -> Option<Vec<u8>> {
    let query = [libc::CTL_KERN, libc::KERN_PROC, libc::KERN_PROC_ENV, pid];
    find_variable(&read(&query).ok()?, name)
}

pub(super) fn usage(pid: libc::pid_t) -> Option<(u64, Duration)> {
    let info = information(pid)?;
    let pages = u64::try_from(info.ki_rssize).ok()?;
    let page = rustix::param::page_size() as u64;
    Some((
        pages.saturating_mul(page),
        Duration::from_micros(info.ki_runtime),
    ))
}
