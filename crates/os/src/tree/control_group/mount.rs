//! Where the hierarchy is mounted and where in it this process is.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// A control group.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Located {
    pub(crate) dir: PathBuf,
    /// As in `/proc/PID/cgroup`.
    pub(crate) name: String,
}

/// One of the hierarchies that a machine may have beside each other (`cgroups(7)`).
#[derive(Clone, Copy, Debug)]
enum Hierarchy<'a> {
    /// The one of version 2.
    Unified,
    /// That of version 1 with this controller.
    Of(&'a str),
}

/// The group that this process is in, if it can be reached.
pub(crate) fn own_group() -> Option<Located> {
    own_group_in(Hierarchy::Unified)
}

/// The same in the hierarchy of version 1 that has this controller.
pub(super) fn own_old_group(controller: &str) -> Option<PathBuf> {
    own_group_in(Hierarchy::Of(controller)).map(|located| located.dir)
}

fn own_group_in(hierarchy: Hierarchy<'_>) -> Option<Located> {
    let membership = fs::read_to_string("/proc/self/cgroup").ok()?;
    let mounts = fs::read("/proc/self/mountinfo").ok()?;
    locate(&membership, &mounts, hierarchy)
}

/// Where the hierarchy of version 2 is mounted.
pub(crate) fn root() -> Option<PathBuf> {
    let mounts = fs::read("/proc/self/mountinfo").ok()?;
    let mut lines = mounts.split(|byte| *byte == b'\n');
    let (_, point) = lines.find_map(|line| mount(line, Hierarchy::Unified))?;
    Some(PathBuf::from(OsString::from_vec(point)))
}

/// The path in the version 2 hierarchy (`cgroups(7)`: the entry `0::PATH`).
pub(super) fn unified(membership: &str) -> Option<&str> {
    membership.lines().find_map(|line| line.strip_prefix("0::"))
}

/// The path in the hierarchy of a controller (the entry `4:cpu,cpuacct:PATH`).
fn of_controller<'a>(membership: &'a str, controller: &str) -> Option<&'a str> {
    membership.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let mut controllers = fields.next()?.split(',');
        let path = fields.next()?;
        controllers.any(|found| found == controller).then_some(path)
    })
}

fn locate(membership: &str, mounts: &[u8], hierarchy: Hierarchy<'_>) -> Option<Located> {
    let name = match hierarchy {
        Hierarchy::Unified => unified(membership)?,
        Hierarchy::Of(controller) => of_controller(membership, controller)?,
    };
    // Outside what this process can see, or removed.
    if name.starts_with("/..") || name.ends_with(" (deleted)") {
        return None;
    }
    mounts
        .split(|byte| *byte == b'\n')
        .filter_map(|line| mount(line, hierarchy))
        .find_map(|(root, point)| {
            // Containers mount a part of it.
            let root = String::from_utf8(root).ok()?;
            let below = name.strip_prefix(root.trim_end_matches('/'))?;
            if !below.is_empty() && !below.starts_with('/') {
                return None;
            }
            let point = PathBuf::from(OsString::from_vec(point));
            Some(Located {
                dir: point.join(below.trim_start_matches('/')),
                name: name.to_owned(),
            })
        })
}

/// The root and the mount point of a mount of this hierarchy, from a line of
/// `proc_pid_mountinfo(5)`.
fn mount(line: &[u8], hierarchy: Hierarchy<'_>) -> Option<(Vec<u8>, Vec<u8>)> {
    let fields: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    let separator = fields.iter().position(|field| *field == b"-")?;
    let kind = *fields.get(separator + 1)?;
    let is_it = match hierarchy {
        Hierarchy::Unified => kind == b"cgroup2",
        Hierarchy::Of(controller) => {
            let options = fields.get(separator + 3).copied().unwrap_or_default();
            let mut options = options.split(|byte| *byte == b',');
            kind == b"cgroup" && options.any(|option| option == controller.as_bytes())
        }
    };
    if !is_it {
        return None;
    }
    Some((unescaped(fields.get(3)?), unescaped(fields.get(4)?)))
}

/// Blanks, tabs, line ends and backslashes stand there as `\` and three octal
/// digits.
fn unescaped(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..3).and_then(octal);
        match code {
            Some(code) if *first == b'\\' => {
                bytes.push(code);
                rest = &after[3..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

fn octal(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HYBRID: &[u8] = b"\
        36 31 0:33 / /sys/fs/cgroup/devices rw,relatime - cgroup cgroup rw,devices\n\
        41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw\n";

    fn dir(membership: &str, mounts: &[u8]) -> Option<PathBuf> {
        locate(membership, mounts, Hierarchy::Unified).map(|located| located.dir)
    }

    #[test]
    fn the_version_2_mount_is_found_beside_version_1() {
        let membership = "8:pids:/x\n0::/a.slice/b.service\n";
        let expected = PathBuf::from("/sys/fs/cgroup/unified/a.slice/b.service");
        assert_eq!(dir(membership, HYBRID), Some(expected));
        assert_eq!(dir("1:cpu:/\n", HYBRID), None);
        assert_eq!(dir(membership, b""), None);
    }

    #[test]
    fn a_controller_has_a_hierarchy_of_its_own() {
        let membership = "8:pids:/x\n2:net_cls,devices:/y\n0::/z\n";
        let found = |controller| {
            let found = locate(membership, HYBRID, Hierarchy::Of(controller));
            found.map(|located| located.dir)
        };
        let expected = PathBuf::from("/sys/fs/cgroup/devices/y");
        assert_eq!(found("devices"), Some(expected));
        // One is not mounted, of the other nobody is a member, the third is none.
        assert_eq!(
            [found("pids"), found("cpu"), found("device")],
            [None, None, None]
        );
    }

    #[test]
    fn a_mount_of_a_part_counts_from_there() {
        let mounts = b"1 1 0:1 /docker/7 /mnt\\040x rw - cgroup2 c rw\n";
        let expected = Some(PathBuf::from("/mnt x/sub"));
        assert_eq!(dir("0::/docker/7/sub\n", mounts), expected);
        assert_eq!(dir("0::/docker/77\n", mounts), None);
        assert_eq!(dir("0::/../other\n", HYBRID), None);
    }

    proptest! {
        #[test]
        fn no_mount_table_is_too_strange(
            membership in ".{0,60}",
            mounts in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            locate(&membership, &mounts, Hierarchy::Unified);
            locate(&membership, &mounts, Hierarchy::Of("cpu"));
            unescaped(&mounts);
        }
    }
}
