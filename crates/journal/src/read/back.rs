//! Finding the last lines of a family of files without reading what is before
//! them.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::chain::{BLOCK, Position};
use crate::error::{Error, Result};
use crate::numbered::Numbered;

/// How far to go back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// So many lines; one without a line feed at the end counts.
    pub(crate) lines: u64,
    /// But not more than so many bytes, even if that is within a line.
    pub(crate) bytes: u64,
}

/// Where the last lines of `family` in `dir` begin.
pub(crate) fn last_lines(dir: &Path, family: Numbered, mut wanted: Wanted) -> Result<Position> {
    for number in family.list(dir)?.into_iter().rev() {
        let path = family.path(dir, number);
        let offset = match File::open(&path).and_then(|mut file| go_back(&mut file, &mut wanted)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Position::Beginning);
            }
            other => other.map_err(|error| Error::new("read", &path, error))?,
        };
        if let Some(offset) = offset {
            return Ok(Position::At { number, offset });
        }
    }
    Ok(Position::Beginning)
}

/// Goes back through one file. `None`: all of it is wanted, and more.
fn go_back(file: &mut File, wanted: &mut Wanted) -> io::Result<Option<u64>> {
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut block = Vec::new();
    // The line feed at the very end ends the last line; it begins none.
    let mut at_very_end = true;
    if wanted.lines == 0 {
        return Ok(Some(end));
    }
    while end > 0 {
        let start = end.saturating_sub(BLOCK.min(wanted.bytes));
        if start == end {
            return Ok(Some(end));
        }
        block.clear();
        file.seek(SeekFrom::Start(start))?;
        (&mut *file).take(end - start).read_to_end(&mut block)?;
        for (position, _) in block.iter().enumerate().rev().filter(|(_, b)| **b == b'\n') {
            let next_line = start + position as u64 + 1;
            if at_very_end && next_line == end {
                at_very_end = false;
                continue;
            }
            wanted.lines -= 1;
            if wanted.lines == 0 {
                return Ok(Some(next_line));
            }
        }
        at_very_end = false;
        wanted.bytes -= end - start;
        end = start;
    }
    // The first line of the file is not preceded by a line feed.
    if !at_very_end {
        wanted.lines -= 1;
    }
    Ok((wanted.lines == 0).then_some(0))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const FAMILY: Numbered = Numbered {
        prefix: "x",
        extension: "y",
    };

    fn check(files: &[&str], lines: u64, bytes: u64, expected: Position) {
        let dir = tempfile::tempdir().expect("a folder for the test");
        for (number, text) in (1..).zip(files) {
            fs::write(FAMILY.path(dir.path(), number), text).expect("a file for the test");
        }
        let found = last_lines(dir.path(), FAMILY, Wanted { lines, bytes });
        assert_eq!(
            found.expect("it is readable"),
            expected,
            "{files:?}, {lines}, {bytes}"
        );
    }

    #[test]
    fn the_last_lines_are_found_over_several_files() {
        let at = |number, offset| Position::At { number, offset };
        let all = u64::MAX;
        check(&[], 5, all, Position::Beginning);
        check(&["a\nb\nc\n"], 0, all, at(1, 6));
        check(&["a\nb\nc\n"], 1, all, at(1, 4));
        check(&["a\nb\nc"], 1, all, at(1, 4));
        check(&["a\nb\nc\n"], 3, all, at(1, 0));
        check(&["a\nb\nc\n"], 4, all, Position::Beginning);
        check(&["a\nb\n", "", "c\n\n"], 2, all, at(3, 0));
        check(&["a\nb\n", "", "c\n\n"], 3, all, at(1, 2));
        check(&["\n\n\n"], 2, all, at(1, 1));
    }

    #[test]
    fn a_long_line_is_not_followed_to_its_beginning() {
        let long = "x".repeat(200_000);
        let at = |offset| Position::At { number: 1, offset };
        check(&[&long], 3, 1000, at(199_000));
        check(&[&long], 3, 150_000, at(50_000));
    }
}
