//! Unix sockets of guardians.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;

use outlast_os::endpoint::{Listener, address, connect};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn both_ends_can_speak_and_know_each_other() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let address = address(dir.path());
    let mut listener = Listener::bind(&address).expect("bound");
    let client = tokio::spawn(async move {
        let mut connection = connect(&address).await.expect("connected");
        connection.write_all(b"hello").await.expect("written");
        connection.shutdown().await.expect("closed");
    });
    let (mut connection, peer) = listener.accept().await.expect("accepted");
    let mut said = String::new();
    connection.read_to_string(&mut said).await.expect("read");
    assert_eq!(said, "hello");
    assert!(peer.user.is_some());
    client.await.expect("no panic");
}

#[tokio::test]
async fn nobody_else_may_open_the_socket_and_a_stale_one_is_replaced() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let address = address(dir.path());
    drop(Listener::bind(&address).expect("bound"));
    connect(&address).await.expect_err("nobody listens");
    let _listener = Listener::bind(&address).expect("bound again");
    let mode = std::fs::metadata(address.to_string())
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_file_in_the_way_is_left_alone() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let address = address(dir.path());
    std::fs::write(address.to_string(), "precious").expect("written");
    Listener::bind(&address).expect_err("something is in the way");
    assert_eq!(
        std::fs::read(address.to_string()).expect("there"),
        b"precious"
    );
}

#[tokio::test]
async fn a_long_path_gets_a_short_address_that_works() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let deep = dir.path().join("x".repeat(120));
    std::fs::create_dir(&deep).expect("made");
    let short = address(&deep);
    assert!(short.to_string().len() <= 100, "{short}");
    assert_eq!(short, address(&deep));
    let _listener = Listener::bind(&short).expect("bound");
    connect(&short).await.expect("connected");
    let folder = std::path::PathBuf::from(short.to_string());
    std::fs::remove_file(&folder).expect("removed");
}
