//! Accesses that no ordinary program may have, attempted by a process that is there
//! for one of them and nothing else.
//!
//! | access | Linux | macOS, FreeBSD | Windows |
//! |---|---|---|---|
//! | write to a page that is read-only | `mmap(PROT_READ)` | the same | `VirtualAlloc(PAGE_READONLY)` |
//! | execute a page of data | `mmap(PROT_READ \| PROT_WRITE)` | the same | `VirtualAlloc(PAGE_READWRITE)` |
//! | read the first page | address 8 | the same | the same |
//! | read another process's memory | `/proc/1/mem` | – | `OpenProcess(PROCESS_VM_READ)` of *System* |
//! | write a file of the system | `/etc/passwd` | the same | `drivers\etc\hosts` |
//! | write a setting of the kernel | `/proc/sys/kernel/hostname` | – | `HKLM\SYSTEM\CurrentControlSet\Control` |
//! | become root | `setuid(2)` | the same | – |
//!
//! Files and settings are opened for writing, and nothing is written.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::io;
use std::process::ExitStatus;

/// What is attempted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To change memory that was mapped for reading only.
    WriteReadOnlyPage,
    /// To run bytes that lie in memory for data.
    ExecuteDataPage,
    /// To read where null pointers lead.
    ReadFirstPage,
    /// To read the memory of the system's first process.
    ReadOtherProcess,
    /// To change a file that decides about the whole machine.
    WriteSystemFile,
    /// To change how the kernel itself works.
    WriteSystemSetting,
    /// To get the rights of root.
    BecomeRoot,
}

impl Access {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::WriteReadOnlyPage,
        Self::ExecuteDataPage,
        Self::ReadFirstPage,
        Self::ReadOtherProcess,
        Self::WriteSystemFile,
        Self::WriteSystemSetting,
        Self::BecomeRoot,
    ];

    /// One word for it, as in `write-read-only-page`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::WriteReadOnlyPage => "write-read-only-page",
            Self::ExecuteDataPage => "execute-data-page",
            Self::ReadFirstPage => "read-first-page",
            Self::ReadOtherProcess => "read-other-process",
            Self::WriteSystemFile => "write-system-file",
            Self::WriteSystemSetting => "write-system-setting",
            Self::BecomeRoot => "become-root",
        }
    }

    /// The one with that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|access| access.word() == word)
    }
}

/// Attempts it. When nothing stops it, it has succeeded and this returns; one of
/// memory that is stopped ends the process by a fault.
///
/// Only for a process of its own, which does nothing else: from here on it has no
/// dump and no dialog for its crash, and it may be root.
///
/// # Errors
/// `PermissionDenied`: it was refused. Anything else: it could not be attempted here.
pub fn attempt(access: Access) -> io::Result<()> {
    sys::crash_quietly();
    sys::attempt(access).map_err(|error| match error.kind() {
        io::ErrorKind::ReadOnlyFilesystem => {
            io::Error::new(io::ErrorKind::PermissionDenied, error.to_string())
        }
        _ => error,
    })
}

/// Whether a process with that end was ended by the processor or the kernel, for an
/// access that it may not have.
pub fn is_fault(status: ExitStatus) -> bool {
    sys::is_fault(status)
}

fn unsupported(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, why.to_owned())
}

/// The instruction that returns to the caller; `None`: unknown for this processor.
fn return_instruction() -> Option<&'static [u8]> {
    if cfg!(any(target_arch = "x86_64", target_arch = "x86")) {
        Some(&[0xC3])
    } else if cfg!(target_arch = "aarch64") {
        Some(&[0xC0, 0x03, 0x5F, 0xD6])
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_access_has_a_word_of_its_own() {
        for access in Access::ALL {
            assert_eq!(Access::of_word(access.word()), Some(access));
        }
        assert_eq!(Access::of_word("read-everything"), None);
    }
}
