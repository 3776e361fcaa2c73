//! Everything that can wake the dispatcher, as one closed enum.

use std::convert::Infallible;
use std::sync::Arc;

use outlast_api::v1::{ErrorBody, GuardianStatus, Reloaded};
use outlast_model::machine::Network;
use outlast_model::request::{Outcome, Target, Verb};
use outlast_model::{Event, InstanceId, Service, StartFailure};
use outlast_os::account::Logon;
use outlast_os::channel::Admission;
use outlast_os::machine::News;
use outlast_os::manager_link::Notice;
use outlast_os::signals::HostSignal;
use tokio::sync::oneshot;

use crate::channels::Remade;
use crate::diagnosis::Incident;
use crate::inhibitors;
use crate::kept::{HungUp, Storing};
use crate::secrets::Handed;

/// Something the dispatcher has to deal with.
#[derive(Debug)]
pub(crate) enum Wake {
    /// Something happened to an instance.
    Happened(Event),
    /// Somebody on the control endpoint asks for something.
    Called(Call),
    /// A file that was to be reloaded has been read.
    Loaded(Loaded),
    /// What a service needs that is to be started is ready, its account or its
    /// secrets, or is not.
    LoggedOn(LoggedOn),
    /// All has been told that can be found out about this.
    Undiagnosed(Incident),
    /// The operating system has answered to a wish for an inhibitor.
    Inhibited(inhibitors::Answer),
    /// A service gives something to be kept, or does not want it kept any more.
    Storing(Storing),
    /// Nobody is at the other end any more of what is kept.
    HungUp(HungUp),
    /// Everything that a service has said before this has been dealt with. Whoever
    /// waits for that sees it in the end of this.
    Dealt(oneshot::Sender<Infallible>),
    /// The operating system sent the guardian a signal.
    Signalled(HostSignal),
    /// The native manager has told the guardian something.
    Noticed(Notice),
    /// The guardian's control group was frozen and goes on.
    Thawed,
    /// The machine, or a session on it, did something.
    Machine(News),
    /// The machine's network may be another.
    Network(Network),
    /// The engine's timer is due.
    TimerDue,
    /// It is time to look how much memory services use.
    MemoryDue,
    /// It is time to tell the native manager something.
    ManagerDue,
}

/// A question or wish from the control endpoint, with the way back. Who drops
/// the way back has lost interest; the wish is fulfilled all the same.
#[derive(Debug)]
pub(crate) enum Call {
    /// Change something, and answer when that is done.
    Act(Verb, oneshot::Sender<Outcome>),
    /// Read the file again and apply what differs.
    Reload(oneshot::Sender<ReloadAnswer>),
    /// Tell how these services are.
    Status(Target, oneshot::Sender<Result<GuardianStatus, ErrorBody>>),
}

/// What is answered to a reload: what differs and what became of applying it,
/// or why the old definitions stay in force.
pub(crate) type ReloadAnswer = Result<(Reloaded, Outcome), ErrorBody>;

/// The outcome of reading a file again.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// Its services and their channels, or why it cannot be used.
    pub(crate) services: Result<(Vec<Service>, Remade), ErrorBody>,
    /// Who wants to know; nobody when a signal asked for it.
    pub(crate) answer: Option<oneshot::Sender<ReloadAnswer>>,
}

/// What an instance has until the last process of its tree has ended.
#[derive(Debug)]
pub(crate) struct Admitted {
    /// The account it runs under; `None`: the guardian's.
    pub(crate) logon: Option<Logon>,
    /// Its user's right to use a channel.
    pub(crate) admission: Option<Admission>,
    /// Its secrets, if it has any.
    pub(crate) secrets: Option<Handed>,
}

/// The outcome of making ready to start an instance under an account that is not
/// the guardian's, or with secrets.
#[derive(Debug)]
pub(crate) struct LoggedOn {
    /// What is to be started.
    pub(crate) service: Arc<Service>,
    /// Its number.
    pub(crate) instance: InstanceId,
    /// With what, or why it cannot be.
    pub(crate) admitted: Result<Admitted, StartFailure>,
}
