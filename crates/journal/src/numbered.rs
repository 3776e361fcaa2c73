//! Families of numbered files: `<prefix>-<number>.<extension>`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Context, Result};

/// Digits in a file's number. Numbers that need more get more.
const DIGITS: usize = 8;

/// More digits than this are not ours; it keeps `number + 1` from overflowing.
const MAX_DIGITS: usize = 15;

/// The naming of one family of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbered {
    pub(crate) prefix: &'static str,
    pub(crate) extension: &'static str,
}

impl Numbered {
    pub(crate) fn path(self, dir: &Path, number: u64) -> PathBuf {
        dir.join(format!(
            "{}-{number:0DIGITS$}.{}",
            self.prefix, self.extension
        ))
    }

    /// The number in `filename`, if it belongs to the family.
    pub(crate) fn number(self, filename: &str) -> Option<u64> {
        let digits = filename
            .strip_prefix(self.prefix)?
            .strip_prefix('-')?
            .strip_suffix(self.extension)?
            .strip_suffix('.')?;
        let ours = (DIGITS..=MAX_DIGITS).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        ours.then(|| digits.parse().ok())?
    }

    /// The numbers that exist in `dir`, ascending; none if it does not exist.
    pub(crate) fn list(self, dir: &Path) -> Result<Vec<u64>> {
        let mut numbers: Vec<u64> = filenames(dir)?
            .iter()
            .filter_map(|filename| self.number(filename))
            .collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The lowest number above `after` that exists in `dir`.
    pub(crate) fn first_after(self, dir: &Path, after: Option<u64>) -> Result<Option<u64>> {
        let numbers = self.list(dir)?;
        Ok(numbers
            .into_iter()
            .find(|&number| after.is_none_or(|after| number > after)))
    }
}

/// Every file name in `dir` that is valid Unicode; ours all are.
pub(crate) fn filenames(dir: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.context("list", dir)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.context("list", dir)?;
        if let Ok(name) = entry.file_name().into_string() {
            names.push(name);
        }
    }
    Ok(names)
}

/// Whether there was something to remove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    Removed,
    WasGone,
}

/// Removes a file; that it is gone already is no error.
pub(crate) fn remove(path: &Path) -> Result<Removal> {
    match fs::remove_file(path) {
        Ok(()) => Ok(Removal::Removed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Removal::WasGone),
        Err(error) => Err(error).context("delete", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAMILY: Numbered = Numbered {
        prefix: "stdout",
        extension: "log",
    };

    #[test]
    fn a_name_gives_back_its_number() {
        for number in [0, 1, 99_999_999, 100_000_000, 999_999_999_999_999] {
            let path = FAMILY.path(Path::new(""), number);
            let name = path.to_str().expect("it is ASCII");
            assert_eq!(FAMILY.number(name), Some(number), "{name}");
        }
    }

    #[test]
    fn foreign_names_have_no_number() {
        for name in [
            "stdout-1.log",
            "stdout-00000001.idx",
            "stdout-00000001.log.gz",
            "stdout-+0000001.log",
            "stdout-9999999999999999.log",
            "stderr-00000001.log",
            "stdout-.log",
            "",
        ] {
            assert_eq!(FAMILY.number(name), None, "{name}");
        }
    }
}
