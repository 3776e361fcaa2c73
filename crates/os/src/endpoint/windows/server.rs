//! A named pipe as its server has it.

use std::ffi::{OsStr, OsString};
use std::io;
use std::mem;
use std::os::windows::io::AsRawHandle;

use outlast_model::Pid;
use tokio::net::windows::named_pipe::{NamedPipeServer, ServerOptions};
use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_NO_DATA, ERROR_PIPE_BUSY, ERROR_SEM_TIMEOUT,
};
use windows_sys::Win32::System::Pipes::{GetNamedPipeClientProcessId, WaitNamedPipeW};

use crate::account::windows::Descriptor;
use crate::process::windows::wide;

/// Whoever its descriptor lets in can connect to it; nobody from another machine.
#[derive(Debug)]
pub(crate) struct Pipe {
    name: OsString,
    descriptor: Descriptor,
    /// There always is one, so that no client finds the name gone.
    next: NamedPipeServer,
}

/// Which instance of the pipe is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Instance {
    First,
    Further,
}

impl Pipe {
    /// `AddrInUse` when there is one of this name already.
    pub(crate) fn create(name: OsString, descriptor: Descriptor) -> io::Result<Self> {
        refuse_a_taken_name(&name)?;
        let next = instance(&name, &descriptor, Instance::First).map_err(taken)?;
        Ok(Self {
            name,
            descriptor,
            next,
        })
    }

    /// Waits until somebody has connected, who can be [taken](Self::take) then.
    /// Cancel-safe.
    pub(crate) async fn connected(&self) -> io::Result<()> {
        loop {
            match self.next.connect().await {
                // It came and went before it was asked for.
                Err(error) if has_code(&error, ERROR_NO_DATA) => self.next.disconnect()?,
                result => return result,
            }
        }
    }

    /// The instance that is connected. If this fails, it stays where it is, and
    /// the next call of [`connected`](Self::connected) finds it so.
    pub(crate) fn take(&mut self) -> io::Result<NamedPipeServer> {
        let next = instance(&self.name, &self.descriptor, Instance::Further)?;
        Ok(mem::replace(&mut self.next, next))
    }
}

fn instance(
    name: &OsStr,
    descriptor: &Descriptor,
    instance: Instance,
) -> io::Result<NamedPipeServer> {
    let mut attributes = descriptor.attributes();
    let mut options = ServerOptions::new();
    options
        .first_pipe_instance(instance == Instance::First)
        .reject_remote_clients(true);
    // SAFETY: the attributes are valid, and so is the descriptor that they
    // point to; both outlive the call.
    unsafe { options.create_with_security_attributes_raw(name, (&raw mut attributes).cast()) }
}

/// Windows refuses a second first instance; Wine 8 does not. Looking before is
/// no guarantee, but the caller holds the lock of the state directory, or is the
/// one service that has this name from its guardian.
fn refuse_a_taken_name(name: &OsStr) -> io::Result<()> {
    let name = wide::terminated(name)?;
    // SAFETY: the name is zero-terminated. One millisecond.
    let is_there = unsafe { WaitNamedPipeW(name.as_ptr(), 1) } != 0;
    let error = io::Error::last_os_error();
    if is_there || has_code(&error, ERROR_SEM_TIMEOUT) {
        return Err(io::ErrorKind::AddrInUse.into());
    }
    Ok(())
}

/// What `FILE_FLAG_FIRST_PIPE_INSTANCE` says when there is one already.
fn taken(error: io::Error) -> io::Error {
    if has_code(&error, ERROR_ACCESS_DENIED) || has_code(&error, ERROR_PIPE_BUSY) {
        return io::Error::new(io::ErrorKind::AddrInUse, error);
    }
    error
}

pub(super) fn has_code(error: &io::Error, code: u32) -> bool {
    error.raw_os_error() == Some(code.cast_signed())
}

/// The process that has connected, when it did.
pub(crate) fn pid_of_client(connection: &NamedPipeServer) -> Option<Pid> {
    let mut number = 0;
    // SAFETY: the handle is open; the output is ours.
    let is_known =
        unsafe { GetNamedPipeClientProcessId(connection.as_raw_handle(), &raw mut number) };
    (is_known != 0).then_some(Pid(number))
}

#[cfg(test)]
mod tests {
    use windows_sys::Win32::Foundation::LocalFree;
    use windows_sys::Win32::Security::Authorization::{
        ConvertSecurityDescriptorToStringSecurityDescriptorW, GetSecurityInfo, SDDL_REVISION_1,
        SE_KERNEL_OBJECT,
    };
    use windows_sys::Win32::Security::{DACL_SECURITY_INFORMATION, OWNER_SECURITY_INFORMATION};

    use super::*;

    impl Pipe {
        /// As the system tells it of a pipe that is there.
        pub(crate) fn access(&self) -> String {
            let (mut descriptor, mut text) = (std::ptr::null_mut(), std::ptr::null_mut());
            // SAFETY: the handle is open, the outputs are ours and freed once.
            unsafe {
                let error = GetSecurityInfo(
                    self.next.as_raw_handle(),
                    SE_KERNEL_OBJECT,
                    OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                    std::ptr::null_mut(),
                    std::ptr::null_mut(),
                    std::ptr::null_mut(),
                    std::ptr::null_mut(),
                    &raw mut descriptor,
                );
                assert_eq!(error, 0);
                let is_text = ConvertSecurityDescriptorToStringSecurityDescriptorW(
                    descriptor,
                    SDDL_REVISION_1,
                    OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                    &raw mut text,
                    std::ptr::null_mut(),
                );
                assert_ne!(is_text, 0);
                let length = (0..).take_while(|&at| *text.add(at) != 0).count();
                let copied = String::from_utf16_lossy(std::slice::from_raw_parts(text, length));
                LocalFree(text.cast());
                LocalFree(descriptor);
                copied
            }
        }
    }
}
