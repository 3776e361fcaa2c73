//! What a control or a callback of Windows says, from its raw parameters.
//!
//! Pure: nothing is asked, and nothing is remembered. What has no meaning here, is
//! unknown or does not have the form that it should have says nothing.

use outlast_model::machine::{Lid, PowerSource, Saver, Screen, SessionChange};
use windows_sys::Win32::System::Power::POWERBROADCAST_SETTING;
use windows_sys::Win32::System::RemoteDesktop::WTSSESSION_NOTIFICATION;
use windows_sys::Win32::System::SystemServices::{
    GUID_ACDC_POWER_SOURCE, GUID_CONSOLE_DISPLAY_STATE, GUID_LIDSWITCH_STATE_CHANGE,
    GUID_POWER_SAVING_STATUS,
};
use windows_sys::Win32::UI::WindowsAndMessaging::{
    PBT_APMPOWERSTATUSCHANGE, PBT_APMRESUMEAUTOMATIC, PBT_APMRESUMECRITICAL, PBT_APMRESUMESUSPEND,
    PBT_APMSUSPEND, PBT_POWERSETTINGCHANGE, WTS_CONSOLE_CONNECT, WTS_CONSOLE_DISCONNECT,
    WTS_REMOTE_CONNECT, WTS_REMOTE_DISCONNECT, WTS_SESSION_LOCK, WTS_SESSION_LOGOFF,
    WTS_SESSION_LOGON, WTS_SESSION_UNLOCK,
};
use windows_sys::core::GUID;

/// The power settings that are listened to.
pub(super) const SETTINGS: [GUID; 4] = [
    GUID_ACDC_POWER_SOURCE,
    GUID_LIDSWITCH_STATE_CHANGE,
    GUID_CONSOLE_DISPLAY_STATE,
    GUID_POWER_SAVING_STATUS,
];

/// What a power event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PowerNews {
    /// The machine is about to be suspended.
    Suspending,
    /// It runs again, whether somebody is there or not.
    Resumed,
    /// It runs again and somebody is there: comes after the former.
    UserIsBack,
    /// Something about its power is different; what, has to be asked.
    StatusChanged,
    /// How this is now.
    Source(PowerSource),
    /// How this is now.
    Lid(Lid),
    /// How this is now.
    Screen(Screen),
    /// How this is now.
    Saver(Saver),
}

/// What the power event `kind` with its `data` says.
///
/// # Safety
/// With a `PBT_POWERSETTINGCHANGE`, `data` is null or points to a
/// [`POWERBROADCAST_SETTING`] with as many bytes behind it as it says.
pub(super) unsafe fn power(kind: u32, data: *const core::ffi::c_void) -> Option<PowerNews> {
    match kind {
        PBT_APMSUSPEND => Some(PowerNews::Suspending),
        PBT_APMRESUMEAUTOMATIC | PBT_APMRESUMECRITICAL => Some(PowerNews::Resumed),
        PBT_APMRESUMESUSPEND => Some(PowerNews::UserIsBack),
        PBT_APMPOWERSTATUSCHANGE => Some(PowerNews::StatusChanged),
        // SAFETY: as this function's.
        PBT_POWERSETTINGCHANGE => unsafe { setting(data.cast()) },
        _ => None,
    }
}

/// # Safety
/// As [`power`]'s.
unsafe fn setting(data: *const POWERBROADCAST_SETTING) -> Option<PowerNews> {
    if data.is_null() {
        return None;
    }
    // SAFETY: it is not null, so it points to a header at least; that need not be
    // aligned.
    let header = unsafe { data.read_unaligned() };
    // All of them are a number of four bytes.
    if usize::try_from(header.DataLength).ok()? < size_of::<u32>() {
        return None;
    }
    // SAFETY: so many bytes are there, by the caller's promise.
    let value = unsafe { (&raw const (*data).Data).cast::<u32>().read_unaligned() };
    if is(header.PowerSetting, GUID_ACDC_POWER_SOURCE) {
        return source(value).map(PowerNews::Source);
    }
    if is(header.PowerSetting, GUID_LIDSWITCH_STATE_CHANGE) {
        return lid(value).map(PowerNews::Lid);
    }
    if is(header.PowerSetting, GUID_CONSOLE_DISPLAY_STATE) {
        return screen(value).map(PowerNews::Screen);
    }
    if is(header.PowerSetting, GUID_POWER_SAVING_STATUS) {
        return saver(value).map(PowerNews::Saver);
    }
    None
}

fn is(one: GUID, other: GUID) -> bool {
    (one.data1, one.data2, one.data3, one.data4)
        == (other.data1, other.data2, other.data3, other.data4)
}

/// `SYSTEM_POWER_CONDITION`; the third is a source that ends soon.
const fn source(value: u32) -> Option<PowerSource> {
    match value {
        0 => Some(PowerSource::Mains),
        1 | 2 => Some(PowerSource::Battery),
        _ => None,
    }
}

const fn lid(value: u32) -> Option<Lid> {
    match value {
        0 => Some(Lid::Closed),
        1 => Some(Lid::Open),
        _ => None,
    }
}

/// `MONITOR_DISPLAY_STATE`.
const fn screen(value: u32) -> Option<Screen> {
    match value {
        0 => Some(Screen::Off),
        1 => Some(Screen::On),
        2 => Some(Screen::Dimmed),
        _ => None,
    }
}

const fn saver(value: u32) -> Option<Saver> {
    match value {
        0 => Some(Saver::Off),
        1 => Some(Saver::On),
        _ => None,
    }
}

/// What the session change `kind` with its `data` says, and of which session. A
/// session that is made or torn down has nobody in it yet, or any more.
///
/// # Safety
/// `data` is null or points to a [`WTSSESSION_NOTIFICATION`] of as many bytes as
/// it says.
pub(super) unsafe fn session(
    kind: u32,
    data: *const core::ffi::c_void,
) -> Option<(u32, SessionChange)> {
    let change = match kind {
        WTS_CONSOLE_CONNECT | WTS_REMOTE_CONNECT => SessionChange::Connected,
        WTS_CONSOLE_DISCONNECT | WTS_REMOTE_DISCONNECT => SessionChange::Disconnected,
        WTS_SESSION_LOGON => SessionChange::LoggedOn,
        WTS_SESSION_LOGOFF => SessionChange::LoggedOff,
        WTS_SESSION_LOCK => SessionChange::Locked,
        WTS_SESSION_UNLOCK => SessionChange::Unlocked,
        _ => return None,
    };
    if data.is_null() {
        return None;
    }
    // SAFETY: it is not null, so it begins with its size.
    let size = unsafe { data.cast::<u32>().read_unaligned() };
    if usize::try_from(size).ok()? < size_of::<WTSSESSION_NOTIFICATION>() {
        return None;
    }
    // SAFETY: it has all of its members, as it says.
    let notification = unsafe { data.cast::<WTSSESSION_NOTIFICATION>().read_unaligned() };
    Some((notification.dwSessionId, change))
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use windows_sys::Win32::System::SystemServices::GUID_SYSTEM_AWAYMODE;
    use windows_sys::Win32::UI::WindowsAndMessaging::{
        PBT_APMBATTERYLOW, PBT_APMOEMEVENT, PBT_APMQUERYSUSPEND, WTS_SESSION_CREATE,
        WTS_SESSION_REMOTE_CONTROL, WTS_SESSION_TERMINATE,
    };

    use super::*;

    /// A setting as Windows sends it.
    #[repr(C)]
    struct Raw {
        guid: GUID,
        length: u32,
        value: u32,
    }

    fn changed(guid: GUID, length: u32, value: u32) -> Option<PowerNews> {
        let raw = Raw {
            guid,
            length,
            value,
        };
        // SAFETY: four bytes are there; a shorter length says less than there is.
        unsafe { power(PBT_POWERSETTINGCHANGE, (&raw const raw).cast()) }
    }

    fn plain(kind: u32) -> Option<PowerNews> {
        // SAFETY: null is allowed.
        unsafe { power(kind, ptr::null()) }
    }

    fn told(kind: u32, size: u32) -> Option<(u32, SessionChange)> {
        let raw = WTSSESSION_NOTIFICATION {
            cbSize: size,
            dwSessionId: 3,
        };
        // SAFETY: all of it is there; a smaller size says less than there is.
        unsafe { session(kind, (&raw const raw).cast()) }
    }

    #[test]
    fn every_power_event() {
        assert_eq!(plain(4), Some(PowerNews::Suspending));
        assert_eq!(plain(6), Some(PowerNews::Resumed));
        assert_eq!(plain(7), Some(PowerNews::UserIsBack));
        assert_eq!(plain(10), Some(PowerNews::StatusChanged));
        assert_eq!(plain(0x12), Some(PowerNews::Resumed));
        for kind in [
            PBT_APMQUERYSUSPEND,
            PBT_APMBATTERYLOW,
            PBT_APMOEMEVENT,
            u32::MAX,
        ] {
            assert_eq!(plain(kind), None, "{kind}");
        }
    }

    #[test]
    fn every_power_setting() {
        let all = [
            (
                GUID_ACDC_POWER_SOURCE,
                0,
                PowerNews::Source(PowerSource::Mains),
            ),
            (
                GUID_ACDC_POWER_SOURCE,
                1,
                PowerNews::Source(PowerSource::Battery),
            ),
            (
                GUID_ACDC_POWER_SOURCE,
                2,
                PowerNews::Source(PowerSource::Battery),
            ),
            (GUID_LIDSWITCH_STATE_CHANGE, 0, PowerNews::Lid(Lid::Closed)),
            (GUID_LIDSWITCH_STATE_CHANGE, 1, PowerNews::Lid(Lid::Open)),
            (
                GUID_CONSOLE_DISPLAY_STATE,
                0,
                PowerNews::Screen(Screen::Off),
            ),
            (GUID_CONSOLE_DISPLAY_STATE, 1, PowerNews::Screen(Screen::On)),
            (
                GUID_CONSOLE_DISPLAY_STATE,
                2,
                PowerNews::Screen(Screen::Dimmed),
            ),
            (GUID_POWER_SAVING_STATUS, 0, PowerNews::Saver(Saver::Off)),
            (GUID_POWER_SAVING_STATUS, 1, PowerNews::Saver(Saver::On)),
        ];
        for (guid, value, news) in all {
            assert_eq!(changed(guid, 4, value), Some(news));
        }
    }

    #[test]
    fn a_setting_that_is_garbage_says_nothing() {
        assert_eq!(plain(PBT_POWERSETTINGCHANGE), None, "null");
        for guid in SETTINGS {
            assert_eq!(changed(guid, 4, 3), None, "unknown value");
            for short in 0..4 {
                assert_eq!(changed(guid, short, 1), None, "{short} bytes");
            }
        }
        assert_eq!(changed(GUID_SYSTEM_AWAYMODE, 4, 1), None);
    }

    #[test]
    fn every_session_change() {
        let all = [
            (1, SessionChange::Connected),
            (2, SessionChange::Disconnected),
            (3, SessionChange::Connected),
            (4, SessionChange::Disconnected),
            (5, SessionChange::LoggedOn),
            (6, SessionChange::LoggedOff),
            (7, SessionChange::Locked),
            (8, SessionChange::Unlocked),
        ];
        for (kind, change) in all {
            assert_eq!(told(kind, 8), Some((3, change)), "{kind}");
        }
        for kind in [
            0,
            WTS_SESSION_REMOTE_CONTROL,
            WTS_SESSION_CREATE,
            WTS_SESSION_TERMINATE,
            12,
        ] {
            assert_eq!(told(kind, 8), None, "{kind}");
        }
    }

    #[test]
    fn a_session_change_that_is_garbage_says_nothing() {
        for short in 0..8 {
            assert_eq!(told(WTS_SESSION_LOCK, short), None, "{short} bytes");
        }
        // SAFETY: null is allowed.
        assert_eq!(unsafe { session(WTS_SESSION_LOCK, ptr::null()) }, None);
    }
}
