//! Who is not admitted to a channel, and who is not believed at its address.
//!
//! Other users are real ones: programs of `nobody`'s, which only root can start.
#![cfg(unix)]

mod support;

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use outlast_os::account::Account;
use outlast_os::channel::{Arrival, Listener, VARIABLE, connect};
use support::channel::{Made, own};
use support::in_time;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// `None`, and a word about it, when this user cannot start programs as another.
fn nobody() -> Option<Account> {
    if !Account::is_privileged() {
        eprintln!("SKIPPED: only root may change users");
        return None;
    }
    Some(Account::find("nobody").expect("every Unix has nobody"))
}

/// This program again as `account`, doing what its test `part` does.
struct Other {
    child: Child,
    _copy: tempfile::TempDir,
}

/// A program that is being written cannot be started, and is still being written
/// in the fork of another test that is about to start its own.
static ONE_BY_ONE: Mutex<()> = Mutex::new(());

impl Other {
    fn start(account: &Account, part: &str, address: &OsStr) -> Self {
        let _one_by_one = ONE_BY_ONE.lock();
        let copy = tempfile::tempdir().expect("a temporary folder");
        fs::set_permissions(copy.path(), Permissions::from_mode(0o755)).expect("opened");
        // Where tests are built need not be open to others.
        let program = copy.path().join("test");
        fs::copy(std::env::current_exe().expect("known"), &program).expect("copied");
        let (uid, gid) = account.uid().zip(account.gid()).expect("a Unix has them");
        let child = Command::new(&program)
            .args(["--exact", part, "--ignored", "--nocapture"])
            .env(VARIABLE, address)
            .current_dir("/")
            .uid(uid)
            .gid(gid)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("root can start it");
        Self { child, _copy: copy }
    }

    /// Waits until it says so.
    fn says(&mut self, expected: &str) {
        let output = self.child.stdout.as_mut().expect("piped");
        let mut heard = Vec::new();
        for line in BufReader::new(output).lines() {
            let line = line.expect("text");
            if line.ends_with(expected) {
                return;
            }
            heard.push(line);
        }
        panic!("it said {heard:#?} and not {expected:?}");
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn given_address() -> std::ffi::OsString {
    std::env::var_os(VARIABLE).expect("whoever started this gives it")
}

#[tokio::test]
#[ignore = "others start it as another user"]
async fn part_of_a_helper() {
    let mut connection = connect(&given_address()).await.expect("connected");
    // One who is refused may find it closed, or reset.
    let _ = connection.write_all(b"me").await;
    let mut told = String::new();
    let _ = connection.read_to_string(&mut told).await;
    println!("told {told:?}");
}

#[tokio::test]
#[ignore = "others start it as another user"]
async fn part_of_a_core() {
    let mut listener = Listener::bind(&given_address()).expect("bound");
    println!("listening");
    let Ok(Arrival::Admitted(mut connection, peer)) = listener.accept().await else {
        println!("nobody who is admitted came");
        return;
    };
    connection
        .write_all(peer.user.as_bytes())
        .await
        .expect("written");
    drop(connection);
    let _ = io::stdin().read(&mut [0]);
}

#[tokio::test]
async fn who_is_not_admitted_is_closed_without_a_byte() {
    let made = Made::new(None);
    drop(made.channel.admit(&own()).expect("admitted, and no more"));
    let mut listener = Listener::bind(made.address()).expect("bound");
    let mut helper = connect(made.address()).await.expect("anybody can");
    let arrival = in_time(listener.accept()).await.expect("it listens");
    let Arrival::Refused(peer) = arrival else {
        panic!("let in: {arrival:?}");
    };
    assert_eq!(peer.user, own().id());
    assert_eq!(in_time(helper.read(&mut [0])).await.expect("closed"), 0);
}

#[tokio::test]
async fn another_user_is_refused_until_he_is_admitted() {
    let Some(nobody) = nobody() else { return };
    let made = Made::new(None);
    let _own = made.channel.admit(&own()).expect("admitted");
    let mut listener = Listener::bind(made.address()).expect("bound");
    let mut refused = Other::start(&nobody, "part_of_a_helper", made.address());
    let arrival = in_time(listener.accept()).await.expect("it listens");
    assert!(
        matches!(&arrival, Arrival::Refused(peer) if peer.user == nobody.id()),
        "{arrival:?}"
    );
    refused.says("told \"\"");

    let _admission = made.channel.admit(&nobody).expect("admitted");
    let mut helper = Other::start(&nobody, "part_of_a_helper", made.address());
    let arrival = in_time(listener.accept()).await.expect("it listens");
    let Arrival::Admitted(mut connection, peer) = arrival else {
        panic!("refused: {arrival:?}");
    };
    assert_eq!(peer.user, nobody.id());
    let mut said = [0; 2];
    in_time(connection.read_exact(&mut said))
        .await
        .expect("read");
    connection.write_all(b"welcome").await.expect("written");
    drop(connection);
    helper.says("told \"welcome\"");
}

#[tokio::test]
async fn a_core_with_an_account_of_its_own_is_believed() {
    let Some(nobody) = nobody() else { return };
    let made = Made::new(Some(&nobody));
    let _own = made.channel.admit(&own()).expect("admitted");
    let mut core = Other::start(&nobody, "part_of_a_core", made.address());
    core.says("listening");
    let mut helper = connect(made.address()).await.expect("it is the core");
    let mut told = String::new();
    in_time(helper.read_to_string(&mut told))
        .await
        .expect("read");
    assert_eq!(told, own().id());
}

#[tokio::test]
async fn a_squatter_s_socket_is_not_believed() {
    let Some(nobody) = nobody() else { return };
    let made = Made::new(Some(&nobody));
    let _own = made.channel.admit(&own()).expect("admitted");
    let mut squatter = Other::start(&nobody, "part_of_a_core", made.address());
    squatter.says("listening");
    // The core is root's, and it is not root who listens.
    let dir = PathBuf::from(made.address());
    chown(dir.join("socket"), Some(0), Some(0)).expect("root may");
    let error = connect(made.address()).await.expect_err("a squatter");
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}");
}

#[tokio::test]
async fn a_folder_of_another_user_s_is_not_believed() {
    let Some(nobody) = nobody() else { return };
    let made = Made::new(None);
    let _listener = Listener::bind(made.address()).expect("bound");
    chown(made.address(), nobody.uid(), nobody.gid()).expect("root may");
    let error = connect(made.address()).await.expect_err("his");
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}");
    Listener::bind(made.address()).expect_err("he could admit anybody");
}

#[tokio::test]
async fn a_link_or_an_open_folder_in_the_place_of_one_is_refused() {
    for name in ["", "users", "socket"] {
        let made = Made::new(None);
        let dir = PathBuf::from(made.address());
        let place = if name.is_empty() { dir } else { dir.join(name) };
        let aside = place.with_extension("aside");
        fs::rename(&place, &aside).expect("moved");
        symlink(&aside, &place).expect("linked");
        Listener::bind(made.address()).expect_err(name);
        fs::remove_file(&place).expect("removed");
        fs::rename(&aside, &place).expect("moved back");
        fs::set_permissions(&place, Permissions::from_mode(0o777)).expect("opened");
        let error = Listener::bind(made.address()).expect_err(name);
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{name}");
    }
}
