//! `outlast check`: everything that is wrong with a file.

use outlast_config::{Diagnostic, LoadError, Severity, Source};
use outlast_os::account::Starter;
use outlast_supervisor::ThisHost;
use serde_json::{Value, json};

use crate::args::{Check, Global};
use crate::at_hand;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal;

pub(crate) fn perform(arguments: &Check, global: &Global) -> Result<ExitCode, Failure> {
    let path = arguments
        .path
        .clone()
        .or_else(|| global.file.clone())
        .unwrap_or_else(|| at_hand::DEFAULT_FILE.into());
    let config = match outlast_config::load(&path, &ThisHost::facts()) {
        Ok(config) => config,
        Err(error) => return refuse(&error, arguments),
    };
    let troubles = config.check_surroundings(&ThisHost(Starter::NativeService));
    let found: Vec<&Diagnostic> = config
        .warnings()
        .iter()
        .chain(troubles.iter().map(|(_, trouble)| trouble))
        .collect();
    let is_bad = found
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error);
    if arguments.json {
        let list: Vec<Value> = found
            .iter()
            .map(|diagnostic| as_json(diagnostic, config.source()))
            .collect();
        terminal::print(&json!({ "ok": !is_bad, "diagnostics": list }).to_string())?;
    } else {
        for diagnostic in &found {
            terminal::tell(
                config
                    .source()
                    .render(diagnostic, terminal::colour_of_stderr())
                    .trim_end(),
            );
        }
        if !is_bad {
            let count = config.written_services().count();
            let services = if count == 1 { "service" } else { "services" };
            terminal::print(&format!(
                "{}: {count} {services}, no errors",
                path.display()
            ))?;
        }
    }
    Ok(if is_bad {
        ExitCode::BadConfiguration
    } else {
        ExitCode::Ok
    })
}

fn refuse(error: &LoadError, arguments: &Check) -> Result<ExitCode, Failure> {
    if !arguments.json {
        terminal::tell(error.render(terminal::colour_of_stderr()).trim_end());
        return Ok(ExitCode::BadConfiguration);
    }
    let list: Vec<Value> = match error {
        LoadError::Invalid(diagnostics) => diagnostics
            .iter()
            .map(|diagnostic| as_json(diagnostic, diagnostics.source()))
            .collect(),
        other => {
            vec![json!({ "severity": "error", "message": other.to_string(), "help": other.hint() })]
        }
    };
    terminal::print(&json!({ "ok": false, "diagnostics": list }).to_string())?;
    Ok(ExitCode::BadConfiguration)
}

fn as_json(diagnostic: &Diagnostic, source: &Source) -> Value {
    let position = source.position(diagnostic.primary.span);
    json!({
        "severity": match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "message": diagnostic.message,
        "label": diagnostic.primary.text,
        "help": diagnostic.help,
        "file": source.path().display().to_string(),
        "line": position.line,
        "column": position.column,
    })
}
