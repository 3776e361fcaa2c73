//! A script with an LSB header, and links to it.

use std::path::PathBuf;

use super::{Links, NAME, script as script_path};
use crate::definition::{Definition, NativeName, Network, StartType};
use crate::fidelity::Fidelity;
use crate::lacks::{Lacks, is_started_at_boot};
use crate::manager::{Error, Rendered};
use crate::script::{self, Words};
use crate::step::{Call, Step, Tool};

/// What is the same for all services.
const ACTIONS: &str = include_str!("script.sh");

pub(super) fn render(links: Links, definition: &Definition) -> Result<Rendered, Error> {
    script::check_name(NAME, &definition.name, "-_")?;
    for other in &definition.depends_on {
        script::check_service(NAME, other)?;
    }
    let words = Words::of(NAME, definition)?;
    let mut steps: Vec<Step> = script::state_dir(definition, words.user)
        .into_iter()
        .collect();
    steps.push(script::executable(
        script_path(&definition.name),
        text(definition, &words),
    ));
    if is_started_at_boot(&definition.start) {
        steps.extend(enable(links, &definition.name));
    }
    Ok(Rendered {
        steps,
        fidelity: fidelity(links, definition),
    })
}

fn enable(links: Links, name: &NativeName) -> Vec<Step> {
    let tool = |program: &str, words: [&str; 2]| Tool {
        program: program.to_owned(),
        arguments: words.map(str::to_owned).to_vec(),
    };
    let (does, undo) = match links {
        Links::Ours => return our_links(name).collect(),
        Links::UpdateRcD => (
            tool("update-rc.d", [name.as_str(), "defaults"]),
            Tool {
                program: "update-rc.d".to_owned(),
                // The script is there still.
                arguments: ["-f", name.as_str(), "remove"].map(str::to_owned).to_vec(),
            },
        ),
        Links::Chkconfig => (
            tool("chkconfig", ["--add", name.as_str()]),
            tool("chkconfig", ["--del", name.as_str()]),
        ),
    };
    vec![Step::Call(Call::Tool {
        does,
        undo: Some(undo),
    })]
}

/// Started last and ended first.
fn our_links(name: &NativeName) -> impl Iterator<Item = Step> {
    const LEVELS: [(char, &str); 7] = [
        ('0', "K01"),
        ('1', "K01"),
        ('2', "S99"),
        ('3', "S99"),
        ('4', "S99"),
        ('5', "S99"),
        ('6', "K01"),
    ];
    LEVELS.into_iter().map(move |(level, order)| Step::Link {
        path: PathBuf::from(format!("/etc/rc{level}.d/{order}{name}")),
        target: script::below("../init.d", name.as_str()),
    })
}

fn text(definition: &Definition, words: &Words<'_>) -> String {
    let name = &definition.name;
    let mut text = header(definition, words);
    text.push_str(&script::owner_line(name));
    // As init gives none worth having; the service's own variables follow.
    text.push_str("PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin\n");
    text.push_str(&script::variables(definition, words));
    text.push_str(&format!(
        "pid_file=/run/{name}.pid\nborn_file=/run/{name}.born\n"
    ));
    text.push_str(&format!(
        "action=${{1:-}}\nset -- {}\n\n",
        words.command_line()
    ));
    text.push_str(ACTIONS);
    text
}

/// The LSB's, and what chkconfig reads instead.
fn header(definition: &Definition, words: &Words<'_>) -> String {
    let mut before = "$remote_fs $syslog".to_owned();
    if definition.network == Network::Online {
        before.push_str(" $network");
    }
    for other in &definition.depends_on {
        before.push(' ');
        before.push_str(other);
    }
    if definition.start == StartType::Delayed {
        before.push_str(" $all");
    }
    let name = &definition.name;
    let description = &words.description;
    format!(
        "#!/bin/sh\n\
         # chkconfig: 2345 99 01\n\
         # description: {description}\n\
         ### BEGIN INIT INFO\n\
         # Provides:          {name}\n\
         # Required-Start:    {before}\n\
         # Required-Stop:     $remote_fs $syslog\n\
         # Should-Start:      $network $time\n\
         # Default-Start:     2 3 4 5\n\
         # Default-Stop:      0 1 6\n\
         # Short-Description: {description}\n\
         ### END INIT INFO\n\n"
    )
}

fn fidelity(links: Links, definition: &Definition) -> Fidelity {
    let mut lacks = Lacks::of(NAME, definition);
    lacks.display_name();
    lacks.start("It is started after all others, at once.");
    lacks.groups();
    lacks.capabilities();
    lacks.sandbox();
    if links == Links::Ours && !definition.depends_on.is_empty() {
        lacks.fidelity.approximated(
            "depends_on",
            "It is started after all services with a number below 99.",
        );
    }
    if definition.network == Network::Online {
        lacks.fidelity.approximated(
            "network",
            "It is started after the script that provides `$network`, which may end before the network works.",
        );
    }
    lacks.protocol();
    // No line in /etc/inittab: it has room for four letters of a name, is one
    // file for all, and would start what the script has stopped.
    lacks.fidelity.missing(
        "restart_delay",
        "SysV init looks after nothing that it has started: when the program itself ends or is killed, \
         nothing starts it again before the next boot; what it has started runs on alone until then.",
    );
    lacks.fidelity.approximated(
        "stop_timeout",
        "Only its main process is killed then, not what it has started.",
    );
    lacks.fidelity
}

#[cfg(test)]
mod tests {
    use super::ACTIONS;
    use crate::text::sh;

    #[test]
    fn what_is_the_same_for_all_sets_no_property() {
        let read = sh::assignments(ACTIONS);
        assert!(read.parameters.is_empty());
        assert!(!read.variables.contains_key("dir"));
    }
}
