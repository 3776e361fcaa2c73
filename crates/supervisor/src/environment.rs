//! The environment an instance finds: built anew for each start.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use outlast_model::exit::StartStep;
use outlast_model::service::{Environment, Inherit};
use outlast_model::{InstanceId, Service, StartFailure};
use outlast_os::account::Account;
use outlast_os::environment::is_minimal;
use outlast_os::manager_link::is_own_variable;

/// An environment file larger than this is a mistake.
const MAX_FILE: u64 = 1024 * 1024;

/// The variables for `instance` of `service`: inherited ones, those that
/// describe `account`, those of the file, those of the definition, and
/// `OUTLAST_SERVICE` and `OUTLAST_INSTANCE`; the later win.
///
/// # Errors
/// When the environment file cannot be read or understood.
pub(crate) fn build(
    service: &Service,
    instance: InstanceId,
    account: Option<&Account>,
) -> Result<Vec<(OsString, OsString)>, StartFailure> {
    let mut variables: BTreeMap<OsString, OsString> = std::env::vars_os()
        .filter(|(name, _)| inherits(&service.environment, name))
        .collect();
    if let Some(account) = account {
        variables.extend(describe(account));
    }
    if let Some(file) = &service.environment.file {
        variables.extend(read_file(file)?);
    }
    let set = &service.environment.set;
    variables.extend(set.iter().map(|(name, value)| (name.into(), value.into())));
    variables.insert("OUTLAST_SERVICE".into(), service.name.as_str().into());
    variables.insert("OUTLAST_INSTANCE".into(), instance.to_string().into());
    Ok(variables.into_iter().collect())
}

/// The `PATH` that an instance of `service` finds. An environment file that
/// cannot be used is left out: it is a trouble of its own.
pub(crate) fn search_path(service: &Service) -> Option<OsString> {
    let account = service
        .user
        .as_deref()
        .and_then(|user| Account::find(user).ok());
    let mut service = service.clone();
    if service
        .environment
        .file
        .as_deref()
        .is_some_and(|file| check_file(file).is_err())
    {
        service.environment.file = None;
    }
    let variables = build(&service, InstanceId(0), account.as_ref()).ok()?;
    value(&variables, "PATH").map(OsStr::to_owned)
}

/// Whether the environment file at `path` can be used.
pub(crate) fn check_file(path: &Path) -> Result<(), StartFailure> {
    read_file(path).map(drop)
}

/// The value of `name` in `variables`.
pub(crate) fn value<'a>(variables: &'a [(OsString, OsString)], name: &str) -> Option<&'a OsStr> {
    let found = variables
        .iter()
        .find(|(candidate, _)| candidate.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_os_str())
}

/// The variables that login(1) sets.
fn describe(account: &Account) -> [(OsString, OsString); 4] {
    [
        ("USER".into(), account.name().into()),
        ("LOGNAME".into(), account.name().into()),
        ("HOME".into(), account.home().into()),
        ("SHELL".into(), account.shell().into()),
    ]
}

/// What the native manager has told this process is for nobody else, even if
/// everything is inherited: a service that spoke in the guardian's name would
/// make it ready, or keep it alive when it hangs.
fn inherits(environment: &Environment, name: &OsStr) -> bool {
    if is_own_variable(name) {
        return false;
    }
    match &environment.inherit {
        Inherit::Minimal => is_minimal(name),
        Inherit::Named(names) => {
            is_minimal(name) || names.iter().any(|wanted| name == OsStr::new(wanted))
        }
        Inherit::Everything => true,
    }
}

fn read_file(path: &Path) -> Result<Vec<(OsString, OsString)>, StartFailure> {
    let failure = |os_error: Option<i32>, why: String| StartFailure {
        step: StartStep::ReadEnvironment,
        subject: path.to_owned(),
        os_error,
        message: format!("cannot use the environment file {}: {why}", path.display()),
    };
    let text =
        read_bounded(path).map_err(|error| failure(error.raw_os_error(), error.to_string()))?;
    let variables = parse(&text).map_err(|error| failure(None, error))?;
    Ok(variables
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect())
}

fn read_bounded(path: &Path) -> std::io::Result<String> {
    let file = File::open(path)?;
    // Opening a FIFO or a terminal would be followed by a read that never ends.
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("it is not a regular file"));
    }
    let mut text = String::new();
    file.take(MAX_FILE + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_FILE {
        return Err(std::io::Error::other("it is larger than 1 MiB"));
    }
    Ok(text)
}

/// Reads `NAME=value` lines. Empty lines and lines that begin with `#` or `;`
/// do not count, as in systemd.exec(5); a leading `export ` is allowed, as shell
/// files have it; a value may stand in single quotes (taken as it is) or double
/// quotes (`\"`, `\\` and `\n` are replaced). Nothing is expanded.
fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
    let lines = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()));
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with(['#', ';']))
        .map(|(number, line)| assignment(line).map_err(|why| format!("line {number}: {why}")))
        .collect()
}

fn assignment(line: &str) -> Result<(String, String), &'static str> {
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let (name, value) = line.split_once('=').ok_or("expected NAME=value")?;
    let name = name.trim_end();
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err("expected NAME=value, without spaces in the name");
    }
    let value = unquote(value.trim_start())?;
    if value.contains('\0') || name.contains('\0') {
        return Err("a NUL character cannot stand in an environment");
    }
    Ok((name.to_owned(), value))
}

fn unquote(value: &str) -> Result<String, &'static str> {
    if let Some(rest) = value.strip_prefix('\'') {
        return rest
            .strip_suffix('\'')
            .map(str::to_owned)
            .ok_or("a single quote is not closed");
    }
    let Some(rest) = value.strip_prefix('"') else {
        return Ok(value.to_owned());
    };
    let mut plain = String::with_capacity(rest.len());
    let mut characters = rest.chars();
    loop {
        match characters.next().ok_or("a double quote is not closed")? {
            '"' if characters.as_str().is_empty() => return Ok(plain),
            '"' => return Err("something follows the closing double quote"),
            '\\' => match characters.next().ok_or("a double quote is not closed")? {
                'n' => plain.push('\n'),
                other @ ('"' | '\\' | '$' | '`') => plain.push(other),
                other => plain.extend(['\\', other]),
            },
            other => plain.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        assert_eq!(parse(text), Ok(expected));
    }

    #[test]
    fn assignments_comments_and_quotes_are_understood() {
        check("", &[]);
        check("# a\n; b\n\n A=1 \nexport B = 2", &[("A", "1"), ("B", "2")]);
        check(
            "A='x # \\n'\nB=\"a \\\"b\\\" \\\\ \\n\"",
            &[("A", "x # \\n"), ("B", "a \"b\" \\ \n")],
        );
        check(
            "URL=http://h/?a=b#c\nEMPTY=",
            &[("URL", "http://h/?a=b#c"), ("EMPTY", "")],
        );
        check("A=1\r\nB=2\r\n", &[("A", "1"), ("B", "2")]);
    }

    #[test]
    fn an_unusable_line_is_named() {
        for (text, line) in [
            ("A=1\nno", "line 2"),
            ("=x", "line 1"),
            ("A='x", "line 1"),
            ("\nA=\"x\" y", "line 2"),
        ] {
            assert!(
                parse(text).is_err_and(|why| why.starts_with(line)),
                "{text:?}"
            );
        }
    }
}
