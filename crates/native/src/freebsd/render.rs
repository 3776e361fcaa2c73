//! A script for rc.subr, and a setting for it.

use super::{NAME, script as script_path, settings, variable};
use crate::definition::{Definition, Network};
use crate::fidelity::Fidelity;
use crate::lacks::{Lacks, is_started_at_boot};
use crate::manager::{Error, Rendered};
use crate::script::{self, Words};
use crate::step::Step;

/// What is the same for all services.
const ACTIONS: &str = include_str!("script.sh");

pub(super) fn render(definition: &Definition) -> Result<Rendered, Error> {
    let name = &definition.name;
    script::check_name(NAME, name, "-")?;
    if name.as_str().starts_with(|c: char| c.is_ascii_digit()) {
        let reason = format!("{name} begins with a digit, and no variable of a shell can");
        return Err(script::inexpressible(NAME, reason));
    }
    for other in &definition.depends_on {
        script::check_service(NAME, other)?;
    }
    let words = Words::of(NAME, definition)?;
    let mut steps: Vec<Step> = script::state_dir(definition, words.user)
        .into_iter()
        .collect();
    steps.push(script::executable(
        script_path(name),
        text(definition, &words),
    ));
    if is_started_at_boot(&definition.start) {
        let variable = variable(name);
        steps.push(Step::File {
            path: settings(name),
            text: format!("{}{variable}_enable=\"YES\"\n", script::owner_line(name)),
            mode: 0o644,
        });
    }
    Ok(Rendered {
        steps,
        fidelity: fidelity(definition),
    })
}

fn text(definition: &Definition, words: &Words<'_>) -> String {
    let name = &definition.name;
    let variable = variable(name);
    let mut text = header(definition);
    text.push_str(&script::owner_line(name));
    text.push_str(&format!(
        ". /etc/rc.subr\n\n\
         name={variable}\n\
         rcvar={variable}_enable\n\
         load_rc_config \"$name\"\n\
         : \"${{{variable}_enable:=NO}}\"\n\n"
    ));
    text.push_str(&script::variables(definition, words));
    let delay = script::seconds(definition.restart_delay).max(1);
    text.push_str(&format!(
        "restart_delay={delay}\n\
         supervisor_file=/var/run/{name}.supervisor.pid\n\
         program_file=/var/run/{name}.pid\n\n"
    ));
    text.push_str(&start(words));
    text.push_str(ACTIONS);
    text
}

/// The command stands at the beginning of its line, where it can be read back.
fn start(words: &Words<'_>) -> String {
    let user = match words.user {
        Some(_) => " -u \"$user\"",
        None => "",
    };
    format!(
        "service_start() {{\n\
         \tservice_pid \"$supervisor_file\" >/dev/null && return 0\n\
         \tcd \"$dir\" || return 1\n\
         set -- {}\n\
         \t/usr/sbin/daemon -r -R \"$restart_delay\" -S -T \"$name\" -t \"$name\"{user} \\\n\
         \t\t-P \"$supervisor_file\" -p \"$program_file\" -- \"$@\"\n\
         }}\n\n",
        words.command_line()
    )
}

/// What rcorder(8) reads.
fn header(definition: &Definition) -> String {
    let mut before = "LOGIN FILESYSTEMS".to_owned();
    if definition.network == Network::Online {
        before.push_str(" NETWORKING");
    }
    for other in &definition.depends_on {
        before.push(' ');
        before.push_str(other);
    }
    let name = &definition.name;
    format!(
        "#!/bin/sh\n\n\
         # PROVIDE: {name}\n\
         # REQUIRE: {before}\n\
         # KEYWORD: shutdown\n\n"
    )
}

fn fidelity(definition: &Definition) -> Fidelity {
    let mut lacks = Lacks::of(NAME, definition);
    lacks.display_name();
    lacks.description();
    lacks.start("It is started after those that people log in by, like all others of this kind.");
    lacks.groups();
    lacks.capabilities();
    lacks.sandbox();
    if !definition.depends_on.is_empty() {
        lacks.fidelity.approximated(
            "depends_on",
            "It is started after them, as far as they are enabled; rc.d starts nothing on behalf of another.",
        );
    }
    if definition.network == Network::Online {
        lacks.fidelity.approximated(
            "network",
            "It is started after the network was set up, which may be before it works.",
        );
    }
    lacks.protocol();
    lacks.fidelity.approximated(
        "stop_timeout",
        "Only its main process is killed then, not what it has started; at a shutdown rc.d's own time-out (90 s) counts as well.",
    );
    lacks.fidelity
}
