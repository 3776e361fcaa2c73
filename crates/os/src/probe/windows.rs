//! What Winsock lacks when it fails.

use std::io;
use std::path::Path;

use windows_sys::Win32::Foundation::{ERROR_NO_SYSTEM_RESOURCES, ERROR_TOO_MANY_OPEN_FILES};

/// `WSAEMFILE` and `WSAENOBUFS` among them.
pub(super) const OWN_TROUBLES: [i32; 4] = [
    ERROR_TOO_MANY_OPEN_FILES.cast_signed(),
    ERROR_NO_SYSTEM_RESOURCES.cast_signed(),
    10_024,
    10_055,
];

/// Windows has such sockets, but no runtime of ours can wait for one.
#[expect(clippy::unused_async, reason = "elsewhere it waits")]
pub(super) async fn connect_unix(_path: &Path) -> io::Result<()> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "Unix sockets are not asked on Windows",
    ))
}
