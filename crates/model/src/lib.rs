//! The vocabulary of Outlast.
//!
//! # Theory of operation
//!
//! Every other crate speaks in the types of this one: what a service *is*
//! ([`service`], [`secret`], [`sandbox`]), what it may use ([`limits`]), when it runs, if not always ([`schedule`]), what is wanted of it and what it does ([`state`]), what
//! happened ([`event`], [`machine`], [`watch`]), whether it works ([`health`], [`evidence`]), what keeps
//! the machine from sleeping ([`inhibitor`]), at what others find it ([`socket`]), what somebody asks for ([`request`]), what the engine
//! orders ([`effect`]) and what goes on record ([`record`]).
//!
//! The crate is pure data. It does no I/O, reads no clock, knows no operating
//! system and serializes nothing: each border (the user's file, the disk, the
//! wire) owns its own types and converts, so that none of them freezes the
//! vocabulary.

pub mod effect;
pub mod event;
pub mod evidence;
pub mod exit;
pub mod glob;
pub mod hang;
pub mod health;
pub mod inhibitor;
pub mod limits;
pub mod machine;
pub mod name;
pub mod record;
pub mod request;
pub mod sandbox;
pub mod schedule;
pub mod secret;
pub mod service;
pub mod signal;
pub mod socket;
pub mod state;
pub mod time;
pub mod verdict;
pub mod watch;

pub use effect::Effect;
pub use event::Event;
pub use exit::{Exit, StartFailure};
pub use health::{Health, HealthPolicy};
pub use inhibitor::Inhibitor;
pub use limits::Limits;
pub use machine::MachineEvent;
pub use name::{GuardianName, InvalidName, ServiceName};
pub use record::Record;
pub use request::{Request, RequestId};
pub use sandbox::Sandbox;
pub use schedule::Schedule;
pub use secret::{Delivery, Secret, SecretSource};
pub use service::Service;
pub use signal::Signal;
pub use socket::Socket;
pub use state::{Desired, InstanceId, Pid, State};
pub use time::{AwakeTime, Now, RealTime};
pub use verdict::{Confidence, Verdict};
