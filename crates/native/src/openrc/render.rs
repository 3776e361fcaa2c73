//! A script for `openrc-run`, and a link to it from the runlevel.

use super::{NAME, runlevel_link, script as script_path};
use crate::definition::{Definition, Network, StartType};
use crate::fidelity::Fidelity;
use crate::lacks::{Lacks, is_started_at_boot};
use crate::manager::{Error, Rendered};
use crate::script::{self, Words};
use crate::step::Step;
use crate::text::sh;

pub(super) fn render(definition: &Definition) -> Result<Rendered, Error> {
    script::check_name(NAME, &definition.name, "-_.+")?;
    for other in &definition.depends_on {
        script::check_service(NAME, other)?;
    }
    let words = Words::of(NAME, definition)?;
    let mut steps: Vec<Step> = script::state_dir(definition, words.user)
        .into_iter()
        .collect();
    steps.push(script::executable(
        script_path(&definition.name),
        text(definition, &words)?,
    ));
    if is_started_at_boot(&definition.start) {
        steps.push(Step::Link {
            path: runlevel_link(&definition.name),
            target: script_path(&definition.name),
        });
    }
    Ok(Rendered {
        steps,
        fidelity: fidelity(definition),
    })
}

fn text(definition: &Definition, words: &Words<'_>) -> Result<String, Error> {
    let mut text = format!(
        "#!/sbin/openrc-run\n{}",
        script::owner_line(&definition.name)
    );
    let mut set = |name: &str, value: &str| {
        text.push_str(&format!("{name}={}\n", sh::quote(value)));
    };
    if let Some(display_name) = &definition.display_name {
        set("name", display_name);
    }
    set("description", &words.description);
    set("supervisor", "supervise-daemon");
    // OpenRC puts its command line together as text, splits it at white space
    // and has a shell `eval` the rest. Names of variables survive that.
    set("dir", words.dir);
    set("directory", "\"$dir\"");
    let (program, arguments) = words.command.split_first().unwrap_or((&"", &[]));
    set("program", program);
    set("command", "\"$program\"");
    let mut names = Vec::new();
    for (index, argument) in arguments.iter().enumerate() {
        let name = format!("argument_{}", index + 1);
        set(&name, argument);
        names.push(format!("\"${name}\""));
    }
    set("command_args", &names.join(" "));
    if let Some(user) = words.user {
        set("command_user", user);
    }
    let stop = script::seconds(definition.stop_timeout);
    set("retry", &format!("TERM/{stop}/KILL/5"));
    let delay = script::seconds(definition.restart_delay);
    set("respawn_delay", &delay.to_string());
    // It never gives up.
    set("respawn_max", "0");
    text.push_str(&words.exports());
    text.push_str(&depend(definition));
    Ok(text)
}

/// `want` starts what is there. `need` would keep the service from starting when
/// another fails, and would end it, for good, when another is stopped.
fn depend(definition: &Definition) -> String {
    let mut others: Vec<&str> = definition.depends_on.iter().map(String::as_str).collect();
    if definition.network == Network::Online {
        others.push("net");
    }
    let mut text = "depend() {\n".to_owned();
    if !others.is_empty() {
        let others = others.join(" ");
        text.push_str(&format!("\twant {others}\n\tafter {others}\n"));
    }
    // What is not depended on explicitly is still better there: file systems,
    // and an address for those who do not wait for one.
    text.push_str("\tafter localmount bootmisc net\n");
    if definition.start == StartType::Delayed {
        text.push_str("\tafter *\n");
    }
    text.push_str("}\n");
    text
}

fn fidelity(definition: &Definition) -> Fidelity {
    let mut lacks = Lacks::of(NAME, definition);
    lacks.start("It is started after all others of its runlevel, at once.");
    lacks.groups();
    // It has a key for them, but a build without libcap, as Debian's, starts
    // nothing that has it.
    lacks.capabilities();
    lacks.sandbox();
    if !definition.depends_on.is_empty() {
        lacks.fidelity.approximated(
            "depends_on",
            "They are started before it; when one of them fails, it is started all the same.",
        );
    }
    if definition.network == Network::Online {
        lacks.fidelity.approximated(
            "network",
            "It is started after what provides `net`, which may be there before the network works.",
        );
    }
    lacks.protocol();
    lacks.fidelity.approximated(
        "stop_timeout",
        "Only its main process is killed then, not what it has started.",
    );
    lacks.fidelity
}
