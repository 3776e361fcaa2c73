//! The supervisor: the process that must not die.
//!
//! # Theory of operation
//!
//! The supervisor performs what the engine decides and decides nothing itself.
//! One loop, the dispatcher ([`dispatcher`]), takes whatever can wake the
//! process, all of it a variant of one closed enum ([`wake`]), turns it
//! into an input of the engine and performs the effects that come back, in order.
//!
//! Five threads, each started when it is first needed:
//!
//! * **main** runs the dispatcher, the control endpoint and one task for each
//!   instance that waits for its end. It never touches a disk.
//! * **disk** writes events and output ([`recorder`]). It is the only thread that
//!   may be blocked by a disk, and nobody waits for it longer than a bound: a
//!   death is on record before the restart that follows it, unless the disk does
//!   not answer.
//! * **capture** lifts output out of the services' pipes into carriers that it
//!   hands to the disk thread. When no carrier comes back in time it drops output
//!   and counts it, so that no service is blocked by a disk for longer than its
//!   bound.
//! * **narrator** tells people on the terminal what happens; it is allowed to be
//!   blocked by a terminal that has stopped reading.
//! * **probes** asks services how they are ([`probes`]).
//!
//! A sixth belongs to [`outlast_os::machine`], on Linux with logind: it hears what
//! the machine and its sessions do. A seventh to [`outlast_os::network`], while a
//! service needs that: it hears how the network is ([`network`]).
//!
//! One more for each service that watches files ([`watches`]), beside one of the crate
//! `notify`.
//!
//! A thread that ends with its answer looks how much a service has done where hangs
//! are looked for ([`samples`]), reads the file again, and asks for an
//! inhibitor ([`inhibitors`]).
//!
//! A panic in one of the tasks ends that task, not the supervisor: it is caught
//! at the task's border and told ([`fault`]).

mod channels;
mod diagnosis;
mod dispatcher;
mod environment;
pub mod environment_file;
mod failed;
mod fault;
mod guardian;
mod inhibitors;
mod instance;
mod kept;
mod logon;
mod manager;
mod memory_curves;
mod narrator;
mod network;
mod notices;
mod perform;
mod probes;
pub mod ready_line;
mod recorder;
mod reload;
mod samples;
mod schedule;
mod secrets;
mod server;
mod spawn;
mod status;
mod surroundings;
mod wake;
mod watches;

pub use diagnosis::DIAGNOSE_VERB;
pub use guardian::{
    Ended, Guardian, Narration, RunError, Source, TellComplaint, TellRecord, WhenAtRest, run,
};
pub use surroundings::{HOW_TO_GET_SENDER, ThisHost, WEBHOOK_SENDER, WEBHOOK_VERB};
