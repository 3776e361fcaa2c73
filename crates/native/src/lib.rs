//! Native services: what the operating system's own manager (the SCM, systemd,
//! launchd, OpenRC, …) is told, so that a program belongs to it and not to a
//! user's session.
//!
//! # Theory of operation
//!
//! A [`Definition`] says what is wanted, in words that no manager owns. Each
//! manager has a folder with two halves:
//!
//! * `render` is pure and compiles everywhere: it turns a definition into
//!   [`Rendered`]: the [`Step`]s that would register it, and the [`Fidelity`]
//!   with which this manager can express it.
//! * `apply` speaks to the running manager: it tells a service's state, starts
//!   it and stops it, and carries out the steps that only this manager knows.
//!
//! Registering is a [`transaction`]: every step has an inverse, which is on disk
//! before the step is taken. A step that fails is followed by the inverses of
//! those before it; a process that dies halfway leaves its list of inverses
//! behind, and the next command for that name carries them out first. So an
//! installation is there or it is not.
//!
//! An [`Installer`] puts these together: it plans ([`Plan`]), refuses names that
//! are not ours, updates in place and removes.
//!
//! What was registered is kept in the [`register`], one small file a service:
//! that is how a service is known to be ours, how it is found by `list`, and how
//! it is removed without a guess. What nobody registered here is never touched.

mod definition;
mod describe;
mod fidelity;
mod manager;
mod step;

mod accounts;
mod asked;
mod bounded;
mod install;
mod lacks;
mod machine;
mod managers;
mod plan;
mod processes;
mod reversal;
mod script;
mod tool;

pub mod freebsd;
pub mod launchd;
pub mod openrc;
pub mod runit;
pub mod s6;
pub mod systemd;
pub mod sysv;
pub mod windows;

pub mod text;

pub mod register;
pub mod transaction;

pub use definition::{
    Account, Definition, InvalidName, NativeName, Network, Protocol, Sandbox, Scope, Secret,
    StartType, Trigger,
};
pub use fidelity::{Fidelity, Shortfall};
pub use install::{Installer, Removed};
pub use machine::Machine;
pub use manager::{
    Error, Manager, ManagerKind, NativeState, NativeStatus, Property, Rendered, Request,
};
pub use plan::{Change, Plan, Purge, removal};
pub use step::{Access, Call, Step, Tool};
