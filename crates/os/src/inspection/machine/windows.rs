//! The registry, drive types and the power status.

use std::ffi::{OsStr, OsString};
use std::os::windows::ffi::OsStringExt as _;
use std::path::{Component, Path, Prefix};
use std::ptr;

use windows_sys::Win32::Storage::FileSystem::GetDriveTypeW;
use windows_sys::Win32::System::Power::{GetSystemPowerStatus, SYSTEM_POWER_STATUS};
use windows_sys::Win32::System::Registry::{
    HKEY_LOCAL_MACHINE, RRF_NOEXPAND, RRF_RT_REG_EXPAND_SZ, RRF_RT_REG_SZ, RegGetValueW,
};

use crate::process::windows::wide;

const ENVIRONMENT: &str = r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment";
const SERVICES: &str = r"SYSTEM\CurrentControlSet\Services";

/// `DRIVE_REMOTE` (`fileapi.h`).
const REMOTE: u32 = 4;

/// `BatteryFlag`: no battery, and unknown.
const NO_BATTERY: u8 = 128;
const UNKNOWN: u8 = 255;

/// The machine's variable, with the variables in it replaced: `RegGetValueW`
/// does so when it is asked for plain text, and refuses to when it is asked for
/// text with variables.
pub(super) fn search_path_of_services() -> Option<OsString> {
    registry_text(ENVIRONMENT, "Path", RRF_RT_REG_SZ)
}

pub(super) fn is_on_mapped_drive(path: &Path) -> bool {
    let Some(Component::Prefix(prefix)) = path.components().next() else {
        return false;
    };
    let (Prefix::Disk(letter) | Prefix::VerbatimDisk(letter)) = prefix.kind() else {
        return false;
    };
    let root = [u16::from(letter), u16::from(b':'), u16::from(b'\\'), 0];
    // SAFETY: the text is zero-terminated.
    (unsafe { GetDriveTypeW(root.as_ptr()) }) == REMOTE
}

pub(super) fn is_portable() -> Option<bool> {
    let mut status = SYSTEM_POWER_STATUS::default();
    // SAFETY: the structure is ours.
    if unsafe { GetSystemPowerStatus(&raw mut status) } == 0 || status.BatteryFlag == UNKNOWN {
        return None;
    }
    Some(status.BatteryFlag & NO_BATTERY == 0)
}

pub(super) fn image_path(name: &str) -> Option<String> {
    let key = format!(r"{SERVICES}\{name}");
    let flags = RRF_RT_REG_SZ | RRF_RT_REG_EXPAND_SZ | RRF_NOEXPAND;
    Some(
        registry_text(&key, "ImagePath", flags)?
            .to_string_lossy()
            .into_owned(),
    )
}

fn registry_text(key: &str, value: &str, flags: u32) -> Option<OsString> {
    let key = wide::terminated(OsStr::new(key)).ok()?;
    let value = wide::terminated(OsStr::new(value)).ok()?;
    // 32767 characters is the most that a variable or command line can have.
    let mut text = vec![0_u16; 32 * 1024];
    let mut size = u32::try_from(size_of_val(&text[..])).ok()?;
    // SAFETY: names are zero-terminated; the size is the buffer's, in bytes.
    let error = unsafe {
        RegGetValueW(
            HKEY_LOCAL_MACHINE,
            key.as_ptr(),
            value.as_ptr(),
            flags,
            ptr::null_mut(),
            text.as_mut_ptr().cast(),
            &raw mut size,
        )
    };
    if error != 0 {
        return None;
    }
    let length = text.iter().position(|&unit| unit == 0)?;
    Some(OsString::from_wide(&text[..length]))
}
