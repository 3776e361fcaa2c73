//! What Windows keeps of a service in the registry and gives no other access to.

use std::ffi::OsStr;
use std::io;
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_FILE_NOT_FOUND, ERROR_SUCCESS, WIN32_ERROR};
use windows_sys::Win32::System::Registry::{
    HKEY_LOCAL_MACHINE, REG_MULTI_SZ, REG_SZ, RRF_RT_REG_DWORD, RRF_RT_REG_MULTI_SZ, RRF_RT_REG_SZ,
    RegDeleteKeyValueW, RegGetValueW, RegSetKeyValueW,
};

use crate::process::windows::wide;

/// The key of a service.
pub(super) fn key(name: &str) -> String {
    format!(r"SYSTEM\CurrentControlSet\Services\{name}")
}

/// The key in it that belongs to the service itself.
pub(super) fn parameters(name: &str) -> String {
    format!(r"{}\Parameters", key(name))
}

/// The text `value` of `key`; `None` when there is none.
pub(super) fn text(key: &str, value: &str) -> io::Result<Option<String>> {
    let found = read(key, value, RRF_RT_REG_SZ)?;
    Ok(found.map(|units| {
        let end = units.iter().position(|&unit| unit == 0);
        String::from_utf16_lossy(&units[..end.unwrap_or(units.len())])
    }))
}

/// The list of texts `value` of `key`; none when there is no such value.
pub(super) fn texts(key: &str, value: &str) -> io::Result<Vec<String>> {
    let found = read(key, value, RRF_RT_REG_MULTI_SZ)?.unwrap_or_default();
    Ok(found
        .split(|&unit| unit == 0)
        .take_while(|text| !text.is_empty())
        .map(String::from_utf16_lossy)
        .collect())
}

/// Whether the number `value` of `key` is there and is not 0.
pub(super) fn flag(key: &str, value: &str) -> io::Result<bool> {
    let found = read(key, value, RRF_RT_REG_DWORD)?.unwrap_or_default();
    Ok(found.iter().any(|&unit| unit != 0))
}

/// Sets the text `value` of `key`, which is made if it is not there.
pub(super) fn set_text(key: &str, value: &str, text: &str) -> io::Result<()> {
    set(key, value, REG_SZ, &wide::terminated(OsStr::new(text))?)
}

/// Sets the list of texts `value` of `key`; with none, removes it.
pub(super) fn set_texts(key: &str, value: &str, texts: &[String]) -> io::Result<()> {
    if texts.is_empty() {
        return remove(key, value);
    }
    set(key, value, REG_MULTI_SZ, &list(texts)?)
}

/// `texts`, each with a final zero, and one more at the end.
pub(super) fn list(texts: &[String]) -> io::Result<Vec<u16>> {
    let mut units = Vec::new();
    for text in texts {
        units.extend(wide::terminated(OsStr::new(text))?);
    }
    if units.is_empty() {
        units.push(0);
    }
    units.push(0);
    Ok(units)
}

fn read(key: &str, value: &str, kinds: u32) -> io::Result<Option<Vec<u16>>> {
    let key = wide::terminated(OsStr::new(key))?;
    let value = wide::terminated(OsStr::new(value))?;
    // The most that a list of variables can have (`CreateProcessW`).
    let mut units = vec![0_u16; 32_768];
    let mut size = u32::try_from(units.len() * 2).expect("a constant");
    // SAFETY: the names are zero-terminated, and `size` is the buffer's.
    let error = unsafe {
        RegGetValueW(
            HKEY_LOCAL_MACHINE,
            key.as_ptr(),
            value.as_ptr(),
            kinds,
            ptr::null_mut(),
            units.as_mut_ptr().cast(),
            &raw mut size,
        )
    };
    if error == ERROR_FILE_NOT_FOUND {
        return Ok(None);
    }
    checked(error)?;
    units.truncate(size as usize / 2);
    Ok(Some(units))
}

fn set(key: &str, value: &str, kind: u32, units: &[u16]) -> io::Result<()> {
    let key = wide::terminated(OsStr::new(key))?;
    let value = wide::terminated(OsStr::new(value))?;
    let size =
        u32::try_from(units.len() * 2).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    // SAFETY: the names are zero-terminated, and `size` is the content's.
    checked(unsafe {
        RegSetKeyValueW(
            HKEY_LOCAL_MACHINE,
            key.as_ptr(),
            value.as_ptr(),
            kind,
            units.as_ptr().cast(),
            size,
        )
    })
}

fn remove(key: &str, value: &str) -> io::Result<()> {
    let key = wide::terminated(OsStr::new(key))?;
    let value = wide::terminated(OsStr::new(value))?;
    // SAFETY: the names are zero-terminated.
    match unsafe { RegDeleteKeyValueW(HKEY_LOCAL_MACHINE, key.as_ptr(), value.as_ptr()) } {
        ERROR_FILE_NOT_FOUND => Ok(()),
        error => checked(error),
    }
}

fn checked(error: WIN32_ERROR) -> io::Result<()> {
    if error == ERROR_SUCCESS {
        Ok(())
    } else {
        Err(io::Error::from_raw_os_error(error.cast_signed()))
    }
}
