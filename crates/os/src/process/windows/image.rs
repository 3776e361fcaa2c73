//! Which file is executed, and with which command line: the program itself, or
//! `cmd.exe` when it is a batch file.

use std::ffi::OsString;
use std::io;
use std::os::windows::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use outlast_model::StartFailure;
use windows_sys::Win32::System::SystemInformation::GetSystemDirectoryW;

use super::super::Spawn;
use super::command_line::{self, Line};
use super::{batch, failure, wide};

/// Both are zero-terminated.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) file: Vec<u16>,
    pub(super) command_line: Vec<u16>,
}

impl Image {
    pub(super) fn new(spawn: &Spawn<'_>) -> Result<Self, StartFailure> {
        let made = if batch::is_batch(spawn.program) {
            Self::of_batch(spawn)
        } else {
            Self::of_program(spawn)
        };
        made.map_err(|error| failure::image(spawn, &error))
    }

    fn of_program(spawn: &Spawn<'_>) -> io::Result<Self> {
        let mut line = Line::new(&wide::without_prefix(spawn.program));
        for argument in spawn.arguments {
            line.push(argument);
        }
        Ok(Self {
            file: wide::plain_path(spawn.program)?,
            command_line: line.finish()?,
        })
    }

    fn of_batch(spawn: &Spawn<'_>) -> io::Result<Self> {
        let script = wide::without_prefix(spawn.program);
        let line = batch::command_line(&script, spawn.arguments)?;
        Ok(Self {
            file: wide::plain_path(&system_file("cmd.exe")?)?,
            command_line: command_line::finish(line)?,
        })
    }
}

/// A file in the system's own folder, whatever the environment says.
pub(super) fn system_file(name: &str) -> io::Result<PathBuf> {
    let mut buffer = [0_u16; 260];
    // SAFETY: the length is the buffer's.
    let length = unsafe { GetSystemDirectoryW(buffer.as_mut_ptr(), buffer.len() as u32) };
    match buffer.get(..length as usize) {
        Some(dir) if length > 0 => Ok(Path::new(&OsString::from_wide(dir)).join(name)),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Whether it is the system's own host of consoles.
pub(crate) fn is_console_host(program: &Path) -> bool {
    system_file("conhost.exe")
        .is_ok_and(|host| host.as_os_str().eq_ignore_ascii_case(program.as_os_str()))
}
