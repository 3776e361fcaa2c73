//! Why there is no channel, no connection, or no room for a message.

use std::error::Error;
use std::fmt;
use std::io;

use outlast_api::frame::FrameError;

/// Why a channel could not be opened.
///
/// ```no_run
/// match outlast::channel::connect() {
///     Err(error @ outlast::channel::OpenError::NotGiven) => println!("{error}"),
///     other => drop(other),
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// No guardian has named a channel to this program.
    NotGiven,
    /// The system or the folder of the channel does not allow it.
    Failed(io::Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotGiven => f.write_str(
                "this program has no channel (OUTLAST_CHANNEL is not set): it was not started by a guardian whose \
                 file gives one to it",
            ),
            Self::Failed(_) => f.write_str("cannot open the channel of OUTLAST_CHANNEL"),
        }
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotGiven => None,
            Self::Failed(source) => Some(source),
        }
    }
}

/// Why a message was not taken. Nothing of it was sent.
///
/// ```no_run
/// # fn example(peer: &outlast::channel::Peer) {
/// use outlast::channel::SendError;
/// if let Err(SendError::Full) = peer.send(b"17 customers") {
///     // It does not read now, and will be told the next number.
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// It is longer than messages may be.
    TooLong {
        /// How many bytes it has.
        length: usize,
        /// How many it may have.
        limit: usize,
    },
    /// The other end has not read what was sent before.
    Full,
    /// There is no connection.
    NotConnected,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { length, limit } => write!(
                f,
                "the message has {length} bytes; at most {limit} are allowed"
            ),
            Self::Full => f.write_str("the other end has not read what was sent before"),
            Self::NotConnected => f.write_str("there is no connection"),
        }
    }
}

impl Error for SendError {}

/// Why there is no connection.
///
/// ```no_run
/// # fn example(why: &outlast::channel::Ended) {
/// println!("not connected: {why}");
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Ended {
    /// The other end has closed it, or has ended.
    Closed,
    /// This end has closed it.
    ClosedHere,
    /// The core is there and has not let this user in: his guardian has no helper
    /// of his, or he has too many connections.
    Refused,
    /// The other end has sent a message that is longer than messages may be.
    TooLong {
        /// How many bytes it was to have.
        length: u64,
        /// How many it may have.
        limit: u32,
    },
    /// Whoever listens there speaks something else, or a later version of it.
    Unknown,
    /// No core listens.
    Unreachable(io::Error),
    /// The connection failed.
    Failed(io::Error),
}

impl From<FrameError> for Ended {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::TooLarge { length, limit } => Self::TooLong { length, limit },
            FrameError::Truncated { .. } => Self::Closed,
            FrameError::Io(error) => Self::from_io(error),
        }
    }
}

impl Ended {
    /// A process that ends with unread bytes resets its connections.
    pub(super) fn from_io(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Self::Closed,
            _ => Self::Failed(error),
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the other end has closed the connection"),
            Self::ClosedHere => f.write_str("this end has closed the connection"),
            Self::Refused => f.write_str("the service has not let this user in"),
            Self::TooLong { length, limit } => write!(
                f,
                "the other end has sent a message of {length} bytes; at most {limit} are allowed"
            ),
            Self::Unknown => f.write_str("the other end speaks something else"),
            Self::Unreachable(_) => f.write_str("the service cannot be reached"),
            Self::Failed(_) => f.write_str("the connection failed"),
        }
    }
}

impl Error for Ended {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreachable(source) | Self::Failed(source) => Some(source),
            _ => None,
        }
    }
}
