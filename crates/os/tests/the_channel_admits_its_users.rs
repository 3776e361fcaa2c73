//! Both ends of a channel, as the user who is admitted.

mod support;

use std::ffi::{OsStr, OsString};
use std::io;

use outlast_os::channel::{Arrival, Connection, Listener, Peer, connect};
use support::channel::{Made, own};
use support::in_time;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn admitted(listener: &mut Listener) -> (Connection, Peer) {
    match in_time(listener.accept()).await.expect("it listens") {
        Arrival::Admitted(connection, peer) => (connection, peer),
        other => panic!("not admitted: {other:?}"),
    }
}

/// Tries until it is connected: who is admitted only now is let in only soon.
fn connecting(address: &OsStr) -> tokio::task::JoinHandle<io::Result<Connection>> {
    let address: OsString = address.to_owned();
    tokio::spawn(async move {
        loop {
            match connect(&address).await {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    tokio::task::yield_now().await;
                }
                connected => return connected,
            }
        }
    })
}

#[tokio::test]
async fn bytes_go_both_ways_and_the_core_knows_whose_they_are() {
    let made = Made::new(None);
    let _admission = made.channel.admit(&own()).expect("admitted");
    let mut listener = Listener::bind(made.address()).expect("bound");
    let helper = connecting(made.address());
    let (mut core, peer) = admitted(&mut listener).await;
    let mut helper = in_time(helper).await.expect("no panic").expect("connected");
    assert_eq!(peer.user, own().id());
    helper.write_all(b"question").await.expect("written");
    let mut question = [0; 8];
    in_time(core.read_exact(&mut question)).await.expect("read");
    core.write_all(b"answer").await.expect("written");
    drop(core);
    let mut answer = String::new();
    in_time(helper.read_to_string(&mut answer))
        .await
        .expect("read");
    assert_eq!((&question, answer.as_str()), (b"question", "answer"));
}

#[tokio::test]
async fn who_is_admitted_while_the_core_listens_is_let_in() {
    let made = Made::new(None);
    let mut listener = Listener::bind(made.address()).expect("bound");
    // It is waiting when the folder changes.
    let accepting = tokio::spawn(async move { admitted(&mut listener).await });
    tokio::task::yield_now().await;
    let _admission = made.channel.admit(&own()).expect("admitted");
    let helper = connecting(made.address());
    let (_core, peer) = in_time(accepting).await.expect("no panic");
    assert_eq!(peer.user, own().id());
    in_time(helper).await.expect("no panic").expect("connected");
}

#[tokio::test]
async fn a_core_that_is_started_again_listens_again() {
    let made = Made::new(None);
    let _admission = made.channel.admit(&own()).expect("admitted");
    for _ in 0..3 {
        let mut listener = Listener::bind(made.address()).expect("bound");
        let helper = connecting(made.address());
        drop(admitted(&mut listener).await);
        let mut helper = in_time(helper).await.expect("no panic").expect("connected");
        assert_eq!(in_time(helper.read(&mut [0])).await.expect("ended"), 0);
    }
}

#[tokio::test]
async fn helpers_that_come_together_are_all_let_in() {
    let made = Made::new(None);
    let _admission = made.channel.admit(&own()).expect("admitted");
    let mut listener = Listener::bind(made.address()).expect("bound");
    let helpers: Vec<_> = (0..8).map(|_| connecting(made.address())).collect();
    for _ in 0..8 {
        admitted(&mut listener).await;
    }
    for helper in helpers {
        in_time(helper).await.expect("no panic").expect("connected");
    }
}

#[tokio::test]
async fn nothing_is_at_an_address_that_no_guardian_has_made() {
    let made = Made::new(None);
    let mut nowhere = made.address().to_owned();
    nowhere.push("-gone");
    Listener::bind(&nowhere).expect_err("there is no folder");
    let error = connect(&nowhere).await.expect_err("nobody listens");
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}
