//! A Rust toolchain that can build for other systems: one that has the source of its standard library.
//!
//! Cargo then builds the library itself (`-Zbuild-std`), and no target has to be downloaded. The feature is unstable,
//! which `RUSTC_BOOTSTRAP=1` allows on a stable compiler. Debian's `rust-web-src` brings the source for Debian's
//! compiler; `rustup component add rust-src` does it for rustup's.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::output_of;
use crate::workspace::Workspace;

/// Debian's packages that make [`CrossToolchain::find`] succeed.
pub(crate) const PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

/// A cargo and the rustc that belongs to it.
pub(crate) struct CrossToolchain {
    cargo: PathBuf,
    rustc: PathBuf,
}

impl CrossToolchain {
    /// The first toolchain on this machine that is new enough and has its library's source.
    pub(crate) fn find() -> Option<Self> {
        let candidates = [("cargo", "rustc"), ("/usr/bin/cargo", "/usr/bin/rustc")];
        candidates
            .into_iter()
            .find(|(_, rustc)| can_build_std(rustc))
            .map(|(cargo, rustc)| Self {
                cargo: cargo.into(),
                rustc: rustc.into(),
            })
    }

    /// `cargo VERB` for `target`, for the whole workspace.
    ///
    /// It has a target directory of its own, as the two compilers would else rebuild each other's work, and a low
    /// priority, as it runs beside the tests of this machine.
    pub(crate) fn cargo(&self, workspace: &Workspace, target: &Target, verb: &str) -> Command {
        let mut command = if cfg!(unix) {
            let mut nice = Command::new("nice");
            nice.arg(&self.cargo);
            nice
        } else {
            Command::new(&self.cargo)
        };
        command.current_dir(workspace.root());
        command.args([
            verb,
            "--locked",
            "-Zbuild-std=std,panic_abort",
            "--target",
            target.triple,
        ]);
        command.arg("--workspace");
        command.env("CARGO_TARGET_DIR", target.dir(workspace));
        command
            .env("RUSTC", &self.rustc)
            .env("RUSTDOC", self.rustc.with_file_name("rustdoc"));
        command.env("RUSTC_BOOTSTRAP", "1");
        // The cargo that runs xtask is another one.
        command.env_remove("CARGO");
        command
    }
}

/// Makes warnings in our own code errors, and leaves those of other packages alone.
pub(crate) fn deny_warnings(command: &mut Command) -> &mut Command {
    command
        .arg("-Zwarnings")
        .env("CARGO_BUILD_WARNINGS", "deny")
}

/// A system that is built for from another.
pub(crate) struct Target {
    /// What rustc calls it.
    pub(crate) triple: &'static str,
    /// Its directory below this machine's target directory.
    pub(crate) dirname: &'static str,
}

impl Target {
    /// Where cargo puts what it builds for this target.
    pub(crate) fn dir(&self, workspace: &Workspace) -> PathBuf {
        workspace.target_dir().join(self.dirname)
    }
}

fn can_build_std(rustc: &str) -> bool {
    let Some(version) = output_of(Command::new(rustc).arg("--version")) else {
        return false;
    };
    let Some(sysroot) = output_of(Command::new(rustc).args(["--print", "sysroot"])) else {
        return false;
    };
    is_new_enough(&version)
        && Path::new(&sysroot)
            .join("lib/rustlib/src/rust/library/Cargo.lock")
            .is_file()
}

/// Whether `rustc --version` names at least the workspace's `rust-version`.
fn is_new_enough(version: &str) -> bool {
    let number = version.split_whitespace().nth(1).unwrap_or_default();
    major_and_minor(number) >= major_and_minor(env!("CARGO_PKG_RUST_VERSION"))
}

fn major_and_minor(version: &str) -> (u32, u32) {
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::is_new_enough;

    #[test]
    fn an_old_compiler_is_not_used() {
        assert!(!is_new_enough("rustc 1.63.0 (Debian 1.63.0+dfsg1-2)"));
        assert!(is_new_enough("rustc 1.96.0 (ac68faa20 2026-05-25)"));
        assert!(is_new_enough("rustc 2.0.0"));
        assert!(!is_new_enough("rustc"));
    }
}
