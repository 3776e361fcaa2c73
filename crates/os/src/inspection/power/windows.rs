//! The power capabilities, the active power scheme, the registry.

use std::ffi::OsStr;
use std::ptr;
use std::time::Duration;

use windows_sys::Win32::Foundation::{ERROR_SUCCESS, LocalFree, STATUS_SUCCESS};
use windows_sys::Win32::System::Power::{
    CallNtPowerInformation, GetSystemPowerStatus, PowerGetActiveScheme, PowerReadACValueIndex,
    PowerReadDCValueIndex, SYSTEM_POWER_CAPABILITIES, SYSTEM_POWER_STATUS, SystemPowerCapabilities,
};
use windows_sys::Win32::System::Registry::{HKEY_LOCAL_MACHINE, RRF_RT_REG_DWORD, RegGetValueW};
use windows_sys::Win32::System::SystemServices::{
    GUID_LIDCLOSE_ACTION, GUID_SLEEP_SUBGROUP, GUID_STANDBY_TIMEOUT, GUID_SYSTEM_BUTTON_SUBGROUP,
};
use windows_sys::core::GUID;

use super::{IdleSleep, LidAction, PlanSide, PowerPlan, SleepKind};
use crate::process::windows::wide;

const POWER: &str = r"SYSTEM\CurrentControlSet\Control\Session Manager\Power";

/// `SystemStatusFlag`: the battery saver is on.
const SAVING: u8 = 1;

pub(super) fn kinds() -> Option<Vec<SleepKind>> {
    Some(kinds_of(&capabilities()?))
}

fn kinds_of(can: &SYSTEM_POWER_CAPABILITIES) -> Vec<SleepKind> {
    let kinds = [
        (can.AoAc, SleepKind::ModernStandby),
        (
            can.SystemS1 || can.SystemS2 || can.SystemS3,
            SleepKind::ToMemory,
        ),
        (can.SystemS4 && can.HiberFilePresent, SleepKind::ToDisk),
    ];
    let there = kinds.into_iter().filter(|(is_there, _)| *is_there);
    there.map(|(_, kind)| kind).collect()
}

pub(super) fn plan() -> Option<PowerPlan> {
    let scheme = active_scheme()?;
    let side = |read: Read| PlanSide {
        lid: value(read, &scheme, LID).and_then(lid_action),
        idle: value(read, &scheme, IDLE).map(idle_sleep),
    };
    Some(PowerPlan {
        on_mains: side(PowerReadACValueIndex),
        on_battery: side(PowerReadDCValueIndex),
    })
}

/// Without a hibernation file there is nothing to start fast from.
pub(super) fn has_fast_startup() -> Option<bool> {
    let can = capabilities()?;
    if !(can.SystemS4 && can.HiberFilePresent) {
        return Some(false);
    }
    Some(number(POWER, "HiberbootEnabled")? != 0)
}

pub(super) fn is_saving() -> Option<bool> {
    let mut status = SYSTEM_POWER_STATUS::default();
    // SAFETY: the structure is ours.
    if unsafe { GetSystemPowerStatus(&raw mut status) } == 0 {
        return None;
    }
    Some(status.SystemStatusFlag == SAVING)
}

fn capabilities() -> Option<SYSTEM_POWER_CAPABILITIES> {
    let mut capabilities = SYSTEM_POWER_CAPABILITIES::default();
    let size = u32::try_from(size_of_val(&capabilities)).ok()?;
    // SAFETY: nothing is handed in; the structure is ours and has that size.
    let status = unsafe {
        CallNtPowerInformation(
            SystemPowerCapabilities,
            ptr::null(),
            0,
            (&raw mut capabilities).cast(),
            size,
        )
    };
    (status == STATUS_SUCCESS).then_some(capabilities)
}

/// `PowerReadACValueIndex` or its twin for batteries.
type Read = unsafe extern "system" fn(
    windows_sys::Win32::System::Registry::HKEY,
    *const GUID,
    *const GUID,
    *const GUID,
    *mut u32,
) -> u32;

/// A setting: its group and itself.
type Setting = (GUID, GUID);

const LID: Setting = (GUID_SYSTEM_BUTTON_SUBGROUP, GUID_LIDCLOSE_ACTION);
const IDLE: Setting = (GUID_SLEEP_SUBGROUP, GUID_STANDBY_TIMEOUT);

fn active_scheme() -> Option<GUID> {
    let mut scheme: *mut GUID = ptr::null_mut();
    // SAFETY: the pointer is ours and is set when the call succeeds.
    let error = unsafe { PowerGetActiveScheme(ptr::null_mut(), &raw mut scheme) };
    if error != ERROR_SUCCESS || scheme.is_null() {
        return None;
    }
    // SAFETY: it points to a GUID, which is ours to free, once.
    let found = unsafe { *scheme };
    // SAFETY: as above; nobody uses it any more.
    unsafe { LocalFree(scheme.cast()) };
    Some(found)
}

fn value(read: Read, scheme: &GUID, (group, setting): Setting) -> Option<u32> {
    let mut value = 0;
    // SAFETY: all pointers are to values that outlive the call.
    let error = unsafe {
        read(
            ptr::null_mut(),
            scheme,
            &raw const group,
            &raw const setting,
            &raw mut value,
        )
    };
    (error == ERROR_SUCCESS).then_some(value)
}

/// "Lid switch close action" of Microsoft's documentation of power settings.
const fn lid_action(index: u32) -> Option<LidAction> {
    Some(match index {
        0 => LidAction::Nothing,
        1 => LidAction::Sleep,
        2 => LidAction::Hibernate,
        3 => LidAction::ShutDown,
        _ => return None,
    })
}

/// "Sleep idle timeout": seconds, and 0 for never.
const fn idle_sleep(seconds: u32) -> IdleSleep {
    match seconds {
        0 => IdleSleep::Never,
        _ => IdleSleep::After(Duration::from_secs(seconds as u64)),
    }
}

fn number(key: &str, value: &str) -> Option<u32> {
    let key = wide::terminated(OsStr::new(key)).ok()?;
    let value = wide::terminated(OsStr::new(value)).ok()?;
    let mut number = 0_u32;
    let mut size = u32::try_from(size_of_val(&number)).ok()?;
    // SAFETY: names are zero-terminated; the size is the number's, in bytes.
    let error = unsafe {
        RegGetValueW(
            HKEY_LOCAL_MACHINE,
            key.as_ptr(),
            value.as_ptr(),
            RRF_RT_REG_DWORD,
            ptr::null_mut(),
            (&raw mut number).cast(),
            &raw mut size,
        )
    };
    (error == ERROR_SUCCESS).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_told_as_kinds() {
        let mut can = SYSTEM_POWER_CAPABILITIES {
            AoAc: true,
            SystemS4: true,
            ..SYSTEM_POWER_CAPABILITIES::default()
        };
        assert_eq!(kinds_of(&can), [SleepKind::ModernStandby]);
        can.HiberFilePresent = true;
        can.AoAc = false;
        can.SystemS3 = true;
        assert_eq!(kinds_of(&can), [SleepKind::ToMemory, SleepKind::ToDisk]);
    }

    #[test]
    fn the_indexes_of_settings_have_names() {
        assert_eq!(lid_action(1), Some(LidAction::Sleep));
        assert_eq!(lid_action(9), None);
        assert_eq!(idle_sleep(0), IdleSleep::Never);
        assert_eq!(idle_sleep(900), IdleSleep::After(Duration::from_mins(15)));
    }
}
