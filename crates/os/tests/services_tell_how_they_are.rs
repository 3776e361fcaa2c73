//! The socket for `sd_notify(3)`: what is sent, by whom, and what becomes of
//! descriptors.
#![cfg(target_os = "linux")]

mod support;

use std::io::{IoSlice, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use outlast_model::Pid;
use outlast_model::health::Notice;
use outlast_os::notify_socket::message::MAX_MESSAGE;
use outlast_os::notify_socket::{Messages, NotifySocket, Received};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use support::{all_means, count_reaches, exit_of, forest, in_time, read_line, service, victim};

struct Pair {
    messages: Messages,
    sender: UnixDatagram,
}

impl Pair {
    fn new() -> Self {
        let socket = NotifySocket::bind(None).expect("a socket");
        let name = socket.name();
        let name = name
            .as_bytes()
            .strip_prefix(b"@")
            .expect("an abstract name");
        let address = SocketAddr::from_abstract_name(name).expect("a name");
        let sender = UnixDatagram::unbound().expect("a socket");
        sender.connect_addr(&address).expect("somebody listens");
        let messages = socket.listen().expect("a runtime is there");
        Self { messages, sender }
    }

    async fn next(&mut self) -> Received {
        in_time(self.messages.next()).await.expect("a message")
    }

    fn pass(&self, text: &str, descriptors: &[BorrowedFd<'_>]) {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(253))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        assert!(control.push(SendAncillaryMessage::ScmRights(descriptors)));
        let text = [IoSlice::new(text.as_bytes())];
        sendmsg(&self.sender, &text, &mut control, SendFlags::empty()).expect("sent");
    }
}

/// How many descriptors this process has open.
fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd")
        .expect("Linux has it")
        .count()
}

#[tokio::test]
async fn the_kernel_says_who_has_sent_a_message() {
    let mut pair = Pair::new();
    pair.sender.send(b"READY=1\nSTATUS=at work").expect("sent");
    let received = pair.next().await;
    assert_eq!(received.sender, Some(Pid(std::process::id())));
    let message = received.message.expect("it is short");
    let expected = [Notice::Ready, Notice::Status("at work".to_owned())];
    assert_eq!(message.notices, expected);
    assert!(received.passed.is_empty());
}

#[tokio::test]
async fn names_differ_and_nothing_is_left_on_a_disk() {
    let [one, two] = [(); 2].map(|()| NotifySocket::bind(None).expect("a socket"));
    assert_ne!(one.name(), two.name());
    assert!(one.name().as_bytes().starts_with(b"@"));
}

#[tokio::test]
async fn a_message_beyond_its_bound_says_nothing_and_the_next_is_heard() {
    let mut pair = Pair::new();
    pair.sender
        .send(&vec![b'x'; MAX_MESSAGE + 1])
        .expect("sent");
    pair.sender.send(b"READY=1").expect("sent");
    assert!(pair.next().await.message.is_none());
    let next = pair.next().await.message.expect("it is short");
    assert_eq!(next.notices, [Notice::Ready]);
}

#[tokio::test]
async fn a_barrier_is_passed_when_its_descriptor_is_dropped() {
    let mut pair = Pair::new();
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    pair.pass("BARRIER=1", &[writer.as_fd()]);
    drop(writer);
    let received = pair.next().await;
    assert!(received.message.expect("it is short").is_barrier);
    assert!(!received.passed.is_empty());
    drop(received.passed);
    let read = reader.read(&mut [0]).expect("nobody holds the other end");
    assert_eq!(read, 0);
}

#[tokio::test]
async fn descriptors_do_not_pile_up() {
    let mut pair = Pair::new();
    let file = std::fs::File::open("/dev/null").expect("it is there");
    let before = open_descriptors();
    for _ in 0..50 {
        let many = vec![file.as_fd(); 200];
        pair.pass("FDSTORE=1", &many);
        assert!(pair.next().await.message.expect("short").store.is_some());
    }
    // Other tests of this program open and close some meanwhile.
    let after = open_descriptors();
    assert!(after < before + 50, "{before} before, {after} after");
}

#[tokio::test]
async fn whoever_a_service_starts_is_in_its_tree_and_nobody_else() {
    for means in all_means() {
        let forest = forest("contains", means);
        let (tree, other) = (forest.tree(&service("it")), forest.tree(&service("other")));
        let (process, source) = victim(&["six"]).talking(&tree).expect("it starts");
        assert_eq!(read_line(&source).await, "ready");
        count_reaches(&tree, 7).await;
        for member in tree.processes().expect("listed") {
            assert!(tree.contains(member), "{means:?}: {member}");
            assert!(!other.contains(member), "{means:?}: {member}");
        }
        for stranger in [std::process::id(), 1, u32::MAX] {
            assert!(!tree.contains(Pid(stranger)), "{means:?}: {stranger}");
        }
        tree.kill().expect("killed");
        exit_of(process).await;
        in_time(tree.emptied()).await.expect("it empties");
    }
}
