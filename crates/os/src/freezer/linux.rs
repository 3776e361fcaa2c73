//! `cgroup.events` becomes "exceptional" (`POLLPRI`) when its group is frozen and
//! when it is thawed; whoever is in the group sees both as one, afterwards.

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::polled::polled;
use crate::tree::control_group::own_group;

#[derive(Debug)]
pub(super) struct Freezer {
    /// `None`: not in a group of its own, or only in one of version 1.
    group: Option<Group>,
}

#[derive(Debug)]
struct Group {
    dir: PathBuf,
    events: AsyncFd<OwnedFd>,
}

impl Freezer {
    pub(super) fn open() -> Self {
        Self {
            group: Group::open().ok(),
        }
    }

    pub(super) async fn thawed(&mut self) {
        let Some(group) = &mut self.group else {
            return std::future::pending().await;
        };
        if group.changed().await.is_err() {
            // The group was removed around this process.
            self.group = None;
        }
    }

    pub(super) fn frozen(&self) -> Option<Duration> {
        let group = self.group.as_ref()?;
        let text = fs::read_to_string(group.dir.join("cgroup.stat.local")).ok()?;
        microseconds(&text)
    }
}

impl Group {
    /// The root of the hierarchy has no such file: it cannot be frozen.
    fn open() -> io::Result<Self> {
        let own = own_group().ok_or(io::ErrorKind::NotFound)?;
        let events = File::open(own.dir.join("cgroup.events"))?;
        let group = Self {
            dir: own.dir,
            events: polled(events.into(), Interest::PRIORITY)?,
        };
        group.read()?;
        Ok(group)
    }

    async fn changed(&self) -> io::Result<()> {
        self.events.ready(Interest::PRIORITY).await?.clear_ready();
        self.read()
    }

    /// What was read last is what a change is a change of.
    fn read(&self) -> io::Result<()> {
        let mut buffer = [0; 128];
        rustix::io::pread(self.events.get_ref(), &mut buffer, 0)?;
        Ok(())
    }
}

fn microseconds(text: &str) -> Option<Duration> {
    let mut lines = text.lines();
    let value = lines.find_map(|line| line.strip_prefix("frozen_usec "))?;
    value.trim().parse().ok().map(Duration::from_micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_found_among_others() {
        let text = "throttled_usec 7\nfrozen_usec 1500000\n";
        assert_eq!(microseconds(text), Some(Duration::from_millis(1500)));
        assert_eq!(microseconds("populated 1\n"), None);
        assert_eq!(microseconds("frozen_usec -1\n"), None);
    }
}
