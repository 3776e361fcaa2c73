//! Interrupt time counts sleep and hibernation, unbiased interrupt time does not.

use std::mem;
use std::sync::OnceLock;
use std::time::Duration;

use windows_sys::Win32::Foundation::FILETIME;
use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleW, GetProcAddress};
use windows_sys::Win32::System::SystemInformation::GetSystemTimePreciseAsFileTime;
use windows_sys::Win32::System::WindowsProgramming::QueryUnbiasedInterruptTime;
use windows_sys::core::PCSTR;
use windows_sys::{s, w};

/// From 1601, where `FILETIME` begins, to 1970, in units of 100 nanoseconds.
const UNIX_EPOCH: i64 = 116_444_736_000_000_000;

pub(super) fn awake() -> Duration {
    let mut ticks = 0;
    match precise().unbiased {
        // SAFETY: the output is ours.
        Some(query) => unsafe { query(&raw mut ticks) },
        // SAFETY: the same. It fails only for a null pointer.
        None => unsafe {
            QueryUnbiasedInterruptTime(&raw mut ticks);
        },
    }
    of_ticks(ticks)
}

/// `None` where only one of the two is precise: they would differ by a timer
/// interrupt now and then.
pub(super) fn never_stopping() -> Option<Duration> {
    let Precise {
        biased: Some(query),
        unbiased: Some(_),
    } = precise()
    else {
        return None;
    };
    let mut ticks = 0;
    // SAFETY: the output is ours.
    unsafe { query(&raw mut ticks) };
    Some(of_ticks(ticks))
}

/// Units of 100 nanoseconds.
const fn of_ticks(ticks: u64) -> Duration {
    Duration::from_nanos(ticks.saturating_mul(100))
}

type Query = unsafe extern "system" fn(*mut u64);

/// Windows 10 has them. They are looked up because Wine 8 does not. The others
/// move once per timer interrupt, by up to 15.6 ms.
#[derive(Clone, Copy)]
struct Precise {
    biased: Option<Query>,
    unbiased: Option<Query>,
}

fn precise() -> Precise {
    static FOUND: OnceLock<Precise> = OnceLock::new();
    *FOUND.get_or_init(|| Precise {
        biased: find(s!("QueryInterruptTimePrecise")),
        unbiased: find(s!("QueryUnbiasedInterruptTimePrecise")),
    })
}

/// `name` is zero-terminated, and one of the functions above.
fn find(name: PCSTR) -> Option<Query> {
    // SAFETY: the caller's promise; the library is in every process and never
    // unloaded; the functions have this signature.
    unsafe {
        let library = GetModuleHandleW(w!("kernelbase.dll"));
        let function = GetProcAddress(library, name)?;
        Some(mem::transmute::<unsafe extern "system" fn() -> isize, Query>(function))
    }
}

pub(super) fn real() -> i64 {
    let mut time = FILETIME::default();
    // SAFETY: the output is ours.
    unsafe { GetSystemTimePreciseAsFileTime(&raw mut time) };
    let ticks = u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime);
    (ticks.cast_signed() - UNIX_EPOCH).saturating_mul(100)
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
