//! A named pipe for messages ("Named Pipe Type, Read, and Wait Modes",
//! Microsoft): what was written in one call is read in one, as a datagram is, so
//! that any language says something by writing to a file of this name.
//!
//! A pipe is several instances, one for each client. Some always wait for the
//! next, as a client that finds none is refused and would have to try again.

use std::ffi::OsString;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::net::windows::named_pipe::{NamedPipeServer, PipeMode, ServerOptions};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::{AbortHandle, JoinSet};

use super::Received;
use super::message::{MAX_MESSAGE, parse};
use crate::account::Account;
use crate::account::windows::Descriptor;
use crate::endpoint::windows::pid_of_client;
use crate::pipe::{Moved, PipeSource};

/// How many instances wait for a client.
const WAITING: usize = 4;

/// How many there are at the most: who opens more finds the pipe busy until one
/// of them is closed.
const MOST: usize = 64;

#[derive(Debug)]
pub(super) struct NotifySocket {
    door: Door,
    waiting: Vec<NamedPipeServer>,
}

/// A name, and who may come in.
#[derive(Debug)]
struct Door {
    name: OsString,
    descriptor: Descriptor,
}

/// Closes all instances when it is dropped.
#[derive(Debug)]
pub(super) struct Messages {
    heard: Receiver<Received>,
    keeper: AbortHandle,
}

/// Nothing comes with a message.
#[derive(Debug)]
pub(crate) struct Passed;

/// What became of an instance.
enum Instance {
    Connected(NamedPipeServer),
    /// Nobody came.
    Broken,
    /// Its client has closed it, or was refused.
    Ended,
}

impl NotifySocket {
    pub(super) fn bind(sender: Option<&Account>) -> io::Result<Self> {
        let sender = sender.map(Account::id);
        let door = Door {
            name: unused_name(),
            descriptor: Descriptor::of_pipe_written_by(sender.as_deref())?,
        };
        let mut waiting = vec![door.first()?];
        while waiting.len() < WAITING {
            waiting.push(door.further()?);
        }
        Ok(Self { door, waiting })
    }

    pub(super) fn name(&self) -> OsString {
        self.door.name.clone()
    }

    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    pub(super) fn listen(self) -> io::Result<Messages> {
        // Who says much waits for the reader.
        let (tell, heard) = mpsc::channel(1);
        let keeper = tokio::spawn(keep(self.door, self.waiting, tell)).abort_handle();
        Ok(Messages { heard, keeper })
    }
}

/// Not a secret, as everybody can list pipes; but nobody can be there before.
fn unused_name() -> OsString {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    let random = RandomState::new().hash_one(count);
    let process = std::process::id();
    format!(r"\\.\pipe\outlast-notify-{process}-{count}-{random:016x}").into()
}

impl Door {
    /// Refused when somebody else has a pipe of this name.
    fn first(&self) -> io::Result<NamedPipeServer> {
        self.instance(ServerOptions::new().first_pipe_instance(true))
    }

    fn further(&self) -> io::Result<NamedPipeServer> {
        self.instance(&mut ServerOptions::new())
    }

    fn instance(&self, options: &mut ServerOptions) -> io::Result<NamedPipeServer> {
        let mut attributes = self.descriptor.attributes();
        options
            .pipe_mode(PipeMode::Message)
            .access_outbound(false)
            .reject_remote_clients(true)
            .max_instances(MOST);
        // SAFETY: the attributes are valid, and so is the descriptor that they
        // point to; both outlive the call.
        unsafe {
            options.create_with_security_attributes_raw(&self.name, (&raw mut attributes).cast())
        }
    }
}

impl Messages {
    pub(super) async fn next(&mut self) -> io::Result<Received> {
        let next = self.heard.recv().await;
        next.ok_or_else(|| io::Error::other("the system has no more instances of the pipe"))
    }
}

impl Drop for Messages {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl Passed {
    #[expect(clippy::unused_self, reason = "elsewhere there are some")]
    pub(super) const fn is_empty(&self) -> bool {
        true
    }
}

/// Replaces each instance that has found its client. When there are as many as
/// may be, the next is made once one of them has ended.
async fn keep(door: Door, waiting: Vec<NamedPipeServer>, tell: Sender<Received>) {
    let mut free = waiting.len();
    let mut instances: JoinSet<Instance> = waiting.into_iter().map(connected).collect();
    while let Some(instance) = instances.join_next().await {
        match instance {
            Ok(Instance::Connected(pipe)) => {
                free -= 1;
                instances.spawn(hear(pipe, tell.clone()));
            }
            Ok(Instance::Broken) => free -= 1,
            Ok(Instance::Ended) | Err(_) => {}
        }
        while free < WAITING
            && let Ok(pipe) = door.further()
        {
            free += 1;
            instances.spawn(connected(pipe));
        }
    }
}

/// A client that has come and gone meanwhile is one, too: what it has said can be
/// read.
async fn connected(pipe: NamedPipeServer) -> Instance {
    match pipe.connect().await {
        Ok(()) => Instance::Connected(pipe),
        Err(_) => Instance::Broken,
    }
}

/// Passes on what a client says until it closes, or says too much.
async fn hear(pipe: NamedPipeServer, tell: Sender<Received>) -> Instance {
    let sender = pid_of_client(&pipe);
    let pipe = PipeSource::from(pipe);
    while let Ok(text) = read(&pipe).await {
        // What fills the buffer may go on, and its rest would look like a message
        // of its own: the client has to connect again.
        let is_whole = text.len() < MAX_MESSAGE;
        let received = Received {
            sender,
            message: is_whole.then(|| parse(&text)),
            passed: super::Passed(Passed),
        };
        if text.is_empty() || tell.send(received).await.is_err() || !is_whole {
            break;
        }
    }
    Instance::Ended
}

/// One message; empty when there will never be one again.
async fn read(pipe: &PipeSource) -> io::Result<Vec<u8>> {
    // tokio reads from the pipe what this has place for, and at least 4 KiB.
    let mut text = vec![0; MAX_MESSAGE];
    loop {
        pipe.readable().await?;
        match pipe.read(&mut text)? {
            Moved::Bytes(length) => {
                text.truncate(length);
                return Ok(text);
            }
            Moved::Empty => {}
            Moved::End => return Ok(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{File, OpenOptions};
    use std::io::Write as _;
    use std::time::Duration;

    use outlast_model::Pid;
    use outlast_model::health::Notice;
    use tokio::time::timeout;

    use super::super::{Messages, NotifySocket, Received};
    use super::*;

    /// A listener of this process's own account, and the name of its pipe.
    fn listen() -> (Messages, OsString) {
        let socket = NotifySocket::bind(None).expect("a pipe");
        let name = socket.name();
        (socket.listen().expect("a runtime is there"), name)
    }

    async fn next(messages: &mut Messages) -> Received {
        let next = timeout(Duration::from_secs(30), messages.next()).await;
        next.expect("it comes in time").expect("it is heard")
    }

    async fn notices(messages: &mut Messages) -> Vec<Notice> {
        next(messages).await.message.expect("it is short").notices
    }

    fn client(name: &OsString) -> File {
        let opened = OpenOptions::new().write(true).open(name);
        opened.expect("an instance waits")
    }

    fn say(name: &OsString, text: &[u8]) {
        client(name).write_all(text).expect("sent");
    }

    #[tokio::test]
    async fn each_write_is_a_message_and_its_sender_is_known() {
        let (mut messages, name) = listen();
        let mut client = client(&name);
        client.write_all(b"READY=1\nSTATUS=at work").expect("sent");
        client.write_all(b"WATCHDOG=1\r\n").expect("sent");
        let first = next(&mut messages).await;
        assert_eq!(first.sender, Some(Pid(std::process::id())));
        assert!(first.passed.is_empty());
        let expected = [Notice::Ready, Notice::Status("at work".to_owned())];
        assert_eq!(first.message.expect("it is short").notices, expected);
        assert_eq!(notices(&mut messages).await, [Notice::Alive]);
    }

    #[tokio::test]
    async fn who_opens_it_writes_and_closes_it_is_heard() {
        let (mut messages, name) = listen();
        for _ in 0..3 * WAITING {
            say(&name, b"WATCHDOG=1");
            assert_eq!(notices(&mut messages).await, [Notice::Alive]);
        }
    }

    #[tokio::test]
    async fn what_was_said_before_anybody_listened_is_heard() {
        let socket = NotifySocket::bind(None).expect("a pipe");
        say(&socket.name(), b"READY=1");
        let mut messages = socket.listen().expect("a runtime is there");
        assert_eq!(notices(&mut messages).await, [Notice::Ready]);
    }

    #[tokio::test]
    async fn clients_do_not_wait_for_each_other() {
        let (mut messages, name) = listen();
        let mut clients = Vec::new();
        for number in 0..3 * WAITING {
            let mut client = client(&name);
            let text = format!("ERRNO={number}");
            client.write_all(text.as_bytes()).expect("sent");
            let number = i32::try_from(number).expect("small");
            assert_eq!(notices(&mut messages).await, [Notice::Errno(number)]);
            clients.push(client);
        }
        // The first is heard still.
        clients[0].write_all(b"STOPPING=1").expect("sent");
        assert_eq!(notices(&mut messages).await, [Notice::Stopping]);
    }

    #[tokio::test]
    async fn a_message_beyond_its_bound_says_nothing_and_nothing_of_its_rest_is_heard() {
        let (mut messages, name) = listen();
        for length in [MAX_MESSAGE, MAX_MESSAGE + 8, 5 * MAX_MESSAGE] {
            let mut long = vec![b'x'; length - 8];
            long.extend(b"\nREADY=1");
            say(&name, &long);
            assert!(next(&mut messages).await.message.is_none(), "{length}");
            let mut longest = b"READY=1\n".to_vec();
            longest.resize(MAX_MESSAGE - 1, b'x');
            say(&name, &longest);
            assert_eq!(notices(&mut messages).await, [Notice::Ready], "{length}");
        }
    }

    #[tokio::test]
    async fn who_is_not_listened_to_any_more_is_told() {
        let (messages, name) = listen();
        let mut client = client(&name);
        drop(messages);
        let refused = async {
            while client.write_all(b"WATCHDOG=1").is_ok() {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(30), refused)
            .await
            .expect("all instances are closed");
        assert!(OpenOptions::new().write(true).open(&name).is_err());
    }

    #[tokio::test]
    async fn names_differ() {
        let [one, two] = [(); 2].map(|()| NotifySocket::bind(None).expect("a pipe"));
        assert_ne!(one.name(), two.name());
    }
}
