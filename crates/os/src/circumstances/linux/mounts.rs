//! What is mounted where, as this process sees it.

use std::fs;

use super::super::Mount;

/// A machine with more is one of containers, and nobody reads such a list.
const MOST_MOUNTS: usize = 2000;

pub(in crate::circumstances) fn mounts() -> Option<Vec<Mount>> {
    let text = fs::read_to_string("/proc/self/mountinfo").ok()?;
    Some(text.lines().take(MOST_MOUNTS).filter_map(mount).collect())
}

/// A line of `proc_pid_mountinfo(5)`: number, parent, device, root, place, options,
/// any number of tags, `-`, kind, source, options of the file system.
fn mount(line: &str) -> Option<Mount> {
    let mut words = line.split(' ');
    let root = words.nth(3)?;
    let at = words.next()?;
    let options = words.next()?;
    let kind = words.skip_while(|&word| word != "-").nth(1)?;
    let of = match root {
        "/" => String::new(),
        part => format!(" (its folder {})", plain(part)),
    };
    Some(Mount {
        at: plain(at),
        what: format!("{kind} {options}{of}"),
    })
}

/// Spaces, tabs, line feeds and backslashes stand as three octal digits.
fn plain(word: &str) -> String {
    let codes = [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ];
    let mut text = word.to_owned();
    for (code, character) in codes {
        text = text.replace(code, character);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_told_with_what_a_process_sees_of_them() {
        let line = "36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 shared:2 - ext3 /dev/root rw";
        let mount = mount(line).expect("it is whole");
        assert_eq!(mount.at, "/mnt 2");
        assert_eq!(mount.what, "ext3 rw,noatime (its folder /mnt1)");
        assert_eq!(super::mount("36 35 98:0 / /"), None);
        let own = mounts().expect("/proc is there");
        assert!(own.iter().any(|mount| mount.at == "/"));
    }
}
