//! Which system calls are refused, as a program for the kernel (`seccomp(2)`).
//!
//! It is a list of what is refused, not of what is allowed: a list of the latter
//! breaks programs with every new C library. A refused call gives `EPERM`, as it
//! would to somebody without the right; a program that can do without goes on.

use libc::{c_long, sock_filter};
use outlast_model::sandbox::Preset;

/// What would undo the rest of the sandbox, or change the machine for everybody.
const ALWAYS: &[c_long] = &[
    // Mounts, by which what is read-only or hidden would come back.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_open_tree,
    OPEN_TREE_ATTR,
    libc::SYS_move_mount,
    libc::SYS_mount_setattr,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    // Ways round them.
    libc::SYS_setns,
    libc::SYS_open_by_handle_at,
    // The kernel (`ProtectKernelModules`), the machine (`@reboot`, `@swap`).
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    // The clock (`ProtectClock`).
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
];

/// What only debuggers, container run-times and attackers need.
const STRICT: &[c_long] = &[
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_unshare,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
];

/// `open_tree_attr(2)` (Linux 6.15), which libc does not know.
const OPEN_TREE_ATTR: c_long = 467;

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xC000_00B7;

/// Where `struct seccomp_data` has the number and the architecture.
const NUMBER_AT: u32 = 0;
const ARCHITECTURE_AT: u32 = 4;

const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
const RETURN: u32 = libc::BPF_RET | libc::BPF_K;
const IF_EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
#[cfg(target_arch = "x86_64")]
const IF_AT_LEAST: u32 = libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K;

/// Calls of other architectures (32-bit programs) do not exist: their numbers are
/// others, so none of them could be judged.
pub(super) fn filter(preset: Preset) -> Vec<sock_filter> {
    let more = if preset == Preset::Strict {
        STRICT
    } else {
        &[]
    };
    let mut program = vec![
        statement(LOAD, ARCHITECTURE_AT),
        jump(IF_EQUAL, ARCHITECTURE, (1, 0)),
        fail(libc::ENOSYS),
        statement(LOAD, NUMBER_AT),
    ];
    // The x32 calls have the same architecture and this bit.
    #[cfg(target_arch = "x86_64")]
    program.extend([jump(IF_AT_LEAST, 0x4000_0000, (0, 1)), fail(libc::ENOSYS)]);
    for call in ALWAYS.iter().chain(more) {
        let number = u32::try_from(*call).unwrap_or(u32::MAX);
        program.extend([jump(IF_EQUAL, number, (0, 1)), fail(libc::EPERM)]);
    }
    program.push(statement(RETURN, libc::SECCOMP_RET_ALLOW));
    program
}

fn fail(error: i32) -> sock_filter {
    statement(RETURN, libc::SECCOMP_RET_ERRNO | error.cast_unsigned())
}

fn statement(code: u32, operand: u32) -> sock_filter {
    jump(code, operand, (0, 0))
}

fn jump(code: u32, operand: u32, (if_so, if_not): (u8, u8)) -> sock_filter {
    sock_filter {
        code: code as u16,
        jt: if_so,
        jf: if_not,
        k: operand,
    }
}
