//! The journal's native protocol: a datagram an entry, a field a line.
//!
//! <https://systemd.io/JOURNAL_NATIVE_PROTOCOL/>

use std::fs::File;
use std::io::{self, IoSlice, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix};

use super::Level;
use super::syslog::priority;

const SOCKET: &str = "/run/systemd/journal/socket";

/// A journal that takes longer to read is about to lose messages anyway.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Journal {
    socket: UnixDatagram,
    path: PathBuf,
    identifier: String,
}

impl Journal {
    pub(super) fn open(identifier: &str) -> io::Result<Self> {
        Self::at(Path::new(SOCKET), identifier)
    }

    fn at(path: &Path, identifier: &str) -> io::Result<Self> {
        if !path.exists() {
            return Err(io::Error::from(io::ErrorKind::NotFound));
        }
        let socket = UnixDatagram::unbound()?;
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(Self {
            socket,
            path: path.to_owned(),
            identifier: identifier.to_owned(),
        })
    }

    pub(super) fn write(&self, level: Level, text: &str) -> io::Result<()> {
        let mut entry = Vec::new();
        add_field(&mut entry, "PRIORITY", &priority(level).to_string());
        add_field(&mut entry, "SYSLOG_IDENTIFIER", &self.identifier);
        add_field(&mut entry, "MESSAGE", text.trim_end());
        match self.socket.send_to(&entry, &self.path) {
            Err(error) if error.raw_os_error() == Some(libc::EMSGSIZE) => self.send_as_file(&entry),
            other => other.map(drop),
        }
    }

    /// An entry that is too large for a datagram travels in a sealed file.
    fn send_as_file(&self, entry: &[u8]) -> io::Result<()> {
        let file = sealed(entry)?;
        let files = [file.as_fd()];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        control.push(SendAncillaryMessage::ScmRights(&files));
        let to = SocketAddrUnix::new(&self.path)?;
        rustix::net::sendmsg_addr(
            &self.socket,
            &to,
            &[IoSlice::new(&[])],
            &mut control,
            SendFlags::empty(),
        )?;
        Ok(())
    }
}

/// Of several lines, with its length before it: no text can add a field.
fn add_field(entry: &mut Vec<u8>, name: &str, value: &str) {
    entry.extend_from_slice(name.as_bytes());
    entry.push(b'\n');
    entry.extend_from_slice(&(value.len() as u64).to_le_bytes());
    entry.extend_from_slice(value.as_bytes());
    entry.push(b'\n');
}

fn sealed(content: &[u8]) -> io::Result<OwnedFd> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let mut file = File::from(memfd_create("journal-entry", flags)?);
    file.write_all(content)?;
    let seals = SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE | SealFlags::SEAL;
    fcntl_add_seals(&file, seals)?;
    Ok(file.into())
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{IoSliceMut, Read as _, Seek as _};
    use std::mem::MaybeUninit;
    use std::os::unix::net::UnixDatagram;

    use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};

    use super::{Journal, Level};

    /// A journal's socket in a folder of its own, and what reaches it.
    struct FakeJournal {
        _dir: tempfile::TempDir,
        socket: UnixDatagram,
        journal: Journal,
    }

    fn fake_journal() -> FakeJournal {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("socket");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        let journal = Journal::at(&path, "shop").expect("it is there");
        FakeJournal {
            _dir: dir,
            socket,
            journal,
        }
    }

    /// The fields of an entry, as the journal reads them.
    fn fields(mut entry: &[u8]) -> Vec<(String, String)> {
        let mut found = Vec::new();
        while let Some(end) = entry.iter().position(|&byte| byte == b'\n') {
            let (name, rest) = (&entry[..end], &entry[end + 1..]);
            let (length, rest) = rest.split_first_chunk().expect("a length");
            let length = usize::try_from(u64::from_le_bytes(*length)).expect("it fits");
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
            found.push((text(name), text(&rest[..length])));
            assert_eq!(rest[length], b'\n');
            entry = &rest[length + 1..];
        }
        found
    }

    #[test]
    fn several_lines_are_one_entry_and_add_no_field() {
        let fake = fake_journal();
        let text = "no disk\nPRIORITY=7\nlast";
        fake.journal.write(Level::Error, text).expect("it is sent");
        let mut entry = [0; 4096];
        let length = fake.socket.recv(&mut entry).expect("an entry");
        let expected = [
            ("PRIORITY", "3"),
            ("SYSLOG_IDENTIFIER", "shop"),
            ("MESSAGE", text),
        ];
        assert_eq!(
            fields(&entry[..length]),
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn a_message_too_large_for_a_datagram_arrives_as_a_file() {
        let fake = fake_journal();
        let text = "x".repeat(8 << 20);
        fake.journal.write(Level::Info, &text).expect("it is sent");
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut nothing = [0; 16];
        recvmsg(
            &fake.socket,
            &mut [IoSliceMut::new(&mut nothing)],
            &mut control,
            RecvFlags::empty(),
        )
        .expect("a datagram");
        let file = control.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut files) => files.next(),
            _ => None,
        });
        let mut file = File::from(file.expect("a file"));
        file.rewind().expect("it can be read again");
        let mut entry = Vec::new();
        file.read_to_end(&mut entry).expect("it can be read");
        assert_eq!(fields(&entry)[2].1.len(), text.len());
    }

    #[test]
    fn a_machine_without_a_journal_is_told() {
        assert!(Journal::at("/nonexistent/socket".as_ref(), "shop").is_err());
    }
}
