//! What there is on a machine for cases to take.

use std::path::{Path, PathBuf};
use std::process::Command;

use outlast_model::Limits;
use outlast_os::account::{Account, Starter};
use outlast_os::limits::unenforced;

/// What there is on this machine, of all that a case may take.
pub(super) fn tools() -> Vec<&'static str> {
    const PROGRAMS: [&str; 21] = [
        "gcc",
        "g++",
        "go",
        "rustc",
        "java",
        "node",
        "python3",
        "perl",
        "ruby",
        "php",
        "bash",
        "openssl",
        "redis-server",
        "curl",
        "elixir",
        "erl",
        "git",
        "psql",
        "redis-cli",
        "ssh",
        "nginx",
    ];
    let is_root = Account::is_privileged();
    let limits = Limits {
        memory: Some(32 << 20),
        pids: Some(8),
        ..Limits::default()
    };
    let missing = unenforced(&limits, Starter::ThisProcess);
    let is_held = |word: &str| !missing.iter().any(|one| one.limit.word() == word);
    let low_ports = std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    let are_low_ports_roots =
        low_ports.is_ok_and(|first| first.trim().parse().is_ok_and(|first: u16| first > 81));
    let others = [
        ("root", is_root),
        ("memory-limit", is_held("memory")),
        ("pids-limit", is_held("pids")),
        ("low-ports", is_root && are_low_ports_roots),
        ("asan", has_sanitizers()),
    ];
    let programs = PROGRAMS.into_iter().filter(|program| is_installed(program));
    let others = others.into_iter().filter(|(_, is_here)| *is_here);
    programs.chain(others.map(|(tool, _)| tool)).collect()
}

fn is_installed(program: &str) -> bool {
    // What compiles has to be there as well as what runs.
    let program = if program == "java" { "javac" } else { program };
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Debian has the libraries of gcc's sanitizers in packages of their own.
fn has_sanitizers() -> bool {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    std::fs::write(folder.path().join("a.c"), "int main(void) { return 0; }\n")
        .expect("it can be written");
    let mut gcc = Command::new("gcc");
    gcc.args(["-fsanitize=address,undefined", "a.c"])
        .current_dir(folder.path());
    gcc.output().is_ok_and(|output| output.status.success())
}

/// Debian's, which is in no folder of `PATH`.
pub(super) fn postgres() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let programs = versions
        .flatten()
        .map(|version| version.path().join("bin/postgres"));
    programs.into_iter().find(|program| program.exists())
}

/// The system's own, as a shim in `PATH` is a shell script.
pub(super) fn python() -> &'static str {
    const OWN: &str = "/usr/bin/python3";
    if Path::new(OWN).exists() {
        OWN
    } else {
        "python3"
    }
}
