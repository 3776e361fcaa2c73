//! A program that is given sockets by `sd_listen_fds(3)`.
#![cfg(unix)]

mod support;

use std::ffi::OsString;
use std::net::{SocketAddr, TcpListener};

use outlast_model::socket::{Address, Socket as Definition};
use outlast_model::{Limits, ServiceName};
use outlast_os::pipe::{self, Moved};
use outlast_os::process::{Handed, Output, Spawn};
use outlast_os::socket::Socket;
use outlast_os::tree::Forest;
use support::{Moody, example};

fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound")
}

fn open(address: Address) -> Socket {
    let definition = Definition {
        name: String::new(),
        address,
        backlog: None,
        reuse_port: false,
    };
    Socket::open(&definition, None).expect("it is free")
}

#[tokio::test]
async fn each_is_taken_once_by_its_name_or_with_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let (http, names) = (free_port(), free_port());
    let sockets = [
        Address::Unix { path, mode: 0o600 },
        Address::Udp(names),
        Address::Tcp(http),
    ]
    .map(open);
    let handed: Vec<Handed<'_>> = sockets.iter().map(Socket::hand).collect();
    let forest = Forest::open(&format!("taken-{}", std::process::id())).expect("a forest");
    tokio::spawn(forest.tend());
    let tree = forest.tree(&ServiceName::new("it").expect("valid"));
    let environment: Vec<(OsString, OsString)> = vec![
        ("LISTEN_FDS".into(), "3".into()),
        ("LISTEN_FDNAMES".into(), "admin:names:http".into()),
    ];
    let (reader, writer) = pipe::pair().expect("a pipe");
    let process = tree
        .spawn(&Spawn {
            program: &example("moody_service"),
            arguments: &["takes-sockets".into()],
            environment: &environment,
            dir: folder.path(),
            logon: None,
            stdout: Output::Pipe(&writer),
            stderr: Output::Inherit,
            handed: &handed,
            sandbox: None,
            umask: None,
            capabilities: None,
            limits: &Limits::default(),
        })
        .expect("it starts");
    drop(writer);
    let source = reader.register().expect("a runtime is there");
    let mut said = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match source.read(&mut buffer).expect("it can be read") {
            Moved::Bytes(count) => said.extend_from_slice(&buffer[..count]),
            Moved::Empty => source.readable().await.expect("it can be waited for"),
            Moved::End => break,
        }
    }
    process.exited().await;
    tree.remove();
    forest.close();
    let expected = format!("Some(Ok({http}))\nNone\nadmin true\nnames Ok({names})\n[]\n");
    assert_eq!(String::from_utf8(said).expect("text"), expected);
}

#[test]
fn who_is_given_nothing_has_nothing() {
    let moody = Moody::start("takes-sockets", &[("LISTEN_FDS", "1")]);
    for line in ["None", "None", "[]"] {
        assert_eq!(moody.next_line(), line);
    }
}
