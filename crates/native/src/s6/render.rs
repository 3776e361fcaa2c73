//! A folder with a script `run`, and a link to it.

use std::path::Path;
use std::time::Duration;

use super::{NAME, S6};
use crate::definition::{Definition, StartType};
use crate::fidelity::Fidelity;
use crate::lacks::{Lacks, is_started_at_boot};
use crate::manager::{Error, Rendered};
use crate::script::{self, Words};
use crate::step::{Access, Call, Step, Tool};

pub(super) fn render(s6: &S6, definition: &Definition) -> Result<Rendered, Error> {
    script::check_folder_name(NAME, &definition.name)?;
    let words = Words::of(NAME, definition)?;
    let mut steps: Vec<Step> = script::state_dir(definition, words.user)
        .into_iter()
        .collect();
    steps.extend(folder(s6, definition, &words)?);
    steps.extend(boot(s6, definition)?);
    Ok(Rendered {
        steps,
        fidelity: fidelity(s6, definition),
    })
}

/// The service's folder, in which `s6-supervise` makes two more.
fn folder(s6: &S6, definition: &Definition, words: &Words<'_>) -> Result<Vec<Step>, Error> {
    let dir = s6.service_dir(&definition.name);
    let timeout = definition.stop_timeout.as_millis();
    Ok(vec![
        Step::Dir {
            path: dir.clone(),
            access: Access {
                owner: None,
                mode: 0o755,
            },
        },
        Step::Call(Call::Tool {
            does: shell("mkdir -p -- \"$1\"", &[&dir])?,
            undo: Some(shell("rm -rf -- \"$1/supervise\" \"$1/event\"", &[&dir])?),
        }),
        Step::File {
            path: script::below(&dir, "timeout-kill"),
            text: format!("{timeout}\n"),
            mode: 0o644,
        },
        script::executable(script::below(&dir, "run"), run(definition, words)),
    ])
}

/// `-n` ends what is no longer linked, after the service's own stop time-out at
/// the latest.
fn end_supervision(s6: &S6, dir: &Path) -> Result<Tool, Error> {
    shell(
        "s6-svscanctl -an -- \"$1\" >/dev/null 2>&1\n\
         n=0; while s6-svok \"$2\" && [ $n -lt 200 ]; do sleep 0.1; n=$((n + 1)); done",
        &[&s6.scan_dir, dir],
    )
}

fn shell(line: &str, paths: &[&Path]) -> Result<Tool, Error> {
    let mut arguments = vec!["-c".to_owned(), line.to_owned(), "sh".to_owned()];
    for path in paths {
        arguments.push(script::path(NAME, path)?.to_owned());
    }
    Ok(Tool {
        program: "sh".to_owned(),
        arguments,
    })
}

/// What makes s6 take the service up. `s6-supervise` starts a service at once
/// unless there is a file `down`; as an installation starts nothing, it is there
/// until `s6-supervise` has looked.
fn boot(s6: &S6, definition: &Definition) -> Result<Vec<Step>, Error> {
    if definition.start == StartType::Disabled {
        return Ok(Vec::new());
    }
    let name = &definition.name;
    let dir = s6.service_dir(name);
    let down = script::below(&dir, "down");
    // A removal goes backwards: it ends `s6-supervise` when the link is gone.
    let mut steps = vec![
        Step::Call(Call::Tool {
            does: shell("test -d \"$1\"", &[&s6.scan_dir])?,
            undo: Some(end_supervision(s6, &dir)?),
        }),
        Step::File {
            path: down.clone(),
            text: String::new(),
            mode: 0o644,
        },
    ];
    let image = s6
        .image_dir
        .iter()
        .map(|dir| script::below(dir, name.as_str()));
    for path in image.chain([s6.scan_link(name)]) {
        steps.push(Step::Link {
            path,
            target: dir.clone(),
        });
    }
    steps.push(Step::Call(Call::Tool {
        does: take_up(s6, &dir)?,
        undo: None,
    }));
    if is_started_at_boot(&definition.start) {
        steps.push(Step::NoFile { path: down });
    }
    Ok(steps)
}

/// An `s6-svscan` that does not run will find the service when it starts.
fn take_up(s6: &S6, dir: &Path) -> Result<Tool, Error> {
    shell(
        "s6-svscanctl -a -- \"$1\" >/dev/null 2>&1 || exit 0\n\
         n=0; while ! s6-svok \"$2\" && [ $n -lt 80 ]; do sleep 0.1; n=$((n + 1)); done",
        &[&s6.scan_dir, dir],
    )
}

fn run(definition: &Definition, words: &Words<'_>) -> String {
    let mut text = format!("#!/bin/sh\n{}", script::owner_line(&definition.name));
    text.push_str(&script::variables(definition, words));
    text.push_str("exec 2>&1\ncd \"$dir\" || exit 111\n");
    text.push_str(&format!("set -- {}\n", words.command_line()));
    text.push_str(match words.user {
        Some(_) => "exec s6-setuidgid \"$user\" \"$@\"\n",
        None => "exec \"$@\"\n",
    });
    text
}

fn fidelity(s6: &S6, definition: &Definition) -> Fidelity {
    let mut lacks = Lacks::of(NAME, definition);
    lacks.display_name();
    lacks.description();
    lacks.start_in_scan_dir();
    if s6.forgets() && is_started_at_boot(&definition.start) {
        let dir = s6.scan_dir.display();
        lacks.fidelity.missing(
            "start",
            format!("{dir} is empty after a boot and nothing here fills it: install again then, or link the service where your system makes {dir}."),
        );
    }
    lacks.groups();
    lacks.capabilities();
    lacks.sandbox();
    lacks.depends_on();
    lacks.network();
    lacks.protocol();
    if definition.restart_delay > Duration::from_secs(1) {
        lacks.fidelity.approximated(
            "restart_delay",
            "s6 starts it again at once, at most once a second.",
        );
    }
    lacks.fidelity.approximated(
        "stop_timeout",
        "Only its main process is killed then, not what it has started.",
    );
    lacks.fidelity
}
