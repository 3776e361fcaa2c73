//! File systems without room.

use std::collections::BTreeSet;
use std::path::PathBuf;

use outlast_diagnose::Sign;
use outlast_os::aftermath::{self, Room};

use crate::unit;

/// So little room is none: a page of a log does not fit.
const NO_ROOM: u64 = 64 * 1024;

/// The file systems that have no room, of those that were named and of the usual ones.
pub(super) fn full(named: BTreeSet<PathBuf>) -> Vec<Sign> {
    let usual = [
        std::env::temp_dir(),
        PathBuf::from("/var"),
        PathBuf::from("/dev/shm"),
    ];
    let folders = named.into_iter().chain(usual);
    let mut rooms: Vec<Room> = folders
        .filter_map(|folder| aftermath::room(&folder))
        .collect();
    rooms.sort_by(|one, other| one.mount.cmp(&other.mount));
    rooms.dedup_by(|one, other| one.mount == other.mount);
    rooms.iter().filter_map(disk).collect()
}

fn disk(room: &Room) -> Option<Sign> {
    let mount = room.mount.display();
    let (is, text) = if room.free < NO_ROOM {
        (
            "full",
            format!(
                "{mount} has {} of {} free",
                unit::size(room.free),
                unit::size(room.total)
            ),
        )
    } else if room.free_files == Some(0) {
        ("no-inodes", format!("{mount} can have no more files"))
    } else if room.is_read_only {
        ("read-only", format!("{mount} is read-only"))
    } else {
        return None;
    };
    Some(
        Sign::new("disk", "statvfs, just now", text)
            .with("is", is)
            .with("mount", mount)
            .with("free", unit::size(room.free)),
    )
}
