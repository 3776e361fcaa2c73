//! Makes a Rust program a service: of Windows, systemd, launchd, OpenRC and the
//! others, or of whoever has started it in a terminal. The program need not know
//! which.
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! fn main() -> ExitCode {
//!     outlast::service("shop").run(|ctx| async move {
//!         let listener = std::net::TcpListener::bind("127.0.0.1:8080")?;
//!         ctx.log().info("open");
//!         ctx.ready(); // now `systemctl start shop` returns
//!         ctx.stopping().await; // Ctrl-C, SIGTERM, `sc stop`, shutdown, …
//!         drop(listener);
//!         Ok::<(), std::io::Error>(())
//!     })
//! }
//! ```
//!
//! * [`Service::run`] takes a closure that gives a future, [`run_blocking`] one that
//!   does not, [`run_program`] a type. No runtime is forced on it: a small one is
//!   built in, and [`executor`] takes tokio's or another.
//! * [`Context`] tells the manager ([`ready`], [`status`], [`more_time`]) and is told
//!   ([`stopping`], [`stop_token`], [`events`]), and has the sockets that were opened for it
//!   ([`listener`], [`sockets`]). It is cheap to clone.
//! * [`Log`] writes to the journal, the Event Log, syslog or the terminal. With the
//!   feature `log` it takes what the crate `log` is given.
//! * [`Control`] installs, removes, starts and stops the program as a service, from
//!   its own command line.
//! * [`channel`] is how a service that a guardian runs talks to the programs that the
//!   same guardian runs in users' sessions.
//!
//! # What it promises
//!
//! * A program that fails never looks as if it had stopped well: an `Err` or a panic
//!   is exit code 1, a service-specific code for Windows, and a reason in the log.
//! * A stop has an end: when [`stop_timeout`] is over, the process is ended. The
//!   manager is told all the while that the stop goes on.
//! * Ready is when the program says so. One that does not, within [`start_timeout`],
//!   has failed, where a manager waits for it.
//! * An idle service wakes up for nothing, unless a watchdog has to be fed.
//! * What the machine and its sessions do is told to who listens to [`events`], and
//!   nobody is asked about it otherwise. On Linux that is a feature, `dbus`.
//! * A name that belongs to another service is never touched, and an installation is
//!   there as a whole or not at all.
//!
//! # Theory of operation
//!
//! The program runs on the thread that called `run`. Beside it one thread, the
//! watcher, hears the manager and the signals, keeps the manager's patience with
//! checkpoints while the program starts and ends, and ends what does not end. They
//! share the stop token, the mailboxes of those who listen to events, and the link
//! to the manager. Signals of the terminal, `SIGTERM` and `SIGHUP` are taken; all
//! others keep their meaning. A second Ctrl-C ends the process at once.
//!
//! [`run_blocking`]: Service::run_blocking
//! [`run_program`]: Service::run_program
//! [`executor`]: Service::executor
//! [`start_timeout`]: Service::start_timeout
//! [`stop_timeout`]: Service::stop_timeout
//! [`ready`]: Context::ready
//! [`status`]: Context::status
//! [`more_time`]: Context::more_time
//! [`stopping`]: Context::stopping
//! [`stop_token`]: Context::stop_token
//! [`events`]: Context::events
//! [`listener`]: Context::listener
//! [`sockets`]: Context::sockets

mod service;

mod at_end;
mod context;
mod events;
mod log;
#[cfg(feature = "log")]
mod log_crate;
mod machine;
mod mailbox;
mod manager;
mod outcome;
mod reload;
mod stop;

mod executor;
mod lifecycle;
mod watcher;

pub mod channel;

mod account;
mod control;
mod error;
mod settings;
mod sockets;

/// The guide's examples are compiled with the tests of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/library.md")]
struct Guide;

pub use account::Account;
pub use context::Context;
pub use control::{Change, Control, Data, Installed, State, Status};
pub use error::{Error, ErrorKind};
pub use events::{Event, Events};
pub use executor::Task;
pub use log::{Level, Log};
pub use machine::{Lid, MachineEvent, PowerSource, Saver, Screen, Session, SessionChange, Wait};
pub use manager::Manager;
pub use outcome::{Outcome, Program};
pub use reload::Reload;
pub use service::{Service, service};
pub use settings::{Sandbox, Scope, Start};
pub use sockets::Socket;
pub use stop::{StopRequested, StopToken};
