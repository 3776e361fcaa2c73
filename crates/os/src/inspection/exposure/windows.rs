//! Owners and access lists, by `GetNamedSecurityInfoW`.

use std::io;
use std::path::{Path, absolute};
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_SUCCESS, LocalFree};
use windows_sys::Win32::Security::Authorization::{GetNamedSecurityInfoW, SE_FILE_OBJECT};
use windows_sys::Win32::Security::{
    ACCESS_ALLOWED_ACE, ACE_HEADER, ACL, DACL_SECURITY_INFORMATION, GetAce, INHERIT_ONLY_ACE,
    OWNER_SECURITY_INFORMATION, PSID, SidTypeUser,
};

use super::rights::{Effect, Entry, Place, harmful, is_administrator, is_everybody};
use super::{Exposure, Power, Principal, PrincipalKind};
use crate::account::Account;
use crate::account::windows::sid::{LOCAL_SERVICE, NETWORK_SERVICE, named};
use crate::account::windows::{own_sid, sid_text};
use crate::process::windows::wide;

/// `ACCESS_ALLOWED_ACE_TYPE` and `ACCESS_DENIED_ACE_TYPE` (`winnt.h`). Others
/// (of objects, callbacks, audits) do not stand in lists of files, or count for
/// nothing.
const ALLOWED: u8 = 0;
const DENIED: u8 = 1;

pub(super) fn exposures(path: &Path) -> io::Result<Vec<Exposure>> {
    let path = absolute(path)?;
    let mut found = at(&path, Place::Target)?;
    let is_program = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("exe"));
    for (index, folder) in path.ancestors().skip(1).enumerate() {
        let place = if index == 0 && is_program {
            Place::ProgramFolder
        } else {
            Place::Folder
        };
        found.extend(at(folder, place)?);
    }
    Ok(found)
}

fn at(path: &Path, place: Place) -> io::Result<Vec<Exposure>> {
    let mut found: Vec<(Principal, Power)> = Vec::new();
    // Who is elevated is an administrator, also when not elevated: Microsoft
    // counts User Account Control as no security boundary.
    let own = if Account::is_privileged() {
        own_sid().ok()
    } else {
        None
    };
    read(path, |owner, list| {
        let owner_text = sid_text(owner)?;
        if !is_trusted(&owner_text, own.as_deref()) {
            found.push((principal(owner, owner_text), Power::Own));
        }
        // No list at all: everybody may do everything.
        if list.is_null() {
            found.push((everyone(), Power::Own));
            return Ok(());
        }
        let entries = entries(list)?;
        let plain: Vec<Entry> = entries.iter().map(|(entry, _)| entry.clone()).collect();
        let others = harmful(&plain, place).into_iter();
        for (sid, power) in others.filter(|(sid, _)| !is_trusted(sid, own.as_deref())) {
            let known = entries.iter().find(|(entry, _)| entry.sid == sid);
            let sid_pointer = known.map_or(ptr::null_mut(), |(_, pointer)| *pointer);
            found.push((principal(sid_pointer, sid), power));
        }
        Ok(())
    })?;
    Ok(found
        .into_iter()
        .map(|(who, power)| Exposure {
            path: path.to_owned(),
            who,
            power,
        })
        .collect())
}

fn is_trusted(sid: &str, own: Option<&str>) -> bool {
    is_administrator(sid) || own == Some(sid)
}

/// `look` sees the owner and the list (null: none) of `path`; both are valid
/// only during the call.
fn read(path: &Path, look: impl FnOnce(PSID, *const ACL) -> io::Result<()>) -> io::Result<()> {
    let name = wide::plain_path(path)?;
    let (mut owner, mut list) = (ptr::null_mut(), ptr::null_mut());
    let mut descriptor = ptr::null_mut();
    // SAFETY: the name is zero-terminated; the outputs are ours.
    let error = unsafe {
        GetNamedSecurityInfoW(
            name.as_ptr(),
            SE_FILE_OBJECT,
            OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
            &raw mut owner,
            ptr::null_mut(),
            &raw mut list,
            ptr::null_mut(),
            &raw mut descriptor,
        )
    };
    if error != ERROR_SUCCESS {
        return Err(io::Error::from_raw_os_error(error.cast_signed()));
    }
    let looked = if owner.is_null() {
        Err(io::Error::other("it has no owner"))
    } else {
        look(owner, list)
    };
    // SAFETY: the function says to free it so; what points into it is not used
    // any more.
    unsafe { LocalFree(descriptor) };
    looked
}

/// The entries of `list`, each with its security identifier in place.
fn entries(list: *const ACL) -> io::Result<Vec<(Entry, PSID)>> {
    // SAFETY: the list is valid, by the caller.
    let count = unsafe { (*list).AceCount };
    let mut entries = Vec::new();
    for index in 0..u32::from(count) {
        let mut ace = ptr::null_mut();
        // SAFETY: the list is valid and has that many entries.
        if unsafe { GetAce(list, index, &raw mut ace) } == 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: every entry begins with its head.
        let head = unsafe { *ace.cast::<ACE_HEADER>() };
        if head.AceType != ALLOWED && head.AceType != DENIED {
            continue;
        }
        // SAFETY: both types have this form; the identifier begins at its last
        // field and lies within the entry.
        let (mask, sid) = unsafe {
            let ace = ace.cast::<ACCESS_ALLOWED_ACE>();
            ((*ace).Mask, (&raw mut (*ace).SidStart).cast())
        };
        let effect = match head.AceType {
            _ if u32::from(head.AceFlags) & INHERIT_ONLY_ACE != 0 => Effect::None,
            DENIED => Effect::Deny,
            _ => Effect::Allow,
        };
        let entry = Entry {
            sid: sid_text(sid)?,
            effect,
            mask,
        };
        entries.push((entry, sid));
    }
    Ok(entries)
}

fn everyone() -> Principal {
    Principal {
        kind: PrincipalKind::Everyone,
        id: "S-1-1-0".to_owned(),
        name: "Everyone".to_owned(),
        members: Vec::new(),
    }
}

/// `sid` is valid and `id` its text.
fn principal(sid: PSID, id: String) -> Principal {
    // An account that is gone, or whose domain does not answer, has no name.
    let known = named(sid).ok();
    let kind = match &known {
        _ if is_everybody(&id) => PrincipalKind::Everyone,
        // The accounts of services (80, 19, 20) and of virtual machines are told
        // as groups by the system, and are one account each.
        _ if id.starts_with("S-1-5-80-") => PrincipalKind::Account,
        _ if [LOCAL_SERVICE, NETWORK_SERVICE].contains(&id.as_str()) => PrincipalKind::Account,
        Some(named) if named.kind == SidTypeUser => PrincipalKind::Account,
        Some(_) => PrincipalKind::Group,
        None => PrincipalKind::Account,
    };
    Principal {
        kind,
        name: known.map_or_else(|| id.clone(), |named| named.whole()),
        id,
        members: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::windows::sid::Sid;

    #[test]
    fn an_account_of_windows_for_services_is_one_account() {
        for (name, kind) in [
            ("LocalService", PrincipalKind::Account),
            ("NetworkService", PrincipalKind::Account),
            (r"NT SERVICE\shop", PrincipalKind::Account),
            ("Everyone", PrincipalKind::Everyone),
        ] {
            let sid = Sid::of(name).expect("known");
            let text = sid.text().expect("it can be written");
            assert_eq!(principal(sid.as_ptr(), text).kind, kind, "{name}");
        }
    }
}
