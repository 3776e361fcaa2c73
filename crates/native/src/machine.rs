//! The machine as a [`Host`]: files here, everything else by the managers' own modules.

use std::fs;
use std::io;
use std::path::Path;

use outlast_os::access;
use outlast_os::platform_log::source;

use crate::bounded;
use crate::manager::Error;
use crate::step::{Access, Call, Step};
use crate::systemd::Systemd;
use crate::tool;
use crate::transaction::Host;
use crate::windows::apply as windows;

/// The machine that this process runs on.
#[derive(Clone, Copy, Debug)]
pub struct Machine;

impl Host for Machine {
    fn inverse(&self, step: &Step) -> Result<Vec<Step>, Error> {
        match step {
            Step::Dir { path, .. } if path.is_dir() => folder_as_it_is(path),
            Step::Dir { path, .. } => Ok(missing_folders(path)),
            Step::File { path, .. } | Step::NoFile { path } | Step::Link { path, .. } => {
                as_it_is(path)
            }
            Step::NoDir { path } => folder_as_it_is(path),
            Step::NoTree { .. } => Ok(Vec::new()),
            Step::Call(call) => inverse_of_call(call),
        }
    }

    fn take(&mut self, step: &Step) -> Result<(), Error> {
        match step {
            Step::Dir { path, access } => give_dir(path, access),
            Step::File { path, text, mode } => access::write_whole(path, text.as_bytes(), *mode)
                .map_err(|source| Error::io("write", path, source)),
            Step::Link { path, target } => access::link_whole(path, target)
                .map_err(|source| Error::io("make the link", path, source)),
            Step::NoFile { path } => no_file(path),
            Step::NoDir { path } => remove_if_empty(path),
            Step::NoTree { path } => unless_absent(fs::remove_dir_all(path))
                .map_err(|source| Error::io("remove", path, source)),
            Step::Call(call) => make_call(call),
        }
    }
}

/// Neither the file nor what a process that was killed has left of it.
fn no_file(path: &Path) -> Result<(), Error> {
    for path in [path, &access::unfinished(path)] {
        unless_absent(fs::remove_file(path)).map_err(|source| Error::io("remove", path, source))?;
    }
    Ok(())
}

/// What takes back the making of `path`: the removal of each folder on the way
/// that is not there yet, the deepest first.
fn missing_folders(path: &Path) -> Vec<Step> {
    path.ancestors()
        .take_while(|folder| fs::symlink_metadata(folder).is_err())
        .map(|folder| Step::NoDir {
            path: folder.to_owned(),
        })
        .collect()
}

/// What brings a file or link back as it is now.
fn as_it_is(path: &Path) -> Result<Vec<Step>, Error> {
    let broken = |source| Error::io("read", path, source);
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut steps = vec![Step::NoFile {
                path: path.to_owned(),
            }];
            steps.extend(path.parent().map(missing_folders).unwrap_or_default());
            return Ok(steps);
        }
        Err(source) => return Err(broken(source)),
    };
    if found.is_symlink() {
        let target = fs::read_link(path).map_err(broken)?;
        let path = path.to_owned();
        return Ok(vec![Step::Link { path, target }]);
    }
    Ok(vec![Step::File {
        path: path.to_owned(),
        text: bounded::read_text(path).map_err(broken)?,
        mode: access::mode_of(path).map_err(broken)?,
    }])
}

/// What gives a folder the owner and the mode that it has now.
fn folder_as_it_is(path: &Path) -> Result<Vec<Step>, Error> {
    let Ok(mode) = access::mode_of(path) else {
        return Ok(Vec::new());
    };
    let owner = access::owner_of(path).map_err(|source| Error::io("read", path, source))?;
    Ok(vec![Step::Dir {
        path: path.to_owned(),
        access: Access { owner, mode },
    }])
}

fn give_dir(path: &Path, access: &Access) -> Result<(), Error> {
    access::give_dir(path, access.owner.as_deref(), access.mode)
        .map_err(|source| Error::io("make the folder", path, source))
}

fn remove_if_empty(path: &Path) -> Result<(), Error> {
    match fs::remove_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        other => unless_absent(other).map_err(|source| Error::io("remove", path, source)),
    }
}

fn unless_absent(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn inverse_of_call(call: &Call) -> Result<Vec<Step>, Error> {
    match call {
        Call::Tool { does, undo } => Ok(undo
            .iter()
            .map(|undo| {
                Step::Call(Call::Tool {
                    does: undo.clone(),
                    undo: Some(does.clone()),
                })
            })
            .collect()),
        Call::EventSource { name } | Call::NoEventSource { name } => source_as_it_is(name),
        Call::Systemd(call) => Ok(Systemd::inverse(call)
            .into_iter()
            .map(|call| Step::Call(Call::Systemd(call)))
            .collect()),
        Call::Service(service) => windows::inverse_of_service(service),
        Call::NoService { name, command_line } => {
            windows::inverse_of_no_service(name, command_line)
        }
        Call::LogonRight { account, .. } | Call::NoLogonRight { account } => {
            windows::inverse_of_logon(account)
        }
    }
}

/// What brings a source back as it is now. One that is not ours was not removed,
/// and is not changed by being made anew.
fn source_as_it_is(name: &str) -> Result<Vec<Step>, Error> {
    let found = source::message_file(name)
        .map_err(|error| Error::system(format!("look for the Event Log source {name}"), error))?;
    let name = name.to_owned();
    Ok(vec![Step::Call(match found {
        Some(_) => Call::EventSource { name },
        None => Call::NoEventSource { name },
    })])
}

fn make_call(call: &Call) -> Result<(), Error> {
    match call {
        Call::Tool { does, .. } => tool::run(does).map(drop),
        Call::EventSource { name } => source::register(name)
            .map_err(|error| Error::system(format!("register the Event Log source {name}"), error)),
        Call::NoEventSource { name } => source::unregister(name)
            .map_err(|error| Error::system(format!("remove the Event Log source {name}"), error)),
        Call::Systemd(call) => Systemd::make(call),
        Call::Service(service) => windows::register(service),
        Call::NoService { name, command_line } => windows::remove(name, command_line),
        Call::LogonRight { account, password } => windows::allow_logon(account, password.as_ref()),
        Call::NoLogonRight { account } => windows::forbid_logon(account),
    }
}
