//! A named pipe as its client has it.

use std::ffi::OsStr;
use std::io;

use tokio::net::windows::named_pipe::NamedPipeClient;
use tokio::task::spawn_blocking;
use windows_sys::Win32::Foundation::{ERROR_FILE_NOT_FOUND, ERROR_PIPE_BUSY, ERROR_SEM_TIMEOUT};
use windows_sys::Win32::System::Pipes::WaitNamedPipeW;

use super::server::has_code;
use crate::process::windows::wide;

/// How long a client waits for a free instance, in milliseconds. The server
/// makes the next one as soon as it is told of a connection.
const BUSY_WAIT: u32 = 5_000;

/// What `open` gives, once there is an instance for it.
pub(crate) async fn connect_by(
    open: impl Fn(&OsStr) -> io::Result<NamedPipeClient>,
    name: &OsStr,
) -> io::Result<NamedPipeClient> {
    loop {
        match open(name) {
            Err(error) if has_code(&error, ERROR_PIPE_BUSY) => wait_for_instance(name).await?,
            Err(error) if has_code(&error, ERROR_FILE_NOT_FOUND) => {
                return Err(io::Error::new(io::ErrorKind::NotFound, error));
            }
            opened => return opened,
        }
    }
}

async fn wait_for_instance(name: &OsStr) -> io::Result<()> {
    let name = wide::terminated(name)?;
    let waited = spawn_blocking(move || {
        // SAFETY: the name is zero-terminated.
        if unsafe { WaitNamedPipeW(name.as_ptr(), BUSY_WAIT) } != 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if has_code(&error, ERROR_SEM_TIMEOUT) {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "nobody took the connection for five seconds",
            ));
        }
        Err(error)
    });
    waited.await.map_err(io::Error::other)?
}
