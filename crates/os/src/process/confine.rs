//! What a child does to be shut off: mounts while it is the guardian's user still, the
//! filter of system calls as its last act.
//!
//! The rules of `child.rs` apply: nothing here allocates, locks or panics. The child is
//! a copy of the guardian (`fork`), as a namespace of users cannot be made by one
//! who borrows memory.

use std::ffi::{CStr, c_char, c_int, c_long};

use super::child::{Failed, Step, checked};
use crate::sandbox::linux::{Content, MOST_PLACES, Place, Plan};

const OPEN_TREE_CLONE: c_long = 1;
const EMPTY_PATH_SOURCE: c_long = 4;
const READ_ONLY: u64 = 1;

/// `struct mount_attr` of `linux/mount.h`.
#[repr(C)]
struct Attributes {
    set: u64,
    clear: u64,
    propagation: u64,
    user_namespace: u64,
}

/// Makes a namespace of mounts in which the places are as the plan says.
///
/// # Safety
/// In a new process that is a copy of the guardian.
pub(super) unsafe fn places(plan: &Plan) -> Result<(), Failed> {
    // SAFETY: by the caller's promise, for all of these.
    unsafe {
        namespaces(plan)?;
        let mut trees = [-1; MOST_PLACES];
        for (place, tree) in plan.places.iter().zip(&mut trees) {
            if matches!(place.content, Content::Same | Content::ReadOnly) {
                *tree = copy_of(place)?;
            }
        }
        if plan.rest_is_read_only {
            let flags = c_long::from(libc::AT_RECURSIVE);
            make_read_only(c_long::from(libc::AT_FDCWD), c"/", flags)?;
        }
        for (place, tree) in plan.places.iter().zip(trees) {
            put(place, tree)?;
        }
    }
    Ok(())
}

unsafe fn namespaces(plan: &Plan) -> Result<(), Failed> {
    let mut kinds = libc::CLONE_NEWNS;
    if plan.user_namespace.is_some() {
        kinds |= libc::CLONE_NEWUSER;
    }
    // SAFETY: plain numbers and zero-terminated strings.
    unsafe {
        checked(libc::unshare(kinds), Step::Namespaces)?;
        if let Some([users, groups]) = &plan.user_namespace {
            write(c"/proc/self/uid_map", users)?;
            write(c"/proc/self/setgroups", c"deny")?;
            write(c"/proc/self/gid_map", groups)?;
        }
        // What is mounted outside later is seen inside, and not the other way round.
        let flags = libc::MS_REC | libc::MS_SLAVE;
        let null = std::ptr::null::<c_char>();
        let result = libc::mount(null, c"/".as_ptr(), null, flags, std::ptr::null());
        checked(result, Step::Namespaces)
    }
}

unsafe fn write(path: &CStr, text: &CStr) -> Result<(), Failed> {
    // SAFETY: zero-terminated, and as long as it says.
    unsafe {
        let file = libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
        checked(file, Step::Namespaces)?;
        let length = text.count_bytes();
        let written = libc::write(file, text.as_ptr().cast(), length) as c_long;
        let result = checked(written, Step::Namespaces);
        libc::close(file);
        result
    }
}

/// A copy of what is mounted there, that is nowhere yet.
unsafe fn copy_of(place: &Place) -> Result<c_int, Failed> {
    let flags = OPEN_TREE_CLONE | c_long::from(libc::O_CLOEXEC) | c_long::from(libc::AT_RECURSIVE);
    // SAFETY: a zero-terminated path.
    let tree = unsafe {
        libc::syscall(
            libc::SYS_open_tree,
            c_long::from(libc::AT_FDCWD),
            place.path.as_ptr(),
            flags,
        )
    };
    checked(tree, Step::Places)?;
    if place.content == Content::ReadOnly {
        let flags = c_long::from(libc::AT_EMPTY_PATH | libc::AT_RECURSIVE);
        // SAFETY: as above.
        unsafe { make_read_only(tree, c"", flags)? };
    }
    Ok(tree as c_int)
}

unsafe fn make_read_only(at: c_long, path: &CStr, flags: c_long) -> Result<(), Failed> {
    let attributes = Attributes {
        set: READ_ONLY,
        clear: 0,
        propagation: 0,
        user_namespace: 0,
    };
    // SAFETY: a zero-terminated path, and the kernel's structure with its size.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            at,
            path.as_ptr(),
            flags,
            &raw const attributes,
            size_of::<Attributes>(),
        )
    };
    checked(result, Step::Places)
}

unsafe fn put(place: &Place, tree: c_int) -> Result<(), Failed> {
    // SAFETY: zero-terminated strings.
    unsafe {
        for folder in &place.made {
            // Those that are there are refused: that is no failure.
            if libc::mkdir(folder.as_ptr(), 0o755) == 0 {
                // Whatever the guardian's umask is.
                libc::chmod(folder.as_ptr(), 0o755);
            }
        }
        let mode = match place.content {
            Content::Same | Content::ReadOnly => {
                let moved = libc::syscall(
                    libc::SYS_move_mount,
                    c_long::from(tree),
                    c"".as_ptr(),
                    c_long::from(libc::AT_FDCWD),
                    place.path.as_ptr(),
                    EMPTY_PATH_SOURCE,
                );
                libc::close(tree);
                return checked(moved, Step::Places);
            }
            Content::Private => c"mode=1777",
            Content::Hidden => c"mode=0755",
        };
        let kind = c"tmpfs".as_ptr();
        let flags = libc::MS_NOSUID | libc::MS_NODEV;
        let result = libc::mount(kind, place.path.as_ptr(), kind, flags, mode.as_ptr().cast());
        checked(result, Step::Places)
    }
}

/// Has the kernel refuse system calls from here on, and give no right by the next
/// program's bits (`no_new_privs`).
///
/// # Safety
/// As [`places`].
pub(super) unsafe fn calls(plan: &Plan) -> Result<(), Failed> {
    let program = libc::sock_fprog {
        len: plan.filter.len() as u16,
        filter: plan.filter.as_ptr().cast_mut(),
    };
    // SAFETY: the kernel copies the program, which is as long as it says.
    unsafe {
        let result = libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        checked(result, Step::Calls)?;
        let result = libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const program,
            0,
            0,
        );
        checked(result, Step::Calls)
    }
}
