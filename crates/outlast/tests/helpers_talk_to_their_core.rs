//! A service and its helpers, over a channel that a guardian has made. All of
//! them are this user's here; that others are refused is shown by
//! `crates/os/tests/the_channel_refuses_others.rs`.

use std::error::Error as _;
use std::io::ErrorKind;
use std::time::Duration;

use outlast::channel::{
    Connection, ConnectionEvent, Ended, Listener, ListenerEvent, OpenError, Options, Peer,
    SendError,
};
use outlast_model::ServiceName;
use outlast_os::account::Account;
use outlast_os::channel::{self as os, Admission, Channel};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A test that waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the guardian does.
struct Guardian {
    channel: Channel,
    own: Account,
    _state: tempfile::TempDir,
}

impl Guardian {
    fn new() -> Self {
        let state = tempfile::tempdir().expect("a temporary folder");
        let core = ServiceName::new("core").expect("valid");
        Self {
            channel: Channel::make(state.path(), &core, None).expect("made"),
            own: Account::current().expect("whoever runs tests has an account"),
            _state: state,
        }
    }

    fn admit(&self) -> Admission {
        self.channel.admit(&self.own).expect("admitted")
    }

    fn options(&self) -> Options {
        Options::new().address(self.channel.address())
    }

    fn listen(&self) -> Listener {
        self.options().listen().expect("it is its core")
    }

    fn connect(&self) -> Connection {
        self.options().connect().expect("it has an address")
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        let _ = self.channel.remove();
    }
}

fn heard(listener: &mut Listener) -> ListenerEvent {
    listener.wait_timeout(PATIENCE).expect("it happens in time")
}

fn told(connection: &mut Connection) -> ConnectionEvent {
    let event = connection.wait_timeout(PATIENCE);
    event.expect("it happens in time")
}

fn joined(listener: &mut Listener) -> Peer {
    match heard(listener) {
        ListenerEvent::Joined(peer) => peer,
        other => panic!("nobody has joined: {other:?}"),
    }
}

/// Whatever there is before it: nobody listens yet, for example.
fn connected(connection: &mut Connection) {
    while !matches!(told(connection), ConnectionEvent::Connected) {}
}

fn message(connection: &mut Connection) -> Vec<u8> {
    match told(connection) {
        ConnectionEvent::Message(message) => message,
        other => panic!("no message: {other:?}"),
    }
}

#[test]
fn messages_arrive_as_they_were_sent_and_the_core_knows_from_whom() {
    let guardian = Guardian::new();
    let _admission = guardian.admit();
    let mut listener = guardian.listen();
    let mut helper = guardian.connect();
    let peer = joined(&mut listener);
    connected(&mut helper);
    assert_eq!(peer.user(), guardian.own.id());
    assert_eq!(listener.peers(), std::slice::from_ref(&peer));
    let messages = [Vec::new(), b"a".to_vec(), vec![7; 1 << 20]];
    for sent in &messages {
        peer.send(sent).expect("there is room");
        assert_eq!(&message(&mut helper), sent);
        helper.send(sent).expect("there is room");
        match heard(&mut listener) {
            ListenerEvent::Message(from, arrived) => assert_eq!((&from, &arrived), (&peer, sent)),
            other => panic!("no message: {other:?}"),
        }
    }
    helper.send(b"last words").expect("there is room");
    assert!(helper.sender().flush(PATIENCE));
    drop(helper);
    assert!(
        matches!(heard(&mut listener), ListenerEvent::Message(_, last) if last == b"last words")
    );
    assert!(
        matches!(heard(&mut listener), ListenerEvent::Left(gone, Ended::Closed) if gone == peer)
    );
    assert_eq!(peer.send(b"too late"), Err(SendError::NotConnected));
    assert!(listener.peers().is_empty());
}

#[test]
fn a_program_with_a_runtime_awaits_both() {
    let guardian = Guardian::new();
    let _admission = guardian.admit();
    let (mut listener, mut helper) = (guardian.listen(), guardian.connect());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let ListenerEvent::Joined(peer) = listener.next().await else {
            panic!("nobody has joined");
        };
        peer.send(b"hello").expect("there is room");
        while !matches!(helper.next().await, ConnectionEvent::Message(said) if said == b"hello") {}
    });
}

#[test]
fn a_helper_goes_on_when_its_core_is_started_again() {
    let guardian = Guardian::new();
    let _admission = guardian.admit();
    let mut helper = guardian.connect();
    let why = told(&mut helper);
    assert!(
        matches!(why, ConnectionEvent::Disconnected(Ended::Unreachable(_))),
        "nobody listens yet, which is told: {why:?}"
    );
    for round in 0..3_u8 {
        let mut listener = guardian.listen();
        let peer = joined(&mut listener);
        assert!(matches!(told(&mut helper), ConnectionEvent::Connected));
        peer.send(&[round]).expect("there is room");
        assert_eq!(message(&mut helper), [round]);
        drop(listener);
        let why = told(&mut helper);
        assert!(
            matches!(why, ConnectionEvent::Disconnected(Ended::Closed)),
            "{why:?}"
        );
        assert_eq!(helper.send(b"lost"), Err(SendError::NotConnected));
    }
}

#[test]
fn who_is_not_admitted_is_told_so_and_let_in_when_he_is() {
    let guardian = Guardian::new();
    let mut listener = guardian.listen();
    let mut helper = guardian.connect();
    let why = told(&mut helper);
    if cfg!(windows) {
        let ConnectionEvent::Disconnected(Ended::Unreachable(error)) = why else {
            panic!("there is no pipe for him: {why:?}");
        };
        assert_eq!(error.kind(), ErrorKind::NotFound);
    } else {
        let ConnectionEvent::Disconnected(Ended::Refused) = why else {
            panic!("let in: {why:?}");
        };
        let ListenerEvent::Refused(refusal) = heard(&mut listener) else {
            panic!("the core is not told");
        };
        assert_eq!(refusal.user(), guardian.own.id());
        assert!(listener.refusals() > 0);
    }
    let _admission = guardian.admit();
    assert!(matches!(told(&mut helper), ConnectionEvent::Connected));
}

#[test]
fn a_helper_that_does_not_read_holds_up_nobody() {
    let guardian = Guardian::new();
    let _admission = guardian.admit();
    let mut listener = guardian.listen();
    let (mut slow, mut quick) = (guardian.connect(), guardian.connect());
    let peers = [joined(&mut listener), joined(&mut listener)];
    for helper in [&mut slow, &mut quick] {
        connected(helper);
    }
    // Which of them is which is known by what it answers.
    quick.send(b"quick").expect("there is room");
    let ListenerEvent::Message(to_quick, _) = heard(&mut listener) else {
        panic!("no message");
    };
    let to_slow = peers.into_iter().find(|peer| *peer != to_quick);
    let to_slow = to_slow.expect("the other");
    let mut taken: u32 = 0;
    let full = loop {
        let numbered = [&taken.to_be_bytes()[..], &[0; 100_000]].concat();
        match to_slow.send(&numbered) {
            Ok(()) => taken += 1,
            Err(error) => break error,
        }
        // Four messages of the greatest length wait here, and as many there.
        assert!(taken < 1_000, "there is no bound");
    };
    assert_eq!(full, SendError::Full);
    to_quick.send(b"still there").expect("there is room");
    assert_eq!(message(&mut quick), b"still there");
    for number in 0..taken {
        assert_eq!(message(&mut slow)[..4], number.to_be_bytes());
    }
    assert!(to_slow.flush(PATIENCE));
    to_slow.send(b"again").expect("there is room again");
    assert_eq!(message(&mut slow), b"again");
}

#[test]
fn a_helper_that_does_not_read_can_be_sent_away() {
    let guardian = Guardian::new();
    let _admission = guardian.admit();
    let mut listener = guardian.listen();
    let mut helper = guardian.connect();
    let peer = joined(&mut listener);
    while peer.send(&[0; 100_000]).is_ok() {}
    peer.close();
    let left = heard(&mut listener);
    assert!(
        matches!(&left, ListenerEvent::Left(gone, Ended::ClosedHere) if *gone == peer),
        "{left:?}"
    );
    // What had arrived is there, and then it is connected anew.
    while !matches!(told(&mut helper), ConnectionEvent::Disconnected(_)) {}
    connected(&mut helper);
}

#[test]
fn a_message_that_is_too_long_ends_the_connection() {
    let guardian = Guardian::new();
    let _admission = guardian.admit();
    let mut listener = guardian.options().max_message(16).listen().expect("ours");
    let mut helper = guardian.connect();
    let peer = joined(&mut listener);
    connected(&mut helper);
    let refused = peer.send(&[0; 17]).expect_err("too long");
    assert_eq!(
        refused,
        SendError::TooLong {
            length: 17,
            limit: 16
        }
    );
    helper.send(&[0; 17]).expect("this end allows it");
    let left = heard(&mut listener);
    assert!(
        matches!(
            left,
            ListenerEvent::Left(
                _,
                Ended::TooLong {
                    length: 17,
                    limit: 16
                }
            )
        ),
        "{left:?}"
    );
    let why = told(&mut helper);
    assert!(
        matches!(why, ConnectionEvent::Disconnected(Ended::Closed)),
        "{why:?}"
    );
    assert!(matches!(told(&mut helper), ConnectionEvent::Connected));
}

#[test]
fn a_user_s_connections_are_counted() {
    let guardian = Guardian::new();
    let _admission = guardian.admit();
    let mut listener = guardian.listen();
    let mut helpers: Vec<_> = (0..16)
        .map(|_| {
            let helper = guardian.connect();
            joined(&mut listener);
            helper
        })
        .collect();
    let mut last = guardian.connect();
    let refused = heard(&mut listener);
    assert!(matches!(refused, ListenerEvent::Refused(_)), "{refused:?}");
    let why = told(&mut last);
    assert!(
        matches!(why, ConnectionEvent::Disconnected(Ended::Refused)),
        "{why:?}"
    );
    helpers.pop();
    // Until it is known that one has left, the last one may be refused again.
    while !matches!(heard(&mut listener), ListenerEvent::Joined(_)) {}
    connected(&mut last);
}

#[test]
fn a_peer_that_speaks_nonsense_or_in_pieces_costs_itself_only() {
    let guardian = Guardian::new();
    let _admission = guardian.admit();
    let mut listener = guardian.listen();
    let address = guardian.channel.address();
    // On Windows a connection that was dropped is closed by the runtime only.
    let said = |bytes: &'static [u8]| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let connection = runtime.block_on(async {
            // On Windows the pipe is there a moment after the listener.
            let mut connection = loop {
                match os::connect(address).await {
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    connected => break connected.expect("admitted"),
                }
            };
            let mut greeting = [0; 8];
            connection.read_exact(&mut greeting).await.expect("greeted");
            assert_eq!(&greeting, b"outlast1");
            for byte in bytes {
                connection.write_all(&[*byte]).await.expect("written");
                connection.flush().await.expect("written");
            }
            connection
        });
        (connection, runtime)
    };
    drop(said(b"\0\0\0"));
    joined(&mut listener);
    assert!(matches!(
        heard(&mut listener),
        ListenerEvent::Left(_, Ended::Closed)
    ));
    drop(said(b"\0\0\0\x05half"));
    joined(&mut listener);
    assert!(matches!(
        heard(&mut listener),
        ListenerEvent::Left(_, Ended::Closed)
    ));
    let _endless = said(b"\xff\xff\xff\xff");
    joined(&mut listener);
    assert!(matches!(
        heard(&mut listener),
        ListenerEvent::Left(_, Ended::TooLong { .. })
    ));
    let _whole = said(b"\0\0\0\x05whole");
    joined(&mut listener);
    assert!(matches!(heard(&mut listener), ListenerEvent::Message(_, whole) if whole == b"whole"));
}

#[test]
fn without_a_guardian_it_is_said_that_there_is_none() {
    let error = outlast::channel::connect().expect_err("tests have no guardian");
    assert!(matches!(error, OpenError::NotGiven), "{error:?}");
    let error = outlast::channel::listen().expect_err("tests have no guardian");
    assert!(error.to_string().contains("OUTLAST_CHANNEL"), "{error}");
    let missing = Options::new().address("/no/such/channel").listen();
    let error = missing.expect_err("there is no such folder");
    assert!(error.source().is_some(), "{error}");
}
