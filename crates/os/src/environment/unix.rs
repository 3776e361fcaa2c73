//! Names are bytes and case matters.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// Account, locale, time zone, temporary files and where programs are found.
/// Nothing of a desktop or an agent (`DISPLAY`, `SSH_AUTH_SOCK`): a service
/// that worked only with those would fail at the next boot.
pub(super) const MINIMAL: &[&str] = &[
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ", "TZDIR",
    "TMPDIR", "HOSTNAME",
];

/// logind's, the desktop's, and where X11 and Wayland are.
pub(super) const OF_A_SESSION: &[&str] = &[
    "XDG_SESSION_*",
    "XDG_RUNTIME_DIR",
    "XDG_SEAT",
    "XDG_VTNR",
    "XDG_CURRENT_DESKTOP",
    "XDG_CONFIG_DIRS",
    "XDG_DATA_DIRS",
    "DESKTOP_SESSION",
    "DISPLAY",
    "XAUTHORITY",
    "WAYLAND_DISPLAY",
    "DBUS_SESSION_BUS_ADDRESS",
];

pub(super) fn begins_with(name: &OsStr, prefix: &str) -> bool {
    name.as_bytes().starts_with(prefix.as_bytes())
}

pub(super) fn merged(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Vec<(OsString, OsString)> {
    let by_name: BTreeMap<OsString, OsString> = variables.into_iter().collect();
    by_name.into_iter().collect()
}

pub(super) fn same_name(name: &OsStr, other: &str) -> bool {
    name.as_bytes() == other.as_bytes()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use crate::environment::is_minimal;

    #[test]
    fn the_locale_passes_and_secrets_do_not() {
        for name in ["PATH", "HOME", "LC_ALL", "LC_CTYPE", "TZ"] {
            assert!(is_minimal(OsStr::new(name)), "{name}");
        }
        for name in ["path", "AWS_SECRET_ACCESS_KEY", "LD_PRELOAD", "PATHS", ""] {
            assert!(!is_minimal(OsStr::new(name)), "{name}");
        }
    }
}
