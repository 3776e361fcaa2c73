//! A named pipe for each user who is admitted, to which just that user can
//! connect.

mod changes;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::future::poll_fn;
use std::io;
use std::os::windows::ffi::{OsStrExt, OsStringExt};
use std::os::windows::io::AsHandle;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::ptr;
use std::task::Poll;

use tokio::net::windows::named_pipe::NamedPipeClient;
use windows_sys::Win32::Foundation::INVALID_HANDLE_VALUE;
use windows_sys::Win32::Storage::FileSystem::{
    CreateFileW, FILE_FLAG_OVERLAPPED, FILE_GENERIC_READ, FILE_WRITE_ATTRIBUTES, FILE_WRITE_DATA,
    OPEN_EXISTING, SECURITY_IDENTIFICATION, SECURITY_SQOS_PRESENT,
};

use self::changes::Changes;
use super::{Arrival, Connection, Peer};
use crate::account::windows::{Descriptor, own_sid, owner_of_handle};
use crate::channel::USERS;
use crate::endpoint::windows::{Pipe, Stream, connect_by, pid_of_client};
use crate::hash::fnv1a;
use crate::process::windows::wide;

/// A channel's address: whose the core is, and the folder.
struct Address<'a> {
    whole: &'a OsStr,
    core: String,
    dir: PathBuf,
}

impl<'a> Address<'a> {
    fn parse(whole: &'a OsStr) -> io::Result<Self> {
        let text: Vec<u16> = whole.encode_wide().collect();
        let at = text.iter().position(|&letter| letter == u16::from(b':'));
        let (core, dir) = at
            .map(|at| (String::from_utf16_lossy(&text[..at]), &text[at + 1..]))
            .filter(|(core, _)| is_sid(core))
            .ok_or_else(|| {
                io::Error::new(
                    io::ErrorKind::InvalidInput,
                    format!("{} is no address of a channel", whole.display()),
                )
            })?;
        Ok(Self {
            whole,
            core,
            dir: OsString::from_wide(dir).into(),
        })
    }

    /// The pipe to which `user` can connect.
    fn pipe_of(&self, user: &str) -> OsString {
        let hash = fnv1a(self.whole.as_encoded_bytes());
        format!(r"\\.\pipe\outlast-channel-{hash:016x}-{user}").into()
    }
}

/// What may stand in a pipe's name and in an access list.
fn is_sid(text: &str) -> bool {
    text.strip_prefix("S-1-").is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit() || b == b'-')
    })
}

#[derive(Debug)]
pub(super) struct Listener {
    address: OsString,
    users: PathBuf,
    /// `None` when they cannot be told any more: the channel was removed.
    changes: Option<Changes>,
    is_stale: bool,
    pipes: BTreeMap<String, Pipe>,
    unserved: VecDeque<(String, io::Error)>,
}

/// What woke a listener.
enum Woken {
    Changed(io::Result<()>),
    Connected(String, io::Result<()>),
}

impl Listener {
    pub(super) fn bind(address: &OsStr) -> io::Result<Self> {
        let parsed = Address::parse(address)?;
        let own = own_sid()?;
        if own != parsed.core {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!(
                    "the channel is that of another account ({}), and this program runs as {own}",
                    parsed.core
                ),
            ));
        }
        let users = parsed.dir.join(USERS);
        let changes = Changes::of(&users)?;
        Ok(Self {
            address: address.to_owned(),
            users,
            changes: Some(changes),
            is_stale: true,
            pipes: BTreeMap::new(),
            unserved: VecDeque::new(),
        })
    }

    pub(super) async fn accept(&mut self) -> io::Result<Arrival> {
        loop {
            if self.is_stale {
                self.is_stale = false;
                self.look()?;
            }
            if let Some((user, error)) = self.unserved.pop_front() {
                return Ok(Arrival::Unserved { user, error });
            }
            match self.woken().await {
                Woken::Changed(changed) => self.changed(changed)?,
                Woken::Connected(user, connected) => {
                    connected?;
                    return self.take(user);
                }
            }
        }
    }

    pub(super) fn look_again(&mut self) {
        self.is_stale = true;
    }

    /// Further changes are waited for before the folder is looked at, so that none
    /// is missed.
    fn changed(&mut self, changed: io::Result<()>) -> io::Result<()> {
        self.is_stale = true;
        let expected = match &self.changes {
            Some(changes) => changed.and_then(|()| changes.expect_more()),
            None => Ok(()),
        };
        if expected.is_err() {
            self.changes = None;
        }
        expected
    }

    /// Makes the pipes those of the users who are admitted.
    fn look(&mut self) -> io::Result<()> {
        let admitted = listed(&self.users)?;
        self.pipes.retain(|user, _| admitted.contains(user));
        let address = Address::parse(&self.address)?;
        for user in admitted {
            if self.pipes.contains_key(&user) {
                continue;
            }
            let made = Descriptor::of_pipe_for(&user)
                .and_then(|descriptor| Pipe::create(address.pipe_of(&user), descriptor));
            match made {
                Ok(pipe) => {
                    self.pipes.insert(user, pipe);
                }
                Err(error) => self.unserved.push_back((user, error)),
            }
        }
        Ok(())
    }

    async fn woken(&self) -> Woken {
        let mut changed = pin!(async {
            match &self.changes {
                Some(changes) => changes.next().await,
                None => std::future::pending().await,
            }
        });
        let mut connected: Vec<_> = self
            .pipes
            .iter()
            .map(|(user, pipe)| (user, Box::pin(pipe.connected())))
            .collect();
        poll_fn(|context| {
            if let Poll::Ready(result) = changed.as_mut().poll(context) {
                return Poll::Ready(Woken::Changed(result));
            }
            for (user, pipe) in &mut connected {
                if let Poll::Ready(result) = pipe.as_mut().poll(context) {
                    return Poll::Ready(Woken::Connected((*user).clone(), result));
                }
            }
            Poll::Pending
        })
        .await
    }

    /// The descriptor has let in nobody else, and nobody from elsewhere.
    fn take(&mut self, user: String) -> io::Result<Arrival> {
        let pipe = self
            .pipes
            .get_mut(&user)
            .expect("it was waited for, and nothing has changed since");
        let connection = pipe.take()?;
        let peer = Peer {
            user,
            pid: pid_of_client(&connection),
        };
        Ok(Arrival::Admitted(
            Connection(Stream::Server(connection)),
            peer,
        ))
    }
}

fn listed(users: &Path) -> io::Result<BTreeSet<String>> {
    let mut listed = BTreeSet::new();
    for entry in fs::read_dir(users)? {
        if let Ok(user) = entry?.file_name().into_string()
            && is_sid(&user)
        {
            listed.insert(user);
        }
    }
    Ok(listed)
}

pub(super) async fn connect(address: &OsStr) -> io::Result<Stream> {
    let address = Address::parse(address)?;
    let client = connect_by(open, &address.pipe_of(&own_sid()?)).await?;
    // Anyone can make a pipe of this name while no core listens.
    let owner = owner_of_handle(client.as_handle())?;
    if owner == address.core {
        return Ok(Stream::Client(client));
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!(
            "another user ({owner}) than the core's ({}) listens at the channel",
            address.core
        ),
    ))
}

/// Asks for no more rights than the user has, which generic writing would, and
/// lets whoever serves the pipe learn who we are, and not act as us.
fn open(name: &OsStr) -> io::Result<NamedPipeClient> {
    let name = wide::terminated(name)?;
    // SAFETY: the name is zero-terminated; no attributes and no template are given.
    let handle = unsafe {
        CreateFileW(
            name.as_ptr(),
            FILE_GENERIC_READ | FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES,
            0,
            ptr::null(),
            OPEN_EXISTING,
            FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION,
            ptr::null_mut(),
        )
    };
    if handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just opened, for us, as a client's end and overlapped.
    unsafe { NamedPipeClient::from_raw_handle(handle) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Account;
    use crate::channel::Channel;

    #[test]
    fn an_address_is_an_account_and_a_folder() {
        let text = OsString::from(r"S-1-5-18:C:\ProgramData\Outlast\shop\channels\core");
        let address = Address::parse(&text).expect("one");
        assert_eq!(address.core, "S-1-5-18");
        assert_eq!(
            address.dir,
            Path::new(r"C:\ProgramData\Outlast\shop\channels\core")
        );
        let pipe = address.pipe_of("S-1-5-21-1").into_string().expect("text");
        assert!(pipe.ends_with("-S-1-5-21-1") && pipe.len() < 256, "{pipe}");
        for no_address in ["", "core", r"C:\core", "S-1-:x", "BA:C:\\core", "S-1-5);:x"] {
            let error = Address::parse(no_address.as_ref()).map(drop);
            assert!(error.is_err(), "{no_address}");
        }
    }

    #[tokio::test]
    async fn whoever_else_has_made_the_pipe_is_not_believed() {
        let text = OsString::from(format!(r"S-1-5-19:C:\of-a-test-{}", std::process::id()));
        let name = Address::parse(&text)
            .expect("one")
            .pipe_of(&own_sid().expect("known"));
        let _squatter = Pipe::create(name, Descriptor::of_pipe().expect("one")).expect("free");
        let error = connect(&text).await.expect_err("not the core's");
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}");
        Listener::bind(&text).expect_err("this is not the core either");
    }

    #[tokio::test]
    async fn a_name_that_is_taken_is_told_and_tried_again() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let core = outlast_model::ServiceName::new("core").expect("valid");
        let channel = Channel::make(state.path(), &core, None).expect("made");
        let own = Account::current().expect("known");
        let _admission = channel.admit(&own).expect("admitted");
        let name = Address::parse(channel.address())
            .expect("one")
            .pipe_of(&own.id());
        let squatter = Pipe::create(name, Descriptor::of_pipe().expect("one")).expect("free");
        let mut listener = Listener::bind(channel.address()).expect("bound");
        let arrival = listener.accept().await.expect("it listens");
        let Arrival::Unserved { user, error } = arrival else {
            panic!("the name is taken: {arrival:?}");
        };
        assert_eq!((user, error.kind()), (own.id(), io::ErrorKind::AddrInUse));
        drop(squatter);
        listener.look_again();
        let address = channel.address().to_owned();
        let accepting = tokio::spawn(async move { listener.accept().await });
        tokio::task::yield_now().await;
        connect(&address).await.expect("it is there");
        let arrival = accepting.await.expect("no panic").expect("it listens");
        assert!(matches!(arrival, Arrival::Admitted(..)), "{arrival:?}");
    }

    #[tokio::test]
    async fn the_pipe_goes_with_the_last_helper() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let core = outlast_model::ServiceName::new("core").expect("valid");
        let channel = Channel::make(state.path(), &core, None).expect("made");
        let admission = channel
            .admit(&Account::current().expect("known"))
            .expect("admitted");
        let mut listener = Listener::bind(channel.address()).expect("bound");
        let listening = tokio::spawn(async move {
            loop {
                listener.accept().await.expect("it listens");
            }
        });
        tokio::task::yield_now().await;
        connect(channel.address()).await.expect("admitted");
        admission.end().expect("ended");
        let refused = async {
            while connect(channel.address()).await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        let patience = std::time::Duration::from_secs(30);
        tokio::time::timeout(patience, refused)
            .await
            .expect("it is told");
        // What is watched is not removed under Wine.
        listening.abort();
        let _ = listening.await;
    }

    /// The rights are shown as a number or as the letters of their parts.
    #[tokio::test]
    async fn the_pipe_lets_in_its_user_the_system_and_the_core_only() {
        let user = "S-1-5-21-1-2-3-1001";
        let name = format!(r"\\.\pipe\outlast-channel-test-{}", std::process::id());
        let descriptor = Descriptor::of_pipe_for(user).expect("a descriptor");
        let pipe = Pipe::create(name.into(), descriptor).expect("free");
        let access = pipe.access().replace(";FA;", ";GA;");
        let own = own_sid().expect("known");
        let (core, others) = access.split_at(access.rfind('(').expect("a list"));
        assert_eq!(core, format!("O:{own}D:P(A;;GA;;;{own})(A;;GA;;;SY)"));
        assert!(others.ends_with(&format!(";;;{user})")), "{access}");
        assert!(!others.contains("GA") && !others.contains("GW"), "{access}");
    }
}
