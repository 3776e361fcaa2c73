//! Giving back mapped code.

use std::ffi::{c_int, c_void};

/// Takes the pages of this program's and its libraries' code and constants out
/// of the process. They stay in the page cache, are shared, and come back one
/// by one as they are used; what only start-up needed does not.
pub(super) fn release_code() {
    // SAFETY: the callback is of the right type and uses its argument only
    // during the call.
    unsafe { libc::dl_iterate_phdr(Some(release_object), std::ptr::null_mut()) };
}

/// # Safety
/// Called by `dl_iterate_phdr` with a valid `info`.
unsafe extern "C" fn release_object(
    info: *mut libc::dl_phdr_info,
    _size: libc::size_t,
    _data: *mut c_void,
) -> c_int {
    // SAFETY: valid by the promise of `dl_iterate_phdr`.
    let info = unsafe { &*info };
    for index in 0..usize::from(info.dlpi_phnum) {
        // SAFETY: `dlpi_phdr` points to `dlpi_phnum` headers.
        let header = unsafe { &*info.dlpi_phdr.add(index) };
        if header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_W == 0 {
            release(
                info.dlpi_addr as usize + header.p_vaddr as usize,
                header.p_memsz as usize,
            );
        }
    }
    0
}

fn release(start: usize, length: usize) {
    let page = rustix::param::page_size();
    let first = start.next_multiple_of(page);
    let end = (start + length) / page * page;
    if end <= first {
        return;
    }
    // SAFETY: a segment that is not writable has no private copies of pages
    // (relocations go to writable segments; RELRO is part of one of those), so
    // each page reads the same again from the file. The vDSO has no file and
    // refuses, or keeps its pages.
    unsafe { libc::madvise(first as *mut c_void, end - first, libc::MADV_DONTNEED) };
}
