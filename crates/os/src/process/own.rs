//! This very program.

use std::env;
use std::io;
use std::path::PathBuf;

/// This program, as it will be found after a reboot: without the links that a
/// package manager or a shell may have on the way.
///
/// Windows' canonical paths begin with `\\?\`, which some programs and many
/// people do not understand; there the path is absolute and final as it is.
///
/// # Errors
/// As the system tells them, for instance when the program was removed.
pub fn own_program() -> io::Result<PathBuf> {
    let path = env::current_exe()?;
    let canonical = path.canonicalize()?;
    let is_verbatim = canonical.to_string_lossy().starts_with(r"\\?\");
    Ok(if is_verbatim { path } else { canonical })
}

#[cfg(test)]
mod tests {
    use super::own_program;

    #[test]
    fn it_is_there_and_spelled_as_people_spell_paths() {
        let path = own_program().expect("a running program has a path");
        assert!(path.is_absolute() && path.is_file(), "{path:?}");
        assert!(!path.to_string_lossy().starts_with(r"\\"), "{path:?}");
    }
}
