//! The control protocol between the command line and a guardian.
//!
//! # Theory of operation
//!
//! A guardian listens on one local endpoint (a Unix socket, a named pipe;
//! `outlast-os` makes it and decides who may connect). On a connection the
//! client sends requests and gets one response for each, in order:
//!
//! - [`frame`] is the outer layer: a length and that many bytes. It knows
//!   nothing of what the bytes mean, bounds them, and holds only what has
//!   really arrived: a length that was merely announced costs nothing.
//! - [`v1`] is what the bytes say: JSON whose types belong to this crate, so
//!   that the vocabulary of `outlast-model` can change without changing what
//!   older clients understand. `v1::convert` goes between the two.
//! - [`server`] and [`client`] are the two ends. Both work on any stream of
//!   bytes and know no clock: a time limit is the caller's, who closes the
//!   connection when it is over.
//!
//! What reaches a guardian here was written by another program. Nothing in it
//! can make this crate panic or hold more than the bound of a frame; whatever
//! is wrong with it has a type, and where the stream still allows it, an
//! answer. The protocol is described for readers in `docs/design/control.md`.

pub mod frame;
pub mod v1;

pub mod client;
pub mod server;

pub use client::{CallError, Client};
pub use frame::FrameError;
pub use server::{RequestError, read_request, write_response};
