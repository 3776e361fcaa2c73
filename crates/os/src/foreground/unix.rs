//! A child in the same process group.

use std::fs::File;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ExitStatus};

use outlast_model::Exit;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, getpgrp, kill_process, waitid};
use rustix::termios::tcgetpgrp;
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

pub(super) struct Signals {
    terminate: Stream,
    hangup: Stream,
    user_1: Stream,
    user_2: Stream,
    interrupt: Stream,
    quit: Stream,
}

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            user_1: signal(SignalKind::user_defined1())?,
            user_2: signal(SignalKind::user_defined2())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::TERM,
            _ = self.hangup.recv() => Signal::HUP,
            _ = self.user_1.recv() => Signal::USR1,
            _ = self.user_2.recv() => Signal::USR2,
            _ = self.interrupt.recv() => Signal::INT,
            _ = self.quit.recv() => Signal::QUIT,
        }
    }
}

/// The child is collected here and nowhere else, so a signal never reaches
/// another process that has got its number.
pub(super) async fn wait(mut child: Child, mut signals: Signals) -> io::Result<Exit> {
    let pid = Pid::from_child(&child);
    let mut ended = tokio::task::spawn_blocking(move || block_until_ended(pid));
    loop {
        tokio::select! {
            _ = &mut ended => break,
            signal = signals.next() => pass_on(pid, signal),
        }
    }
    child.wait().map(exit_of)
}

fn block_until_ended(pid: Pid) {
    let how = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), how) {}
}

fn pass_on(pid: Pid, signal: Signal) {
    let is_from_the_keys = matches!(signal, Signal::INT | Signal::QUIT) && is_at_the_terminal();
    if !is_from_the_keys {
        // It may have ended, or run as somebody else: nothing more can be done.
        let _ = kill_process(pid, signal);
    }
}

/// Whether a terminal sends its signals to this process group. Who else sends
/// one then cannot be told apart.
fn is_at_the_terminal() -> bool {
    File::open("/dev/tty").is_ok_and(|tty| tcgetpgrp(tty).is_ok_and(|group| group == getpgrp()))
}

fn exit_of(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(number)) => Exit::Signal {
            number,
            core_dumped: status.core_dumped(),
        },
        (None, None) => Exit::Unknown,
    }
}
