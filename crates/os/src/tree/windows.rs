//! Process trees on Windows: a job object for each service.
//!
//! A job holds its processes and all they start; none can leave, because the
//! job does not allow it (no `JOB_OBJECT_LIMIT_BREAKAWAY_OK`). It lives as long
//! as the guardian holds its handle, and ends with it
//! (`JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE`): however the guardian ends, nothing
//! of a service is left behind. So the handles belong to the forest, not to
//! those who happen to hold a [`Tree`].

mod asking;
mod bounds;
mod forest;
mod job;
mod members;
mod port;
mod process;
mod window;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use outlast_model::hang::Sample;
use outlast_model::limits::Reached;
use outlast_model::service::Ask;
use outlast_model::{Pid, ServiceName, StartFailure};

pub(super) use self::forest::Forest;
use self::forest::Ground;
use self::job::{Desktop, Job};
pub(crate) use self::members::cpu_of;
pub(super) use self::process::{Process, ProcessHandle, can_be_kept_at_full_speed};
use super::TreeUsage;
use crate::process::Spawn;
use crate::process::windows as starting;

/// How often [`Tree::emptied`] looks for itself. The notifications of a job are
/// "not guaranteed" except those of limits (Microsoft,
/// `JOBOBJECT_ASSOCIATE_COMPLETION_PORT`); a lost one must not hold up a stop
/// for ever. Nothing is looked at while nobody waits.
const RECHECK: Duration = Duration::from_secs(1);

/// A job counts what its processes do.
pub(super) const COUNTS_WORK: bool = true;

#[derive(Clone, Debug)]
pub(super) struct Tree {
    ground: Arc<Ground>,
    service: ServiceName,
}

impl Tree {
    #[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
    pub(super) fn leftovers(&self) -> io::Result<u32> {
        Ok(0)
    }

    pub(super) fn spawn(&self, spawn: &Spawn<'_>) -> Result<Process, StartFailure> {
        let desktop = match spawn.logon {
            Some(logon) if logon.is_in_session() => Desktop::Users,
            Some(logon) if logon.token().is_some() => Desktop::ItsOwn,
            _ => Desktop::Guardians,
        };
        let job = self
            .job_for(desktop)
            .map_err(|error| starting::failed_job(spawn, &error))?;
        let unenforced = job.bind(spawn.limits, &self.ground);
        let newborn = starting::bear(spawn, job.handle())?;
        job.note_desktop(desktop);
        Ok(Process::new(newborn, job, self.ground.clone(), unenforced))
    }

    /// That of a program which is put on `desktop`.
    fn job_for(&self, desktop: Desktop) -> io::Result<Arc<Job>> {
        let before = self.ground.job(&self.service).map(|job| job.desktop());
        if desktop == Desktop::Users || before == Some(Desktop::Users) {
            return self.ground.new_job_for(&self.service);
        }
        self.ground.job_for(&self.service)
    }

    pub(super) fn reached(&self) -> Vec<Reached> {
        match self.ground.job(&self.service) {
            Some(job) => job.reached(),
            None => Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> io::Result<bool> {
        match self.ground.job(&self.service) {
            Some(job) => job.is_empty(),
            None => Ok(true),
        }
    }

    pub(super) fn ask(&self, ask: Ask) -> io::Result<()> {
        match self.ground.job(&self.service) {
            Some(job) => asking::ask_tree(ask, &job, &self.ground),
            None => Ok(()),
        }
    }

    pub(super) fn kill(&self) -> io::Result<()> {
        match self.ground.job(&self.service) {
            Some(job) => job.kill(),
            None => Ok(()),
        }
    }

    pub(super) async fn emptied(&self) -> io::Result<()> {
        let Some(job) = self.ground.job(&self.service) else {
            return Ok(());
        };
        if job.is_empty()? {
            return Ok(());
        }
        let _listening = self.ground.listen(&job)?;
        loop {
            let mut changed = std::pin::pin!(job.changed());
            // Enabled before the look, so that no change is between the two.
            changed.as_mut().enable();
            if job.is_empty()? {
                return Ok(());
            }
            let _ = tokio::time::timeout(RECHECK, changed).await;
        }
    }

    pub(super) fn usage(&self) -> TreeUsage {
        let Some(job) = self.ground.job(&self.service) else {
            return TreeUsage::default();
        };
        job.usage().unwrap_or_default()
    }

    pub(super) fn sample(&self) -> io::Result<Sample> {
        let job = self.ground.job(&self.service);
        job.ok_or(io::ErrorKind::NotFound)?.sample()
    }

    pub(super) fn processes(&self) -> io::Result<Vec<Pid>> {
        let Some(job) = self.ground.job(&self.service) else {
            return Ok(Vec::new());
        };
        let members = job.members()?;
        Ok(members.iter().map(members::Member::pid).collect())
    }

    pub(super) fn contains(&self, process: Pid) -> bool {
        self.processes()
            .is_ok_and(|processes| processes.contains(&process))
    }

    pub(super) fn remove(&self) {
        self.ground.forget(&self.service);
    }
}
