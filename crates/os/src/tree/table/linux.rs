//! `/proc`, see `proc_pid_stat(5)`.

use std::fs;
use std::io;
use std::time::Duration;

use super::{Row, find_variable};

pub(super) fn rows() -> io::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let pid = entry?
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        rows.extend(pid.and_then(row));
    }
    Ok(rows)
}

pub(super) fn row(pid: libc::pid_t) -> Option<Row> {
    parse_row(pid, &stat(pid)?)
}

fn stat(pid: libc::pid_t) -> Option<Vec<u8>> {
    fs::read(format!("/proc/{pid}/stat")).ok()
}

/// The fields from the third on, the state. The second is the program's name in
/// parentheses, which may contain anything, so the last `)` counts.
fn fields(stat: &[u8]) -> Option<Vec<&str>> {
    let name_end = stat.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(stat.get(name_end + 1..)?).ok()?;
    Some(rest.split_ascii_whitespace().collect())
}

fn parse_row(pid: libc::pid_t, stat: &[u8]) -> Option<Row> {
    let fields = fields(stat)?;
    Some(Row {
        pid,
        parent: fields.get(1)?.parse().ok()?,
        session: fields.get(3)?.parse().ok()?,
        start: fields.get(19)?.parse().ok()?,
        zombie: matches!(*fields.first()?, "Z" | "X"),
    })
}

pub(super) fn variable(pid: libc::pid_t, name: &str) -> Option<Vec<u8>> {
    let strings = fs::read(format!("/proc/{pid}/environ")).ok()?;
    find_variable(&strings, name)
}

pub(super) fn usage(pid: libc::pid_t) -> Option<(u64, Duration)> {
    let stat = stat(pid)?;
    let fields = fields(&stat)?;
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let ticks = number(11)? + number(12)?;
    let pages = number(21)?;
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    let page = rustix::param::page_size() as u64;
    let milliseconds = ticks.saturating_mul(1000) / per_second;
    Some((
        pages.saturating_mul(page),
        Duration::from_millis(milliseconds),
    ))
}

/// The children of this process, ended ones included; `None` when the kernel
/// was built without that file.
pub(in crate::tree) fn children_of_this_process() -> Option<Vec<libc::pid_t>> {
    let mut children = Vec::new();
    for task in fs::read_dir("/proc/self/task").ok()? {
        let list = fs::read_to_string(task.ok()?.path().join("children")).ok()?;
        children.extend(
            list.split_ascii_whitespace()
                .filter_map(|pid| pid.parse::<i32>().ok()),
        );
    }
    Some(children)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn this_process_is_in_the_table() {
        let own = std::process::id().cast_signed();
        let found = rows()
            .expect("readable")
            .into_iter()
            .find(|row| row.pid == own);
        let found = found.expect("it is there");
        assert_eq!(Some(found.member()), row(own).map(Row::member));
        assert!(!found.zombie);
        assert!(usage(own).expect("readable").0 > 0);
    }

    #[test]
    fn a_program_cannot_forge_its_row_by_its_name() {
        let stat = b"7 (a) Z 1 1 1) S 5 6 9 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 42 0 0";
        let row = parse_row(7, stat).expect("well-formed");
        assert_eq!((row.parent, row.session, row.zombie), (5, 9, false));
    }

    proptest! {
        #[test]
        fn no_row_is_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            parse_row(1, &bytes);
            find_variable(&bytes, "A");
        }
    }
}
