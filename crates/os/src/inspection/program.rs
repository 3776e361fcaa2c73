//! What the head of a program file says. Windows' format ("PE Format",
//! Microsoft) is read on every system.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// `IMAGE_SUBSYSTEM_WINDOWS_GUI`.
const GRAPHICAL: u16 = 2;

/// Whether the program at `path` is one of Windows that shows windows and has no
/// console. A file of another kind is none.
///
/// # Errors
/// When it cannot be read.
pub fn is_graphical(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    match subsystem(&mut file) {
        Ok(subsystem) => Ok(subsystem == Some(GRAPHICAL)),
        // A file that ends before its head does is no program.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn subsystem(file: &mut File) -> io::Result<Option<u16>> {
    let mut head = [0_u8; 64];
    file.read_exact(&mut head)?;
    if &head[..2] != b"MZ" {
        return Ok(None);
    }
    let at = u32::from_le_bytes([head[60], head[61], head[62], head[63]]);
    file.seek(SeekFrom::Start(at.into()))?;
    // The signature, the file header (20 bytes) and the optional header as far
    // as the field, which stands at byte 68 of both of its forms.
    let mut headers = [0_u8; 4 + 20 + 70];
    file.read_exact(&mut headers)?;
    if &headers[..4] != b"PE\0\0" {
        return Ok(None);
    }
    Ok(Some(u16::from_le_bytes([headers[92], headers[93]])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(bytes: &[u8]) -> bool {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), bytes).expect("written");
        is_graphical(file.path()).expect("it can be read")
    }

    fn program(subsystem: u16) -> Vec<u8> {
        let mut bytes = vec![0_u8; 300];
        bytes[..2].copy_from_slice(b"MZ");
        bytes[60] = 128;
        bytes[128..132].copy_from_slice(b"PE\0\0");
        bytes[128 + 92..128 + 94].copy_from_slice(&subsystem.to_le_bytes());
        bytes
    }

    #[test]
    fn a_program_with_windows_is_told_from_one_with_a_console() {
        assert!(is(&program(2)));
        assert!(!is(&program(3)));
    }

    #[test]
    fn other_files_are_none() {
        for bytes in [b"".as_slice(), b"MZ", b"#!/bin/sh\n", &program(2)[..150]] {
            assert!(!is(bytes));
        }
        let mut far = program(2);
        far[60..64].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(!is(&far));
    }
}
