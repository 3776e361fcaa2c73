//! Being told that files of a folder come and go.

use std::fmt;
use std::io;
use std::mem::ManuallyDrop;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::Path;

use windows_sys::Win32::Foundation::INVALID_HANDLE_VALUE;
use windows_sys::Win32::Storage::FileSystem::{
    FILE_NOTIFY_CHANGE_FILE_NAME, FindCloseChangeNotification, FindFirstChangeNotificationW,
    FindNextChangeNotification,
};

use crate::process::windows::{waiting, wide};

/// The names of the files in one folder are watched. Closed by a function of its
/// own, and not as other handles are.
pub(super) struct Changes(ManuallyDrop<OwnedHandle>);

impl Changes {
    pub(super) fn of(dir: &Path) -> io::Result<Self> {
        let path = wide::plain_path(dir)?;
        // SAFETY: the path is zero-terminated.
        let handle =
            unsafe { FindFirstChangeNotificationW(path.as_ptr(), 0, FILE_NOTIFY_CHANGE_FILE_NAME) };
        if handle == INVALID_HANDLE_VALUE {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: it was just made, for us; never dropped as what it is not.
        let handle = unsafe { OwnedHandle::from_raw_handle(handle) };
        Ok(Self(ManuallyDrop::new(handle)))
    }

    /// Returns when there was a change since [`expect_more`](Self::expect_more).
    /// Cancel-safe.
    pub(super) async fn next(&self) -> io::Result<()> {
        waiting::signalled(&self.0).await
    }

    /// Changes so far are known.
    pub(super) fn expect_more(&self) -> io::Result<()> {
        // SAFETY: a handle of such changes, which is open.
        if unsafe { FindNextChangeNotification(self.0.as_raw_handle()) } == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Changes")
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        // SAFETY: closed once, here.
        unsafe { FindCloseChangeNotification(self.0.as_raw_handle()) };
    }
}
