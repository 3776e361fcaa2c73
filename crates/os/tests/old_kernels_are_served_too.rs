//! Without `clone3`, `close_range` and `pidfd_open`, as on an old kernel or in a
//! container whose filter of system calls refuses them. A filter cannot be
//! taken off again, so each test begins with one on its own thread, and runs
//! everything on that.
#![cfg(all(target_os = "linux", target_pointer_width = "64"))]
#![expect(unsafe_code, reason = "no safe crate sets filters of system calls")]

mod support;

use outlast_model::exit::StartStep;
use outlast_model::service::Ask;
use outlast_model::socket::Address;
use outlast_model::{Exit, Signal};
use outlast_os::process::{Handed, Output, Spawn};
use outlast_os::socket::Socket;
use outlast_os::tree::Tree;
use support::{all_means, exit_of, forest, in_time, program, read_line, service, victim};

/// Makes these system calls fail with `ENOSYS` in this thread and its children.
fn refuse(calls: &[libc::c_long]) {
    let load_number = statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0);
    let mut filter = vec![load_number];
    for call in calls {
        let mut jump = statement(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0);
        jump.k = u32::try_from(*call).expect("a small number");
        jump.jf = 1;
        let refusal = libc::SECCOMP_RET_ERRNO | libc::ENOSYS.cast_unsigned();
        filter.extend([jump, statement(libc::BPF_RET | libc::BPF_K, refusal)]);
    }
    filter.push(statement(
        libc::BPF_RET | libc::BPF_K,
        libc::SECCOMP_RET_ALLOW,
    ));
    let program = libc::sock_fprog {
        len: u16::try_from(filter.len()).expect("a short program"),
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: the program is valid and copied by the kernel.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        let mode = libc::SECCOMP_MODE_FILTER;
        assert_eq!(
            libc::prctl(libc::PR_SET_SECCOMP, mode, &raw const program),
            0
        );
    }
}

fn statement(code: u32, value: u32) -> libc::sock_filter {
    libc::sock_filter {
        code: u16::try_from(code).expect("a code of 16 bits"),
        jt: 0,
        jf: 0,
        k: value,
    }
}

fn be_old() {
    outlast_testkit::victim_path();
    refuse(&[
        libc::SYS_clone3,
        libc::SYS_close_range,
        libc::SYS_pidfd_open,
    ]);
}

fn trees(name: &str) -> Vec<Tree> {
    let means = all_means().into_iter();
    means
        .map(|means| forest(name, means).tree(&service("it")))
        .collect()
}

/// The report of the child comes by a pipe, which must survive.
#[tokio::test]
async fn sockets_are_handed_over_and_failures_are_told_all_the_same() {
    be_old();
    let sockets: Vec<Socket> = (0..8)
        .map(|_| Socket::open(&anywhere(), None).expect("open"))
        .collect();
    let handed: Vec<Handed<'_>> = sockets.iter().map(Socket::hand).collect();
    for tree in trees("old-given") {
        let missing = program("/nonexistent");
        let spawn = Spawn {
            handed: &handed,
            ..missing.spawn(Output::Null)
        };
        let failure = tree.spawn(&spawn).expect_err("missing");
        assert_eq!(failure.step, StartStep::Execute);
        let given = victim(&["given"]);
        let spawn = Spawn {
            handed: &handed,
            ..given.spawn(Output::Null)
        };
        let process = tree.spawn(&spawn).expect("it starts");
        assert_eq!(exit_of(process).await, Exit::Code(0));
    }
}

fn anywhere() -> outlast_model::Socket {
    outlast_model::Socket {
        name: "it".to_owned(),
        address: Address::Tcp("127.0.0.1:0".parse().expect("an address")),
        backlog: None,
        reuse_port: false,
    }
}

#[tokio::test]
async fn ends_are_told_and_failures_have_their_step() {
    be_old();
    for tree in trees("old-ends") {
        let process = victim(&["exit", "7"]).silent(&tree).expect("it starts");
        assert_eq!(exit_of(process).await, Exit::Code(7));
        let failure = program("/nonexistent").silent(&tree).expect_err("missing");
        assert_eq!(
            (failure.step, failure.os_error),
            (StartStep::Execute, Some(libc::ENOENT))
        );
        assert!(tree.is_empty().expect("known"));
        tree.remove();
    }
}

#[tokio::test]
async fn nothing_is_inherited() {
    be_old();
    let file = tempfile::tempfile().expect("a file");
    let _careless = rustix::io::dup(&file).expect("a duplicate");
    for tree in trees("old-inherit") {
        let said = victim(&["descriptors"]).said(&tree).await;
        assert_eq!(String::from_utf8_lossy(&said).lines().count(), 3);
        let mut start = program("/bin/grep");
        start.arguments = vec![
            "-E".into(),
            "Sig(Ign|Blk)".into(),
            "/proc/self/status".into(),
        ];
        let said = String::from_utf8(start.said(&tree).await).expect("text");
        assert!(
            said.lines()
                .all(|line| line.ends_with("\t0000000000000000")),
            "{said}"
        );
        tree.remove();
    }
}

#[tokio::test]
async fn trees_are_asked_and_killed_whole() {
    be_old();
    for tree in trees("old-kill") {
        let (process, source) = victim(&["six"]).talking(&tree).expect("it starts");
        assert_eq!(read_line(&source).await, "ready");
        process.ask(Ask::Signal(Signal::Term)).expect("it lives");
        exit_of(process).await;
        assert!(!tree.is_empty().expect("known"));
        tree.ask(Ask::Signal(Signal::Hup)).expect("asked");
        tree.kill().expect("killed");
        in_time(tree.emptied()).await.expect("it empties");
        assert_eq!(tree.processes().expect("listed"), []);
        tree.remove();
    }
}
