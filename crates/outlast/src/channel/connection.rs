//! A helper's end.

use std::ffi::OsString;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use outlast_os::channel as os;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::sleep;

use super::conversation::{Delays, Outbox, be_greeted, converse};
use super::error::{Ended, OpenError, SendError};
use super::options::{on_its_thread, runtime};
use crate::mailbox::Mailbox;

/// How often a program may have been connected without having heard of it.
const UNHEARD: usize = 8;

/// What happens at a helper's end. Later versions add to it.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectionEvent {
    /// The core has let this helper in, for the first time or again.
    Connected,
    /// The core has sent a message.
    Message(Vec<u8>),
    /// There is no connection, and why; it is tried again until there is. Told
    /// once for each loss, and once if there is none to begin with.
    Disconnected(Ended),
}

/// A helper's end of a channel: connects, and connects again, until it is dropped.
///
/// ```no_run
/// # async fn example() -> Result<(), outlast::channel::OpenError> {
/// let mut connection = outlast::channel::connect()?;
/// let event = connection.next().await;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Connection {
    shared: Arc<Shared>,
    _end: oneshot::Sender<()>,
}

#[derive(Debug, Default)]
struct Shared {
    mailbox: Mailbox<Tiding>,
    /// `None`: there is no connection.
    outbox: Mutex<Option<Outbox>>,
}

/// An event, with the room that it takes up until it is told.
#[derive(Debug)]
struct Tiding {
    event: ConnectionEvent,
    _room: Option<OwnedSemaphorePermit>,
}

impl Connection {
    pub(super) fn open(address: OsString, limit: u32) -> Result<Self, OpenError> {
        let runtime = runtime().map_err(OpenError::Failed)?;
        let shared = Arc::new(Shared::default());
        let caller = Caller {
            shared: Arc::clone(&shared),
            address,
            limit,
        };
        let held = Arc::clone(&shared);
        let work = async move { caller.keep_connected().await };
        let end = on_its_thread(runtime, work, move || held.hold(None))?;
        Ok(Self { shared, _end: end })
    }

    /// The next event. Needs no particular runtime, loses nothing when it is
    /// dropped.
    ///
    /// ```no_run
    /// # async fn example(mut connection: outlast::channel::Connection) {
    /// let event = connection.next().await;
    /// # }
    /// ```
    pub async fn next(&mut self) -> ConnectionEvent {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// The next event, for whoever makes a stream of it.
    ///
    /// ```no_run
    /// # fn example(mut connection: outlast::channel::Connection, cx: &mut std::task::Context<'_>) {
    /// let is_there = connection.poll_next(cx).is_ready();
    /// # }
    /// ```
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<ConnectionEvent> {
        let tiding = self.shared.mailbox.poll_take(context);
        tiding.map(|tiding| tiding.event)
    }

    /// The next event; blocks until it is there.
    ///
    /// ```no_run
    /// # fn example(mut connection: outlast::channel::Connection) {
    /// let event = connection.wait();
    /// # }
    /// ```
    pub fn wait(&mut self) -> ConnectionEvent {
        self.shared.mailbox.take().event
    }

    /// The next event; blocks until it is there, for `time` at the most.
    ///
    /// ```no_run
    /// # fn example(mut connection: outlast::channel::Connection) {
    /// let event = connection.wait_timeout(std::time::Duration::from_secs(1));
    /// # }
    /// ```
    pub fn wait_timeout(&mut self, time: Duration) -> Option<ConnectionEvent> {
        let tiding = self.shared.mailbox.take_within(time);
        tiding.map(|tiding| tiding.event)
    }

    /// As [`Sender::send`].
    ///
    /// # Errors
    /// As [`Sender::send`].
    ///
    /// ```no_run
    /// # fn example(connection: &outlast::channel::Connection) -> Result<(), outlast::channel::SendError> {
    /// connection.send(b"pause")?;
    /// # Ok(()) }
    /// ```
    pub fn send(&self, message: &[u8]) -> Result<(), SendError> {
        self.shared.send(message)
    }

    /// What sends, for other threads than the one that is told.
    ///
    /// ```no_run
    /// # fn example(connection: &outlast::channel::Connection) {
    /// let sender = connection.sender();
    /// std::thread::spawn(move || sender.send(b"pause"));
    /// # }
    /// ```
    pub fn sender(&self) -> Sender {
        Sender(Arc::clone(&self.shared))
    }
}

/// Sends over a helper's connection, whichever there is. Clones are the same.
#[derive(Clone, Debug)]
pub struct Sender(Arc<Shared>);

impl Sender {
    /// Has `message` sent to the core, in the order of the calls. Never blocks. A
    /// connection that is lost afterwards may lose it.
    ///
    /// # Errors
    /// When there is no connection, the core does not read, or the message is too
    /// long.
    ///
    /// ```no_run
    /// # fn example(sender: &outlast::channel::Sender) -> Result<(), outlast::channel::SendError> {
    /// sender.send(b"pause")?;
    /// # Ok(()) }
    /// ```
    pub fn send(&self, message: &[u8]) -> Result<(), SendError> {
        self.0.send(message)
    }

    /// Blocks until everything sent is written, for `time` at the most. Tells
    /// whether it is; `true` also when there is no connection.
    ///
    /// ```no_run
    /// # fn example(sender: &outlast::channel::Sender) {
    /// let is_written = sender.flush(std::time::Duration::from_secs(1));
    /// # }
    /// ```
    pub fn flush(&self, time: Duration) -> bool {
        let outbox = self.0.outbox().clone();
        outbox.is_none_or(|outbox| outbox.flush(time))
    }
}

impl Shared {
    fn outbox(&self) -> MutexGuard<'_, Option<Outbox>> {
        // Nothing that could panic happens while it is held.
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hold(&self, outbox: Option<Outbox>) {
        *self.outbox() = outbox;
    }

    fn send(&self, message: &[u8]) -> Result<(), SendError> {
        match &*self.outbox() {
            Some(outbox) => outbox.send(message),
            None => Err(SendError::NotConnected),
        }
    }

    fn tell(&self, event: ConnectionEvent, room: Option<OwnedSemaphorePermit>) {
        self.mailbox.put(Tiding { event, _room: room });
    }
}

/// What connects; on the connection's thread.
struct Caller {
    shared: Arc<Shared>,
    address: OsString,
    limit: u32,
}

impl Caller {
    async fn keep_connected(&self) {
        let unheard = Arc::new(Semaphore::new(UNHEARD));
        let mut delays = Delays::new();
        let mut is_loss_told = false;
        loop {
            let room = Arc::clone(&unheard).acquire_owned().await;
            let room = room.expect("the semaphore is never closed");
            let why = match self.greeted().await {
                Ok(connection) => {
                    delays = Delays::new();
                    is_loss_told = false;
                    self.talk(connection).await
                }
                Err(why) => why,
            };
            if !is_loss_told {
                is_loss_told = true;
                let lost = ConnectionEvent::Disconnected(why);
                self.shared.tell(lost, Some(room));
            }
            sleep(delays.next()).await;
        }
    }

    async fn greeted(&self) -> Result<os::Connection, Ended> {
        let mut connection = os::connect(&self.address)
            .await
            .map_err(Ended::Unreachable)?;
        be_greeted(&mut connection).await?;
        Ok(connection)
    }

    async fn talk(&self, connection: os::Connection) -> Ended {
        let (outbox, mut orders) = Outbox::new(self.limit);
        self.shared.hold(Some(outbox));
        self.shared.tell(ConnectionEvent::Connected, None);
        let arrived = |message, room| {
            self.shared
                .tell(ConnectionEvent::Message(message), Some(room));
        };
        let why = converse(connection, self.limit, &mut orders, arrived).await;
        self.shared.hold(None);
        why
    }
}
