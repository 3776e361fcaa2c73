//! Plans and their outcome, for people and for programs.

use outlast_native::{Account, Definition, Fidelity, Scope, Shortfall, StartType, Step, Trigger};
use outlast_native::{Change, Plan};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::terminal::{self, CHANGING, FAINT, GOOD, styled};

/// Prints exactly what would be done: every call, every file with its text.
pub(crate) fn plan(plan: &Plan) -> Result<(), Failure> {
    for step in plan.all_steps() {
        terminal::print(&step.to_string())?;
        if let Step::File { text, .. } = &step {
            for line in text.lines() {
                terminal::print(&styled(FAINT, &format!("    {line}")))?;
            }
        }
    }
    fidelity(&plan.fidelity);
    Ok(())
}

/// Tells what the manager cannot express.
pub(crate) fn fidelity(fidelity: &Fidelity) {
    for shortfall in &fidelity.shortfalls {
        let (word, property, text) = words(shortfall);
        terminal::tell(&format!(
            "{} {property}: {text}",
            styled(CHANGING, &format!("{word}:"))
        ));
    }
}

fn words(shortfall: &Shortfall) -> (&'static str, &'static str, &str) {
    match shortfall {
        Shortfall::Approximated { property, instead } => ("approximated", property, instead),
        Shortfall::Missing {
            property,
            consequence,
        } => ("missing", property, consequence),
    }
}

/// Prints what was done, and how to go on and to undo it.
pub(crate) fn done(plan: &Plan) -> Result<(), Failure> {
    let definition = &plan.registration.definition;
    let name = &definition.name;
    let verb = match plan.change {
        Change::New => "installed",
        Change::Update => "updated",
        Change::Same => "unchanged:",
    };
    terminal::print(&format!(
        "{} {name} with {}: {}, {}",
        styled(GOOD, verb),
        plan.registration.manager_kind.word(),
        starts(definition),
        runs_as(definition),
    ))?;
    for step in plan.all_steps() {
        terminal::print(&format!("  {step}"))?;
    }
    Ok(())
}

/// How to undo an installation.
pub(crate) fn undo(definition: &Definition) -> String {
    format!("outlast uninstall {}", definition.name)
}

fn starts(definition: &Definition) -> String {
    let whose = match definition.scope {
        Scope::System => "a service of the machine",
        Scope::User => "a service of this user",
    };
    let when = match &definition.start {
        StartType::Auto => match definition.scope {
            Scope::System => "starts with the machine".to_owned(),
            Scope::User => "starts with this user's other services".to_owned(),
        },
        StartType::Delayed => "starts after the others".to_owned(),
        StartType::Manual => "starts when it is asked to".to_owned(),
        StartType::Disabled => "does not start".to_owned(),
        StartType::Trigger(Trigger::Network) => "starts when there is a network".to_owned(),
        StartType::Trigger(Trigger::Path(path)) => {
            format!("starts when {} is there", path.display())
        }
    };
    format!("{whose}, {when}")
}

fn runs_as(definition: &Definition) -> String {
    match (&definition.account, definition.scope) {
        (_, Scope::User) => "runs as this user".to_owned(),
        (account, Scope::System) => format!("runs as {}", account_word(account, definition)),
    }
}

fn account_word(account: &Account, definition: &Definition) -> String {
    match account {
        Account::System => "the system (root, LocalSystem)".to_owned(),
        Account::LocalService => "LocalService".to_owned(),
        Account::NetworkService => "NetworkService".to_owned(),
        Account::Virtual => format!(r"NT SERVICE\{}", definition.name),
        Account::Dynamic => "a user of its own".to_owned(),
        Account::Managed(name) | Account::User { name, .. } => name.clone(),
    }
}

/// The same for programs.
pub(crate) fn json(plan: &Plan) -> Result<Value, Failure> {
    let shortfall = |shortfall: &Shortfall| {
        let (kind, property, text) = words(shortfall);
        json!({ "property": property, "kind": kind, "text": text })
    };
    let definition = &plan.registration.definition;
    let steps: Vec<Value> = plan
        .all_steps()
        .iter()
        .map(step_json)
        .collect::<Result<_, _>>()?;
    Ok(json!({
        "name": definition.name.as_str(),
        "manager": plan.registration.manager_kind.word(),
        "scope": match definition.scope { Scope::System => "system", Scope::User => "user" },
        "change": match plan.change {
            Change::New => "new",
            Change::Update => "update",
            Change::Same => "same",
        },
        "steps": steps,
        "shortfalls": plan.fidelity.shortfalls.iter().map(shortfall).collect::<Vec<_>>(),
        "undo": undo(definition),
    }))
}

/// A step with its line for people.
pub(crate) fn step_json(step: &Step) -> Result<Value, Failure> {
    let data = serde_json::to_value(step).map_err(|error| Failure::of("write JSON", &error))?;
    Ok(json!({ "does": step.to_string(), "step": data }))
}
