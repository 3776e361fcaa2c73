//! What an installation or a removal will do, worked out from what is on record.

use crate::fidelity::Fidelity;
use crate::manager::ManagerKind;
use crate::register::{Register, Registration};
use crate::step::Step;
use crate::systemd::Systemd;

/// An installation before it is carried out. What `--dry-run` shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What it is for the service.
    pub change: Change,
    /// What of the earlier installation is removed, as the new one lacks it;
    /// first.
    pub taken_back: Vec<Step>,
    /// What is done then; the last step puts the service on record.
    pub steps: Vec<Step>,
    /// What the manager cannot express.
    pub fidelity: Fidelity,
    /// What will be on record.
    pub registration: Registration,
}

/// What an installation is for its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not installed.
    New,
    /// It was, in another way.
    Update,
    /// It was, in just this way; what has been damaged since is repaired.
    Same,
}

/// What becomes of the data of a service that is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purge {
    /// Its state directory stays, unless it is empty.
    Keep,
    /// Its state directory goes with everything in it.
    Remove,
}

impl Plan {
    /// The plan for `registration`, where `before` is on record now. Pure.
    pub fn new(
        register: &Register,
        before: Option<&Registration>,
        registration: Registration,
        fidelity: Fidelity,
    ) -> Self {
        let recorded = before.map_or(&[][..], |before| &before.steps);
        let mut steps: Vec<Step> = registration
            .steps
            .iter()
            .map(|step| as_before(step, recorded))
            .collect();
        steps.push(register.record(&registration));
        Self {
            change: change(before, &registration),
            taken_back: lacking(recorded, &registration),
            steps,
            fidelity,
            registration,
        }
    }

    /// Everything that is done, in order.
    pub fn all_steps(&self) -> Vec<Step> {
        self.taken_back.iter().chain(&self.steps).cloned().collect()
    }
}

fn change(before: Option<&Registration>, after: &Registration) -> Change {
    match before {
        None => Change::New,
        Some(before) if before == after => Change::Same,
        Some(_) => Change::Update,
    }
}

fn as_before(step: &Step, recorded: &[Step]) -> Step {
    if recorded.iter().any(|old| old.concerns_the_same_as(step)) {
        step.once_more()
    } else {
        step.clone()
    }
}

/// What removes the recorded steps that `after` lacks, the last one's first. A
/// state directory that is used no more is data, and stays.
fn lacking(recorded: &[Step], after: &Registration) -> Vec<Step> {
    recorded
        .iter()
        .rev()
        .filter(|old| !matches!(old, Step::Dir { .. }))
        .filter(|old| !after.steps.iter().any(|new| new.concerns_the_same_as(old)))
        .filter_map(Step::reversal)
        .collect()
}

/// What removes the service of `registration`: first its record, then what its
/// steps have made, the last one's first. Pure.
pub fn removal(register: &Register, registration: &Registration, purge: Purge) -> Vec<Step> {
    let record = Step::NoFile {
        path: register.path_of(&registration.definition.name),
    };
    let made = registration.steps.iter().rev().filter_map(Step::reversal);
    let data = match purge {
        Purge::Keep => Vec::new(),
        Purge::Remove => data(registration),
    };
    std::iter::once(record).chain(made).chain(data).collect()
}

fn data(registration: &Registration) -> Vec<Step> {
    let definition = &registration.definition;
    let state_dir = definition.state_dir.clone();
    let mut steps: Vec<Step> = state_dir
        .map(|path| Step::NoTree { path })
        .into_iter()
        .collect();
    if registration.manager_kind == ManagerKind::Systemd {
        steps.extend(Systemd::purge(definition));
    }
    steps
}
