//! What the managers that run shell scripts have in common.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::bounded;
use crate::definition::{Account, Definition, NativeName, Scope};
use crate::manager::{Error, Property};
use crate::register::Registration;
use crate::step::{Access, Step};
use crate::text::sh;

/// The line by which people know whose a file is.
pub(crate) fn owner_line(name: &NativeName) -> String {
    format!(
        "# Written by Outlast for {name}; `outlast uninstall` removes it and `outlast config` changes it.\n"
    )
}

/// A definition's text, checked: nothing in it is without a spelling.
pub(crate) struct Words<'a> {
    /// Program and arguments.
    pub(crate) command: Vec<&'a str>,
    /// The working folder.
    pub(crate) dir: &'a str,
    /// Variables, whose names a shell takes.
    pub(crate) environment: &'a [(String, String)],
    /// The description, or the name, on one line.
    pub(crate) description: String,
    /// Whom it runs as; `None`: the manager's own account, root.
    pub(crate) user: Option<&'a str>,
}

impl<'a> Words<'a> {
    /// Of `definition`, for `manager`.
    pub(crate) fn of(manager: &'static str, definition: &'a Definition) -> Result<Self, Error> {
        if definition.scope == Scope::User {
            return Err(inexpressible(
                manager,
                "it has services of the machine only, none of a user; install as root, with an account to run as",
            ));
        }
        let mut command = vec![path(manager, &definition.program)?];
        for argument in &definition.arguments {
            command.push(without_nul(manager, argument)?);
        }
        for (name, value) in &definition.environment {
            without_nul(manager, value)?;
            if !sh::is_variable(name) {
                return Err(inexpressible(
                    manager,
                    format!("a shell can set no variable called {name:?}"),
                ));
            }
        }
        Ok(Self {
            command,
            dir: path(manager, &definition.dir)?,
            environment: &definition.environment,
            description: one_line(definition),
            user: user(manager, &definition.account)?,
        })
    }

    /// The lines that set the variables.
    pub(crate) fn exports(&self) -> String {
        self.environment
            .iter()
            .map(|(name, value)| format!("export {name}={}\n", sh::quote(value)))
            .collect()
    }

    /// Program and arguments as a line of a script.
    pub(crate) fn command_line(&self) -> String {
        sh::line(self.command.iter().copied())
    }
}

/// `path` as text.
pub(crate) fn path<'a>(manager: &'static str, path: &'a Path) -> Result<&'a str, Error> {
    let text = path.to_str().ok_or_else(|| {
        let shown = path.display();
        inexpressible(manager, format!("{shown} is no text in UTF-8; rename it"))
    })?;
    without_nul(manager, text)
}

fn without_nul<'a>(manager: &'static str, text: &'a str) -> Result<&'a str, Error> {
    if text.contains('\0') {
        return Err(inexpressible(
            manager,
            format!("{text:?} has a NUL, which ends a text on Unix"),
        ));
    }
    Ok(text)
}

fn one_line(definition: &Definition) -> String {
    let text = definition
        .description
        .as_deref()
        .unwrap_or(definition.name.as_str());
    text.split(char::is_control)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whom `account` means on Unix; `None`: root.
pub(crate) fn user<'a>(
    manager: &'static str,
    account: &'a Account,
) -> Result<Option<&'a str>, Error> {
    let reason = match account {
        Account::System => return Ok(None),
        Account::User { name, .. } if is_account(name) => return Ok(Some(name)),
        Account::User { name, .. } => format!("{name:?} is no name of an account on Unix"),
        Account::Dynamic => {
            "an account that exists only while the service runs is systemd's; name a user"
                .to_owned()
        }
        Account::LocalService
        | Account::NetworkService
        | Account::Virtual
        | Account::Managed(_) => "that account is one of Windows; name a user".to_owned(),
    };
    Err(inexpressible(manager, reason))
}

/// Names go into lines that tools take apart at colons and white space.
fn is_account(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && !name.contains(|c: char| c.is_whitespace() || c.is_control() || ":/'\"\\".contains(c))
}

/// That `manager` cannot have the service.
pub(crate) fn inexpressible(manager: &'static str, reason: impl Into<String>) -> Error {
    Error::Inexpressible {
        manager,
        reason: reason.into(),
    }
}

/// Checks that `name` is a file's in a folder of scripts that other scripts go
/// through: ASCII letters, digits and `others`, the first a letter or digit.
pub(crate) fn check_name(
    manager: &'static str,
    name: &NativeName,
    others: &str,
) -> Result<(), Error> {
    let text = name.as_str();
    let is_fit = text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || others.contains(c))
        && text.len() <= 200;
    if is_fit {
        return Ok(());
    }
    Err(inexpressible(
        manager,
        format!(
            "{text:?} is no name for one of its services: those have ASCII letters, digits and {}, the first a letter or digit, 200 at the most",
            others
                .chars()
                .map(|c| format!("`{c}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    ))
}

/// Checks that `name` is a folder's in a scan directory, which may have any
/// characters but a few.
pub(crate) fn check_folder_name(manager: &'static str, name: &NativeName) -> Result<(), Error> {
    let text = name.as_str();
    if text.starts_with(['.', '-']) || text.contains('/') || text.len() > 200 {
        return Err(inexpressible(
            manager,
            format!(
                "{text:?} is no name for one of its services: it begins with `.` or `-`, has a `/`, or is longer than 200 bytes"
            ),
        ));
    }
    Ok(())
}

/// The step that makes the folder for what the service keeps.
pub(crate) fn state_dir(definition: &Definition, user: Option<&str>) -> Option<Step> {
    definition.state_dir.as_ref().map(|path| Step::Dir {
        path: path.clone(),
        access: Access {
            owner: user.map(str::to_owned),
            mode: 0o700,
        },
    })
}

/// A script of `text` at `path`.
pub(crate) fn executable(path: PathBuf, text: String) -> Step {
    Step::File {
        path,
        text,
        mode: 0o755,
    }
}

/// What is written at `path`, for its properties to be read back.
pub(crate) fn read(path: &Path, registration: &Registration) -> Result<String, Error> {
    bounded::read_text(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => Error::NotInstalled(registration.definition.name.clone()),
        _ => Error::io("read", path, source),
    })
}

/// Whole seconds, as most tools count them; a part of one is a whole one.
pub(crate) fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// The lines that say what cannot be seen in the command, by names that
/// [`properties`] knows.
pub(crate) fn variables(definition: &Definition, words: &Words<'_>) -> String {
    let mut text = format!("description={}\n", sh::quote(&words.description));
    // Set in any case: whoever runs the script may have a variable of that name.
    let user = words.user.unwrap_or_default();
    text.push_str(&format!("user={}\n", sh::quote(user)));
    text.push_str(&format!("dir={}\n", sh::quote(words.dir)));
    text.push_str(&format!(
        "stop_timeout={}\n",
        seconds(definition.stop_timeout)
    ));
    text.push_str(&words.exports());
    text
}

/// What [`variables`] and `set --` say in `script`, for a service that is
/// started so.
pub(crate) fn properties(script: &str, start: &'static str) -> Vec<Property> {
    let read = sh::assignments(script);
    let variable = |name: &str| read.variables.get(name).cloned();
    let account = variable("user").filter(|user| !user.is_empty());
    let account = account.unwrap_or_else(|| "system".to_owned());
    let groups = variable("groups").map(|text| text.replace(':', " "));
    let stop = variable("stop_timeout").map(|seconds| seconds + "s");
    let command = sh::line(read.parameters.iter().map(String::as_str));
    let found = [
        property("description", variable("description")),
        property("start", Some(start.to_owned())),
        property("account", Some(account)),
        property("groups", groups),
        property("dir", variable("dir")),
        property("stop_timeout", stop),
        property("command", Some(command)),
    ];
    found.into_iter().flatten().collect()
}

/// A property, unless it has no value.
pub(crate) fn property(name: &'static str, value: Option<String>) -> Option<Property> {
    value
        .filter(|value| !value.is_empty())
        .map(|value| Property { name, value })
}

/// Checks that `name` can be another service's in a list of words.
pub(crate) fn check_service(manager: &'static str, name: &str) -> Result<(), Error> {
    let is_word = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '$')
        && name
            .chars()
            .skip(1)
            .all(|c| c.is_ascii_alphanumeric() || "-_.+@".contains(c));
    if is_word {
        return Ok(());
    }
    Err(inexpressible(
        manager,
        format!("no service of it can be called {name:?}"),
    ))
}

/// The path of `name` in `dir`, with Unix's separator: what is rendered for Unix
/// is the same wherever it is rendered.
pub(crate) fn below(dir: impl Into<PathBuf>, name: &str) -> PathBuf {
    let mut path = dir.into().into_os_string();
    path.push("/");
    path.push(name);
    path.into()
}
