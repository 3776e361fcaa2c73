//! Installing Debian packages, where this machine lets us.

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::error::Error;
use crate::process::{self, Log, is_installed, output_of};

const UPDATE_LIMIT: Duration = Duration::from_secs(300);
const INSTALL_LIMIT: Duration = Duration::from_secs(1200);

/// Why packages cannot be installed here, or nothing when they can.
pub(crate) fn obstacle() -> Option<&'static str> {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    if !is_debian(&release) || !is_installed("apt-get") {
        return Some("this is not Debian");
    }
    let user = output_of(Command::new("id").arg("-u"));
    if user.as_deref() == Some("0") {
        None
    } else {
        Some("not root")
    }
}

/// Fetches the package lists.
pub(crate) fn update(log: &Log) -> Result<(), Error> {
    process::run(apt_get().arg("update"), log, UPDATE_LIMIT)
}

/// Whether the package lists have `package`.
pub(crate) fn is_known(package: &str) -> bool {
    output_of(Command::new("apt-cache").args(["show", package])).is_some()
}

/// Installs `packages`, which the package lists have. Daemons among them are not started, and PostgreSQL makes no
/// database: tests have their own.
pub(crate) fn install(packages: &[&str], log: &Log) -> Result<(), Error> {
    let mut command = Command::new("sh");
    command.args(["-ec", IDLE, "sh", "apt-get"]);
    command
        .args(APT_OPTIONS)
        .env(APT_VARIABLE.0, APT_VARIABLE.1);
    command.args(["install", "--yes", "--no-install-recommends"]);
    command.args(packages);
    process::run(&mut command, log, INSTALL_LIMIT)
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command
        .args(APT_OPTIONS)
        .env(APT_VARIABLE.0, APT_VARIABLE.1);
    command
}

const APT_VARIABLE: (&str, &str) = ("DEBIAN_FRONTEND", "noninteractive");

/// Another apt may be at work on a machine that has just come up.
const APT_OPTIONS: [&str; 3] = ["--option", "DPkg::Lock::Timeout=300", "--quiet"];

/// Runs a command while a `policy-rc.d` forbids to start services, as Debian's policy has it. Whoever has one keeps it.
const IDLE: &str = r#"
made=
trap 'rm -f $made' EXIT
trap 'exit 1' INT TERM
policy=/usr/sbin/policy-rc.d
clusters=/etc/postgresql-common/createcluster.d
if [ ! -e $policy ]; then
    made=$policy
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
fi
case " $* " in
*" postgresql "*)
    mkdir -p $clusters
    made="$made $clusters/outlast-tests.conf"
    echo 'create_main_cluster = false' >$clusters/outlast-tests.conf
    ;;
esac
"$@"
"#;

/// Debian itself, by the `ID` line; its derivatives name their packages as they like.
fn is_debian(os_release: &str) -> bool {
    os_release
        .lines()
        .any(|line| line.trim_end() == "ID=debian")
}

#[cfg(test)]
mod tests {
    use super::is_debian;

    #[test]
    fn tells_debian_from_its_derivatives() {
        assert!(is_debian("NAME=\"Debian GNU/Linux\"\nID=debian\n"));
        assert!(!is_debian("ID=ubuntu\nID_LIKE=debian\n"));
        assert!(!is_debian(""));
    }
}
