//! Servers that cannot be had from `hostile`: they need a queue, a path, or to be gone
//! now and then. Each ends with the test.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::net::{AddressFamily, SocketType, bind, listen, socket};
use tempfile::TempDir;

/// How long one that comes and goes is gone: some of its answers, never decisive.
const GONE: Duration = Duration::from_millis(250);

/// A port that nobody else gets, and at which nobody listens.
pub(crate) fn taken() -> (OwnedFd, SocketAddr) {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
    bind(&socket, &SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port is free");
    let address = rustix::net::getsockname(&socket).expect("it is bound");
    let address = SocketAddr::try_from(address).expect("of the internet");
    (socket, address)
}

/// Listens with a queue for one, and accepts nobody.
pub(crate) fn narrow() -> (OwnedFd, SocketAddr) {
    let (socket, address) = taken();
    listen(&socket, 0).expect("it is bound");
    (socket, address)
}

/// The same with its queue full: what is sent to it is lost.
pub(crate) fn deaf() -> (OwnedFd, Vec<TcpStream>, SocketAddr) {
    let (socket, address) = narrow();
    let soon = Duration::from_millis(300);
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, soon) {
        waiting.push(stream);
    }
    (socket, waiting, address)
}

/// Deaf until somebody knocks in vain, then lets all in: the kernel knocks again after
/// a second.
pub(crate) fn late() -> (Vec<TcpStream>, SocketAddr) {
    let (socket, waiting, address) = deaf();
    let listener = TcpListener::from(socket);
    thread::spawn(move || {
        while !knocks(address) {
            thread::sleep(Duration::from_millis(5));
        }
        listener.incoming().for_each(drop);
    });
    (waiting, address)
}

/// Whether the kernel waits for an answer from there (`SYN_SENT`).
fn knocks(address: SocketAddr) -> bool {
    let table = std::fs::read_to_string("/proc/net/tcp").expect("it can be read");
    let there = format!(":{:04X}", address.port());
    table.lines().any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields.get(2).is_some_and(|remote| remote.ends_with(&there)) && fields.get(3) == Some(&"02")
    })
}

/// Answers a question, is gone for a while, comes back.
pub(crate) fn comes_and_goes() -> SocketAddr {
    let (kept, address) = taken();
    drop(kept);
    thread::spawn(move || {
        loop {
            if let Ok(listener) = TcpListener::bind(address) {
                let _ = listener.accept();
            }
            thread::sleep(GONE);
        }
    });
    address
}

/// The same at a path.
pub(crate) fn unix_comes_and_goes(path: PathBuf) {
    thread::spawn(move || {
        loop {
            let _ = std::fs::remove_file(&path);
            if let Ok(listener) = UnixListener::bind(&path) {
                let _ = listener.accept();
            }
            thread::sleep(GONE);
        }
    });
}

/// Accepts, and writes without end.
pub(crate) fn unix_without_end(path: &Path) {
    let listener = UnixListener::bind(path).expect("it is free");
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || while stream.write_all(&[b'x'; 4096]).is_ok() {});
        }
    });
}

/// Accepts and closes.
pub(crate) fn unix_works(path: &Path) {
    let listener = UnixListener::bind(path).expect("it is free");
    thread::spawn(move || listener.incoming().for_each(drop));
}

/// A queue for one at a path, and nobody who accepts.
pub(crate) fn unix_narrow(path: &Path) -> UnixListener {
    let listener = UnixListener::bind(path).expect("it is free");
    listen(&listener, 0).expect("it is bound");
    listener
}

/// The same with its queue full.
pub(crate) fn unix_full(path: &Path) -> (UnixListener, UnixStream) {
    let listener = unix_narrow(path);
    let first = UnixStream::connect(path).expect("one is let in");
    (listener, first)
}

/// Mounts a file system in user space whose program says nothing, for as long as its
/// parent lives.
const SILENT: &str = "import ctypes, os, signal, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(1, signal.SIGKILL)
fd = os.open('/dev/fuse', os.O_RDWR)
how = b'fd=%d,rootmode=40000,user_id=0,group_id=0' % fd
if libc.mount(b'silent', os.fsencode(sys.argv[1]), b'fuse', 0, how) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
print('mounted', flush=True)
signal.pause()
";

/// A folder on a disk that does not answer.
pub(crate) struct SilentDisk {
    program: Child,
    /// Around it, so that who lists the temporary folder does not wait for it.
    folder: TempDir,
}

impl SilentDisk {
    /// `None`: this user, or this machine, cannot make one.
    pub(crate) fn new() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("disk");
        std::fs::create_dir(&path).expect("it is new");
        let mut program = Command::new("python3");
        program
            .args(["-c", SILENT])
            .arg(&path)
            .stdout(Stdio::piped());
        let mut program = program.spawn().expect("there is Python");
        let mut said = String::new();
        let stdout = program.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut said).expect("text");
        let disk = Self { program, folder };
        said.starts_with("mounted").then_some(disk)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("disk")
    }
}

impl Drop for SilentDisk {
    fn drop(&mut self) {
        // Whoever waits for it is told that it is gone.
        let _ = self.program.kill();
        let _ = self.program.wait();
        let _ = Command::new("umount").arg(self.path()).output();
    }
}
