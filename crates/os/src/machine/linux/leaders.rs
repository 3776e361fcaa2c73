//! The processes that sessions stand and fall with.
//!
//! logind keeps a session for as long as any program runs that was started in it,
//! and tells nobody that its user has logged off. That is when the session's
//! leader ends (`login`, `sshd`'s or the display manager's process for it), which
//! its pidfd says.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::os::fd::OwnedFd;
use std::task::Poll;

use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::polled::polled;

/// A leader that can be watched.
#[derive(Debug)]
pub(super) struct Leader {
    pub(super) pid: u32,
    pidfd: AsyncFd<OwnedFd>,
}

impl Leader {
    /// `None`: there is no such process, or it cannot be watched. It may be another
    /// one than whoever told its number has meant: they have to be asked again.
    pub(super) fn open(pid: u32) -> Option<Self> {
        let pidfd = pidfd_open(Pid::from_raw(pid.try_into().ok()?)?, PidfdFlags::empty()).ok()?;
        Some(Self {
            pid,
            pidfd: polled(pidfd, Interest::READABLE).ok()?,
        })
    }
}

/// The leaders of sessions, by the sessions' object paths.
#[derive(Debug, Default)]
pub(super) struct Leaders(BTreeMap<String, Leader>);

impl Leaders {
    /// That of the session `path` is `leader`; `None`: it is not known.
    pub(super) fn set(&mut self, path: &str, leader: Option<Leader>) {
        self.0.remove(path);
        if let Some(leader) = leader {
            self.0.insert(path.to_owned(), leader);
        }
    }

    pub(super) fn forget(&mut self, path: &str) {
        self.0.remove(path);
    }

    /// The next session whose leader has ended, and its number; it is not watched
    /// any more. Cancel-safe; waits for ever while there is none.
    pub(super) async fn ended(&mut self) -> (String, u32) {
        let path = poll_fn(|context| {
            let has_ended = |(path, leader): (&String, &Leader)| {
                let ready = leader.pidfd.poll_read_ready(context);
                ready.is_ready().then(|| path.clone())
            };
            // All of them are asked, as that is how they come to wake this.
            let mut ended: Vec<String> = self.0.iter().filter_map(has_ended).collect();
            ended.pop().map_or(Poll::Pending, Poll::Ready)
        })
        .await;
        let pid = self.0.remove(&path).map_or(0, |leader| leader.pid);
        (path, pid)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::process::{Child, Command, Stdio};
    use std::task::{Context, Waker};
    use std::time::Duration;

    use outlast_testkit::victim_path;
    use tokio::time::timeout;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn process() -> Child {
        let mut command = Command::new(victim_path());
        command.arg("hang").stdout(Stdio::null());
        command.spawn().expect("it starts")
    }

    fn end(mut process: Child) {
        process.kill().expect("it is ours");
        process.wait().expect("it was there");
    }

    #[tokio::test(flavor = "current_thread")]
    async fn the_end_of_each_leader_is_told_once() {
        let (one, other) = (process(), process());
        let (pid_of_one, pid_of_other) = (one.id(), other.id());
        let mut leaders = Leaders::default();
        leaders.set("/1", Leader::open(pid_of_one));
        leaders.set("/2", Leader::open(pid_of_other));
        let mut context = Context::from_waker(Waker::noop());
        assert!(pin!(leaders.ended()).poll(&mut context).is_pending());
        end(other);
        let ended = timeout(PATIENCE, leaders.ended()).await;
        assert_eq!(ended.ok(), Some(("/2".to_owned(), pid_of_other)));
        assert!(pin!(leaders.ended()).poll(&mut context).is_pending());
        end(one);
        let ended = timeout(PATIENCE, leaders.ended()).await;
        assert_eq!(ended.ok(), Some(("/1".to_owned(), pid_of_one)));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn one_that_is_forgotten_ends_unheard() {
        let process = process();
        let mut leaders = Leaders::default();
        leaders.set("/1", Leader::open(process.id()));
        leaders.forget("/1");
        end(process);
        let mut context = Context::from_waker(Waker::noop());
        assert!(pin!(leaders.ended()).poll(&mut context).is_pending());
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_process_that_is_not_there_leads_nothing() {
        let process = process();
        let pid = process.id();
        end(process);
        assert!(Leader::open(pid).is_none());
        assert!(Leader::open(0).is_none());
        assert!(Leader::open(u32::MAX).is_none());
    }
}
