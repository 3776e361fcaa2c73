//! `WM_CLOSE`, as clicking a window's cross sends it.

use std::io;

use outlast_model::Pid;
use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_NOT_ENOUGH_QUOTA, HWND, LPARAM};
use windows_sys::Win32::UI::WindowsAndMessaging::{
    EnumWindows, GW_OWNER, GetWindow, GetWindowThreadProcessId, PostMessageW, WM_CLOSE,
};
use windows_sys::core::BOOL;

struct Search<'a> {
    pids: &'a [Pid],
    refusal: Option<io::Error>,
}

impl Search<'_> {
    /// Windows of more privileged processes refuse messages
    /// (`ERROR_ACCESS_DENIED`), hung programs have no room for more
    /// (`ERROR_NOT_ENOUGH_QUOTA`). Any other error is a window on its way out:
    /// a program often ends at the first message, and its further windows
    /// disappear while they are being looked at.
    fn note(&mut self, error: io::Error) {
        let is_refusal = [ERROR_ACCESS_DENIED, ERROR_NOT_ENOUGH_QUOTA]
            .iter()
            .any(|code| error.raw_os_error() == Some(code.cast_signed()));
        if is_refusal {
            self.refusal.get_or_insert(error);
        }
    }
}

/// Posts `WM_CLOSE` to every top-level window of these processes that no other
/// window owns (dialogues and input-method windows are owned), on the desktop
/// of the guardian. Hidden ones too: a program that lives in the notification
/// area has no other. Does not wait for an answer.
///
/// # Errors
/// The first refusal, after all were tried.
pub(super) fn close_windows(pids: &[Pid]) -> io::Result<()> {
    let mut search = Search {
        pids,
        refusal: None,
    };
    // SAFETY: the callback gets the pointer to `search`, which lives until the
    // call returns and is used by nobody else meanwhile. The result says only
    // whether the callback wanted to go on, or that there is no desktop.
    unsafe { EnumWindows(Some(visit), (&raw mut search) as LPARAM) };
    search.refusal.map_or(Ok(()), Err)
}

unsafe extern "system" fn visit(window: HWND, search: LPARAM) -> BOOL {
    // SAFETY: as `close_windows` says.
    let search = unsafe { &mut *(search as *mut Search<'_>) };
    let mut pid = 0;
    // SAFETY: a window that is gone meanwhile is an error, not a danger.
    unsafe {
        GetWindowThreadProcessId(window, &raw mut pid);
        let is_ours = search.pids.contains(&Pid(pid)) && GetWindow(window, GW_OWNER).is_null();
        if is_ours && PostMessageW(window, WM_CLOSE, 0, 0) == 0 {
            search.note(io::Error::last_os_error());
        }
    }
    1
}
