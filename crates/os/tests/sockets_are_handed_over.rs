//! Sockets that are open before a process runs, and what it finds of them.
#![cfg(unix)]

mod support;

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use outlast_model::socket::{Address, Socket as Definition};
use outlast_os::pipe;
use outlast_os::process::{Handed, Output, Spawn};
use outlast_os::socket::Socket;
use outlast_os::tree::Means;
use support::{all_means, forest, read_to_end, service, victim};

fn definition(address: Address) -> Definition {
    Definition {
        name: "it".to_owned(),
        address,
        backlog: None,
        reuse_port: false,
    }
}

fn tcp(at: SocketAddr) -> Definition {
    definition(Address::Tcp(at))
}

fn unix(path: &Path, mode: u32) -> Definition {
    let path = path.to_owned();
    definition(Address::Unix { path, mode })
}

/// One at which nobody listens now.
fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound")
}

fn open(definition: &Definition) -> Socket {
    Socket::open(definition, None).unwrap_or_else(|failure| panic!("{failure:?}"))
}

fn refusal(definition: &Definition) -> String {
    let failure = Socket::open(definition, None).expect_err("it cannot be opened");
    failure.message
}

async fn given(handed: &[Handed<'_>], variables: &[(&str, &str)], means: Means) -> String {
    let tree = forest("given", means).tree(&service("given"));
    let mut start = victim(&["given"]);
    let variables = variables.iter();
    start.environment = variables
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let (reader, writer) = pipe::pair().expect("a pipe");
    let spawn = Spawn {
        handed,
        ..start.spawn(Output::Pipe(&writer))
    };
    let process = tree.spawn(&spawn).expect("it starts");
    drop(writer);
    let said = read_to_end(&reader.register().expect("a runtime is there")).await;
    process.exited().await;
    tree.remove();
    String::from_utf8(said).expect("it is text")
}

#[tokio::test]
async fn a_process_finds_them_in_order_and_is_meant_by_its_own_number() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("deep/er/socket");
    let (first, second) = (free_port(), free_port());
    let sockets = [tcp(first), unix(&path, 0o600), tcp(second)].map(|it| open(&it));
    // Backwards, so that each number is taken by another before.
    let handed: Vec<Handed<'_>> = sockets.iter().rev().map(Socket::hand).collect();
    let variables = [
        ("LISTEN_FDS", "3"),
        ("LISTEN_FDNAMES", "b:u:a"),
        ("LISTEN_PID", "1"),
    ];
    for means in all_means() {
        let said = given(&handed, &variables, means).await;
        let expected = format!(
            "for me: true\nb {second}\nu {}\na {first}\n",
            path.display()
        );
        assert_eq!(said, expected, "{means:?}");
    }
}

#[tokio::test]
async fn who_is_given_nothing_is_not_meant() {
    let said = given(&[], &[], Means::Best).await;
    assert_eq!(said, "for me: false\n");
}

#[test]
fn who_connects_waits_until_it_is_closed() {
    let at = free_port();
    let socket = open(&tcp(at));
    let _waits = TcpStream::connect(at).expect("it is open");
    drop(socket);
    let refused = TcpStream::connect(at).expect_err("it is closed");
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    // At once, whatever became of the connection.
    open(&tcp(at));
}

#[test]
fn datagrams_wait_too() {
    let at = free_port();
    let _socket = open(&definition(Address::Udp(at)));
    let refused = UdpSocket::bind(at).expect_err("it is there");
    assert_eq!(refused.kind(), io::ErrorKind::AddrInUse);
}

#[test]
fn two_share_a_port_if_both_say_so() {
    let at = free_port();
    let shared = Definition {
        reuse_port: true,
        ..tcp(at)
    };
    let _one = open(&shared);
    let _other = open(&shared);
    refusal(&tcp(at));
}

#[test]
fn a_file_has_the_mode_that_was_asked_for_and_goes_with_the_socket() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    for mode in [0o600, 0o666] {
        let socket = open(&unix(&path, mode));
        let found = path.symlink_metadata().expect("it is there");
        assert_eq!(found.permissions().mode() & 0o777, mode);
        UnixStream::connect(&path).expect("it takes connections");
        drop(socket);
        assert!(!path.exists());
    }
}

#[test]
fn only_what_nobody_listens_at_any_more_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let listens = UnixListener::bind(&path).expect("it is free");
    assert!(refusal(&unix(&path, 0o600)).contains("already"));
    drop(listens);
    assert!(
        path.symlink_metadata()
            .expect("left behind")
            .file_type()
            .is_socket()
    );
    drop(open(&unix(&path, 0o600)));
    std::fs::write(&path, "precious").expect("written");
    assert!(refusal(&unix(&path, 0o600)).contains("left alone"));
    assert_eq!(std::fs::read(&path).expect("still there"), b"precious");
}

#[test]
fn a_file_that_somebody_else_has_made_since_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let socket = open(&unix(&path, 0o600));
    std::fs::remove_file(&path).expect("removed");
    let _others = UnixListener::bind(&path).expect("it is free");
    drop(socket);
    assert!(path.exists());
}

#[cfg(target_os = "linux")]
#[test]
fn it_is_told_who_is_in_the_way() {
    let listener = TcpListener::bind("0.0.0.0:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    let wanted = tcp(SocketAddr::from(([127, 0, 0, 1], port)));
    let own = format!("process {}", std::process::id());
    // On a busy machine a look at all processes may be given up.
    let mut messages = (0..100).map(|_| refusal(&wanted));
    assert!(messages.any(|message| message.contains(&own)));
}
