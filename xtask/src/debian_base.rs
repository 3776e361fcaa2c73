//! The file system of a small Debian with systemd, from which tests make their machines.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::error::Error;
use crate::process::{self, Log};
use crate::workspace::Workspace;

/// Debian's packages that make a base and boot it.
pub(crate) const PACKAGES: [(&str, &str); 2] = [
    ("debootstrap", "debootstrap"),
    ("systemd-nspawn", "systemd-container"),
];

/// What is in it beside the essential: what systemd needs to have sessions and users, and what runs the Python example.
const INCLUDED: &str = "systemd,systemd-sysv,dbus,libpam-systemd,procps,polkitd,python3";

const LIMIT: Duration = Duration::from_secs(15 * 60);

/// The base of this machine's own release, made first if it is missing or another; its folder.
///
/// The same release, as a program that was built here runs with this C library or a later one.
pub(crate) fn prepare(workspace: &Workspace, log: &Log) -> Result<PathBuf, Error> {
    let dir = dir(workspace);
    let release = codename(&read("/etc/os-release"));
    let identity = format!("{release} {INCLUDED}\n");
    let identity_path = dir.with_extension("identity");
    if read(&identity_path) == identity {
        return Ok(dir);
    }
    let file_error = |attempt, path: &Path| {
        let path = path.to_path_buf();
        move |source| Error::File {
            attempt,
            path,
            source,
        }
    };
    if dir.exists() {
        fs::remove_dir_all(&dir).map_err(file_error("remove the old base", &dir))?;
    }
    let mut command = Command::new("nice");
    command.args(["debootstrap", "--variant=minbase"]);
    command.arg(format!("--include={INCLUDED}"));
    command.arg(&release).arg(&dir).arg(mirror());
    process::run(&mut command, log, LIMIT)?;
    // Last, so that a base that was left half made has none.
    fs::write(&identity_path, identity).map_err(file_error("write", &identity_path))?;
    Ok(dir)
}

/// Where the base is or would be.
pub(crate) fn dir(workspace: &Workspace) -> PathBuf {
    workspace.target_dir().join("container/base")
}

/// Where this machine gets its own packages from.
fn mirror() -> String {
    let sources = [
        read("/etc/apt/sources.list.d/debian.sources"),
        read("/etc/apt/sources.list"),
    ];
    let found = sources.iter().find_map(|text| mirror_in(text));
    found.unwrap_or_else(|| "http://deb.debian.org/debian".to_owned())
}

/// The first address in a `.sources` or `.list` file.
fn mirror_in(text: &str) -> Option<String> {
    let lines = text.lines().filter(|line| {
        let line = line.trim_start();
        line.starts_with("URIs:") || line.starts_with("deb ")
    });
    lines
        .flat_map(str::split_whitespace)
        .find(|word| word.contains("://"))
        .map(str::to_owned)
}

fn codename(os_release: &str) -> String {
    let name = os_release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    name.unwrap_or("stable").trim_matches('"').to_owned()
}

/// The text of a file that need not be there.
fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{codename, mirror_in};

    #[test]
    fn finds_the_mirror_in_both_formats() {
        let new = "Types: deb\n# http://no\nURIs: http://one/debian http://two\nSuites: x\n";
        assert_eq!(mirror_in(new).as_deref(), Some("http://one/debian"));
        let old = "# deb http://no x\ndeb [signed-by=/k] https://three/debian bookworm main\n";
        assert_eq!(mirror_in(old).as_deref(), Some("https://three/debian"));
        assert_eq!(mirror_in(""), None);
    }

    #[test]
    fn the_base_is_of_this_machines_release() {
        assert_eq!(
            codename("ID=debian\nVERSION_CODENAME=bookworm\n"),
            "bookworm"
        );
        assert_eq!(codename("ID=debian\n"), "stable");
    }
}
