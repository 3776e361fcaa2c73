//! Every decision of Outlast.
//!
//! # Theory of operation
//!
//! The engine is one function, [`step`]: it takes the [`World`], something that
//! happened or is asked for ([`Input`]) and what both clocks show, changes the
//! world and returns what shall be done about it. It performs nothing, waits
//! for nothing and reads no clock; the same inputs give the same effects,
//! chance included, because its randomness comes from a seed.
//!
//! A step has two phases, as in dinit. First *wishes are propagated*: a request
//! changes what is wanted ([`wish`]) of the services that it names and of those
//! that depend on them or that they depend on ([`propagate`], [`graph`]); an
//! event changes the state of one service ([`instance`]: one file a state). Then
//! *wishes are executed*: everything that may be affected stands in a queue, and
//! each service in it moves its state towards its wish as far as it can. What
//! is due by now is handled in the same way, requests whose services have come
//! to rest are answered ([`answers`]), and the one timer is moved.
//!
//! A step costs what it touches (a service, its neighbours), not what there is;
//! only requests about everything walk over everything.
//!
//! # What the supervisor promises
//!
//! - Every [`Effect::Spawn`] is answered by exactly one `Started` or
//!   `StartFailed`; after `Started` comes one `Exited`, and one `TreeEmptied`
//!   if that said that the tree is populated.
//! - Every [`Effect::Probe`] is answered by exactly one `Probed` within its time
//!   and [`ANSWER_SLACK`], but for those that an [`Effect::StopProbing`] has
//!   overtaken.
//! - Every [`Effect::Sample`] is answered by one `Sampled`; one that is missing for
//!   longer than [`ANSWER_SLACK`] is taken again.
//! - Every [`Effect::FindRuns`] is answered by exactly one `RunsFound`.
//! - Effects are performed in order.
//! - `Started`, `Exited` and `TreeEmptied` may come late, and the timer early,
//!   late or although it has been moved; none of that harms. What fits no
//!   state is ignored.
//!
//! # Invariants
//!
//! `tests/simulation` checks these in random worlds:
//!
//! 1. There are never two live instances of one service.
//! 2. A stop always ends, after at most its waits and [`KILL_WAIT`]: then the
//!    tree is gone or the service has failed as unkillable.
//! 3. Nothing starts once the guardian shuts down.
//! 4. Delays only grow until a reset (a healthy period, a request to start, a
//!    new definition) and never pass their cap.
//! 5. No automatic restart exceeds the start limit, and none comes after so many
//!    failures of health in a row.
//! 6. When a service starts, what it depends on is there; when it is asked to
//!    stop, no instance that needs it to be ready is left (an immediate shutdown
//!    excepted, and one that has run for too long: that is like a death).
//! 7. Every death is on record before the restart that follows it.
//! 8. A wake-up is scheduled exactly when something will be due, and for that
//!    moment, or for one at most [`PULSE`] away while an instance is being stopped
//!    or may run for some time only, or [`LOOK`] away while a schedule is in force.
//! 9. Every request is answered exactly once.
//! 10. After [`Effect::Finish`] there is nothing.
//! 11. No service is forgotten half-way: what wants to start and could has been
//!     started, what shall stop and may is being stopped.
//! 12. The wall clock changes nothing but what is shown, and when schedules start
//!     something.
//! 13. Nothing is killed for time in which the machine, or the guardian, was not
//!     running, but for freezes that are shorter than [`FREEZE`] and a pulse. Of a
//!     watchdog's time no freeze takes more than a quarter, however short it was.
//! 14. A sleep that was announced is allowed at most once, and not before what
//!     is stopped or started for it has come to rest.
//! 15. An inhibitor is asked for exactly while a service whose policy wants one is at
//!     work or about to be, and none is left at the end.
//! 16. A service for sessions has exactly one service made of it in each session that
//!     it is for, as soon as what was there under the same name has ended; none
//!     starts in another.
//! 17. A service is asked one question at a time, and none while no instance of
//!     it runs. One that hangs is stopped within its time, and none for a bad
//!     answer that does not count. The same holds for what is seen of it from
//!     outside, except that freezes may hide one that spins.
//!
//! 18. A service that needs the network never starts while that is offline and its
//!     bound ([`NETWORK_WAIT`]) is not over, and waits for it no longer than that. An
//!     instance that runs is not stopped by itself to wait for it.
//! 19. What is kept for the next instance of a service is closed when none shall
//!     follow, and never while one shall.
//! 20. A run that is due is started, or on record as left out because the one before
//!     is under way, or as missed. Whoever has a schedule is not started by itself
//!     otherwise, but for a restart of what has failed.
//!
//! [`Effect::Spawn`]: outlast_model::Effect::Spawn
//! [`Effect::Finish`]: outlast_model::Effect::Finish
//! [`Effect::Probe`]: outlast_model::Effect::Probe
//! [`Effect::Sample`]: outlast_model::Effect::Sample
//! [`Effect::FindRuns`]: outlast_model::Effect::FindRuns
//! [`Effect::StopProbing`]: outlast_model::Effect::StopProbing
#![expect(
    rustdoc::private_intra_doc_links,
    reason = "this page is also the map for those who change the crate"
)]

mod step;
mod world;

mod requests;

mod graph;
mod propagate;
mod wish;

mod backoff;
mod breaker;
mod diagnosis;
mod ending;
mod gap;
mod hang;
mod health;
mod inhibitor;
mod instance;
mod kept;
mod log_off;
mod network;
mod occasion;
mod on_failure;
mod random;
mod schedule;
mod session;
mod start_limit;
mod watched;

mod gathering;

mod answers;
mod timer;

mod view;
mod ward;
mod wards;

pub use gap::{FREEZE, PULSE};
pub use gathering::{Gathering, LONGEST_BURST, RIGHT_AFTER, STORM, STORM_PAUSE};
pub use hang::{LEAST_PAUSE, STEPS};
pub use health::{ANSWER_SLACK, READY_TRY};
pub use instance::KILL_WAIT;
pub use network::NETWORK_WAIT;
pub use occasion::{MAX_SPREAD, RESUME_GRACE};
pub use on_failure::REBOOT_AFTER;
pub use schedule::{LOOK, PROMPT, REVIEW};
pub use step::{Input, step};
pub use view::{ScheduleView, ServiceView};
pub use ward::Ended;
pub use world::World;
