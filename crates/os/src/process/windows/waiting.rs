//! Waiting for the end of a process, or for another signal, without a thread for each: the system's
//! thread pool watches 63 handles with one (`RegisterWaitForSingleObject`).

use std::ffi::c_void;
use std::io;
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::ptr;
use std::sync::Arc;

use tokio::sync::Notify;
use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Threading::{
    INFINITE, RegisterWaitForSingleObject, UnregisterWaitEx, WT_EXECUTEINWAITTHREAD,
    WT_EXECUTEONLYONCE, WaitForSingleObject,
};

/// Returns when the process behind `handle` has ended. Cancel-safe.
///
/// # Errors
/// When the system has no memory for one more wait.
pub(crate) async fn ended(handle: &OwnedHandle) -> io::Result<()> {
    signalled(handle).await
}

/// Returns when `handle` is signalled. Cancel-safe.
///
/// # Errors
/// As [`ended`].
pub(crate) async fn signalled(handle: &OwnedHandle) -> io::Result<()> {
    let registered = Registered::new(handle)?;
    registered.signalled.notified().await;
    Ok(())
}

/// Blocks until the process behind `handle` has ended.
pub(crate) fn block_until_ended(handle: &OwnedHandle) {
    // SAFETY: the handle is open.
    unsafe { WaitForSingleObject(handle.as_raw_handle(), INFINITE) };
}

/// A registered wait; dropping it ends it.
struct Registered {
    wait: Wait,
    /// The callback's context. `Drop` makes sure that no callback runs any
    /// more before this goes.
    signalled: Arc<Notify>,
}

struct Wait(HANDLE);

// SAFETY: a wait may be unregistered by any thread.
unsafe impl Send for Wait {}
// SAFETY: shared access reads the number only.
unsafe impl Sync for Wait {}

impl Registered {
    fn new(handle: &OwnedHandle) -> io::Result<Self> {
        let signalled = Arc::new(Notify::new());
        let mut wait = ptr::null_mut();
        // SAFETY: the handle stays open for longer than the wait (it is
        // borrowed by the caller's future); the context lives until `drop` has
        // unregistered the wait. The callback may run in the waiting thread
        // itself because it never blocks.
        let is_registered = unsafe {
            RegisterWaitForSingleObject(
                &raw mut wait,
                handle.as_raw_handle(),
                Some(signal),
                Arc::as_ptr(&signalled).cast(),
                INFINITE,
                WT_EXECUTEONLYONCE | WT_EXECUTEINWAITTHREAD,
            )
        };
        if is_registered == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self {
            wait: Wait(wait),
            signalled,
        })
    }
}

/// Keeps a permit when nobody waits yet.
unsafe extern "system" fn signal(context: *mut c_void, _timed_out: bool) {
    // SAFETY: the context that `Registered::new` gave, alive as said there.
    let signalled = unsafe { &*context.cast::<Notify>() };
    signalled.notify_one();
}

impl Drop for Registered {
    fn drop(&mut self) {
        // SAFETY: unregistered once, and not by a callback. With
        // INVALID_HANDLE_VALUE it returns after a running callback has.
        unsafe { UnregisterWaitEx(self.wait.0, INVALID_HANDLE_VALUE) };
    }
}
