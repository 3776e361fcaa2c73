//! Starting a process on Unix.
//!
//! Everything that can be prepared is prepared here, in the guardian
//! (`prepared.rs`); what must happen in the child is one small function that
//! allocates nothing (`child.rs`); how the child comes into being is
//! `vfork.rs` where the kernel and the architecture allow it, else `fork.rs`.

use std::ffi::{CString, OsStr, OsString};
use std::fs::Metadata;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use outlast_model::StartFailure;
use outlast_model::exit::StartStep;

use super::Spawn;
use super::child::{Failed, Order};
use super::failure;
use super::prepared::Prepared;

/// Where programs are looked for when a service has no `PATH`.
const DEFAULT_SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

pub(crate) type Handed<'a> = BorrowedFd<'a>;

/// A process that has just begun to run its program.
#[derive(Debug)]
pub(crate) struct Newborn {
    pub(crate) pid: libc::pid_t,
    /// Refers to it whatever becomes of its number; `None` where the system
    /// has no such thing.
    pub(crate) pidfd: Option<OwnedFd>,
}

/// Where a process is born.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    /// Where the guardian is.
    Here,
    /// In a control group.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "only Linux has control groups")
    )]
    Group {
        folder: BorrowedFd<'a>,
        /// Those of version 1 that it enters itself: their files for that.
        entrances: &'a [CString],
    },
}

/// What is kept between starts.
#[derive(Debug)]
pub(crate) struct Nursery {
    #[cfg(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64")
    ))]
    stack: super::vfork::Availability,
}

impl Nursery {
    pub(crate) const fn new() -> Self {
        Self {
            #[cfg(all(
                target_os = "linux",
                any(target_arch = "x86_64", target_arch = "aarch64")
            ))]
            stack: super::vfork::Availability::Untried,
        }
    }

    /// Starts a process and returns when its program runs, or has failed to;
    /// in that case nothing is left of it. `marker` is one more variable.
    ///
    /// The caller makes sure that nobody reaps the new process before its
    /// number is known.
    pub(crate) fn bear(
        &mut self,
        spawn: &Spawn<'_>,
        marker: (&OsStr, &OsStr),
        place: Place<'_>,
    ) -> Result<Newborn, StartFailure> {
        let mut prepared = Prepared::new(spawn, marker)?;
        let null = null_device().map_err(|error| failure::null_device(&error))?;
        let order = Order::new((spawn, place), &mut prepared, null);
        match self.bear_prepared(&order, place) {
            Ok(newborn) => Ok(newborn),
            Err(failed) => Err(failure::explain(failed, spawn)),
        }
    }

    #[cfg(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64")
    ))]
    fn bear_prepared(&mut self, order: &Order, place: Place<'_>) -> Result<Newborn, Failed> {
        if order.needs_copy() {
            return super::fork::bear(order, place);
        }
        match self.stack.bear(order, place) {
            Some(result) => result,
            None => super::fork::bear(order, place),
        }
    }

    #[cfg(not(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64")
    )))]
    #[expect(clippy::unused_self, reason = "other systems keep a stack here")]
    fn bear_prepared(&mut self, order: &Order, place: Place<'_>) -> Result<Newborn, Failed> {
        super::fork::bear(order, place)
    }
}

/// The null device, opened once for all children.
fn null_device() -> io::Result<BorrowedFd<'static>> {
    use std::fs::{File, OpenOptions};
    use std::os::fd::AsFd;
    use std::sync::OnceLock;
    static NULL: OnceLock<File> = OnceLock::new();
    if let Some(file) = NULL.get() {
        return Ok(file.as_fd());
    }
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/null")?;
    Ok(NULL.get_or_init(|| file).as_fd())
}

/// Where the system's own tools are, on every Unix that there is.
pub(super) const TOOL_FOLDERS: &[&str] = &[
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
    "/usr/local/sbin",
    "/usr/local/bin",
];

pub(super) fn find_program(
    program: &str,
    dir: &Path,
    search_path: Option<&OsStr>,
) -> Result<PathBuf, StartFailure> {
    if program.is_empty() {
        return Err(not_found(
            Path::new(""),
            "the program has no name".to_owned(),
        ));
    }
    if program.contains('/') {
        let path = dir.join(program.trim_start_matches("./"));
        return check(&path).map(|()| path);
    }
    search(program, dir, search_path)
}

pub(super) fn why_not_executable(path: &Path) -> Option<String> {
    super::executable::why_not(path)
}

/// Whether somebody has the file open for writing; `None`: that is not known.
#[cfg(target_os = "linux")]
pub(super) fn is_open_for_writing(path: &Path) -> Option<bool> {
    use std::os::fd::AsRawFd as _;

    // Not in libc.
    const F_SETSIG: libc::c_int = 10;
    // There a lease depends on the server.
    if crate::drive::why_remote(path).is_some() {
        return None;
    }
    let file = std::fs::File::open(path).ok()?;
    let set = |command, argument: libc::c_int| {
        // SAFETY: the descriptor is open, and these commands take a number.
        unsafe { libc::fcntl(file.as_raw_fd(), command, argument) }
    };
    // Whoever opens the file while the lease lasts has the kernel tell us, by a signal
    // that would end this process, but for one that is ignored unless it is handled.
    if set(F_SETSIG, libc::SIGURG) != 0 {
        return None;
    }
    // fcntl(2): a lease for reading is not granted while the file is open for writing.
    if set(libc::F_SETLEASE, libc::F_RDLCK) == 0 {
        set(libc::F_SETLEASE, libc::F_UNLCK);
        return Some(false);
    }
    let error = io::Error::last_os_error();
    // Anything else is about who may ask: the file is another's.
    (error.kind() == io::ErrorKind::WouldBlock).then_some(true)
}

/// Whether somebody has the file open for writing: nobody tells.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_open_for_writing(_path: &Path) -> Option<bool> {
    None
}

/// Whether the kernel may run programs for other processors, by an emulator.
pub(super) fn runs_foreign_code() -> bool {
    let Ok(entries) = std::fs::read_dir("/proc/sys/fs/binfmt_misc") else {
        // Where there is no such list, nobody knows.
        return !cfg!(target_os = "linux");
    };
    let mut names = entries.flatten().map(|entry| entry.file_name());
    names.any(|name| name != "register" && name != "status")
}

fn search(program: &str, dir: &Path, search_path: Option<&OsStr>) -> Result<PathBuf, StartFailure> {
    let search_path = search_path.unwrap_or(OsStr::new(DEFAULT_SEARCH_PATH));
    let mut refused = None;
    for folder in search_path.as_bytes().split(|byte| *byte == b':') {
        // An empty entry is the current folder (POSIX, "Other Environment
        // Variables"), here the service's.
        let path = dir.join(OsStr::from_bytes(folder)).join(program);
        match check(&path) {
            Ok(()) => return Ok(path),
            Err(failure) if failure.os_error == Some(libc::ENOENT) => {}
            Err(failure) => refused = refused.or(Some(failure)),
        }
    }
    Err(refused.unwrap_or_else(|| nowhere(program, dir, search_path)))
}

fn nowhere(program: &str, dir: &Path, search_path: &OsStr) -> StartFailure {
    let mut message = format!(
        "no program is called {program:?} in PATH ({})",
        search_path.to_string_lossy()
    );
    if check(&dir.join(program)).is_ok() {
        message += &format!("; there is one in {}: write ./{program}", dir.display());
    }
    not_found(Path::new(program), message)
}

fn not_found(subject: &Path, message: String) -> StartFailure {
    cannot_use(subject, libc::ENOENT, message)
}

fn cannot_use(subject: &Path, error: i32, message: String) -> StartFailure {
    StartFailure {
        step: StartStep::FindProgram,
        subject: subject.to_owned(),
        os_error: Some(error),
        message,
    }
}

/// Whether anybody may execute `path`. The service may run as someone else, so
/// whether *it* may is left to `execve`, which alone knows.
pub(super) fn check(path: &Path) -> Result<(), StartFailure> {
    let shown = path.display();
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => Err(cannot_use(
            path,
            libc::EISDIR,
            format!("{shown} is a folder, not a program"),
        )),
        Ok(metadata) if is_executable(&metadata) => Ok(()),
        Ok(_) => Err(cannot_use(
            path,
            libc::EACCES,
            format!("{shown} is not executable; chmod +x makes it so"),
        )),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(not_found(path, format!("{shown} does not exist")))
        }
        Err(error) => Err(unreachable_program(path, &error)),
    }
}

fn unreachable_program(path: &Path, error: &io::Error) -> StartFailure {
    let shown = path.display();
    let reason = match error.kind() {
        io::ErrorKind::NotFound if path.is_symlink() => {
            format!("{shown} is a link to something that does not exist")
        }
        io::ErrorKind::NotFound => format!("{shown} does not exist"),
        _ => format!("{shown} cannot be looked at: {error}"),
    };
    cannot_use(path, error.raw_os_error().unwrap_or(libc::ENOENT), reason)
}

fn is_executable(metadata: &Metadata) -> bool {
    metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
}

/// For those who build an environment: `NAME=value`.
pub(super) fn assignment(name: &OsStr, value: &OsStr) -> OsString {
    let mut text = OsString::with_capacity(name.len() + value.len() + 1);
    text.push(name);
    text.push("=");
    text.push(value);
    text
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::path::Path;

    use super::*;

    fn errno(program: &str, dir: &Path, search_path: Option<&str>) -> Option<i32> {
        find_program(program, dir, search_path.map(OsStr::new))
            .expect_err("it cannot be used")
            .os_error
    }

    #[test]
    fn a_bare_name_is_found_in_the_path() {
        let found = find_program("sh", Path::new("/"), None).expect("there is a shell");
        assert!(found.is_absolute() && found.ends_with("sh"), "{found:?}");
        assert_eq!(
            errno("no-such-program", Path::new("/"), None),
            Some(libc::ENOENT)
        );
        assert_eq!(errno("", Path::new("/"), None), Some(libc::ENOENT));
    }

    #[test]
    fn a_path_counts_from_the_folder_of_the_service() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let program = dir.path().join("run me");
        std::fs::write(&program, "#!/bin/sh\n").expect("written");
        assert_eq!(errno("./run me", dir.path(), None), Some(libc::EACCES));
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).expect("changed");
        let found = find_program("./run me", dir.path(), None).expect("it is there");
        assert_eq!(found, program);
        assert_eq!(errno("./gone", dir.path(), None), Some(libc::ENOENT));
        assert_eq!(errno("../", dir.path(), None), Some(libc::EISDIR));
        assert_eq!(errno("./run me/x", dir.path(), None), Some(libc::ENOENT));
    }

    #[test]
    fn whoever_forgot_the_dot_and_slash_is_told_so() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let program = dir.path().join("mine");
        std::fs::write(&program, "").expect("written");
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).expect("changed");
        let failure = find_program("mine", dir.path(), None).expect_err("not in PATH");
        assert!(failure.message.contains("./mine"), "{}", failure.message);
    }

    #[test]
    fn a_file_that_may_not_be_executed_does_not_hide_one_that_may() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(dir.path().join("sh"), "").expect("written");
        let path = format!("{}:/bin", dir.path().display());
        let found = find_program("sh", dir.path(), Some(OsStr::new(&path))).expect("the real one");
        assert_eq!(found, Path::new("/bin/sh"));
        let only = dir.path().to_str();
        assert_eq!(errno("sh", dir.path(), only), Some(libc::EACCES));
    }
}
