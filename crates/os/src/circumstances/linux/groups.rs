//! The control group that the process is in, and what binds of those above it.

use std::path::Path;

use super::super::{Area, Fact, fact};
use super::text_of;

pub(super) fn facts() -> Vec<Fact> {
    let path = text_of("/proc/self/cgroup").and_then(|text| group_path(&text));
    let limit = |file: &str| {
        let path = path.as_deref()?;
        ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
            .iter()
            .find_map(|root| least(Path::new(root), path, file))
    };
    vec![
        fact(
            Area::Group,
            "most memory of the control group",
            limit("memory.max"),
        ),
        fact(
            Area::Group,
            "memory from which it is slowed down",
            limit("memory.high"),
        ),
        fact(
            Area::Group,
            "processor time of the control group",
            limit("cpu.max"),
        ),
        fact(
            Area::Group,
            "most processes of the control group",
            limit("pids.max"),
        ),
        fact(Area::Group, "control group", path),
    ]
}

/// The path of version 2, else that of systemd's own hierarchy, else the first.
fn group_path(text: &str) -> Option<String> {
    let path_in = |prefix: &str| text.lines().find_map(|line| line.strip_prefix(prefix));
    let path = path_in("0::")
        .or_else(|| {
            text.lines()
                .find_map(|line| line.split_once(":name=systemd:").map(|(_, path)| path))
        })
        .or_else(|| text.lines().next()?.splitn(3, ':').nth(2))?;
    Some(path.to_owned())
}

/// What binds of the files called `file` of a group and of those above it: the least
/// number, which `max` is not. `None`: no file has any.
fn least(root: &Path, group: &str, file: &str) -> Option<String> {
    let group = root.join(group.trim_start_matches('/'));
    let values: Vec<String> = group
        .ancestors()
        .take_while(|dir| dir.starts_with(root))
        .filter_map(|dir| text_of(dir.join(file)))
        .collect();
    let number = |value: &String| -> Option<u64> {
        let mut words = value.split(' ').map(str::parse::<u64>);
        let first = words.next()?.ok()?;
        match words.next() {
            // Microseconds of each period: 100000 is one processor.
            Some(period) => first.checked_mul(100_000)?.checked_div(period.ok()?),
            None => Some(first),
        }
    };
    let least = values
        .iter()
        .filter(|value| number(value).is_some())
        .min_by_key(|value| number(value));
    match (least, values.is_empty()) {
        (Some(value), _) => Some(value.clone()),
        (None, false) => Some("unlimited".to_owned()),
        (None, true) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_group_of_version_2_is_told_where_there_is_one() {
        let hybrid = "4:memory:/a\n1:name=systemd:/b\n0::/c\n";
        assert_eq!(group_path(hybrid).as_deref(), Some("/c"));
        assert_eq!(
            group_path("4:memory:/a\n1:name=systemd:/b:c\n").as_deref(),
            Some("/b:c")
        );
        assert_eq!(group_path("4:memory:/a:b\n").as_deref(), Some("/a:b"));
        assert_eq!(group_path(""), None);
    }

    #[test]
    fn the_least_limit_above_a_group_is_its_own() {
        let root = tempfile::tempdir().expect("a folder");
        let inner = root.path().join("a/b");
        fs::create_dir_all(&inner).expect("made");
        let put =
            |path: &str, text: &str| fs::write(root.path().join(path), text).expect("written");
        put("a/pids.max", "100\n");
        put("a/b/pids.max", "max\n");
        put("a/cpu.max", "50000 100000\n");
        put("a/b/cpu.max", "200000 100000\n");
        put("a/b/memory.max", "max\n");
        let of = |file: &str| least(root.path(), "/a/b", file);
        assert_eq!(of("pids.max").as_deref(), Some("100"));
        assert_eq!(of("cpu.max").as_deref(), Some("50000 100000"));
        assert_eq!(of("memory.max").as_deref(), Some("unlimited"));
        assert_eq!(of("memory.high"), None);
    }
}
