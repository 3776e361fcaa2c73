//! A configuration without a file: `outlast run -- CMD ARG…`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use outlast_model::service::{Command, Environment, LogPolicy, OnFailure, RestartWhen, SleepWhile};
use outlast_model::watch::{OnChange, Poll, WatchPolicy};
use outlast_model::{GuardianName, Service, ServiceName};

use crate::config::{Config, Host};
use crate::defaults;
use crate::diagnostic::{Diagnostic, Diagnostics, quoted};
use crate::report::Report;
use crate::resolve::{Places, watch};
use crate::source::{Source, Span};
use crate::words;

/// Which files are watched for an ad-hoc command: as `watch` of a file.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Paths and patterns.
    pub paths: Vec<String>,
    /// Lines of a `.gitignore`.
    pub ignore: Vec<String>,
    /// Whether `.gitignore` files count.
    pub gitignore: bool,
    /// How long nothing must have changed.
    pub debounce: Option<Duration>,
    /// How often the files are looked at.
    pub poll: Option<Duration>,
}

/// As [`ad_hoc`], for a command that runs once, and again whenever watched files have
/// changed. What it prints goes where that of the guardian goes.
///
/// # Errors
/// As for [`ad_hoc`]; or if one of the paths is no pattern.
pub fn ad_hoc_watching(
    command: &[String],
    (dir, watched): (&Path, Watched),
    host: &Host,
) -> Result<Config, Diagnostics> {
    let mut config = ad_hoc(command, dir, host)?;
    let mut report = Report::default();
    let mut places = Vec::new();
    for path in &watched.paths {
        match watch::place(dir, path) {
            Ok(place) => places.push(place),
            Err(reason) => {
                let message = format!("{} is no path and no pattern", quoted(path));
                report.push(Diagnostic::error(Span::START, message).label(reason));
            }
        }
    }
    for (name, time, least) in [
        ("debounce", watched.debounce, watch::LEAST_DEBOUNCE),
        ("poll", watched.poll, watch::LEAST_POLL),
    ] {
        if time.is_some_and(|time| time < least) {
            let message = format!("--{name} is too short");
            let hint = format!("write {}ms or more", least.as_millis());
            report.push(Diagnostic::error(Span::START, message).help(hint));
        }
    }
    if report.errors() > 0 {
        let line = watched.paths.join(" ");
        return Err(report.finish(Source::new(Path::new("command line"), &line)));
    }
    for service in &mut config.services {
        service.restart.when = RestartWhen::Never;
        service.log = LogPolicy::Inherit;
        service.watch = Some(Box::new(WatchPolicy {
            places: places.clone(),
            ignore: watched.ignore.clone(),
            gitignore: watched.gitignore,
            debounce: watched.debounce.unwrap_or(defaults::WATCH_DEBOUNCE),
            poll: watched.poll.map_or(Poll::WhereNeeded, Poll::Every),
            on_change: OnChange::Restart,
        }));
    }
    Ok(config)
}

/// One service that runs `command` in `dir` (absolute) with the defaults of
/// every key; guardian and service are named after the program. Diagnostics
/// about it point into the command.
///
/// # Errors
/// If there is no program, or a word contains NUL.
pub fn ad_hoc(command: &[String], dir: &Path, host: &Host) -> Result<Config, Diagnostics> {
    let line = words::join(command);
    let source = Source::new(Path::new("command line"), &line);
    let mut report = Report::default();
    let program = match command.first() {
        Some(program) if !program.is_empty() => program,
        _ => {
            report.push(
                Diagnostic::error(Span::START, "there is no program to run")
                    .help("write it behind `--`: outlast run -- PROGRAM ARGUMENT…"),
            );
            return Err(report.finish(source));
        }
    };
    if command.iter().any(|word| word.contains('\0')) {
        report.push(Diagnostic::error(
            Span::START,
            "the command contains a NUL character",
        ));
        return Err(report.finish(source));
    }
    let stem = Path::new(program).file_stem().unwrap_or_default();
    let stem = stem.to_string_lossy();
    let program_span = Span::from(0..words::join(&[program]).len());
    Ok(Config {
        name: GuardianName::nearest(&stem),
        path: dir.to_owned(),
        native: defaults::NATIVE,
        services: vec![service(&stem, command, dir, host)],
        places: vec![Places {
            program: program_span,
            ..Places::default()
        }],
        warnings: report.finish(source),
    })
}

fn service(stem: &str, command: &[String], dir: &Path, host: &Host) -> Service {
    Service {
        name: service_name(stem),
        command: Command {
            program: command[0].clone(),
            arguments: command[1..].to_vec(),
        },
        dir: dir.to_owned(),
        environment: Environment::default(),
        secrets: BTreeMap::new(),
        sandbox: outlast_model::Sandbox::default(),
        user: None,
        group: None,
        capabilities: None,
        umask: None,
        limits: outlast_model::Limits::default(),
        depends_on: Vec::new(),
        enabled: defaults::ENABLED,
        schedule: None,
        restart: defaults::RESTART,
        success_codes: defaults::SUCCESS_CODES.to_vec(),
        stop: host.stop.clone(),
        log: defaults::LOG,
        time_limit: None,
        reactions: BTreeMap::new(),
        on_failure: OnFailure::default(),
        part_of: None,
        copy_of: None,
        health: outlast_model::HealthPolicy::default(),
        sleep: defaults::SLEEP,
        sleep_while: SleepWhile::default(),
        throttle: defaults::THROTTLE,
        network: defaults::NETWORK,
        listen: Vec::new(),
        fd_store: 0,
        session: None,
        channel: None,
        watch: None,
    }
}

/// The nearest valid name to `stem`.
fn service_name(stem: &str) -> ServiceName {
    let letter = |c: char| {
        if c.is_ascii_alphanumeric() || "._-".contains(c) {
            c
        } else {
            '-'
        }
    };
    let name: String = stem
        .trim_start_matches(|c: char| !c.is_ascii_alphanumeric())
        .chars()
        .map(letter)
        .take(outlast_model::name::MAX_NAME)
        .collect();
    ServiceName::new(name.trim_end_matches('.'))
        .or_else(|_| ServiceName::new("program"))
        .expect("`program` is a valid name")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(program: &str) -> String {
        let host = Host {
            stop: defaults::stop_sequence(&[]),
            reboot: vec!["restart-it".to_owned()],
            webhook: vec!["tell-it".to_owned()],
        };
        let config = ad_hoc(&[program.to_owned()], Path::new("/"), &host).expect("it is valid");
        config.services[0].name.to_string()
    }

    #[test]
    fn the_service_is_named_after_its_program() {
        assert_eq!(name_of("/usr/bin/python3"), "python3");
        assert_eq!(name_of("./my server.sh"), "my-server");
        assert_eq!(name_of(".hidden"), "hidden");
        assert_eq!(name_of("äöü"), "program");
        assert_eq!(name_of("nul"), "program");
        assert_eq!(name_of(&"x".repeat(100)), "x".repeat(64));
    }
}
