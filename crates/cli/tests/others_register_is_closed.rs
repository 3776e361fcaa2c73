//! A register that this user may not read keeps nobody from what is his.
#![cfg(target_os = "linux")]

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

/// Root's folder is closed, as guardians of earlier versions have left it; in mounts of
/// its own, so that this machine's is not touched.
const CLOSED: &str = r#"
mount -t tmpfs none /var/lib
mkdir -m 700 /var/lib/outlast
cd "$1"
export HOME="$1"
exec setpriv --reuid=nobody --regid=nogroup --clear-groups sh -ec '
./outlast run outlast.toml --state-dir state --quiet &
until ./outlast start web --state-dir state; do sleep 0.05; done
./outlast stop --state-dir state
wait $!
'
"#;

#[test]
fn a_user_ends_his_guardian_though_root_s_register_is_closed() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: only root closes root's folder");
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path();
    std::fs::set_permissions(path, Permissions::from_mode(0o777)).expect("it is ours");
    // Nobody may not get to where this was built.
    std::fs::copy(env!("CARGO_BIN_EXE_outlast"), path.join("outlast")).expect("copied");
    let file = "[services.web]\ncommand = [\"sleep\", \"1000\"]\n";
    std::fs::write(path.join("outlast.toml"), file).expect("a file");
    let mut inside = Command::new("timeout");
    inside.args(["--kill-after=5", "60", "unshare", "--mount"]);
    inside.args(["sh", "-ec", CLOSED, "sh"]).arg(path);
    let output = inside.env_remove("OUTLAST_STATE_DIR").output();
    let output = output.expect("util-linux is installed");
    assert!(output.status.success(), "{output:?}");
}
