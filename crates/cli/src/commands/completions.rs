//! `outlast completions`: what a shell needs to complete verbs, options and the
//! names of services.

use std::io::{self, Write as _};

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::{Arguments, Completions};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal;

/// For bash: names of services for the verbs that take them; everything else by
/// the generated function.
const BASH_SERVICES: &str = r#"
_outlast_with_services() {
    case "${COMP_WORDS[1]}" in
        start|stop|restart|status|logs|events|why)
            if [[ "${COMP_WORDS[COMP_CWORD]}" != -* ]]; then
                COMPREPLY=( $(compgen -W "$(outlast __services 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}") )
                return
            fi ;;
    esac
    _outlast "$@"
}
complete -F _outlast_with_services -o bashdefault -o default outlast
"#;

/// For fish, whose completions add up.
const FISH_SERVICES: &str = "
complete -c outlast -n '__fish_seen_subcommand_from start stop restart status logs events why' -f -a '(outlast __services 2>/dev/null)'
";

/// For zsh: the generated function completes these arguments by `_default`,
/// which is replaced within this command.
const ZSH_SERVICES: &str = r#"
_outlast_services() {
    local -a services
    services=(${(f)"$(outlast __services 2>/dev/null)"})
    compadd -a services
}
"#;

pub(crate) fn perform(arguments: &Completions) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "outlast",
        &mut script,
    );
    let mut script =
        String::from_utf8(script).map_err(|error| Failure::of("write the completions", &error))?;
    match arguments.shell {
        Shell::Bash => script.push_str(BASH_SERVICES),
        Shell::Fish => script.push_str(FISH_SERVICES),
        Shell::Zsh => script = with_zsh_services(&script),
        // PowerShell and Elvish complete verbs and options.
        _ => {}
    }
    terminal::written(io::stdout().lock().write_all(script.as_bytes()))?;
    Ok(ExitCode::Ok)
}

/// Arguments that are names of services are those that clap describes so.
fn with_zsh_services(script: &str) -> String {
    let is_name = |line: &str| line.contains("::targets --") || line.contains("::services --");
    let lines = script.lines().map(|line| {
        if is_name(line) {
            line.replace(":_default'", ":_outlast_services'")
        } else {
            line.to_owned()
        }
    });
    let mut script: Vec<String> = lines.collect();
    // The first line has to stay the first: `#compdef`.
    script.insert(1.min(script.len()), ZSH_SERVICES.to_owned());
    script.join("\n") + "\n"
}
