//! The token, the session and the ranks of this process.

use std::ffi::c_void;
use std::io;
use std::mem;
use std::os::windows::io::{AsRawHandle as _, OwnedHandle};
use std::ptr;

use windows_sys::Wdk::System::Threading::{NtQueryInformationProcess, ProcessIoPriority};
use windows_sys::Win32::Foundation::{HANDLE, STATUS_SUCCESS};
use windows_sys::Win32::Security::{
    GetSidSubAuthority, GetSidSubAuthorityCount, GetTokenInformation, TOKEN_INFORMATION_CLASS,
    TOKEN_MANDATORY_LABEL, TokenGroups, TokenIntegrityLevel,
};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_TYPE_CHAR, FILE_TYPE_DISK, FILE_TYPE_PIPE, GetFileType,
};
use windows_sys::Win32::System::Console::{GetConsoleMode, GetStdHandle, STD_INPUT_HANDLE};
use windows_sys::Win32::System::JobObjects::IsProcessInJob;
use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleW, GetProcAddress};
use windows_sys::Win32::System::RemoteDesktop::ProcessIdToSessionId;
use windows_sys::Win32::System::StationsAndDesktops::{
    GetProcessWindowStation, GetUserObjectInformationW, UOI_NAME,
};
use windows_sys::Win32::System::Threading::{
    ABOVE_NORMAL_PRIORITY_CLASS, BELOW_NORMAL_PRIORITY_CLASS, GetCurrentProcess,
    GetCurrentProcessId, GetPriorityClass, HIGH_PRIORITY_CLASS, IDLE_PRIORITY_CLASS,
    NORMAL_PRIORITY_CLASS, PROCESS_INFORMATION_CLASS, PROCESS_POWER_THROTTLING_CURRENT_VERSION,
    PROCESS_POWER_THROTTLING_EXECUTION_SPEED, PROCESS_POWER_THROTTLING_STATE,
    ProcessPowerThrottling, REALTIME_PRIORITY_CLASS,
};
use windows_sys::core::BOOL;
use windows_sys::{s, w};

use super::{Area, Circumstances, fact};
use crate::account::Account;
use crate::account::windows::{own_process, token_of};

pub(super) fn of_this_process() -> Circumstances {
    let token = token_of(own_process());
    let user = Account::current().ok();
    let facts = vec![
        fact(
            Area::Account,
            "user",
            user.map(|user| user.name().to_owned()),
        ),
        fact(
            Area::Account,
            "number of groups",
            with_token(&token, groups),
        ),
        fact(
            Area::Rights,
            "elevated",
            Some(
                if Account::is_privileged() {
                    "yes"
                } else {
                    "no"
                }
                .to_owned(),
            ),
        ),
        fact(
            Area::Rights,
            "integrity level",
            with_token(&token, integrity),
        ),
        fact(Area::Rank, "priority class", priority_class()),
        fact(Area::Rank, "I/O priority", io_priority()),
        fact(Area::Rank, "power throttling", power_throttling()),
        fact(Area::Group, "in a job", is_in_job()),
        fact(Area::Session, "session", session()),
        fact(Area::Session, "window station", window_station()),
        fact(Area::Place, "working directory", working_directory()),
    ];
    Circumstances {
        facts,
        limits: Vec::new(),
        mounts: None,
    }
}

fn with_token(
    token: &io::Result<OwnedHandle>,
    ask: impl Fn(&OwnedHandle) -> Option<String>,
) -> Option<String> {
    ask(token.as_ref().ok()?)
}

/// What a token says of `class`, in words of 64 bits, as which it is aligned.
fn information(token: &OwnedHandle, class: TOKEN_INFORMATION_CLASS) -> Option<Vec<u64>> {
    // A user has a thousand groups at the most (MaxTokenSize: 48,000 bytes).
    let mut words = vec![0_u64; 8 * 1024];
    // SAFETY: the size is the buffer's.
    let is_known = unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            class,
            words.as_mut_ptr().cast(),
            size_of_val(words.as_slice()) as u32,
            &mut 0,
        )
    };
    (is_known != 0).then_some(words)
}

/// `TOKEN_GROUPS` begins with their number.
fn groups(token: &OwnedHandle) -> Option<String> {
    let words = information(token, TokenGroups)?;
    Some((words[0] & u64::from(u32::MAX)).to_string())
}

/// The last number of the label's identifier, `SECURITY_MANDATORY_*_RID`.
fn integrity(token: &OwnedHandle) -> Option<String> {
    let words = information(token, TokenIntegrityLevel)?;
    // SAFETY: the call has filled in this structure, and the buffer is aligned for it.
    let label = unsafe { &*words.as_ptr().cast::<TOKEN_MANDATORY_LABEL>() };
    let sid = label.Label.Sid;
    // SAFETY: the identifier lies in the buffer, which is alive, and has one number at
    // the least.
    let level = unsafe {
        let count = u32::from(*GetSidSubAuthorityCount(sid));
        *GetSidSubAuthority(sid, count.checked_sub(1)?)
    };
    Some(match level {
        0x0000..0x1000 => "untrusted".to_owned(),
        0x1000..0x2000 => "low".to_owned(),
        0x2000..0x3000 => "medium".to_owned(),
        0x3000..0x4000 => "high".to_owned(),
        0x4000..0x5000 => "system".to_owned(),
        other => format!("{other:#x}"),
    })
}

fn priority_class() -> Option<String> {
    // SAFETY: the handle is always valid.
    let class = unsafe { GetPriorityClass(GetCurrentProcess()) };
    let word = match class {
        IDLE_PRIORITY_CLASS => "idle",
        BELOW_NORMAL_PRIORITY_CLASS => "below normal",
        NORMAL_PRIORITY_CLASS => "normal",
        ABOVE_NORMAL_PRIORITY_CLASS => "above normal",
        HIGH_PRIORITY_CLASS => "high",
        REALTIME_PRIORITY_CLASS => "real time",
        _ => return None,
    };
    Some(word.to_owned())
}

/// `IO_PRIORITY_HINT` of `wdm.h`.
fn io_priority() -> Option<String> {
    let mut priority = 0_u32;
    // SAFETY: the handle is always valid; the size is the output's.
    let status = unsafe {
        NtQueryInformationProcess(
            GetCurrentProcess(),
            ProcessIoPriority,
            (&raw mut priority).cast(),
            size_of_val(&priority) as u32,
            ptr::null_mut(),
        )
    };
    if status != STATUS_SUCCESS {
        return None;
    }
    let word = ["very low", "low", "normal", "high", "critical"].get(priority as usize)?;
    Some((*word).to_owned())
}

/// What a process itself, or its starter, has asked for; Windows decides the rest by
/// the window that is in front, and tells nobody.
fn power_throttling() -> Option<String> {
    let mut state = PROCESS_POWER_THROTTLING_STATE {
        Version: PROCESS_POWER_THROTTLING_CURRENT_VERSION,
        ..Default::default()
    };
    let ask = get_process_information()?;
    // SAFETY: the handle is always valid; the size is the structure's.
    let is_known = unsafe {
        ask(
            GetCurrentProcess(),
            ProcessPowerThrottling,
            (&raw mut state).cast::<c_void>(),
            size_of_val(&state) as u32,
        )
    };
    if is_known == 0 {
        return None;
    }
    let speed = PROCESS_POWER_THROTTLING_EXECUTION_SPEED;
    Some(
        match (state.ControlMask & speed != 0, state.StateMask & speed != 0) {
            (false, _) => "as Windows decides",
            (true, true) => "on (EcoQoS)",
            (true, false) => "off",
        }
        .to_owned(),
    )
}

type GetProcessInformation =
    unsafe extern "system" fn(HANDLE, PROCESS_INFORMATION_CLASS, *mut c_void, u32) -> BOOL;

/// Looked up, as Wine 8 ends a program that calls it.
fn get_process_information() -> Option<GetProcessInformation> {
    // SAFETY: the library is in every process and never unloaded; names are
    // zero-terminated; the function has this signature.
    unsafe {
        let library = GetModuleHandleW(w!("kernelbase.dll"));
        let function = GetProcAddress(library, s!("GetProcessInformation"))?;
        Some(mem::transmute::<
            unsafe extern "system" fn() -> isize,
            GetProcessInformation,
        >(function))
    }
}

fn is_in_job() -> Option<String> {
    let mut is_in = 0;
    // SAFETY: the handle is always valid; null is any job; the output is ours.
    let is_known = unsafe { IsProcessInJob(GetCurrentProcess(), ptr::null_mut(), &raw mut is_in) };
    (is_known != 0).then(|| if is_in == 0 { "no" } else { "yes" }.to_owned())
}

/// Services are of session 0.
fn session() -> Option<String> {
    let mut session = 0;
    // SAFETY: the output is ours.
    let is_known = unsafe { ProcessIdToSessionId(GetCurrentProcessId(), &raw mut session) };
    (is_known != 0).then(|| session.to_string())
}

/// `WinSta0` is the one that people see.
fn window_station() -> Option<String> {
    let mut name = [0_u16; 256];
    // SAFETY: the handle is the process's own, which nobody closes; the size is the
    // buffer's, in bytes.
    let is_known = unsafe {
        GetUserObjectInformationW(
            GetProcessWindowStation().cast(),
            UOI_NAME,
            name.as_mut_ptr().cast(),
            size_of_val(&name) as u32,
            ptr::null_mut(),
        )
    };
    let length = name.iter().position(|&unit| unit == 0)?;
    (is_known != 0).then(|| String::from_utf16_lossy(&name[..length]))
}

fn working_directory() -> Option<String> {
    let dir = std::env::current_dir().ok()?;
    Some(dir.display().to_string())
}

pub(super) fn standard_input() -> Option<&'static str> {
    // SAFETY: no memory is touched.
    let handle = unsafe { GetStdHandle(STD_INPUT_HANDLE) };
    if handle.is_null() {
        return Some("nothing");
    }
    // SAFETY: asked of any handle; the output is ours.
    let is_console = unsafe { GetConsoleMode(handle, &mut 0) } != 0;
    // SAFETY: asked of any handle.
    match unsafe { GetFileType(handle) } {
        _ if is_console => Some("terminal"),
        FILE_TYPE_PIPE => Some("pipe"),
        FILE_TYPE_DISK => Some("file"),
        FILE_TYPE_CHAR => Some("nothing"),
        _ => None,
    }
}
