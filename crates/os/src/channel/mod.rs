//! The way between a service (the *core*) and the programs that the same
//! guardian runs in users' sessions (its *helpers*): who may use it, and how
//! each knows the other. `docs/design/channel.md` says why it is so.
//!
//! The guardian makes a [`Channel`] for a core, gives its address to both in the
//! variable [`VARIABLE`], and admits a user for as long as there is a helper of
//! his. The core [listens](Listener), a helper [connects](connect); what they say
//! to each other is theirs.

mod folder;

mod ends;

pub use ends::{Arrival, Listener, Peer, connect};
pub use folder::{Admission, Channel};

pub use crate::endpoint::Connection;

/// The variable with a channel's address, in the environments of the core and
/// of its helpers.
pub const VARIABLE: &str = "OUTLAST_CHANNEL";

/// The folder with a file for each user who is admitted, in a channel's folder.
const USERS: &str = "users";

/// The folder of the core's account with its socket.
#[cfg(unix)]
const SOCKET_DIR: &str = "socket";

/// The socket in it.
#[cfg(unix)]
const SOCKET: &str = "channel";
