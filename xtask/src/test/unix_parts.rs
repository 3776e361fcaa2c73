//! The part that registers services with the small managers of Unix: OpenRC, SysV init, runit, s6.
//!
//! runit and s6 run in folders of a test's own. OpenRC and SysV init have their places in `/etc`; their tests run in
//! root directories made for them, which are copies of the base for containers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::debian;
use crate::debian_base;
use crate::error::Error;
use crate::process::{self, Log, is_installed};
use crate::test::Context;
use crate::test::host_parts::count_tests;
use crate::test::outcome::Outcome;

/// What has to be installed here, by the program that is looked for. None of it replaces this machine's init.
pub(crate) const PACKAGES: [(&str, &str); 4] = [
    ("runsvdir", "runit"),
    ("s6-svscan", "s6"),
    ("shellcheck", "shellcheck"),
    ("plistutil", "libplist-utils"),
];

const INSTALL_LIMIT: Duration = Duration::from_secs(10 * 60);
const TESTS_LIMIT: Duration = Duration::from_secs(10 * 60);

/// A root directory with an init of its own.
struct Root {
    /// The test that runs in it, and the folder's name.
    test: &'static str,
    dirname: &'static str,
    /// The package that brings its init.
    package: &'static str,
}

const ROOTS: [Root; 2] = [
    Root {
        test: "openrc_for_real",
        dirname: "openrc",
        package: "openrc",
    },
    Root {
        test: "sysv_for_real",
        dirname: "sysv",
        package: "sysvinit-core",
    },
];

/// Runs the tests with real managers.
pub(crate) fn managers(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    if let Some(obstacle) = obstacle() {
        return Ok(Outcome::skipped(obstacle));
    }
    let mut here = native_test(context);
    here.args(["--test", "runit_for_real", "--test", "s6_for_real"]);
    here.args(["--no-fail-fast", "--", "--ignored"]);
    process::run(&mut here, log, TESTS_LIMIT)?;
    for root in &ROOTS {
        let dir = prepare(context, root, log)?;
        let mut inside = native_test(context);
        inside.args([
            "--test",
            root.test,
            "--config",
            &runner_setting(context, &dir),
        ]);
        // One init, one change at a time.
        inside.args(["--", "--ignored", "--test-threads=1"]);
        process::run(&mut inside, log, TESTS_LIMIT)?;
    }
    Ok(Outcome::Passed {
        note: count_tests(&String::from_utf8_lossy(&log.bytes())),
    })
}

fn obstacle() -> Option<String> {
    if !cfg!(target_os = "linux") {
        return Some("these managers are Linux's here".to_owned());
    }
    if let Some(obstacle) = debian::obstacle() {
        return Some(format!("a root directory cannot be made here: {obstacle}"));
    }
    let needed = PACKAGES.into_iter().chain(debian_base::PACKAGES);
    let mut missing = needed.filter(|(program, _)| !is_installed(program));
    missing.next().map(|(program, package)| {
        format!("there is no {program} here; Debian's package {package} brings it")
    })
}

fn native_test(context: &Context<'_>) -> Command {
    let mut command = context.workspace.cargo();
    command.args(["test", "--locked", "--package", "outlast-native"]);
    command
}

/// Tells cargo to run the test program inside `dir`. JSON's arrays are TOML's.
fn runner_setting(context: &Context<'_>, dir: &Path) -> String {
    let runner = json!([context.xtask, "in-root", "--root", dir, "--"]);
    format!("target.'cfg(all())'.runner={runner}")
}

/// The root directory, made first if it is missing or was made otherwise.
fn prepare(context: &Context<'_>, root: &Root, log: &Log) -> Result<PathBuf, Error> {
    let base = debian_base::prepare(context.workspace, log)?;
    let dir = base.with_file_name(root.dirname);
    let identity_path = dir.with_extension("identity");
    let base_identity = fs::read_to_string(base.with_extension("identity")).unwrap_or_default();
    let identity = format!("{} {base_identity}", root.package);
    if fs::read_to_string(&identity_path).is_ok_and(|found| found == identity) {
        return Ok(dir);
    }
    let mut install = Command::new("sh");
    install.args(["-ec", INSTALL, "sh"]);
    install.arg(&base).arg(&dir).arg(root.package);
    process::run(&mut install, log, INSTALL_LIMIT)?;
    // Last, so that a root that was left half made has none.
    fs::write(&identity_path, identity).map_err(|source| Error::File {
        attempt: "write",
        path: identity_path,
        source,
    })?;
    Ok(dir)
}

/// Copies the base, in a mount namespace of its own so that nothing stays mounted, and has its apt install the init.
/// What OpenRC would do to a machine when it brings one up (its clock, its control groups) is not wanted here.
const INSTALL: &str = r#"
exec unshare --mount sh -ec '
rm -rf "$2"
cp -a "$1" "$2"
cp /etc/resolv.conf "$2/etc/resolv.conf"
cp -a /etc/apt/. "$2/etc/apt/"
mount -t proc proc "$2/proc"
export DEBIAN_FRONTEND=noninteractive
chroot "$2" apt-get --quiet update
chroot "$2" apt-get --quiet install --yes --no-install-recommends --allow-remove-essential dbus "$3"
rm -f "$2"/etc/runlevels/*/*
' sh "$@"
"#;
