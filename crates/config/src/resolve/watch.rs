//! `watch` and `on_change`: which files, and what is done when they change.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use outlast_model::Service;
use outlast_model::glob::Glob;
use outlast_model::service::Command;
use outlast_model::watch::{OnChange, Poll, WatchPolicy, WatchedPlace};

use crate::defaults;
use crate::diagnostic::{Diagnostic, quoted};
use crate::file::{ChangeKeys, ChangeSetting, ChangeWord, ServiceKeys, WatchKeys, WatchSetting};
use crate::read::{DurationText, Text};
use crate::report::Report;
use crate::resolve::part::{Part, outside};
use crate::resolve::{Places, part};
use crate::source::{Located, Span};

/// What is written in letters that a pattern has.
const LETTERS_OF_PATTERNS: [char; 5] = ['*', '?', '[', '{', '\\'];

/// Whoever writes a file writes it in pieces.
pub(crate) const LEAST_DEBOUNCE: Duration = Duration::from_millis(50);

pub(crate) const LEAST_POLL: Duration = Duration::from_millis(100);

/// The file or files that are meant by `text`, seen from `dir`.
///
/// # Errors
/// Says what is wrong with it, as a fragment.
pub(crate) fn place(dir: &Path, text: &str) -> Result<WatchedPlace, &'static str> {
    if text.is_empty() {
        return Err("it is empty");
    }
    let is_pattern = |name: &str| name.contains(LETTERS_OF_PATTERNS);
    let plain: Vec<&str> = text
        .split('/')
        .take_while(|name| !is_pattern(name))
        .collect();
    let pattern: Vec<&str> = text.split('/').skip(plain.len()).collect();
    let plain = plain.join("/");
    // The root of a file system.
    let is_root = plain.is_empty() && text.starts_with('/');
    let root = dir.join(if is_root { "/" } else { &plain });
    if pattern.contains(&"..") {
        return Err("`..` behind a pattern leads nowhere");
    }
    let below = (!pattern.is_empty()).then(|| Glob::new(&pattern.join("/")));
    Ok(WatchedPlace {
        root: without_dots(&root),
        below: below.transpose()?,
    })
}

fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
}

/// A reaction to changes that nobody looks for is a mistake, unless all services have
/// it.
pub(super) fn check_pair(own: &ServiceKeys, defaults: &ServiceKeys, report: &mut Report) {
    if own.watch.is_none()
        && defaults.watch.is_none()
        && let Some(on_change) = &own.on_change
    {
        report.push(
            Diagnostic::error(on_change.span, "no files are watched")
                .help("add for example watch = [\"src/**\", \"config.yaml\"]"),
        );
    }
}

/// Has `service` watch its files; what comes back are the services that it starts
/// then.
pub(super) fn resolve(
    (watch, on_change): (
        Option<Located<WatchSetting>>,
        Option<Located<ChangeSetting>>,
    ),
    service: &mut Service,
    places: &mut Places,
    report: &mut Report,
) -> Option<(Service, Places)> {
    let Located { value, span } = watch?;
    let keys = match value {
        WatchSetting::Table(keys) => *keys,
        WatchSetting::Paths(paths) => WatchKeys {
            paths: Some(Located::new(paths, span)),
            ..WatchKeys::default()
        },
    };
    let mut policy = policy(keys, &service.dir, (span, report));
    let mut part = None;
    match on_change {
        None => {}
        Some(Located { value, span }) => match value.program() {
            Err(ChangeWord::Restart) => {}
            Err(ChangeWord::Reload) => {
                places.reload = span;
                policy.on_change = OnChange::Reload;
            }
            Ok(keys) => {
                part = program(keys, (service, places), (span, report));
                if let Some((started, _)) = &part {
                    policy.on_change = OnChange::Start(started.name.clone());
                }
            }
        },
    }
    service.watch = Some(Box::new(policy));
    part
}

/// With a restart for a reaction.
fn policy(keys: WatchKeys, dir: &Path, (span, report): (Span, &mut Report)) -> WatchPolicy {
    let paths = keys.paths.map(|paths| paths.value).unwrap_or_default();
    if paths.is_empty() {
        report.push(
            Diagnostic::missing(span, "no files are watched")
                .help("write for example [\"src/**\", \"config.yaml\"]"),
        );
    }
    let found = paths.iter().filter_map(|path| {
        place(dir, &path.value.0)
            .map_err(|reason| {
                let message = format!("{} is no path and no pattern", quoted(&path.value.0));
                report.push(Diagnostic::error(path.span, message).label(reason));
            })
            .ok()
    });
    let places = found.collect();
    let mut at_least = |time: Option<Located<DurationText>>, least: Duration| {
        let Located { value, span } = time?;
        if value.0 < least {
            let hint = format!("write \"{}ms\" or more", least.as_millis());
            report.push(Diagnostic::error(span, "that is too short").help(hint));
        }
        Some(value.0)
    };
    WatchPolicy {
        places,
        debounce: at_least(keys.debounce, LEAST_DEBOUNCE).unwrap_or(defaults::WATCH_DEBOUNCE),
        poll: at_least(keys.poll, LEAST_POLL).map_or(Poll::WhereNeeded, Poll::Every),
        ignore: lines(keys.ignore.map(|ignore| ignore.value)),
        gitignore: keys
            .gitignore
            .map_or(defaults::WATCH_GITIGNORE, |gitignore| gitignore.value),
        on_change: OnChange::Restart,
    }
}

fn lines(ignore: Option<Vec<Located<Text>>>) -> Vec<String> {
    let lines = ignore.into_iter().flatten();
    lines.map(|line| line.value.0).collect()
}

fn program(
    keys: ChangeKeys,
    (service, places): (&Service, &Places),
    (span, report): (Span, &mut Report),
) -> Option<(Service, Places)> {
    let Some(command) = keys.command else {
        report.push(
            Diagnostic::missing(span, "a reaction has no command")
                .help("write \"restart\" or \"reload\", or { command = [\"./program\"] }"),
        );
        return None;
    };
    let line = command.value;
    let name = part::name(service, "on-change", (span, report))?;
    let places = part::places(places, (line.program.span, span));
    let part = Part {
        name,
        command: Command {
            program: line.program.value,
            arguments: line.arguments,
        },
        time_limit: keys
            .timeout
            .map_or(defaults::ON_CHANGE_TIMEOUT, |timeout| timeout.value.0),
    };
    Some((outside(part.of(service)), places))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_begins_where_its_first_letter_is() {
        for (text, root, below) in [
            ("src/**", "/p/src", Some("**")),
            ("src/*/x.rs", "/p/src", Some("*/x.rs")),
            ("config.yaml", "/p/config.yaml", None),
            ("**", "/p", Some("**")),
            (".", "/p", None),
            ("./a/../b", "/p/b", None),
            ("../shared/*.so", "/shared", Some("*.so")),
            ("/etc/app/*.conf", "/etc/app", Some("*.conf")),
            ("/*", "/", Some("*")),
        ] {
            let found = place(Path::new("/p"), text).expect("it is a place");
            assert_eq!(found.root, Path::new(root), "{text}");
            assert_eq!(found.below.as_ref().map(Glob::as_str), below, "{text}");
        }
        assert!(place(Path::new("/p"), "").is_err());
        assert!(place(Path::new("/p"), "a/[b").is_err());
        assert!(place(Path::new("/p"), "*/../b").is_err());
    }
}
