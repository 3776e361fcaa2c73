//! The way between a service and the programs that the same guardian runs in
//! users' sessions, each of which knows whom it talks to.
//!
//! A service in session 0, or as root, cannot show a window and does not belong
//! in a session; a program in a session ends with it. So the service, the *core*,
//! [listens](listen), and a *helper* in each session [connects](connect). Their
//! guardian says to both where, in the variable `OUTLAST_CHANNEL`, and lets in
//! only users for whom it runs a helper.
//!
//! ```no_run
//! // The core.
//! use outlast::channel::{self, ListenerEvent};
//! # fn core() -> Result<(), Box<dyn std::error::Error>> {
//! let mut listener = channel::listen()?;
//! loop {
//!     match listener.wait() {
//!         ListenerEvent::Joined(peer) => peer.send(b"hello")?,
//!         ListenerEvent::Message(peer, message) => println!("{}: {message:?}", peer.user()),
//!         _ => {}
//!     }
//! }
//! # }
//! ```
//!
//! ```no_run
//! // A helper.
//! use outlast::channel::{self, ConnectionEvent};
//! # fn helper() -> Result<(), Box<dyn std::error::Error>> {
//! let mut connection = channel::connect()?;
//! loop {
//!     match connection.wait() {
//!         ConnectionEvent::Message(message) => println!("{message:?}"),
//!         ConnectionEvent::Disconnected(why) => println!("{why}; it is tried again"),
//!         _ => {}
//!     }
//! }
//! # }
//! ```
//!
//! * Messages are bytes, [`MAX_MESSAGE`] at the most. A longer one ends the connection.
//! * Nothing here blocks for the other end: what is sent goes into a queue of
//!   bounded size, and [`SendError::Full`] says that the other end does not read.
//!   A program that does not take what it is told is not read from either.
//! * A helper connects again by itself, after 100 ms, doubled up to 5 s, and is
//!   told of the loss. Messages do not wait for a connection.
//! * Each end has one thread, which sleeps until something happens, and no runtime
//!   is needed.

mod listener;

mod connection;

mod conversation;
mod error;
mod options;

pub use connection::{Connection, ConnectionEvent, Sender};
pub use error::{Ended, OpenError, SendError};
pub use listener::{Listener, ListenerEvent, Peer, Refusal};
pub use options::{MAX_MESSAGE, Options, connect, listen};
