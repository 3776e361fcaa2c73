//! A property list.

use std::path::Path;
use std::time::Duration;

use super::plist::{self, Value};
use super::{Launchd, NAME};
use crate::definition::{Definition, Scope, StartType, Trigger};
use crate::fidelity::Fidelity;
use crate::lacks::Lacks;
use crate::manager::{Error, Rendered};
use crate::script;
use crate::step::{Call, Step, Tool};

pub(super) fn render(launchd: &Launchd, definition: &Definition) -> Result<Rendered, Error> {
    script::check_name(NAME, &definition.name, "-_.")?;
    let user = user(launchd, definition)?;
    let (name, scope) = (&definition.name, definition.scope);
    let path = match definition.start {
        StartType::Manual => launchd.manual_path(name, scope),
        _ => launchd.boot_path(name, scope),
    };
    let mut steps: Vec<Step> = script::state_dir(definition, user).into_iter().collect();
    steps.push(Step::File {
        path,
        text: text(definition, user)?,
        mode: 0o644,
    });
    if definition.start == StartType::Disabled {
        steps.push(disable(&launchd.target(name, scope)));
    }
    Ok(Rendered {
        steps,
        fidelity: fidelity(definition),
    })
}

/// launchd keeps for each name whether it may be started, apart from the file.
fn disable(target: &str) -> Step {
    let tool = |verb: &str| Tool {
        program: "launchctl".to_owned(),
        arguments: vec![verb.to_owned(), target.to_owned()],
    };
    Step::Call(Call::Tool {
        does: tool("disable"),
        undo: Some(tool("enable")),
    })
}

fn user<'a>(launchd: &Launchd, definition: &'a Definition) -> Result<Option<&'a str>, Error> {
    let user = script::user(NAME, &definition.account)?;
    if definition.scope == Scope::System {
        return Ok(user);
    }
    let reason = match (&launchd.user, user) {
        (Some(_), None) => return Ok(None),
        (Some(_), Some(_)) => "an agent runs as the user that it belongs to; leave the account out",
        (None, _) => "this user has no home folder for an agent",
    };
    Err(script::inexpressible(NAME, reason))
}

fn text(definition: &Definition, user: Option<&str>) -> Result<String, Error> {
    let mut command = vec![spelled(&definition.program)?];
    command.extend(definition.arguments.iter().cloned());
    let mut table = Vec::new();
    let mut set = |key: &str, value: Value| table.push((key.to_owned(), value));
    set("Label", Value::Text(definition.name.to_string()));
    set("ProgramArguments", Value::List(command));
    set("WorkingDirectory", Value::Text(spelled(&definition.dir)?));
    if !definition.environment.is_empty() {
        let variables = definition.environment.iter();
        let variables = variables.map(|(name, value)| (name.clone(), Value::Text(value.clone())));
        set("EnvironmentVariables", Value::Table(variables.collect()));
    }
    if let Some(user) = user {
        set("UserName", Value::Text(user.to_owned()));
    }
    for (key, value) in start(&definition.start)? {
        set(key, value);
    }
    let delay = script::seconds(definition.restart_delay).max(1);
    set("ThrottleInterval", Value::Number(delay));
    let stop = script::seconds(definition.stop_timeout);
    set("ExitTimeOut", Value::Number(stop.max(1)));
    // Otherwise launchd slows down what is no app: processor and disk.
    set("ProcessType", Value::Text("Interactive".to_owned()));
    let description = definition.description.as_deref().unwrap_or_default();
    let remark = format!(
        "Written by Outlast for {}; `outlast uninstall` removes it. {}",
        definition.name,
        description.replace(char::is_control, " ")
    );
    plist::render(remark.trim_end(), &table)
}

fn spelled(path: &Path) -> Result<String, Error> {
    script::path(NAME, path).map(str::to_owned)
}

/// When it is started, and started again.
fn start(start: &StartType) -> Result<Vec<(&'static str, Value)>, Error> {
    let StartType::Trigger(Trigger::Path(path)) = start else {
        return Ok(vec![("RunAtLoad", Value::Yes), ("KeepAlive", Value::Yes)]);
    };
    let path = spelled(path)?;
    let state = Value::Table(vec![(path.clone(), Value::Yes)]);
    let keep = vec![("PathState".to_owned(), state)];
    Ok(vec![
        ("RunAtLoad", Value::No),
        ("KeepAlive", Value::Table(keep)),
        ("WatchPaths", Value::List(vec![path])),
    ])
}

fn fidelity(definition: &Definition) -> Fidelity {
    let mut lacks = Lacks::of(NAME, definition);
    if definition.scope == Scope::User {
        lacks.fidelity.approximated(
            "user",
            "An agent is started when its user logs in at the screen and ends with that session.",
        );
    }
    lacks.display_name();
    lacks.description();
    match &definition.start {
        StartType::Trigger(Trigger::Path(path)) => lacks.fidelity.approximated(
            "start",
            format!(
                "It is kept running while there is {}, and not started again once that is gone.",
                path.display()
            ),
        ),
        StartType::Disabled | StartType::Manual => {}
        _ => lacks.start("launchd starts all daemons at the same time; it is one of them."),
    }
    lacks.groups();
    lacks.capabilities();
    lacks.sandbox();
    lacks.depends_on();
    lacks.network();
    lacks.protocol();
    if definition.restart_delay < Duration::from_secs(1) {
        lacks
            .fidelity
            .approximated("restart_delay", "launchd starts nothing twice in a second.");
    }
    lacks.fidelity
}
