//! The named pipe of a guardian.
#![cfg(windows)]

mod support;

use std::io::ErrorKind;

use outlast_model::Pid;
use outlast_os::endpoint::{Address, Listener, address, connect};
use support::in_time;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn own_address() -> (tempfile::TempDir, Address) {
    let dir = tempfile::tempdir().expect("a folder");
    let address = address(dir.path());
    (dir, address)
}

#[tokio::test]
async fn bytes_go_both_ways_until_one_end_is_dropped() {
    let (_dir, address) = own_address();
    let mut listener = Listener::bind(&address).expect("free");
    let mut client = connect(&address).await.expect("there");
    let (mut server, peer) = in_time(listener.accept()).await.expect("accepted");
    assert_eq!(peer.pid, Some(Pid(std::process::id())));
    assert!(peer.user.is_some_and(|user| user.starts_with("S-1-")));
    client.write_all(b"question").await.expect("written");
    let mut question = [0; 8];
    server.read_exact(&mut question).await.expect("read");
    server.write_all(b"answer").await.expect("written");
    drop(server);
    let mut answer = String::new();
    in_time(client.read_to_string(&mut answer))
        .await
        .expect("read");
    assert_eq!(answer, "answer");
}

#[tokio::test]
async fn a_second_guardian_cannot_listen_at_the_same_address() {
    let (_dir, address) = own_address();
    let first = Listener::bind(&address).expect("free");
    let error = Listener::bind(&address).expect_err("taken");
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    drop(first);
    Listener::bind(&address).expect("free again");
}

#[tokio::test]
async fn nobody_there_is_not_found() {
    let (_dir, address) = own_address();
    let error = connect(&address).await.expect_err("nobody");
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn clients_that_come_together_are_all_served() {
    let (_dir, address) = own_address();
    let mut listener = Listener::bind(&address).expect("free");
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let address = address.clone();
            tokio::spawn(async move { connect(&address).await.map(drop) })
        })
        .collect();
    for _ in 0..8 {
        in_time(listener.accept()).await.expect("accepted");
    }
    for client in clients {
        in_time(client).await.expect("no panic").expect("connected");
    }
}

#[tokio::test]
async fn a_client_that_left_at_once_does_not_stop_the_others() {
    let (_dir, address) = own_address();
    let mut listener = Listener::bind(&address).expect("free");
    drop(connect(&address).await.expect("there"));
    let later = tokio::spawn(async move { connect(&address).await });
    // The first one may or may not be seen.
    let mut accepted = 0;
    while accepted < 2 && !later.is_finished() {
        in_time(listener.accept()).await.expect("accepted");
        accepted += 1;
    }
    in_time(later).await.expect("no panic").expect("connected");
}
