//! Starting a process on Windows, and the few things about handles and wide
//! strings that other concerns need too.

mod attributes;
mod batch;
pub(crate) mod command_line;
pub(crate) mod console_event;
mod environment_block;
mod failure;
mod find;
mod image;
mod streams;
pub(crate) mod waiting;
pub(crate) mod wide;

use std::fs::OpenOptions;
use std::io;
use std::os::windows::fs::OpenOptionsExt as _;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::Path;
use std::ptr;

use outlast_model::{Pid, StartFailure};
use windows_sys::Win32::Foundation::ERROR_SHARING_VIOLATION;
use windows_sys::Win32::Storage::FileSystem::{FILE_SHARE_DELETE, FILE_SHARE_READ};
use windows_sys::Win32::System::Threading::{
    CREATE_NO_WINDOW, CREATE_UNICODE_ENVIRONMENT, CreateProcessAsUserW, CreateProcessW,
    EXTENDED_STARTUPINFO_PRESENT, PROCESS_INFORMATION, STARTF_USESTDHANDLES, STARTUPINFOEXW,
};

use self::attributes::Attributes;
pub(crate) use self::environment_block::compare as compare_names;
use self::environment_block::environment_block;
pub(crate) use self::failure::job as failed_job;
pub(super) use self::find::find_program;
use self::image::Image;
pub(crate) use self::image::is_console_host;
use self::streams::Streams;
use super::Spawn;

/// None: what Windows is asked for has an interface, and no tool is run.
pub(super) const TOOL_FOLDERS: &[&str] = &[];

/// Which files can be started is decided by their names (`find_program`).
pub(super) fn why_not_executable(_path: &Path) -> Option<String> {
    None
}

/// There is nothing that a process is given.
pub(crate) type Handed<'a> = std::marker::PhantomData<&'a std::convert::Infallible>;

/// Whether somebody has the file open for writing; `None`: that is not known.
pub(super) fn is_open_for_writing(path: &Path) -> Option<bool> {
    if crate::drive::why_remote(path).is_some() {
        return None;
    }
    let opened = OpenOptions::new()
        .read(true)
        .share_mode(FILE_SHARE_READ | FILE_SHARE_DELETE)
        .open(path);
    match opened {
        Ok(_) => Some(false),
        Err(error) if error.raw_os_error() == Some(ERROR_SHARING_VIOLATION.cast_signed()) => {
            Some(true)
        }
        Err(_) => None,
    }
}

/// Programs in ELF are none of Windows' business.
pub(super) const fn runs_foreign_code() -> bool {
    true
}

/// A process that has just begun to run its program.
#[derive(Debug)]
pub(crate) struct Newborn {
    pub(crate) pid: Pid,
    /// Refers to it whatever becomes of its number; the number is not used
    /// again while this is open.
    pub(crate) handle: OwnedHandle,
}

/// Starts a process in `job`.
///
/// It is in the job before its first instruction: the kernel puts it there
/// (`PROC_THREAD_ATTRIBUTE_JOB_LIST`, Windows 10; Rust's std needs that
/// version too, so there is no other way to fall back to). Suspending it,
/// assigning it and letting it go would do the same, but a guardian that died
/// in between would leave a suspended process in no job for ever.
///
/// It has a console of its own without a window (`CREATE_NO_WINDOW`): Ctrl-C is
/// sent to consoles, not to processes, and this one is shared with nobody but
/// what the service starts. `CREATE_NEW_PROCESS_GROUP` is not used: it makes
/// the process ignore Ctrl-C.
///
/// Under another account nothing of this is different. Only its desktop is: it
/// has no right to the guardian's, and a program that cannot connect to one ends
/// before its first instruction (`STATUS_DLL_INIT_FAILED`), its console host
/// likewise. An empty name for the desktop means that it inherits none, and then
/// Windows makes one for the logon session, to which the account has the right
/// ("Process Connection to a Window Station", Microsoft). To let the account
/// onto the guardian's desktop would do as well, and would let it read and send
/// messages there. A program of a user's session begins on that session's desktop
/// by its name.
pub(crate) fn bear(spawn: &Spawn<'_>, job: &OwnedHandle) -> Result<Newborn, StartFailure> {
    if spawn.capabilities.is_some() {
        return Err(failure::capabilities(spawn));
    }
    let image = Image::new(spawn)?;
    let dir = wide::plain_path(spawn.dir).map_err(|error| failure::dir(spawn, &error))?;
    let mut block =
        environment_block(spawn.environment).map_err(|name| failure::variable(spawn, &name))?;
    let streams = Streams::open(spawn).map_err(|error| failure::streams(spawn, &error))?;
    let handles = streams.handles();
    let jobs = [job.as_raw_handle()];
    let attributes =
        Attributes::new(&handles, &jobs).map_err(|error| failure::attributes(spawn, &error))?;

    let mut startup = STARTUPINFOEXW::default();
    startup.StartupInfo.cb = size_of::<STARTUPINFOEXW>() as u32;
    startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    [
        startup.StartupInfo.hStdInput,
        startup.StartupInfo.hStdOutput,
        startup.StartupInfo.hStdError,
    ] = handles;
    startup.lpAttributeList = attributes.as_raw();
    let (file, mut line) = (image.file, image.command_line);
    let flags = CREATE_NO_WINDOW | CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT;
    let mut made = PROCESS_INFORMATION::default();
    // SAFETY: the strings are zero-terminated, the block doubly so; all
    // structures and what they point to (handles, attributes, the desktop's
    // name) outlive the call; the command line may be written to; the token is
    // open.
    let is_made = unsafe {
        let (file, line, dir) = (file.as_ptr(), line.as_mut_ptr(), dir.as_ptr());
        let (null, block) = (ptr::null(), block.as_mut_ptr().cast());
        match spawn.logon.and_then(|logon| Some((logon, logon.token()?))) {
            None => {
                let startup = &raw const startup.StartupInfo;
                CreateProcessW(
                    file,
                    line,
                    null,
                    null,
                    1,
                    flags,
                    block,
                    dir,
                    startup,
                    &raw mut made,
                )
            }
            Some((logon, token)) => {
                let mut desktop = logon.desktop();
                startup.StartupInfo.lpDesktop = desktop.as_mut_ptr();
                let (token, startup) = (token.as_raw_handle(), &raw const startup.StartupInfo);
                CreateProcessAsUserW(
                    token,
                    file,
                    line,
                    null,
                    null,
                    1,
                    flags,
                    block,
                    dir,
                    startup,
                    &raw mut made,
                )
            }
        }
    };
    if is_made == 0 {
        return Err(failure::explain(spawn, &io::Error::last_os_error()));
    }
    Ok(newborn(&made))
}

/// Starts `program` without a console, without inherited handles and in the
/// guardian's own job (if it is in one), for work on behalf of the guardian.
pub(crate) fn start_detached(program: &Path, arguments: &[&str]) -> io::Result<Newborn> {
    use windows_sys::Win32::System::Threading::{DETACHED_PROCESS, STARTUPINFOW};

    let file = wide::plain_path(program)?;
    let mut line = command_line::Line::new(program.as_os_str());
    for argument in arguments {
        line.push(argument.as_ref());
    }
    let mut line = line.finish()?;
    let startup = STARTUPINFOW {
        cb: size_of::<STARTUPINFOW>() as u32,
        ..STARTUPINFOW::default()
    };
    let mut made = PROCESS_INFORMATION::default();
    // SAFETY: as in `bear`; a null environment and folder are the guardian's.
    let is_made = unsafe {
        CreateProcessW(
            file.as_ptr(),
            line.as_mut_ptr(),
            ptr::null(),
            ptr::null(),
            0,
            DETACHED_PROCESS,
            ptr::null(),
            ptr::null(),
            &raw const startup,
            &raw mut made,
        )
    };
    if is_made == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(newborn(&made))
}

fn newborn(made: &PROCESS_INFORMATION) -> Newborn {
    // SAFETY: both handles were just made for the caller of `CreateProcessW`,
    // who owns them. That of the thread is not needed.
    let handle = unsafe {
        drop(OwnedHandle::from_raw_handle(made.hThread));
        OwnedHandle::from_raw_handle(made.hProcess)
    };
    Newborn {
        pid: Pid(made.dwProcessId),
        handle,
    }
}
