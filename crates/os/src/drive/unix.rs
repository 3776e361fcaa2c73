//! Kinds of file systems.

use std::path::Path;

#[cfg(target_os = "linux")]
pub(super) fn why_remote(path: &Path) -> Option<&'static str> {
    // From linux/magic.h; NTFS and others over FUSE are meant, too.
    const KINDS: &[(u64, &str)] = &[
        (0x6969, "it is on NFS"),
        (0x517b, "it is on a network drive (SMB)"),
        (0xff53_4d42, "it is on a network drive (CIFS)"),
        (0xfe53_4d42, "it is on a network drive (SMB)"),
        (0x6573_5546, "it is on FUSE"),
        (0x0102_1997, "it is on 9P"),
        (0x786f_4256, "it is on a folder shared by VirtualBox"),
        (0x00c3_6400, "it is on Ceph"),
        (0x5346_414f, "it is on AFS"),
        (0x7375_7245, "it is on Coda"),
    ];
    let kind = rustix::fs::statfs(path).ok()?.f_type;
    // Its sign depends on the architecture, and its width.
    let kind = u64::from(kind as u32);
    let known = KINDS.iter().find(|(magic, _)| *magic == kind);
    known.map(|(_, name)| *name)
}

#[cfg(any(target_os = "macos", target_os = "freebsd"))]
pub(super) fn why_remote(path: &Path) -> Option<&'static str> {
    use std::os::unix::ffi::OsStrExt as _;

    let path = std::ffi::CString::new(path.as_os_str().as_bytes()).ok()?;
    // SAFETY: all zeros are a valid `statfs`.
    let mut found: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: the path ends in zero, and `found` is a `statfs` to be written to.
    if unsafe { libc::statfs(path.as_ptr(), &raw mut found) } != 0 {
        return None;
    }
    let is_local = u64::from(found.f_flags) & (libc::MNT_LOCAL as u64) != 0;
    (!is_local).then_some("it is on a network drive")
}
