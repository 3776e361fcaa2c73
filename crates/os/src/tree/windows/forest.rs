//! What all trees of a guardian share.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use outlast_model::ServiceName;
use tokio::runtime::Handle;
use windows_sys::Win32::System::Console::SetConsoleCtrlHandler;
use windows_sys::Win32::System::Diagnostics::Debug::{
    GetErrorMode, SEM_FAILCRITICALERRORS, SetErrorMode,
};

use super::super::{Containment, Means};
use super::Tree;
use super::job::{Job, Listening};
use super::port::Port;

#[derive(Debug)]
pub(in super::super) struct Forest {
    ground: Arc<Ground>,
}

/// The jobs, by service. Alive as long as a forest, a tree or a process of it.
#[derive(Debug)]
pub(super) struct Ground {
    jobs: Mutex<HashMap<ServiceName, Arc<Job>>>,
    port: Arc<Port>,
    /// Where what has to be waited for on the side is waited for.
    pub(super) runtime: Handle,
}

impl Forest {
    pub(in super::super) fn open(_key: &str, _means: Means) -> io::Result<Self> {
        prepare_inheritance();
        let ground = Ground {
            jobs: Mutex::default(),
            port: Arc::new(Port::new()?),
            runtime: Handle::current(),
        };
        Ok(Self {
            ground: Arc::new(ground),
        })
    }

    #[expect(clippy::unused_self, reason = "on Linux it depends on the machine")]
    pub(in super::super) fn containment(&self) -> Containment {
        Containment::Job
    }

    pub(in super::super) fn tree(&self, service: &ServiceName) -> Tree {
        Tree {
            ground: self.ground.clone(),
            service: service.clone(),
        }
    }

    /// What an earlier guardian had has ended with it.
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "elsewhere it takes a look"
    )]
    pub(in super::super) fn abandoned(&self) -> io::Result<Vec<ServiceName>> {
        Ok(Vec::new())
    }

    pub(in super::super) fn tend(&self) -> impl Future<Output = ()> + Send + 'static {
        let ground = Arc::downgrade(&self.ground);
        let port = self.ground.port.clone();
        port.pump(move |key, message| {
            if let Some(ground) = ground.upgrade() {
                ground.tell(key, message);
            }
        })
    }

    /// There is nothing to give back: jobs end with their handles.
    #[expect(clippy::unused_self, reason = "on Linux there is a folder to remove")]
    pub(in super::super) fn close(self) {}
}

/// Two things that children inherit and that are not theirs.
fn prepare_inheritance() {
    // SAFETY: numbers only.
    unsafe {
        // A guardian that was itself started with Ctrl-C ignored
        // (`CREATE_NEW_PROCESS_GROUP`, as many launchers do) would hand that
        // on, and no service could be asked to end by Ctrl-C.
        SetConsoleCtrlHandler(None, 0);
        // A program with a missing DLL would show a dialogue that nobody sees,
        // and hang; so it ends with a status that says why. The dialogue of
        // Windows Error Reporting is left as it is: dumps depend on it.
        SetErrorMode(GetErrorMode() | SEM_FAILCRITICALERRORS);
    }
}

impl Ground {
    pub(super) fn job(&self, service: &ServiceName) -> Option<Arc<Job>> {
        self.jobs().get(service).cloned()
    }

    pub(super) fn job_for(&self, service: &ServiceName) -> io::Result<Arc<Job>> {
        let mut jobs = self.jobs();
        if let Some(job) = jobs.get(service) {
            return Ok(job.clone());
        }
        let job = Arc::new(Job::new()?);
        jobs.insert(service.clone(), job.clone());
        Ok(job)
    }

    /// The same for a program of a user's session, and for any after that: a job is
    /// of the session of its first process for ever, and takes none of another
    /// ("CreateJobObjectW", Microsoft). So the job is a new one when there is nothing
    /// left in the one before.
    pub(super) fn new_job_for(&self, service: &ServiceName) -> io::Result<Arc<Job>> {
        let mut jobs = self.jobs();
        if let Some(job) = jobs.get(service)
            && !job.is_empty()?
        {
            return Ok(job.clone());
        }
        let job = Arc::new(Job::new()?);
        jobs.insert(service.clone(), job.clone());
        Ok(job)
    }

    pub(super) fn forget(&self, service: &ServiceName) {
        self.jobs().remove(service);
    }

    /// The job's changes are told to those who wait for them until the answer
    /// is dropped.
    pub(super) fn listen<'a>(&self, job: &'a Job) -> io::Result<Listening<'a>> {
        job.listen(&self.port)
    }

    fn tell(&self, key: usize, message: u32) {
        let jobs = self.jobs();
        if let Some(job) = jobs.values().find(|job| job.key() == key) {
            job.note(message);
            job.tell();
        }
    }

    fn jobs(&self) -> MutexGuard<'_, HashMap<ServiceName, Arc<Job>>> {
        // Every change is a single call, so a panic leaves no half of one.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
