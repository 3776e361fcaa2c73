//! `WaitForSingleObject`, `ReadFile`, `GetProcessTimes`.

use std::fs::File;
use std::io;
use std::os::windows::fs::FileExt as _;
use std::time::Duration;

use windows_sys::Win32::Foundation::FILETIME;
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, GetProcessTimes, WaitForSingleObject,
};

use super::Usage;

/// This process has not ended, which only the kernel can say.
pub(super) fn call() {
    // SAFETY: the handle is always valid, and nothing is waited for.
    std::hint::black_box(unsafe { WaitForSingleObject(GetCurrentProcess(), 0) });
}

pub(super) fn read_at_start(file: &File, buffer: &mut [u8]) -> io::Result<usize> {
    file.seek_read(buffer, 0)
}

/// Windows counts switches for each thread, and forgets those of threads that have
/// ended: of a process there is no number.
pub(super) fn usage() -> Option<Usage> {
    let [mut begun, mut ended, mut kernel, mut user] = [FILETIME::default(); 4];
    // SAFETY: the handle is always valid, and the outputs are ours.
    let is_known = unsafe {
        GetProcessTimes(
            GetCurrentProcess(),
            &raw mut begun,
            &raw mut ended,
            &raw mut kernel,
            &raw mut user,
        )
    };
    (is_known != 0).then(|| Usage {
        cpu: duration(kernel) + duration(user),
        switches: None,
    })
}

/// Units of 100 nanoseconds.
fn duration(time: FILETIME) -> Duration {
    let ticks = u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime);
    Duration::from_nanos(ticks.saturating_mul(100))
}
