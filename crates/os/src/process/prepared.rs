//! The strings and arrays that `execve(2)` wants.

use std::ffi::{CString, OsStr, c_char};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
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
    pub(super) handed: Option<Handed>,
}

/// What the child is given as its descriptors 3, 4 and so on. The numbers that this
/// process has for it lie behind all of those, so that none is overwritten before its
/// turn.
pub(super) struct Handed {
    pub(super) numbers: Vec<RawFd>,
    _duplicates: Vec<OwnedFd>,
    /// `LISTEN_PID=`, and room for a number that only the child knows.
    variable: Vec<u8>,
}

/// What stands before the number.
const LISTEN_PID: &[u8] = b"LISTEN_PID=";

/// The digits of the largest one, and the zero byte.
pub(super) const PID_ROOM: usize = 11;

/// The first descriptor that is given.
pub(crate) const FIRST_HANDED: RawFd = 3;

impl Handed {
    /// `None`: it is given nothing.
    fn new(spawn: &Spawn<'_>) -> Result<Option<Self>, StartFailure> {
        if spawn.handed.is_empty() {
            return Ok(None);
        }
        let count = RawFd::try_from(spawn.handed.len()).unwrap_or(RawFd::MAX - FIRST_HANDED);
        let behind = FIRST_HANDED + count;
        let duplicates = spawn.handed.iter().map(|handed| {
            let duplicate = rustix::io::fcntl_dupfd_cloexec(handed.0, behind);
            duplicate.map_err(|error| StartFailure {
                step: StartStep::Prepare,
                subject: spawn.program.to_owned(),
                os_error: Some(error.raw_os_error()),
                message: format!("cannot hand its sockets to the new process: {error}"),
            })
        });
        let duplicates: Vec<OwnedFd> = duplicates.collect::<Result<_, _>>()?;
        let mut variable = LISTEN_PID.to_vec();
        variable.resize(LISTEN_PID.len() + PID_ROOM, 0);
        Ok(Some(Self {
            numbers: duplicates.iter().map(AsRawFd::as_raw_fd).collect(),
            _duplicates: duplicates,
            variable,
        }))
    }

    /// Where the child writes its number: [`PID_ROOM`] bytes, all zero.
    pub(super) fn place_for_pid(&mut self) -> *mut u8 {
        self.variable[LISTEN_PID.len()..].as_mut_ptr()
    }
}

impl Prepared {
    pub(super) fn new(spawn: &Spawn<'_>, marker: (&OsStr, &OsStr)) -> Result<Self, StartFailure> {
        let program = terminated(spawn.program.as_os_str(), "the program's path", spawn)?;
        let dir = terminated(spawn.dir.as_os_str(), "the folder's path", spawn)?;
        let handed = Handed::new(spawn)?;
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
            .filter(|(name, _)| *name != marker.0)
            .filter(|(name, _)| handed.is_none() || *name != "LISTEN_PID");
        let mut envp = Vec::new();
        for (name, value) in inherited.chain([marker]) {
            let what = "a variable of the environment";
            strings.push(terminated(&assignment(name, value), what, spawn)?);
            envp.extend(strings.last().map(|string| string.as_ptr()));
        }
        envp.extend(
            handed
                .as_ref()
                .map(|handed| handed.variable.as_ptr().cast()),
        );
        envp.push(std::ptr::null());
        Ok(Self {
            program,
            dir,
            argv,
            envp,
            _strings: strings,
            handed,
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
