//! Owner, group, mode, the sticky bit, and on Linux the access list.

use std::collections::VecDeque;
use std::ffi::{CStr, OsString};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use super::{Exposure, Power, Principal, PrincipalKind};
use crate::account::Account;

/// As many links as Linux follows (`path_resolution(7)`).
const MAX_LINKS: usize = 40;

const STICKY: u32 = 0o1000;

pub(super) fn exposures(path: &Path) -> io::Result<Vec<Exposure>> {
    let mut found = Vec::new();
    let mut folder = PathBuf::from("/");
    let mut rest = names(path);
    let mut links = 0;
    while let Some(name) = rest.pop_front() {
        if name == ".." {
            folder.pop();
            continue;
        }
        let entry = folder.join(&name);
        let status = fs::symlink_metadata(&entry)?;
        found.extend(replacers(&folder, &status)?);
        if status.is_symlink() {
            links += 1;
            if links > MAX_LINKS {
                return Err(io::Error::from_raw_os_error(libc::ELOOP));
            }
            let target = fs::read_link(&entry)?;
            if target.is_absolute() {
                folder = PathBuf::from("/");
            }
            for name in names(&target).into_iter().rev() {
                rest.push_front(name);
            }
            continue;
        }
        if rest.is_empty() {
            found.extend(writers(&entry, &status)?);
        }
        folder = entry;
    }
    Ok(found)
}

fn names(path: &Path) -> VecDeque<OsString> {
    path.components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some("..".into()),
            _ => None,
        })
        .collect()
}

/// Who can put something else in the place of `entry` in `folder`.
fn replacers(folder: &Path, entry: &Metadata) -> io::Result<Vec<Exposure>> {
    let status = fs::metadata(folder)?;
    let at = |who, power| Exposure {
        path: folder.to_owned(),
        who,
        power,
    };
    let mut found = Vec::new();
    found.extend(account(status.uid()).map(|owner| at(owner, Power::Own)));
    if status.mode() & STICKY == 0 {
        let others = others(folder, &status).into_iter();
        found.extend(others.map(|who| at(who, Power::Replace)));
    } else {
        // `unlink(2)`: there only the owner of the entry can.
        found.extend(account(entry.uid()).map(|owner| at(owner, Power::Replace)));
    }
    Ok(found)
}

/// Who can change the content of the file at `path`.
fn writers(path: &Path, status: &Metadata) -> io::Result<Vec<Exposure>> {
    let at = |who, power| Exposure {
        path: path.to_owned(),
        who,
        power,
    };
    let owner = account(status.uid()).map(|owner| at(owner, Power::Own));
    let others = others(path, status).into_iter();
    Ok(owner
        .into_iter()
        .chain(others.map(|who| at(who, Power::Write)))
        .collect())
}

/// Who but the owner has the right to write. That a folder can only be written
/// to by those who can also enter it is left out: few folders are so.
fn others(path: &Path, status: &Metadata) -> Vec<Principal> {
    let mut found = Vec::new();
    if status.mode() & 0o002 != 0 {
        found.push(everyone());
    }
    match listed(path, status) {
        Some(listed) => found.extend(listed),
        None if status.mode() & 0o020 != 0 => found.extend(group(status.gid())),
        None => {}
    }
    found
}

#[cfg(target_os = "linux")]
fn listed(path: &Path, status: &Metadata) -> Option<Vec<Principal>> {
    use super::acl::{ATTRIBUTE, Writer, writers};
    let mut bytes = vec![0_u8; 16 * 1024];
    let length = rustix::fs::getxattr(path, ATTRIBUTE, &mut bytes).ok()?;
    let writers = writers(bytes.get(..length)?)?;
    Some(
        writers
            .into_iter()
            .filter_map(|writer| match writer {
                Writer::User(uid) => account(uid),
                Writer::OwnGroup => group(status.gid()),
                Writer::Group(gid) => group(gid),
            })
            .collect(),
    )
}

#[cfg(not(target_os = "linux"))]
fn listed(_path: &Path, _status: &Metadata) -> Option<Vec<Principal>> {
    None
}

fn everyone() -> Principal {
    Principal {
        kind: PrincipalKind::Everyone,
        id: "everyone".to_owned(),
        name: "everybody".to_owned(),
        members: Vec::new(),
    }
}

/// `None` for root.
fn account(uid: u32) -> Option<Principal> {
    let id = uid.to_string();
    let name = || Account::find(&id).map_or_else(|_| id.clone(), |account| account.0.name);
    (uid != 0).then(|| Principal {
        kind: PrincipalKind::Account,
        name: name(),
        id: id.clone(),
        members: Vec::new(),
    })
}

/// `None` for root's group, when nobody else is listed in it.
fn group(gid: u32) -> Option<Principal> {
    let (name, mut members) = look_up_group(gid).unwrap_or_else(|| (gid.to_string(), Vec::new()));
    members.retain(|member| member != "root");
    (gid != 0 || !members.is_empty()).then(|| Principal {
        kind: PrincipalKind::Group,
        id: gid.to_string(),
        name,
        members,
    })
}

/// The name and the listed members; `None` when nobody knows the group.
fn look_up_group(gid: u32) -> Option<(String, Vec<String>)> {
    let mut buffer = vec![0_u8; 4096];
    loop {
        // SAFETY: an all-zero `group` is a valid value: null pointers, number 0.
        let mut entry: libc::group = unsafe { std::mem::zeroed() };
        let mut found = std::ptr::null_mut();
        // SAFETY: all pointers are valid for the call; the size is the buffer's.
        let code = unsafe {
            libc::getgrgid_r(
                gid,
                &raw mut entry,
                buffer.as_mut_ptr().cast(),
                buffer.len(),
                &raw mut found,
            )
        };
        if code == libc::ERANGE && buffer.len() < 1 << 20 {
            buffer.resize(buffer.len() * 2, 0);
            continue;
        }
        if found.is_null() {
            return None;
        }
        // SAFETY: on success the entry's strings are valid and point into
        // `buffer`, which outlives their use.
        return Some(unsafe { (text(entry.gr_name), members(entry.gr_mem)) });
    }
}

/// # Safety
/// `list` is null or an array of valid strings that ends with null.
unsafe fn members(mut list: *mut *mut libc::c_char) -> Vec<String> {
    let mut members = Vec::new();
    // SAFETY: by the caller's promise; the end is not passed.
    unsafe {
        while !list.is_null() && !(*list).is_null() {
            members.push(text(*list));
            list = list.add(1);
        }
    }
    members
}

/// # Safety
/// `string` is null or valid.
unsafe fn text(string: *const libc::c_char) -> String {
    if string.is_null() {
        return String::new();
    }
    // SAFETY: by the caller's promise.
    let string = unsafe { CStr::from_ptr(string) };
    string.to_string_lossy().into_owned()
}
