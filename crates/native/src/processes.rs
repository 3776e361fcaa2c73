//! Which programs run on this machine, where there is a `/proc` to tell.

use std::fs;

/// The process that `text` names. Some managers say 0 where there is none.
pub(crate) fn numbered(text: &str) -> Option<u32> {
    text.trim().parse().ok().filter(|&pid| pid != 0)
}

/// What process 1 is called; `None` where nobody tells.
pub(crate) fn first() -> Option<String> {
    let name = fs::read_to_string("/proc/1/comm").ok()?;
    Some(name.trim_end().to_owned())
}

/// Whether a process of this name (at most 15 bytes) runs.
pub(crate) fn is_running(name: &str) -> bool {
    arguments_of(name).is_some()
}

/// The arguments of the first process of this name.
pub(crate) fn arguments_of(name: &str) -> Option<Vec<String>> {
    let processes = fs::read_dir("/proc").ok()?;
    processes.flatten().find_map(|process| {
        let path = process.path();
        let comm = fs::read_to_string(path.join("comm")).ok()?;
        if comm.trim_end() != name {
            return None;
        }
        let line = fs::read(path.join("cmdline")).ok()?;
        let words = line.split(|&byte| byte == 0);
        Some(
            words
                .map(|word| String::from_utf8_lossy(word).into_owned())
                .collect(),
        )
    })
}
