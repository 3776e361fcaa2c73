//! The completion port that jobs send their notifications to.
//!
//! tokio's own port cannot be used: it takes packets of its own kind only. So a
//! thread waits on this one. It costs nothing while nothing comes, and jobs are
//! only tied to the port while somebody waits for them (`Job::listen`).

use std::future;
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr;
use std::sync::Arc;
use std::thread;

use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::IO::{
    CreateIoCompletionPort, GetQueuedCompletionStatus, PostQueuedCompletionStatus,
};
use windows_sys::Win32::System::Threading::INFINITE;

/// The key that ends the pump; no job has it.
const QUIT: usize = 0;

/// It calls one short closure.
const STACK: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Port(OwnedHandle);

impl Port {
    pub(super) fn new() -> io::Result<Self> {
        // SAFETY: no file and no existing port: a new one, for one thread.
        let port = unsafe { CreateIoCompletionPort(INVALID_HANDLE_VALUE, ptr::null_mut(), 0, 1) };
        if port.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: it was just made, for us.
        Ok(Self(unsafe { OwnedHandle::from_raw_handle(port) }))
    }

    pub(super) fn as_raw(&self) -> HANDLE {
        self.0.as_raw_handle()
    }

    /// Calls `tell` with the key of each job that sent something and with what, on a thread
    /// of its own, until the future is dropped. When no thread can be made the
    /// slow look of `Tree::emptied` has to do.
    pub(super) async fn pump(self: Arc<Self>, tell: impl Fn(usize, u32) + Send + 'static) {
        let port = self.clone();
        let thread = thread::Builder::new()
            .name("job notifications".into())
            .stack_size(STACK)
            .spawn(move || {
                while let Some((key, message)) = port.next() {
                    tell(key, message);
                }
            });
        let _quit = thread.is_ok().then_some(Quit(self));
        future::pending::<()>().await;
    }

    /// The key of the next packet and what it says; `None` when it is time to end.
    /// That a process came, a process went, or none is left does not matter: whoever
    /// is told looks for himself. That a limit was reached is told by nothing else.
    fn next(&self) -> Option<(usize, u32)> {
        let mut message = 0;
        let mut key = QUIT;
        let mut process = ptr::null_mut();
        // SAFETY: the outputs are ours; the "overlapped" of a job's packet is
        // a process number and not dereferenced.
        let is_packet = unsafe {
            GetQueuedCompletionStatus(
                self.as_raw(),
                &raw mut message,
                &raw mut key,
                &raw mut process,
                INFINITE,
            )
        };
        (is_packet != 0 && key != QUIT).then_some((key, message))
    }
}

struct Quit(Arc<Port>);

impl Drop for Quit {
    fn drop(&mut self) {
        // SAFETY: the port is open; the packet has no overlapped structure. It
        // fails only without memory, and then the thread stays asleep.
        unsafe { PostQueuedCompletionStatus(self.0.as_raw(), 0, QUIT, ptr::null()) };
    }
}
