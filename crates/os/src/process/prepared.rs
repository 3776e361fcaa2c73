//! The strings and arrays that `execve(2)` wants.

use std::ffi::{CString, OsStr, c_char};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use outlast_model::StartFailure;
use outlast_model::exit::StartStep;

use super::Spawn;
use super::unix::assignment;

/// Owns what the arrays point to; neither changes once it is built.
pub(super) struct Prepared {
    pub(super) program: CString,
    pub(super) dir: CString,
    argv: Vec<*const c_char>,
    envp: Vec<*const c_char>,
    _strings: Vec<CString>,
}

impl Prepared {
    pub(super) fn new(spawn: &Spawn<'_>, marker: (&OsStr, &OsStr)) -> Result<Self, StartFailure> {
        let program = terminated(spawn.program.as_os_str(), "the program's path", spawn)?;
        let dir = terminated(spawn.dir.as_os_str(), "the folder's path", spawn)?;
        let mut strings = Vec::new();
        let mut argv = vec![program.as_ptr()];
        for argument in spawn.arguments {
            strings.push(terminated(argument, "an argument", spawn)?);
            argv.extend(strings.last().map(|string| string.as_ptr()));
        }
        argv.push(std::ptr::null());
        let inherited = spawn
            .environment
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
            .filter(|(name, _)| *name != marker.0);
        let mut envp = Vec::new();
        for (name, value) in inherited.chain([marker]) {
            let what = "a variable of the environment";
            strings.push(terminated(&assignment(name, value), what, spawn)?);
            envp.extend(strings.last().map(|string| string.as_ptr()));
        }
        envp.push(std::ptr::null());
        Ok(Self {
            program,
            dir,
            argv,
            envp,
            _strings: strings,
        })
    }

    pub(super) fn argv(&self) -> *const *const c_char {
        self.argv.as_ptr()
    }

    pub(super) fn envp(&self) -> *const *const c_char {
        self.envp.as_ptr()
    }
}

fn terminated(text: &OsStr, what: &str, spawn: &Spawn<'_>) -> Result<CString, StartFailure> {
    CString::new(text.as_bytes()).map_err(|error| {
        let position = error.nul_position();
        let shown = String::from_utf8_lossy(&error.into_vec()).replace('\0', "\\0");
        StartFailure {
            step: StartStep::Prepare,
            subject: Path::new(spawn.program).to_owned(),
            os_error: Some(libc::EINVAL),
            message: format!("{what} has a zero byte at position {position}: {shown:?}"),
        }
    })
}
