//! What is wanted of a service, with what has to happen on the way there.

use outlast_model::Desired;
use outlast_model::record::StopReason;

/// What is wanted. [`Desired`] is what people see of it.
///
/// It is no part of the state because it changes at other times: a request
/// changes the wish, the system's answers change the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// It shall run.
    Run,
    /// Its present instance shall end, for this reason, and another take its
    /// place at once. Only meaningful while there is one; then it is [`Wish::Run`].
    Replace(StopReason),
    /// It shall not run; its present instance ends for this reason.
    Rest(StopReason),
    /// It shall not run and be forgotten, for this reason: its definition was
    /// removed, or the session that it is for is over.
    Leave(StopReason),
}

impl Wish {
    pub(crate) const fn desired(self) -> Desired {
        match self {
            Self::Run | Self::Replace(_) => Desired::Running,
            Self::Rest(_) | Self::Leave(_) => Desired::Stopped,
        }
    }

    /// Whether an instance shall exist in the end.
    pub(crate) const fn wants_to_run(self) -> bool {
        matches!(self, Self::Run | Self::Replace(_))
    }

    /// Whether it is about to be forgotten.
    pub(crate) const fn leaves(self) -> bool {
        matches!(self, Self::Leave(_))
    }

    /// Why the present instance shall end; `None`: it shall not.
    pub(crate) const fn reason_to_stop(self) -> Option<StopReason> {
        match self {
            Self::Run => None,
            Self::Replace(reason) | Self::Rest(reason) | Self::Leave(reason) => Some(reason),
        }
    }
}
