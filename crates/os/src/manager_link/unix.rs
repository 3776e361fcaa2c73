//! Datagrams of sd_notify(3).
//!
//! Not only systemd speaks it; container engines and other managers do, too.

use std::ffi::OsStr;
use std::io;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use super::{Conclusion, LinkKind, Notice, words};

/// `None`: nobody listens.
#[derive(Clone, Debug)]
pub(super) struct Link(Option<Arc<Notify>>);

#[derive(Debug)]
struct Notify {
    socket: UnixDatagram,
    address: SocketAddr,
    watchdog: Option<Duration>,
}

pub(super) fn is_announced() -> bool {
    words::socket_name().is_some()
}

impl Link {
    /// Signals tell what is to be told, so there is no need for `_notices`.
    pub(super) fn connect(_notices: UnboundedSender<Notice>) -> io::Result<Self> {
        match words::socket_name() {
            Some(name) => Self::to(&name, words::watchdog()),
            None => Ok(Self::nobody()),
        }
    }

    fn to(name: &OsStr, watchdog: Option<Duration>) -> io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        Ok(Self(Some(Arc::new(Notify {
            socket,
            address: address(name)?,
            watchdog,
        }))))
    }

    pub(super) const fn nobody() -> Self {
        Self(None)
    }

    pub(super) const fn kind(&self) -> LinkKind {
        match self.0 {
            Some(_) => LinkKind::Notify,
            None => LinkKind::Nobody,
        }
    }

    pub(super) fn ready(&self) -> io::Result<()> {
        self.send(words::READY)
    }

    pub(super) fn status(&self, text: &str) {
        self.tell(&words::status(text));
    }

    pub(super) fn reloading(&self) {
        self.tell(&words::reloading());
    }

    pub(super) fn stopping(&self) {
        self.tell(words::STOPPING);
    }

    pub(super) fn more_time(&self, time: Duration) {
        self.tell(&words::more_time(time));
    }

    pub(super) fn alive(&self) {
        self.tell(words::ALIVE);
    }

    pub(super) fn watchdog(&self) -> Option<Duration> {
        self.0.as_ref()?.watchdog
    }

    /// The manager sees the process's end and its code.
    #[expect(clippy::unused_self, reason = "other systems have something to tell")]
    pub(super) const fn concluded(&self, _conclusion: Conclusion) {}

    /// A manager that is gone or overburdened is no reason to do anything.
    fn tell(&self, message: &str) {
        let _ = self.send(message);
    }

    fn send(&self, message: &str) -> io::Result<()> {
        let Some(notify) = &self.0 else {
            return Ok(());
        };
        let sent = notify
            .socket
            .send_to_addr(message.as_bytes(), &notify.address);
        sent.map(drop)
    }
}

/// A path, or an abstract name behind `@` as systemd writes it.
fn address(name: &OsStr) -> io::Result<SocketAddr> {
    #[cfg(target_os = "linux")]
    {
        use std::os::linux::net::SocketAddrExt as _;
        use std::os::unix::ffi::OsStrExt as _;
        if let Some(name) = name.as_bytes().strip_prefix(b"@") {
            return SocketAddr::from_abstract_name(name);
        }
    }
    SocketAddr::from_pathname(name)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn listen(path: &Path) -> UnixDatagram {
        UnixDatagram::bind(path).expect("a socket can be bound")
    }

    fn read(manager: &UnixDatagram) -> String {
        let mut message = [0; 256];
        let length = manager.recv(&mut message).expect("a message comes");
        String::from_utf8_lossy(&message[..length]).into_owned()
    }

    #[test]
    fn a_status_text_cannot_tell_anything_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notify");
        let manager = listen(&path);
        let link = Link::to(path.as_os_str(), None).expect("a link");
        link.status("one\nREADY=1\r\0two");
        assert_eq!(read(&manager), "STATUS=one READY=1  two");
    }

    #[test]
    fn a_manager_that_does_not_listen_holds_nobody_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notify");
        let link = Link::to(path.as_os_str(), None).expect("a link");
        assert!(link.ready().is_err(), "nobody is there");
        let manager = listen(&path);
        let full = (0..100_000)
            .find_map(|_| link.ready().err())
            .expect("a queue has a bound");
        assert_eq!(full.kind(), io::ErrorKind::WouldBlock);
        link.alive();
        assert_eq!(read(&manager), "READY=1");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_abstract_name_stands_behind_an_at_sign() {
        use std::os::linux::net::SocketAddrExt as _;
        let name = format!("outlast-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        let manager = UnixDatagram::bind_addr(&address).expect("a socket can be bound");
        let link = Link::to(OsStr::new(&format!("@{name}")), None).expect("a link");
        link.stopping();
        assert_eq!(read(&manager), "STOPPING=1");
    }
}
