//! Whether the kernel would know what to do with a file: execve(2), "Interpreter
//! scripts" and `ENOEXEC`.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use super::failure::named_in_script;
use super::unix::check;

/// The kernel looks no further (`BINPRM_BUF_SIZE`).
const HEAD: u64 = 256;

/// A program that may be executed and not read is the kernel's business.
pub(super) fn why_not(path: &Path) -> Option<String> {
    reason(&head(path).ok()?)
}

fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

fn reason(head: &[u8]) -> Option<String> {
    if head.is_empty() {
        return Some("the file is empty".to_owned());
    }
    if head.starts_with(b"#!") {
        return match named_in_script(head) {
            Some(name) => missing_interpreter(name),
            None => Some("its first line begins with #! and names no interpreter".to_owned()),
        };
    }
    // Machine code of whatever kind has zeros early on. What it is for the
    // kernel knows: another architecture's may be run by an emulator.
    let is_text = !head.contains(&0);
    is_text
        .then(|| "it is a script whose first line names no interpreter, as in #!/bin/sh".to_owned())
}

fn missing_interpreter(name: Vec<u8>) -> Option<String> {
    let interpreter = PathBuf::from(OsString::from_vec(name));
    if check(&interpreter).is_ok() {
        return None;
    }
    let shown = interpreter.display().to_string();
    // The most common cause, and invisible in an editor.
    Some(match shown.strip_suffix('\r') {
        Some(shown) => format!(
            "its lines end as on Windows, so its interpreter would be {shown:?} and a carriage return"
        ),
        None => format!("its interpreter {shown} cannot be run"),
    })
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn scripts_need_an_interpreter_that_is_there() {
        assert_eq!(reason(b"#!/bin/sh\necho\n"), None);
        assert_eq!(reason(b"#! /bin/sh -e\necho\n"), None);
        assert!(reason(b"echo hello\n").is_some());
        assert!(reason(b"#!/no/such/interpreter\n").is_some());
        assert!(reason(b"#!\n").is_some());
        assert!(reason(b"").is_some());
        let windows = reason(b"#!/bin/sh\r\necho\r\n").expect("there is no such interpreter");
        assert!(windows.contains("carriage return"), "{windows}");
    }

    #[test]
    fn machine_code_is_the_kernels_business() {
        assert_eq!(reason(b"\x7fELF\x02\x01\x01\x00\x00"), None);
        assert_eq!(reason(b"MZ\x90\x00\x03"), None);
    }
}
