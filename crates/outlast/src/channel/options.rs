//! How a channel is opened.

use std::env;
use std::ffi::{OsStr, OsString};
use std::thread;

use outlast_os::channel::VARIABLE;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use super::connection::Connection;
use super::error::OpenError;
use super::listener::Listener;

/// The most bytes a message may have, unless less is [wanted](Options::max_message).
pub const MAX_MESSAGE: usize = 1 << 20;

/// How a channel is opened, for who wants it otherwise than [`listen`] and
/// [`connect`] do it.
///
/// ```no_run
/// # fn example() -> Result<(), outlast::channel::OpenError> {
/// let listener = outlast::channel::Options::new().max_message(4096).listen()?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    address: Option<OsString>,
    max_message: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl Options {
    /// As [`listen`] and [`connect`] have it.
    ///
    /// ```
    /// let options = outlast::channel::Options::new();
    /// ```
    pub const fn new() -> Self {
        Self {
            address: None,
            max_message: MAX_MESSAGE,
        }
    }

    /// The most bytes a message may have, in both directions: from 1 to
    /// [`MAX_MESSAGE`]. Both ends should say the same, as an end that is sent a
    /// longer one closes the connection.
    ///
    /// ```
    /// let options = outlast::channel::Options::new().max_message(4096);
    /// ```
    #[must_use]
    pub fn max_message(mut self, bytes: usize) -> Self {
        self.max_message = bytes.clamp(1, MAX_MESSAGE);
        self
    }

    /// The channel, instead of the one that `OUTLAST_CHANNEL` says.
    ///
    /// ```
    /// # let saved = "/run/outlast/0123456789abcdef";
    /// let options = outlast::channel::Options::new().address(saved);
    /// ```
    #[must_use]
    pub fn address(mut self, address: impl Into<OsString>) -> Self {
        self.address = Some(address.into());
        self
    }

    /// As [`listen`].
    ///
    /// # Errors
    /// As [`listen`].
    ///
    /// ```no_run
    /// # fn example() -> Result<(), outlast::channel::OpenError> {
    /// let listener = outlast::channel::Options::new().listen()?;
    /// # Ok(()) }
    /// ```
    pub fn listen(&self) -> Result<Listener, OpenError> {
        Listener::open(&self.channel()?, self.limit())
    }

    /// As [`connect`].
    ///
    /// # Errors
    /// As [`connect`].
    ///
    /// ```no_run
    /// # fn example() -> Result<(), outlast::channel::OpenError> {
    /// let connection = outlast::channel::Options::new().connect()?;
    /// # Ok(()) }
    /// ```
    pub fn connect(&self) -> Result<Connection, OpenError> {
        Connection::open(self.channel()?, self.limit())
    }

    fn channel(&self) -> Result<OsString, OpenError> {
        let given = self.address.clone().or_else(|| env::var_os(VARIABLE));
        given
            .filter(|address| address != OsStr::new(""))
            .ok_or(OpenError::NotGiven)
    }

    fn limit(&self) -> u32 {
        u32::try_from(self.max_message).expect("it is not above MAX_MESSAGE")
    }
}

/// Begins to listen at the channel that this program's guardian has made for it,
/// as the core. One process of a service does.
///
/// # Errors
/// When no guardian has said where, and when the folder of the channel is not
/// one that a guardian has made for this program.
///
/// ```no_run
/// # fn example() -> Result<(), outlast::channel::OpenError> {
/// let listener = outlast::channel::listen()?;
/// # Ok(()) }
/// ```
pub fn listen() -> Result<Listener, OpenError> {
    Options::new().listen()
}

/// Begins to connect to the core of the channel that this program's guardian has
/// named, as a helper; goes on until the answer is dropped.
///
/// # Errors
/// When no guardian has said where. That nobody listens there is told as
/// [`ConnectionEvent::Disconnected`](super::ConnectionEvent::Disconnected), and
/// tried again.
///
/// ```no_run
/// # fn example() -> Result<(), outlast::channel::OpenError> {
/// let connection = outlast::channel::connect()?;
/// # Ok(()) }
/// ```
pub fn connect() -> Result<Connection, OpenError> {
    Options::new().connect()
}

/// Does `work` on a thread of its own, which the program never sees, until it is
/// done or the answer is dropped; then `at_the_end`.
pub(super) fn on_its_thread(
    runtime: Runtime,
    work: impl Future<Output = ()> + Send + 'static,
    at_the_end: impl FnOnce() + Send + 'static,
) -> Result<oneshot::Sender<()>, OpenError> {
    let (end, ended) = oneshot::channel();
    let body = move || {
        runtime.block_on(async {
            tokio::select! {
                _ = ended => {}
                () = work => {}
            }
        });
        at_the_end();
    };
    let thread = thread::Builder::new().name("channel".to_owned());
    thread.spawn(body).map_err(OpenError::Failed)?;
    Ok(end)
}

/// What the thread of either end runs on.
pub(super) fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
}
