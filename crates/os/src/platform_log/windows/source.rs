//! Sources of the Event Log are keys of the registry.

use std::io;
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_FILE_NOT_FOUND, ERROR_SUCCESS, WIN32_ERROR};
use windows_sys::Win32::System::Registry::{
    HKEY, HKEY_LOCAL_MACHINE, KEY_WRITE, REG_DWORD, REG_EXPAND_SZ, REG_OPTION_NON_VOLATILE,
    RRF_NOEXPAND, RRF_RT_REG_EXPAND_SZ, RRF_RT_REG_SZ, RegCloseKey, RegCreateKeyExW, RegDeleteKeyW,
    RegGetValueW, RegSetValueExW,
};

use super::wide;

const SOURCES: &str = r"SYSTEM\CurrentControlSet\Services\EventLog\Application";
const MESSAGE_FILE: &str = r"%SystemRoot%\System32\EventCreate.exe";
/// Errors, warnings and information.
const TYPES: u32 = 7;

pub(in super::super) fn register(name: &str) -> io::Result<()> {
    match message_file(name)? {
        Some(_) => Ok(()),
        None => create(name),
    }
}

fn create(name: &str) -> io::Result<()> {
    let key = Key::create(&key_path(name))?;
    // The flag by which EventCreate.exe knows its own sources.
    key.set_number("CustomSource", 1)?;
    key.set_number("TypesSupported", TYPES)?;
    // Last: with this value the source counts as registered.
    key.set_expandable("EventMessageFile", MESSAGE_FILE)
}

pub(in super::super) fn unregister(name: &str) -> io::Result<()> {
    if message_file(name)?.as_deref() != Some(MESSAGE_FILE) {
        return Ok(());
    }
    let path = wide(&key_path(name));
    // SAFETY: the text ends in NUL.
    match unsafe { RegDeleteKeyW(HKEY_LOCAL_MACHINE, path.as_ptr()) } {
        ERROR_FILE_NOT_FOUND => Ok(()),
        code => check(code),
    }
}

pub(in super::super) fn message_file(name: &str) -> io::Result<Option<String>> {
    let (path, value) = (wide(&key_path(name)), wide("EventMessageFile"));
    // Longer paths exist, but not in this value.
    let mut text = [0_u16; 1024];
    let mut size = u32::try_from(size_of_val(&text)).expect("a small number");
    // SAFETY: both texts end in NUL, and `size` is the buffer's in bytes.
    let code = unsafe {
        RegGetValueW(
            HKEY_LOCAL_MACHINE,
            path.as_ptr(),
            value.as_ptr(),
            RRF_RT_REG_SZ | RRF_RT_REG_EXPAND_SZ | RRF_NOEXPAND,
            ptr::null_mut(),
            text.as_mut_ptr().cast(),
            &raw mut size,
        )
    };
    if code == ERROR_FILE_NOT_FOUND {
        return Ok(None);
    }
    check(code)?;
    let length = text.iter().position(|&unit| unit == 0).unwrap_or(0);
    Ok(Some(String::from_utf16_lossy(&text[..length])))
}

fn key_path(name: &str) -> String {
    format!(r"{SOURCES}\{name}")
}

/// An open key.
struct Key(HKEY);

impl Key {
    /// Opens it, or makes it.
    fn create(path: &str) -> io::Result<Self> {
        let path = wide(path);
        let mut key = ptr::null_mut();
        // SAFETY: the text ends in NUL, and the outputs are ours.
        check(unsafe {
            RegCreateKeyExW(
                HKEY_LOCAL_MACHINE,
                path.as_ptr(),
                0,
                ptr::null(),
                REG_OPTION_NON_VOLATILE,
                KEY_WRITE,
                ptr::null(),
                &raw mut key,
                ptr::null_mut(),
            )
        })?;
        Ok(Self(key))
    }

    fn set_number(&self, name: &str, value: u32) -> io::Result<()> {
        self.set(name, REG_DWORD, &value.to_le_bytes())
    }

    fn set_expandable(&self, name: &str, text: &str) -> io::Result<()> {
        let bytes: Vec<u8> = wide(text).into_iter().flat_map(u16::to_le_bytes).collect();
        self.set(name, REG_EXPAND_SZ, &bytes)
    }

    fn set(&self, name: &str, kind: u32, bytes: &[u8]) -> io::Result<()> {
        let name = wide(name);
        let length = u32::try_from(bytes.len()).expect("some bytes");
        // SAFETY: the name ends in NUL, and `length` is that of the bytes.
        check(unsafe { RegSetValueExW(self.0, name.as_ptr(), 0, kind, bytes.as_ptr(), length) })
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        // SAFETY: the key is ours and used no more.
        unsafe { RegCloseKey(self.0) };
    }
}

fn check(code: WIN32_ERROR) -> io::Result<()> {
    match code {
        ERROR_SUCCESS => Ok(()),
        code => Err(io::Error::from_raw_os_error(code.cast_signed())),
    }
}

#[cfg(test)]
mod tests {
    use crate::platform_log::source::{message_file, register, unregister};

    #[test]
    fn a_source_is_there_until_it_is_removed_and_names_may_be_foreign() {
        let name = format!("Outlast Prüfung {}", std::process::id());
        assert_eq!(message_file(&name).expect("it can be asked"), None);
        register(&name).expect("it is made");
        register(&name).expect("twice is once");
        let file = message_file(&name).expect("it can be asked");
        assert!(file.expect("it is there").ends_with("EventCreate.exe"));
        unregister(&name).expect("it is removed");
        unregister(&name).expect("twice is once");
        assert_eq!(message_file(&name).expect("it can be asked"), None);
    }
}
