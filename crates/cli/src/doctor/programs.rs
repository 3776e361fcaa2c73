//! The programs of services, as a service would find them.

use std::ffi::OsString;
use std::path::PathBuf;

use outlast_model::Service;

use super::facts::Facts;
use super::subject::Planned;

/// Those that run a file which is given to them.
const INTERPRETERS: [&str; 18] = [
    "bash",
    "bun",
    "cmd",
    "dash",
    "deno",
    "java",
    "ksh",
    "lua",
    "node",
    "perl",
    "php",
    "powershell",
    "pwsh",
    "python",
    "ruby",
    "sh",
    "tclsh",
    "zsh",
];

/// Where the program of a service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Here.
    Here(PathBuf),
    /// Here, but only by the `PATH` of whoever runs this command.
    InSessionOnly(PathBuf),
    /// Nowhere.
    Nowhere,
}

impl Found {
    /// The path, if there is one.
    pub(crate) fn path(self) -> Option<PathBuf> {
        match self {
            Self::Here(path) | Self::InSessionOnly(path) => Some(path),
            Self::Nowhere => None,
        }
    }
}

/// Looks for the program of `service`.
pub(crate) fn find(service: &Service, planned: &Planned<'_>, facts: &dyn Facts) -> Found {
    let program = &service.command.program;
    let look = |path: Option<OsString>| facts.find_program(program, &service.dir, &path?);
    if let Some(path) = look(search_path(service, planned, facts)) {
        return Found::Here(path);
    }
    look(facts.search_path_of_session()).map_or(Found::Nowhere, Found::InSessionOnly)
}

/// The `PATH` with which `service` will run; one in its environment file is not
/// looked at.
fn search_path(service: &Service, planned: &Planned<'_>, facts: &dyn Facts) -> Option<OsString> {
    let is_path = |name: &str| name.eq_ignore_ascii_case("PATH");
    let own = service.environment.set.iter();
    let given = planned.definition.environment.iter();
    own.chain(given.map(|(name, value)| (name, value)))
        .find(|(name, _)| is_path(name))
        .map(|(_, value)| OsString::from(value))
        .or_else(|| facts.search_path_of_services())
}

/// The file that the program of `service` is given to run.
pub(crate) fn script(service: &Service, facts: &dyn Facts) -> Option<PathBuf> {
    // Windows' separators are no separators elsewhere, and a file of one system
    // may be examined on another.
    let name = service.command.program.rsplit(['/', '\\']).next()?;
    let stem = name.to_lowercase();
    let stem = stem.trim_end_matches(".exe");
    let plain = stem.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    if !INTERPRETERS.contains(&plain) {
        return None;
    }
    let arguments = service.command.arguments.iter();
    arguments
        .filter(|argument| !argument.starts_with('-'))
        .map(|argument| service.dir.join(argument))
        .find(|path| facts.is_file(path))
}
