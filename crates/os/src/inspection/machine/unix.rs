//! Constants of the managers; `/sys` where there is one.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

/// systemd's `DEFAULT_PATH` on a system that keeps `/sbin` apart, which is the
/// same elsewhere; OpenRC's `PATH` has the same folders.
#[cfg(target_os = "linux")]
const SERVICES: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// launchd's (`launchctl print system`).
#[cfg(target_vendor = "apple")]
const SERVICES: &str = "/usr/bin:/bin:/usr/sbin:/sbin";
/// `rc(8)`'s.
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
const SERVICES: &str = "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin";

#[expect(
    clippy::unnecessary_wraps,
    reason = "other systems have to ask, and may fail"
)]
pub(super) fn search_path_of_services() -> Option<OsString> {
    Some(SERVICES.into())
}

pub(super) fn is_on_mapped_drive(_path: &Path) -> bool {
    false
}

/// By `/sys/class/power_supply` (Linux): a battery that is the machine's own and
/// not that of a mouse (`scope`).
pub(super) fn is_portable() -> Option<bool> {
    let supplies = fs::read_dir("/sys/class/power_supply").ok()?;
    let says = |path: &Path, file: &str, word: &str| {
        fs::read_to_string(path.join(file)).is_ok_and(|text| text.trim() == word)
    };
    Some(supplies.flatten().any(|supply| {
        let path = supply.path();
        says(&path, "type", "Battery") && !says(&path, "scope", "Device")
    }))
}

pub(super) fn image_path(_name: &str) -> Option<String> {
    None
}
