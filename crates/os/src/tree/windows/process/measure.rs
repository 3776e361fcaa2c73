//! What a process uses, or used: the kernel keeps count after its end for as
//! long as somebody has a handle.

use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::time::Duration;

use outlast_model::exit::Usage;
use windows_sys::Win32::Foundation::FILETIME;
use windows_sys::Win32::System::ProcessStatus::{GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS};
use windows_sys::Win32::System::Threading::GetProcessTimes;

/// Processor time.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Cpu {
    pub(in super::super) user: Duration,
    pub(in super::super) system: Duration,
}

pub(super) fn usage(handle: &OwnedHandle) -> Option<Usage> {
    let cpu = cpu(handle)?;
    let peak = memory(handle).map(|memory| memory.PeakWorkingSetSize as u64);
    Some(Usage {
        user: cpu.user,
        system: cpu.system,
        // Wine 8 forgets it with the process.
        max_resident: peak.filter(|bytes| *bytes > 0),
    })
}

pub(in super::super) fn cpu(handle: &OwnedHandle) -> Option<Cpu> {
    let [mut created, mut ended, mut kernel, mut user] = [FILETIME::default(); 4];
    // SAFETY: the handle is open; the outputs are ours.
    let is_known = unsafe {
        GetProcessTimes(
            handle.as_raw_handle(),
            &raw mut created,
            &raw mut ended,
            &raw mut kernel,
            &raw mut user,
        )
    };
    (is_known != 0).then(|| Cpu {
        user: duration(user),
        system: duration(kernel),
    })
}

pub(in super::super) fn memory(handle: &OwnedHandle) -> Option<PROCESS_MEMORY_COUNTERS> {
    let mut counters = PROCESS_MEMORY_COUNTERS::default();
    let size = size_of_val(&counters) as u32;
    // SAFETY: the handle is open; the size is the structure's.
    let is_known = unsafe { GetProcessMemoryInfo(handle.as_raw_handle(), &raw mut counters, size) };
    (is_known != 0).then_some(counters)
}

/// From units of 100 nanoseconds.
fn duration(time: FILETIME) -> Duration {
    let ticks = u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime);
    Duration::from_nanos(ticks.saturating_mul(100))
}
