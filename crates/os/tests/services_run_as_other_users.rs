//! Changing the account; for root only.
#![cfg(target_os = "linux")]

mod support;

use std::os::unix::fs::PermissionsExt;

use outlast_model::exit::StartStep;
use outlast_os::account::Account;
use outlast_os::tree::Means;
use support::{all_means, forest, program, service};

#[tokio::test]
async fn root_can_start_a_program_as_nobody_with_nothing_of_its_own_left() {
    if !Account::is_privileged() {
        eprintln!("SKIPPED: only root may change users");
        return;
    }
    let account = Account::find("nobody").expect("Debian has nobody");
    for means in all_means() {
        let tree = forest("user", means).tree(&service("it"));
        let mut start = program("/usr/bin/grep");
        start.arguments = vec![
            "-E".into(),
            "^(Uid|Gid|Groups)".into(),
            "/proc/self/status".into(),
        ];
        start.logon = Some(account.clone().log_on().expect("root may"));
        let said = String::from_utf8(start.said(&tree).await).expect("text");
        let (uid, gid) = account.uid().zip(account.gid()).expect("a Unix has them");
        assert!(
            said.contains(&format!("Uid:\t{uid}\t{uid}\t{uid}\t{uid}\n")),
            "{said}"
        );
        assert!(
            said.contains(&format!("Gid:\t{gid}\t{gid}\t{gid}\t{gid}\n")),
            "{said}"
        );
        assert!(said.contains(&format!("Groups:\t{gid}")), "{said}");
        tree.remove();
    }
}

#[tokio::test]
async fn a_folder_that_only_root_may_enter_is_refused_to_others() {
    if !Account::is_privileged() {
        eprintln!("SKIPPED: only root may change users");
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::set_permissions(dir.path(), PermissionsExt::from_mode(0o700)).expect("closed");
    let tree = forest("folder", Means::Best).tree(&service("it"));
    let mut start = program("/bin/true");
    let nobody = Account::find("nobody").expect("Debian has nobody");
    start.logon = Some(nobody.log_on().expect("root may"));
    start.dir = dir.path().to_owned();
    let failure = start.silent(&tree).expect_err("refused");
    assert_eq!(
        (failure.step, failure.os_error),
        (StartStep::EnterDir, Some(libc::EACCES))
    );
    tree.remove();
}
