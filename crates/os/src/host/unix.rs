//! The Unix answers.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use outlast_model::Signal;
use outlast_model::service::{Ask, StopSequence, StopStep};

pub(super) fn default_stop(timeout: Duration) -> StopSequence {
    StopSequence {
        steps: vec![StopStep {
            ask: Ask::Signal(Signal::Term),
            wait: timeout,
        }],
    }
}

pub(super) fn is_init() -> bool {
    std::process::id() == 1
}

pub(super) fn name() -> Option<String> {
    let name = rustix::system::uname();
    Some(name.nodename().to_string_lossy().into_owned())
}

pub(super) fn trim_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: `malloc_trim` may be called at any time, from any thread.
        unsafe { libc::malloc_trim(0) };
    }
    #[cfg(target_os = "linux")]
    super::linux::release_code();
}

pub(super) fn signal_name(number: i32) -> Option<&'static str> {
    SIGNALS
        .iter()
        .find(|(known, _)| *known == number)
        .map(|(_, name)| *name)
}

const SIGNALS: &[(i32, &str)] = &[
    (libc::SIGHUP, "HUP"),
    (libc::SIGINT, "INT"),
    (libc::SIGQUIT, "QUIT"),
    (libc::SIGILL, "ILL"),
    (libc::SIGTRAP, "TRAP"),
    (libc::SIGABRT, "ABRT"),
    (libc::SIGBUS, "BUS"),
    (libc::SIGFPE, "FPE"),
    (libc::SIGKILL, "KILL"),
    (libc::SIGUSR1, "USR1"),
    (libc::SIGSEGV, "SEGV"),
    (libc::SIGUSR2, "USR2"),
    (libc::SIGPIPE, "PIPE"),
    (libc::SIGALRM, "ALRM"),
    (libc::SIGTERM, "TERM"),
    (libc::SIGCHLD, "CHLD"),
    (libc::SIGCONT, "CONT"),
    (libc::SIGSTOP, "STOP"),
    (libc::SIGTSTP, "TSTP"),
    (libc::SIGTTIN, "TTIN"),
    (libc::SIGTTOU, "TTOU"),
    (libc::SIGURG, "URG"),
    (libc::SIGXCPU, "XCPU"),
    (libc::SIGXFSZ, "XFSZ"),
    (libc::SIGVTALRM, "VTALRM"),
    (libc::SIGPROF, "PROF"),
    (libc::SIGWINCH, "WINCH"),
    (libc::SIGIO, "IO"),
    (libc::SIGSYS, "SYS"),
    #[cfg(target_os = "linux")]
    (libc::SIGPWR, "PWR"),
    #[cfg(target_os = "linux")]
    (libc::SIGSTKFLT, "STKFLT"),
];

/// Signals need no helper.
pub(super) fn run_helper(_arguments: impl Iterator<Item = OsString>) -> Option<i32> {
    None
}

pub(super) fn set_helper(_program: PathBuf) {}

#[cfg(test)]
mod tests {
    use crate::host::{signal_name, trim_memory};

    #[test]
    fn signals_have_their_usual_names() {
        assert_eq!(signal_name(9), Some("KILL"));
        assert_eq!(signal_name(libc::SIGSEGV), Some("SEGV"));
        assert_eq!(signal_name(0), None);
        assert_eq!(signal_name(64), None);
    }

    #[test]
    fn a_trimmed_process_goes_on_working() {
        let before: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
        trim_memory();
        assert_eq!(before.concat().len(), 2890);
    }
}
