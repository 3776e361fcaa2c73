//! A named pipe that only the guardian's own user, the system and
//! administrators can open.

mod stream;

use std::ffi::{OsStr, OsString};
use std::io;
use std::mem;
use std::os::windows::io::{AsHandle, AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::{Path, PathBuf};

use outlast_model::Pid;
use tokio::net::windows::named_pipe::{
    ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions,
};
use tokio::task::spawn_blocking;
use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_FILE_NOT_FOUND, ERROR_NO_DATA, ERROR_PIPE_BUSY, ERROR_SEM_TIMEOUT,
};
use windows_sys::Win32::System::Pipes::{GetNamedPipeClientProcessId, WaitNamedPipeW};
use windows_sys::Win32::System::Threading::{OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION};

pub(super) use self::stream::Stream;
use super::{Address, Peer};
use crate::account::windows::{Descriptor, is_trusted, owner_of_handle, sid_of};
use crate::hash::fnv1a;
use crate::inspection::exposure::exposures;
use crate::process::windows::wide;

/// How long a client waits for a free instance, in milliseconds. The guardian
/// makes the next one as soon as it is told of a connection.
const BUSY_WAIT: u32 = 5_000;

/// A pipe's name needs a hash: it has at most 256 characters and no back-slash.
pub(super) fn place(state_dir: &Path) -> PathBuf {
    let canonical = state_dir
        .canonicalize()
        .or_else(|_| std::path::absolute(state_dir))
        .unwrap_or_else(|_| state_dir.to_owned());
    // Windows does not distinguish case in paths.
    let folded = wide::without_prefix(&canonical)
        .to_string_lossy()
        .to_lowercase();
    let hash = fnv1a(folded.as_bytes());
    PathBuf::from(format!(r"\\.\pipe\outlast-{hash:016x}"))
}

#[derive(Debug)]
pub(super) struct Listener {
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

impl Listener {
    pub(super) fn bind(address: &Address) -> io::Result<Self> {
        let name = address.place.as_os_str().to_owned();
        let descriptor = Descriptor::of_pipe()?;
        refuse_a_taken_name(&name)?;
        let next = instance(&name, &descriptor, Instance::First).map_err(taken)?;
        Ok(Self {
            name,
            descriptor,
            next,
        })
    }

    /// The security descriptor has let in only those who may: nobody else has a
    /// connection.
    pub(super) async fn accept(&mut self) -> io::Result<(Stream, Peer)> {
        self.connected().await?;
        // If this fails, the connected one stays where it is, and the next call
        // finds it connected.
        let next = instance(&self.name, &self.descriptor, Instance::Further)?;
        let connected = mem::replace(&mut self.next, next);
        let peer = peer(&connected);
        Ok((Stream::Server(connected), peer))
    }

    async fn connected(&self) -> io::Result<()> {
        loop {
            match self.next.connect().await {
                // It came and went before it was asked for.
                Err(error) if has_code(&error, ERROR_NO_DATA) => self.next.disconnect()?,
                result => return result,
            }
        }
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
/// no guarantee, but the caller holds the lock of the state directory.
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

fn has_code(error: &io::Error, code: u32) -> bool {
    error.raw_os_error() == Some(code.cast_signed())
}

fn peer(connection: &NamedPipeServer) -> Peer {
    let mut number = 0;
    // SAFETY: the handle is open; the output is ours.
    let is_known =
        unsafe { GetNamedPipeClientProcessId(connection.as_raw_handle(), &raw mut number) };
    if is_known == 0 {
        return Peer {
            pid: None,
            user: None,
        };
    }
    Peer {
        pid: Some(Pid(number)),
        user: user_of(number),
    }
}

/// For showing only: by now the number could be another process's.
fn user_of(number: u32) -> Option<String> {
    // SAFETY: numbers only.
    let process = unsafe { OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, number) };
    if process.is_null() {
        return None;
    }
    // SAFETY: it was just opened, for us.
    let process = unsafe { OwnedHandle::from_raw_handle(process) };
    sid_of(process.as_raw_handle()).ok()
}

/// A pipe goes with the last of its handles.
pub(super) fn clear(_address: &Address) {}

pub(super) async fn connect(address: &Address) -> io::Result<Stream> {
    let name = address.place.as_os_str();
    loop {
        match open(name) {
            Ok(client) => {
                let owner = owner_of_handle(client.as_handle())?;
                refuse_a_strangers(owner, &address.state_dir).await?;
                return Ok(Stream::Client(client));
            }
            Err(error) if has_code(&error, ERROR_PIPE_BUSY) => wait_for_instance(name).await?,
            Err(error) if has_code(&error, ERROR_FILE_NOT_FOUND) => {
                return Err(io::Error::new(io::ErrorKind::NotFound, error));
            }
            Err(error) => return Err(error),
        }
    }
}

/// tokio asks for `SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION` by itself:
/// whoever serves the pipe may learn who we are, and not act as us.
fn open(name: &OsStr) -> io::Result<NamedPipeClient> {
    ClientOptions::new().open(name)
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
                "the guardian took no connection for five seconds",
            ));
        }
        Err(error)
    });
    waited.await.map_err(io::Error::other)?
}

/// Anyone can make a pipe of this name while no guardian runs.
async fn refuse_a_strangers(owner: String, state_dir: &Path) -> io::Result<()> {
    if is_trusted(&owner) || is_keeper(&owner, state_dir.to_owned()).await {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!("another user ({owner}) listens at the guardian's address"),
    ))
}

/// Whether an account may change what is in the state directory: the guardian of
/// a native service runs as one that was made for it, and was given this folder.
async fn is_keeper(owner: &str, state_dir: PathBuf) -> bool {
    let exposed = spawn_blocking(move || exposures(&std::path::absolute(state_dir)?)).await;
    matches!(exposed, Ok(Ok(exposed)) if exposed.iter().any(|exposure| exposure.who.id == owner))
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

    #[test]
    fn spellings_of_one_folder_have_one_address() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let plain = place(dir.path());
        let upper = dir.path().to_string_lossy().to_uppercase();
        assert_eq!(place(upper.as_ref()), plain);
        assert_eq!(place(&dir.path().join(".")), plain);
        assert_ne!(place(&dir.path().join("x")), plain);
    }

    /// A service of another name could make a pipe of this one, too.
    #[tokio::test]
    async fn an_account_that_has_no_business_in_the_folder_is_not_its_guardian() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        assert!(
            refuse_a_strangers("S-1-5-80-1-2-3-4-5".to_owned(), dir.path())
                .await
                .is_err()
        );
    }

    /// As the system tells it of a pipe that is there.
    fn access_of(listener: &Listener) -> String {
        let (mut descriptor, mut text) = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: the handle is open, the outputs are ours and freed once.
        unsafe {
            let error = GetSecurityInfo(
                listener.next.as_raw_handle(),
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

    /// The rights are shown generic (Wine) or as those of a file (Windows).
    #[tokio::test]
    async fn the_pipe_lets_in_its_user_the_system_and_administrators_only() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let listener = Listener::bind(&crate::endpoint::address(dir.path())).expect("free");
        let access = access_of(&listener).replace(";FA;", ";GA;");
        let user = crate::account::windows::own_sid().expect("known");
        let entry = |who: &str| format!("(A;;GA;;;{who})");
        let expected = [entry(&user), entry("SY"), entry("BA")].concat();
        assert_eq!(access, format!("O:{user}D:P{expected}"));
    }
}
