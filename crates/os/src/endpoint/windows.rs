//! A named pipe that only the guardian's own user, the system and
//! administrators can open.

mod client;
mod server;
mod stream;

use std::ffi::OsStr;
use std::io;
use std::os::windows::io::{AsHandle, AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::{Path, PathBuf};

use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient, NamedPipeServer};
use tokio::task::spawn_blocking;
use windows_sys::Win32::System::Threading::{OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION};

pub(crate) use self::client::connect_by;
pub(crate) use self::server::{Pipe, pid_of_client};
pub(crate) use self::stream::Stream;
use super::{Address, Peer};
use crate::account::windows::{Descriptor, is_trusted, owner_of_handle, sid_of};
use crate::hash::fnv1a;
use crate::inspection::exposure::exposures;
use crate::process::windows::wide;

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
pub(super) struct Listener(Pipe);

impl Listener {
    pub(super) fn bind(address: &Address) -> io::Result<Self> {
        let name = address.place.as_os_str().to_owned();
        Pipe::create(name, Descriptor::of_pipe()?).map(Self)
    }

    /// The security descriptor has let in only those who may: nobody else has a
    /// connection.
    pub(super) async fn accept(&mut self) -> io::Result<(Stream, Peer)> {
        self.0.connected().await?;
        let connected = self.0.take()?;
        let peer = peer(&connected);
        Ok((Stream::Server(connected), peer))
    }
}

fn peer(connection: &NamedPipeServer) -> Peer {
    let pid = pid_of_client(connection);
    Peer {
        pid,
        user: pid.and_then(|pid| user_of(pid.0)),
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
    let client = connect_by(open, address.place.as_os_str()).await?;
    let owner = owner_of_handle(client.as_handle())?;
    refuse_a_strangers(owner, &address.state_dir).await?;
    Ok(Stream::Client(client))
}

/// tokio asks for `SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION` by itself:
/// whoever serves the pipe may learn who we are, and not act as us.
fn open(name: &OsStr) -> io::Result<NamedPipeClient> {
    ClientOptions::new().open(name)
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

    /// The rights are shown generic (Wine) or as those of a file (Windows).
    #[tokio::test]
    async fn the_pipe_lets_in_its_user_the_system_and_administrators_only() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let listener = Listener::bind(&crate::endpoint::address(dir.path())).expect("free");
        let access = listener.0.access().replace(";FA;", ";GA;");
        let user = crate::account::windows::own_sid().expect("known");
        let entry = |who: &str| format!("(A;;GA;;;{who})");
        let expected = [entry(&user), entry("SY"), entry("BA")].concat();
        assert_eq!(access, format!("O:{user}D:P{expected}"));
    }
}
