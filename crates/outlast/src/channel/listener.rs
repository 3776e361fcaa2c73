//! The core's end.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt;
use std::future::{pending, poll_fn};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use outlast_os::channel::{self as os, Arrival};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::sleep;

use super::conversation::{Delays, Orders, Outbox, converse, greet};
use super::error::{Ended, OpenError, SendError};
use super::options::{on_its_thread, runtime};
use crate::mailbox::Mailbox;

/// How many connections a user may have.
const PLACES: usize = 16;

/// How many tidings of refusals and troubles wait for the program; there are as
/// many as strangers like.
const TIDINGS: usize = 64;

/// How long nobody is taken after the system could not do it.
const RESPITE: Duration = Duration::from_secs(1);

/// What happens at a core's end. Later versions add to it.
#[derive(Debug)]
#[non_exhaustive]
pub enum ListenerEvent {
    /// A helper has connected.
    Joined(Peer),
    /// A helper has sent a message.
    Message(Peer, Vec<u8>),
    /// A helper is not connected any more.
    Left(Peer, Ended),
    /// Somebody was not let in. Windows refuses most of them itself, and tells
    /// nobody.
    Refused(Refusal),
    /// Somebody cannot connect though he may, or nobody can for a moment: what the
    /// system says. It goes on, and what failed is tried again.
    Trouble(io::Error),
}

/// Who was not let in, and why.
///
/// ```no_run
/// # fn example(refusal: outlast::channel::Refusal) {
/// println!("refused: {refusal}");
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    user: String,
    reason: Reason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    NotAdmitted,
    TooMany,
}

impl Refusal {
    /// The user's number, on Windows the security identifier (`S-1-…`).
    ///
    /// ```no_run
    /// # fn example(refusal: outlast::channel::Refusal) {
    /// println!("{} was refused", refusal.user());
    /// # }
    /// ```
    pub fn user(&self) -> &str {
        &self.user
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = &self.user;
        match self.reason {
            Reason::NotAdmitted => write!(f, "the guardian has no helper of user {user}'s"),
            Reason::TooMany => write!(f, "user {user} has {PLACES} connections already"),
        }
    }
}

/// A helper that has connected. Clones are the same.
#[derive(Clone, Debug)]
pub struct Peer(Arc<Known>);

#[derive(Debug)]
struct Known {
    number: u64,
    user: String,
    process: Option<u32>,
    outbox: Outbox,
}

impl Peer {
    /// The user's number, on Windows the security identifier (`S-1-…`). The
    /// operating system vouches for it.
    ///
    /// ```no_run
    /// # fn example(peer: &outlast::channel::Peer) {
    /// println!("user {}", peer.user());
    /// # }
    /// ```
    pub fn user(&self) -> &str {
        &self.0.user
    }

    /// The process that has connected, where the system tells: for showing only, as
    /// by now the number could be another's.
    ///
    /// ```no_run
    /// # fn example(peer: &outlast::channel::Peer) {
    /// println!("process {:?}", peer.process());
    /// # }
    /// ```
    pub fn process(&self) -> Option<u32> {
        self.0.process
    }

    /// Has `message` sent, in the order of the calls. Never blocks: a helper that
    /// does not read has a full queue soon.
    ///
    /// # Errors
    /// When the queue is full, the message too long, or the helper gone.
    ///
    /// ```no_run
    /// # fn example(peer: &outlast::channel::Peer) -> Result<(), outlast::channel::SendError> {
    /// peer.send(b"17 customers")?;
    /// # Ok(()) }
    /// ```
    pub fn send(&self, message: &[u8]) -> Result<(), SendError> {
        self.0.outbox.send(message)
    }

    /// Blocks until everything sent is written, for `time` at the most. Tells
    /// whether it is; `true` also when the helper has gone.
    ///
    /// ```no_run
    /// # fn example(peer: &outlast::channel::Peer) {
    /// let is_written = peer.flush(std::time::Duration::from_secs(1));
    /// # }
    /// ```
    pub fn flush(&self, time: Duration) -> bool {
        self.0.outbox.flush(time)
    }

    /// Closes the connection, whether the helper reads or not. What has not been
    /// written is lost: [`flush`](Self::flush) before. A helper connects again.
    ///
    /// ```no_run
    /// # fn example(peer: &outlast::channel::Peer) {
    /// peer.close();
    /// # }
    /// ```
    pub fn close(&self) {
        self.0.outbox.close();
    }
}

impl PartialEq for Peer {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Peer {}

/// The core's end of a channel. Dropping it closes all connections.
///
/// ```no_run
/// # async fn example() -> Result<(), outlast::channel::OpenError> {
/// let mut listener = outlast::channel::listen()?;
/// let event = listener.next().await;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Listener {
    shared: Arc<Shared>,
    _end: oneshot::Sender<()>,
}

#[derive(Debug, Default)]
struct Shared {
    mailbox: Mailbox<Tiding>,
    /// By their numbers.
    peers: Mutex<BTreeMap<u64, Peer>>,
    refusals: AtomicU64,
}

/// An event, with the room that it takes up until it is told.
#[derive(Debug)]
struct Tiding {
    event: ListenerEvent,
    _room: Option<OwnedSemaphorePermit>,
}

impl Listener {
    pub(super) fn open(address: &OsStr, limit: u32) -> Result<Self, OpenError> {
        let runtime = runtime().map_err(OpenError::Failed)?;
        let listener = {
            let _within = runtime.enter();
            os::Listener::bind(address).map_err(OpenError::Failed)?
        };
        let shared = Arc::new(Shared::default());
        let hall = Hall::new(Arc::clone(&shared), limit);
        let work = async move { hall.serve(listener).await };
        let end = on_its_thread(runtime, work, || {})?;
        Ok(Self { shared, _end: end })
    }

    /// The next event. Needs no particular runtime, loses nothing when it is
    /// dropped.
    ///
    /// ```no_run
    /// # async fn example(mut listener: outlast::channel::Listener) {
    /// let event = listener.next().await;
    /// # }
    /// ```
    pub async fn next(&mut self) -> ListenerEvent {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// The next event, for whoever makes a stream of it.
    ///
    /// ```no_run
    /// # fn example(mut listener: outlast::channel::Listener, cx: &mut std::task::Context<'_>) {
    /// let is_there = listener.poll_next(cx).is_ready();
    /// # }
    /// ```
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<ListenerEvent> {
        let tiding = self.shared.mailbox.poll_take(context);
        tiding.map(|tiding| tiding.event)
    }

    /// The next event; blocks until it is there.
    ///
    /// ```no_run
    /// # fn example(mut listener: outlast::channel::Listener) {
    /// let event = listener.wait();
    /// # }
    /// ```
    pub fn wait(&mut self) -> ListenerEvent {
        self.shared.mailbox.take().event
    }

    /// The next event; blocks until it is there, for `time` at the most.
    ///
    /// ```no_run
    /// # fn example(mut listener: outlast::channel::Listener) {
    /// let event = listener.wait_timeout(std::time::Duration::from_secs(1));
    /// # }
    /// ```
    pub fn wait_timeout(&mut self, time: Duration) -> Option<ListenerEvent> {
        let tiding = self.shared.mailbox.take_within(time);
        tiding.map(|tiding| tiding.event)
    }

    /// Who is connected now, the oldest first: to tell something to all.
    ///
    /// ```no_run
    /// # fn example(listener: outlast::channel::Listener) {
    /// for peer in listener.peers() {
    ///     // Who does not read is told the next time.
    ///     let _ = peer.send(b"17 customers");
    /// }
    /// # }
    /// ```
    pub fn peers(&self) -> Vec<Peer> {
        self.shared.peers().values().cloned().collect()
    }

    /// How many were refused so far. Each is told as an event, unless many are that
    /// the program has not taken.
    ///
    /// ```no_run
    /// # fn example(listener: outlast::channel::Listener) {
    /// println!("{} were refused", listener.refusals());
    /// # }
    /// ```
    pub fn refusals(&self) -> u64 {
        self.shared.refusals.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn peers(&self) -> MutexGuard<'_, BTreeMap<u64, Peer>> {
        // Nothing that could panic happens while it is held.
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, event: ListenerEvent, room: Option<OwnedSemaphorePermit>) {
        self.mailbox.put(Tiding { event, _room: room });
    }
}

/// Where arrivals are received; on the listener's thread.
struct Hall {
    shared: Arc<Shared>,
    limit: u32,
    /// Free ones of each user.
    places: BTreeMap<String, Arc<Semaphore>>,
    tidings: Arc<Semaphore>,
    next_number: u64,
    /// Who cannot be served; told once.
    unserved: BTreeSet<String>,
}

impl Hall {
    fn new(shared: Arc<Shared>, limit: u32) -> Self {
        Self {
            shared,
            limit,
            places: BTreeMap::new(),
            tidings: Arc::new(Semaphore::new(TIDINGS)),
            next_number: 0,
            unserved: BTreeSet::new(),
        }
    }

    async fn serve(mut self, mut listener: os::Listener) {
        let mut delays = Delays::new();
        let mut look_again_after = None;
        loop {
            let arrival = tokio::select! {
                arrival = listener.accept() => arrival,
                () = after(look_again_after) => {
                    look_again_after = None;
                    listener.look_again();
                    continue;
                }
            };
            match arrival {
                Ok(Arrival::Admitted(connection, peer)) => self.receive(connection, peer),
                Ok(Arrival::Refused(peer)) => self.refuse(peer.user, Reason::NotAdmitted),
                Ok(Arrival::Unserved { user, error }) => {
                    look_again_after.get_or_insert_with(|| delays.next());
                    if self.unserved.insert(user) {
                        self.mention(ListenerEvent::Trouble(error));
                    }
                }
                Err(error) => {
                    self.mention(ListenerEvent::Trouble(error));
                    sleep(RESPITE).await;
                }
            }
            if self.unserved.is_empty() {
                delays = Delays::new();
            }
        }
    }

    fn receive(&mut self, connection: os::Connection, peer: os::Peer) {
        self.unserved.remove(&peer.user);
        let places = self
            .places
            .entry(peer.user.clone())
            .or_insert_with(|| Arc::new(Semaphore::new(PLACES)));
        let Ok(place) = Arc::clone(places).try_acquire_owned() else {
            self.refuse(peer.user, Reason::TooMany);
            return;
        };
        let (outbox, orders) = Outbox::new(self.limit);
        self.next_number += 1;
        let peer = Peer(Arc::new(Known {
            number: self.next_number,
            user: peer.user,
            process: peer.pid.map(|pid| pid.0),
            outbox,
        }));
        let shared = Arc::clone(&self.shared);
        tokio::spawn(attend(shared, peer, connection, orders, place));
    }

    fn refuse(&self, user: String, reason: Reason) {
        self.shared.refusals.fetch_add(1, Ordering::Relaxed);
        self.mention(ListenerEvent::Refused(Refusal { user, reason }));
    }

    /// Tells it, unless a lot of that kind has not been taken.
    fn mention(&self, event: ListenerEvent) {
        if let Ok(room) = Arc::clone(&self.tidings).try_acquire_owned() {
            self.shared.tell(event, Some(room));
        }
    }
}

/// Sees to one peer until it leaves. Its place is free when the program knows that
/// it has left.
async fn attend(
    shared: Arc<Shared>,
    peer: Peer,
    mut connection: os::Connection,
    mut orders: Orders,
    place: OwnedSemaphorePermit,
) {
    let limit = peer.0.outbox.limit();
    if greet(&mut connection).await.is_err() {
        return;
    }
    shared.peers().insert(peer.0.number, peer.clone());
    shared.tell(ListenerEvent::Joined(peer.clone()), None);
    let arrived = |message, room| {
        shared.tell(ListenerEvent::Message(peer.clone(), message), Some(room));
    };
    let why = converse(connection, limit, &mut orders, arrived).await;
    drop(orders);
    shared.peers().remove(&peer.0.number);
    shared.tell(ListenerEvent::Left(peer, why), Some(place));
}

async fn after(delay: Option<Duration>) {
    match delay {
        Some(delay) => sleep(delay).await,
        None => pending().await,
    }
}
