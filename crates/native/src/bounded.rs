//! Files that somebody else may have written, read up to a bound.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The most that is read, in bytes. Records and scripts have some kilobytes; one
/// with an environment of the size that Linux allows (2 MiB) fits.
pub(crate) const MAX: u64 = 16 * 1024 * 1024;

/// The content of the file at `path`.
///
/// # Errors
/// As the system tells them, and `FileTooLarge` for one that has more than
/// [`MAX`].
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "it is larger than 16 MiB, which nothing that belongs there is",
        ));
    }
    Ok(bytes)
}

/// The same as text.
///
/// # Errors
/// As [`read`], and `InvalidData` for what is no UTF-8.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    let error = |source| io::Error::new(io::ErrorKind::InvalidData, source);
    String::from_utf8(read(path)?).map_err(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_exactly_the_bound_is_read_and_one_more_byte_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("record");
        let file = File::create(&path).expect("a file");
        file.set_len(MAX).expect("a hole");
        assert_eq!(read(&path).map(|bytes| bytes.len() as u64).ok(), Some(MAX));
        file.set_len(MAX + 1).expect("a hole");
        let error = read(&path).expect_err("too large");
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
