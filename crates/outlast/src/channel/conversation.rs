//! What goes over a connection, the same from both ends: frames, with a bounded
//! number of bytes waiting in each direction.

use std::future::pending;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use outlast_api::frame::{FrameError, read_frame, write_frame};
use outlast_os::clock;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::error::{Ended, SendError};

/// How a core greets whom it has let in; the number is the version's.
const GREETING: &[u8; 8] = b"outlast1";

/// So many of the longest messages may wait, or more that are shorter.
const LONGEST_MESSAGES: u32 = 4;

/// What a message costs beside its bytes, so that a million empty ones do not wait.
const OVERHEAD: u32 = 64;

/// Room for messages that wait.
#[derive(Clone, Debug)]
pub(super) struct Room {
    bytes: Arc<Semaphore>,
    whole: u32,
}

impl Room {
    pub(super) fn new(limit: u32) -> Self {
        let whole = (limit + OVERHEAD) * LONGEST_MESSAGES;
        Self {
            bytes: Arc::new(Semaphore::new(whole as usize)),
            whole,
        }
    }

    fn cost(message: &[u8]) -> u32 {
        u32::try_from(message.len()).map_or(u32::MAX, |length| length.saturating_add(OVERHEAD))
    }

    fn try_for(&self, message: &[u8]) -> Option<OwnedSemaphorePermit> {
        let bytes = Arc::clone(&self.bytes);
        bytes.try_acquire_many_owned(Self::cost(message)).ok()
    }

    async fn wait_for(&self, message: &[u8]) -> OwnedSemaphorePermit {
        self.wait(Self::cost(message)).await
    }

    /// Returns when nothing waits.
    async fn emptied(&self) {
        drop(self.wait(self.whole).await);
    }

    async fn wait(&self, cost: u32) -> OwnedSemaphorePermit {
        let bytes = Arc::clone(&self.bytes);
        let room = bytes.acquire_many_owned(cost).await;
        room.expect("the semaphore is never closed")
    }
}

/// A message that waits to be written.
#[derive(Debug)]
struct Waiting {
    message: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

/// Where messages are put to be written.
#[derive(Clone, Debug)]
pub(super) struct Outbox {
    queue: UnboundedSender<Waiting>,
    is_enough: Arc<Notify>,
    room: Room,
    limit: u32,
}

/// Where they come out. Without an outbox it ends when they are written.
#[derive(Debug)]
pub(super) struct Orders {
    queue: UnboundedReceiver<Waiting>,
    is_enough: Arc<Notify>,
}

impl Outbox {
    pub(super) fn new(limit: u32) -> (Self, Orders) {
        let (queue, receiver) = unbounded_channel();
        let is_enough = Arc::new(Notify::new());
        let orders = Orders {
            queue: receiver,
            is_enough: Arc::clone(&is_enough),
        };
        let outbox = Self {
            queue,
            is_enough,
            room: Room::new(limit),
            limit,
        };
        (outbox, orders)
    }

    pub(super) const fn limit(&self) -> u32 {
        self.limit
    }

    pub(super) fn send(&self, message: &[u8]) -> Result<(), SendError> {
        if message.len() > self.limit as usize {
            return Err(SendError::TooLong {
                length: message.len(),
                limit: self.limit as usize,
            });
        }
        if self.queue.is_closed() {
            return Err(SendError::NotConnected);
        }
        let waiting = Waiting {
            _room: self.room.try_for(message).ok_or(SendError::Full)?,
            message: message.to_owned(),
        };
        self.queue
            .send(waiting)
            .map_err(|_| SendError::NotConnected)
    }

    /// What has not been written is lost: the other end need not read.
    pub(super) fn close(&self) {
        self.is_enough.notify_one();
    }

    /// Whether everything is written, or lost with the connection, within `time`.
    pub(super) fn flush(&self, time: Duration) -> bool {
        within(time, self.room.emptied())
    }
}

/// `future` on this thread, for `time` at the most; whether it has ended.
fn within(time: Duration, future: impl Future<Output = ()>) -> bool {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = std::pin::pin!(future);
    let end = clock::now().awake.after(time);
    loop {
        if let Poll::Ready(()) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return true;
        }
        let left = end.since(clock::now().awake);
        if left.is_zero() {
            return false;
        }
        thread::park_timeout(left);
    }
}

/// The core's first word.
pub(super) async fn greet<S: AsyncWrite + Unpin>(stream: &mut S) -> Result<(), Ended> {
    let greeted = async {
        stream.write_all(GREETING).await?;
        stream.flush().await
    };
    greeted.await.map_err(Ended::from_io)
}

/// Waits for the core's first word, however long: a core that is there and does
/// not take connections may do so later.
pub(super) async fn be_greeted<S: AsyncRead + Unpin>(stream: &mut S) -> Result<(), Ended> {
    let mut greeting = [0; GREETING.len()];
    match stream.read_exact(&mut greeting).await {
        Ok(_) if greeting == *GREETING => Ok(()),
        Ok(_) => Err(Ended::Unknown),
        Err(error) => match Ended::from_io(error) {
            Ended::Closed => Err(Ended::Refused),
            other => Err(other),
        },
    }
}

/// Writes what is ordered and tells what arrives, until one end has enough.
/// `arrived` keeps the room of a message until the program has taken it.
pub(super) async fn converse<S>(
    stream: S,
    limit: u32,
    orders: &mut Orders,
    arrived: impl FnMut(Vec<u8>, OwnedSemaphorePermit),
) -> Ended
where
    S: AsyncRead + AsyncWrite,
{
    let (reader, writer) = split(stream);
    let Orders { queue, is_enough } = orders;
    tokio::select! {
        ended = read(reader, limit, arrived) => ended,
        ended = write(writer, limit, queue) => ended,
        () = is_enough.notified() => Ended::ClosedHere,
    }
}

async fn read(
    mut reader: impl AsyncRead + Unpin,
    limit: u32,
    mut arrived: impl FnMut(Vec<u8>, OwnedSemaphorePermit),
) -> Ended {
    let room = Room::new(limit);
    loop {
        match read_frame(&mut reader, limit).await {
            Ok(Some(message)) => {
                let room = room.wait_for(&message).await;
                arrived(message, room);
            }
            Ok(None) => return Ended::Closed,
            Err(error) => return error.into(),
        }
    }
}

async fn write(
    mut writer: impl AsyncWrite + Unpin,
    limit: u32,
    queue: &mut UnboundedReceiver<Waiting>,
) -> Ended {
    while let Some(waiting) = queue.recv().await {
        match write_frame(&mut writer, &waiting.message, limit).await {
            Ok(()) => {}
            // The other end is gone. What it has said before is still to be read,
            // and after that its end.
            Err(FrameError::Io(_)) => {
                queue.close();
                while queue.try_recv().is_ok() {}
                return pending().await;
            }
            Err(error) => return error.into(),
        }
    }
    Ended::ClosedHere
}

/// Growing delays between attempts for which nothing tells when they would
/// succeed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delays(Duration);

impl Delays {
    const SHORTEST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(5);

    pub(super) const fn new() -> Self {
        Self(Self::SHORTEST)
    }

    pub(super) fn next(&mut self) -> Duration {
        let delay = self.0;
        self.0 = (delay * 2).min(Self::LONGEST);
        delay
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use tokio::io::duplex;

    use super::*;

    /// Sends `messages` through a pipe that holds so many bytes at a time.
    fn arrive(messages: &[Vec<u8>], pipe: usize) -> Vec<Vec<u8>> {
        let runtime = super::super::options::runtime().expect("a runtime");
        runtime.block_on(async {
            let (here, there) = duplex(pipe);
            let (outbox, mut orders) = Outbox::new(256);
            let mut arrived = Vec::new();
            let sending = async move {
                for message in messages {
                    let cost = outbox.room.wait_for(message).await;
                    drop(cost);
                    outbox.send(message).expect("there was room");
                }
                drop(outbox);
                converse(here, 256, &mut orders, |_, _| {}).await
            };
            let (_outbox, mut none) = Outbox::new(256);
            let receiving = converse(there, 256, &mut none, |message, _| arrived.push(message));
            let (sent, received) = tokio::join!(sending, receiving);
            assert!(matches!(sent, Ended::ClosedHere), "{sent:?}");
            assert!(matches!(received, Ended::Closed), "{received:?}");
            arrived
        })
    }

    proptest! {
        #[test]
        fn whatever_is_sent_arrives_whole_and_in_order(
            messages in vec(vec(any::<u8>(), 0..=256), 0..4),
            pipe in 1_usize..300,
        ) {
            prop_assert_eq!(arrive(&messages, pipe), messages);
        }

        #[test]
        fn nothing_beyond_the_bound_arrives_however_it_is_split(
            excess in 1_u32..,
            before in vec(any::<u8>(), 0..=256),
            pipe in 1_usize..300,
        ) {
            let runtime = super::super::options::runtime().expect("a runtime");
            runtime.block_on(async {
                let (mut stranger, here) = duplex(pipe);
                let (_outbox, mut orders) = Outbox::new(256);
                let mut arrived = Vec::new();
                let length = 256_u32.saturating_add(excess);
                let saying = async {
                    let first = (before.len() as u32).to_be_bytes();
                    let all = [&first[..], &before, &length.to_be_bytes(), &[0; 1000]].concat();
                    // It is not read to its end.
                    let _ = stranger.write_all(&all).await;
                };
                let hearing = async {
                    converse(here, 256, &mut orders, |message, _| arrived.push(message)).await
                };
                let ((), ended) = tokio::join!(saying, hearing);
                assert!(matches!(ended, Ended::TooLong { .. }), "{ended:?}");
                assert_eq!(arrived, [before]);
            });
        }
    }

    #[test]
    fn what_waits_is_bounded_however_short_it_is() {
        let (outbox, _orders) = Outbox::new(64);
        let taken = (0..1_000).take_while(|_| outbox.send(b"").is_ok()).count();
        assert_eq!(taken, 8);
        assert_eq!(outbox.send(b""), Err(SendError::Full));
        assert!(!outbox.flush(Duration::ZERO));
    }

    #[test]
    fn who_says_something_else_is_not_taken_for_a_core() {
        let runtime = super::super::options::runtime().expect("a runtime");
        let greeted_with = |bytes: &[u8]| runtime.block_on(be_greeted(&mut &*bytes));
        assert!(greeted_with(b"outlast1").is_ok());
        assert!(matches!(greeted_with(b"outlast2"), Err(Ended::Unknown)));
        assert!(matches!(greeted_with(b""), Err(Ended::Refused)));
        assert!(matches!(greeted_with(b"outl"), Err(Ended::Refused)));
    }

    #[test]
    fn delays_grow_to_a_bound() {
        let mut delays = Delays::new();
        let first: Vec<_> = (0..8).map(|_| delays.next().as_millis()).collect();
        assert_eq!(first, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    }
}
