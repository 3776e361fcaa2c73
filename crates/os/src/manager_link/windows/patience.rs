//! How long Windows waits for a service when the machine shuts down.

use std::ptr;
use std::time::Duration;

use windows_sys::Win32::System::Registry::{HKEY_LOCAL_MACHINE, RRF_RT_REG_SZ, RegGetValueW};
use windows_sys::Win32::System::Services::{
    CloseServiceHandle, OpenSCManagerW, OpenServiceW, QueryServiceConfig2W, SC_HANDLE,
    SC_MANAGER_CONNECT, SERVICE_CONFIG_PRESHUTDOWN_INFO, SERVICE_PRESHUTDOWN_INFO,
    SERVICE_QUERY_CONFIG,
};
use windows_sys::core::{PCWSTR, w};

use crate::manager_link::WhyStop;

/// What applies where the registry has no `WaitToKillServiceTimeout`, since
/// Windows 7.
const SHUTDOWN_DEFAULT: Duration = Duration::from_secs(5);

/// The time-outs of this machine and service, read once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    preshutdown: Option<Duration>,
    shutdown: Duration,
}

impl Patience {
    /// Asks for those of the service `name`. Whatever cannot be asked for is
    /// unknown.
    ///
    /// # Safety
    /// `name` is a string with a final zero.
    pub(super) unsafe fn of(name: PCWSTR) -> Self {
        Self {
            // SAFETY: as this function's.
            preshutdown: unsafe { preshutdown(name) },
            shutdown: shutdown(),
        }
    }

    pub(super) const fn time_left(self, why: WhyStop) -> Option<Duration> {
        match why {
            WhyStop::Asked => None,
            WhyStop::Preshutdown => self.preshutdown,
            WhyStop::Shutdown => Some(self.shutdown),
        }
    }
}

/// # Safety
/// `name` is a string with a final zero.
unsafe fn preshutdown(name: PCWSTR) -> Option<Duration> {
    // SAFETY: null means this machine and its active database.
    let manager =
        Handle::new(unsafe { OpenSCManagerW(ptr::null(), ptr::null(), SC_MANAGER_CONNECT) })?;
    // SAFETY: the manager is open, the name is the caller's promise.
    let service = Handle::new(unsafe { OpenServiceW(manager.0, name, SERVICE_QUERY_CONFIG) })?;
    let mut info = SERVICE_PRESHUTDOWN_INFO::default();
    let size = u32::try_from(size_of_val(&info)).expect("a structure of four bytes");
    let mut needed = 0;
    // SAFETY: the buffer is a structure of this level, with its size.
    let is_known = unsafe {
        QueryServiceConfig2W(
            service.0,
            SERVICE_CONFIG_PRESHUTDOWN_INFO,
            (&raw mut info).cast(),
            size,
            &raw mut needed,
        )
    };
    (is_known != 0).then(|| Duration::from_millis(info.dwPreshutdownTimeout.into()))
}

/// The value is a number of milliseconds, as text.
fn shutdown() -> Duration {
    let mut text = [0_u16; 32];
    let mut size = u32::try_from(size_of_val(&text)).expect("a small array");
    // SAFETY: the names end with zeros, the buffer has `size` bytes, and the
    // type of the value is not wanted.
    let failure = unsafe {
        RegGetValueW(
            HKEY_LOCAL_MACHINE,
            w!(r"SYSTEM\CurrentControlSet\Control"),
            w!("WaitToKillServiceTimeout"),
            RRF_RT_REG_SZ,
            ptr::null_mut(),
            text.as_mut_ptr().cast(),
            &raw mut size,
        )
    };
    if failure != 0 {
        return SHUTDOWN_DEFAULT;
    }
    let text: String = char::decode_utf16(text)
        .map_while(Result::ok)
        .take_while(|&c| c != '\0')
        .collect();
    text.trim()
        .parse()
        .map_or(SHUTDOWN_DEFAULT, Duration::from_millis)
}

struct Handle(SC_HANDLE);

impl Handle {
    fn new(handle: SC_HANDLE) -> Option<Self> {
        (!handle.is_null()).then_some(Self(handle))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: it is open and nobody else closes it.
        unsafe { CloseServiceHandle(self.0) };
    }
}
