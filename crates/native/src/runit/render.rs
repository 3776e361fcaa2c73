//! A folder with a script `run`, and a link to it.

use std::path::Path;
use std::time::Duration;

use super::{NAME, Runit};
use crate::definition::{Definition, StartType};
use crate::fidelity::Fidelity;
use crate::lacks::{Lacks, is_started_at_boot};
use crate::manager::{Error, Rendered};
use crate::script::{self, Words};
use crate::step::{Access, Call, Step, Tool};
use crate::text::sh;

pub(super) fn render(runit: &Runit, definition: &Definition) -> Result<Rendered, Error> {
    script::check_folder_name(NAME, &definition.name)?;
    let words = Words::of(NAME, definition)?;
    let mut steps: Vec<Step> = script::state_dir(definition, words.user)
        .into_iter()
        .collect();
    steps.extend(folder(runit, definition, &words)?);
    steps.extend(boot(runit, definition)?);
    Ok(Rendered {
        steps,
        fidelity: fidelity(definition),
    })
}

/// The service's folder. A removal does the same backwards: `runsv` is ended
/// when the link is gone and its folder is not yet.
fn folder(runit: &Runit, definition: &Definition, words: &Words<'_>) -> Result<Vec<Step>, Error> {
    let dir = runit.service_dir(&definition.name);
    // In the run directory, as Debian and Void have it: /etc may be read-only.
    let supervise = script::below(&runit.run_dir, &format!("supervise.{}", definition.name));
    Ok(vec![
        Step::Dir {
            path: dir.clone(),
            access: Access {
                owner: None,
                mode: 0o755,
            },
        },
        Step::Link {
            path: script::below(&dir, "supervise"),
            target: supervise.clone(),
        },
        Step::Call(Call::Tool {
            does: Tool {
                program: "mkdir".to_owned(),
                arguments: vec![
                    "-p".to_owned(),
                    script::path(NAME, &runit.run_dir)?.to_owned(),
                ],
            },
            undo: Some(end_runsv(&dir, &supervise)?),
        }),
        script::executable(script::below(&dir, "run"), run(definition, words)),
    ])
}

/// Ends the `runsv` of `dir`, which leaves nothing then.
fn end_runsv(dir: &Path, supervise: &Path) -> Result<Tool, Error> {
    let line = "sv -w 20 force-shutdown \"$1\" >/dev/null 2>&1; rm -rf -- \"$2\"";
    Ok(Tool {
        program: "sh".to_owned(),
        arguments: vec![
            "-c".to_owned(),
            line.to_owned(),
            "sh".to_owned(),
            script::path(NAME, dir)?.to_owned(),
            script::path(NAME, supervise)?.to_owned(),
        ],
    })
}

/// What makes runit take the service up. `runsv` starts a service at once unless
/// there is a file `down`; as an installation starts nothing, it is there until
/// `runsv` has looked.
fn boot(runit: &Runit, definition: &Definition) -> Result<Vec<Step>, Error> {
    if definition.start == StartType::Disabled {
        return Ok(Vec::new());
    }
    let dir = runit.service_dir(&definition.name);
    let down = script::below(&dir, "down");
    let mut steps = vec![
        Step::File {
            path: down.clone(),
            text: String::new(),
            mode: 0o644,
        },
        Step::Link {
            path: runit.scan_link(&definition.name),
            target: dir.clone(),
        },
    ];
    if is_started_at_boot(&definition.start) {
        steps.push(Step::Call(Call::Tool {
            does: until_taken_up(&dir)?,
            undo: None,
        }));
        steps.push(Step::NoFile { path: down });
    }
    Ok(steps)
}

/// `runsvdir` looks every five seconds. One that does not run will find the
/// service when it starts.
fn until_taken_up(dir: &Path) -> Result<Tool, Error> {
    let line = "n=0; while ! sv status \"$1\" >/dev/null 2>&1 && [ $n -lt 80 ]; do sleep 0.1; n=$((n + 1)); done";
    Ok(Tool {
        program: "sh".to_owned(),
        arguments: vec![
            "-c".to_owned(),
            line.to_owned(),
            "sh".to_owned(),
            script::path(NAME, dir)?.to_owned(),
        ],
    })
}

fn run(definition: &Definition, words: &Words<'_>) -> String {
    let mut text = format!("#!/bin/sh\n{}", script::owner_line(&definition.name));
    text.push_str(&script::variables(definition, words));
    if words.user.is_some() {
        let groups = definition.groups.join(":");
        text.push_str(&format!("groups={}\n", sh::quote(&groups)));
    }
    text.push_str("exec 2>&1\ncd \"$dir\" || exit 111\n");
    text.push_str(&format!("set -- {}\n", words.command_line()));
    text.push_str(match words.user {
        // chpst gives the groups that it is told, not those of the account.
        Some(_) => {
            "exec chpst -u \"$user:$(id -Gn \"$user\" | tr ' ' ':')${groups:+:$groups}\" \"$@\"\n"
        }
        None => "exec \"$@\"\n",
    });
    text
}

fn fidelity(definition: &Definition) -> Fidelity {
    let mut lacks = Lacks::of(NAME, definition);
    lacks.display_name();
    lacks.description();
    lacks.start_in_scan_dir();
    if definition.account == crate::Account::System {
        lacks.groups();
    }
    lacks.capabilities();
    lacks.sandbox();
    lacks.depends_on();
    lacks.network();
    lacks.protocol();
    if definition.restart_delay > Duration::from_secs(1) {
        lacks.fidelity.approximated(
            "restart_delay",
            "runit starts it again at once, and a second later when it has run for less than one.",
        );
    }
    lacks.fidelity.approximated(
        "stop_timeout",
        "`outlast stop` waits so long and then has its main process killed; `sv stop` kills nothing, \
         and when the machine goes down runit's own time-out counts.",
    );
    lacks.fidelity
}
