//! Unbiased interrupt time does not count sleep or hibernation.

use std::mem;
use std::sync::OnceLock;
use std::time::Duration;

use outlast_model::{AwakeTime, Now, RealTime};
use windows_sys::Win32::Foundation::FILETIME;
use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleW, GetProcAddress};
use windows_sys::Win32::System::SystemInformation::GetSystemTimePreciseAsFileTime;
use windows_sys::Win32::System::WindowsProgramming::QueryUnbiasedInterruptTime;
use windows_sys::{s, w};

/// From 1601, where `FILETIME` begins, to 1970, in units of 100 nanoseconds.
const UNIX_EPOCH: i64 = 116_444_736_000_000_000;

pub(super) fn now() -> Now {
    Now {
        awake: AwakeTime::from_origin(Duration::from_nanos(awake_ticks().saturating_mul(100))),
        real: RealTime::from_unix_nanos(real_ticks().saturating_mul(100)),
    }
}

fn awake_ticks() -> u64 {
    let mut ticks = 0;
    match precise() {
        // SAFETY: the output is ours.
        Some(query) => unsafe { query(&raw mut ticks) },
        // SAFETY: the same. It fails only for a null pointer.
        None => unsafe {
            QueryUnbiasedInterruptTime(&raw mut ticks);
        },
    }
    ticks
}

type Query = unsafe extern "system" fn(*mut u64);

/// `QueryUnbiasedInterruptTimePrecise` (Windows 10) is looked up because Wine 8
/// lacks it. The other one moves once per timer interrupt, by up to 15.6 ms.
fn precise() -> Option<Query> {
    static FOUND: OnceLock<Option<Query>> = OnceLock::new();
    *FOUND.get_or_init(|| {
        // SAFETY: the names are zero-terminated; the library is in every
        // process and never unloaded; the function has this signature.
        unsafe {
            let library = GetModuleHandleW(w!("kernelbase.dll"));
            let function = GetProcAddress(library, s!("QueryUnbiasedInterruptTimePrecise"))?;
            Some(mem::transmute::<unsafe extern "system" fn() -> isize, Query>(function))
        }
    })
}

fn real_ticks() -> i64 {
    let mut time = FILETIME::default();
    // SAFETY: the output is ours.
    unsafe { GetSystemTimePreciseAsFileTime(&raw mut time) };
    let ticks = u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime);
    ticks.cast_signed() - UNIX_EPOCH
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use crate::clock::now;

    #[test]
    fn awake_time_goes_on() {
        let before = now().awake;
        thread::sleep(Duration::from_millis(50));
        let passed = now().awake.since(before);
        assert!(passed >= Duration::from_millis(30), "{passed:?}");
    }

    #[test]
    fn real_time_is_that_of_the_standard_library() {
        let ours = now().real.unix_nanos();
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("after 1970");
        let theirs = i64::try_from(since.as_nanos()).expect("before 2262");
        assert!((theirs - ours).abs() < 1_000_000_000, "{ours} {theirs}");
    }
}
