//! Wishes: what somebody asks of the guardian.

use crate::{Service, ServiceName};

/// Identifies a request until it has been answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// Something that is asked for. It is answered by exactly one
/// [`Effect::Reply`](crate::Effect::Reply), when it is done or cannot be.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Which the answer will carry.
    pub id: RequestId,
    /// What.
    pub verb: Verb,
}

/// What can be asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Verb {
    /// Start these and what they depend on.
    Start(Target),
    /// Stop these, after what depends on them.
    Stop(Target),
    /// Stop these and the running services that depend on them, then start
    /// them all again. A service that does not run is started.
    Restart(Target),
    /// From now on the guardian has these services. What is not among them is
    /// stopped and forgotten, what is new and enabled is started, what differs
    /// is restarted if it runs, and the rest is not touched.
    Apply(Vec<Service>),
    /// Stop everything, start nothing more, then end.
    Shutdown(Urgency),
}

/// Which services a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Every one (for `Start`: every enabled one).
    All,
    /// These.
    Services(Vec<ServiceName>),
}

/// How a shutdown treats the services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// With their stop sequences, dependants first.
    Orderly,
    /// All are killed now.
    Immediate,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// Nothing was changed.
    Refused(Refusal),
    /// It was tried and these services are not as it wanted them; `status`
    /// tells the details.
    NotReached(Vec<ServiceName>),
    /// A later request wants something else of these services.
    Superseded(Vec<ServiceName>),
}

/// Why nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The guardian has no service of this name.
    UnknownService(ServiceName),
    /// The guardian is shutting down.
    ShuttingDown,
}
