//! Process trees: everything that a service has started, as one thing.
//!
//! | | born in the tree by | who is in it | killed by | emptiness told by |
//! |---|---|---|---|---|
//! | Linux, writable cgroup v2 | `clone3(CLONE_INTO_CGROUP)` | `cgroup.procs` | `cgroup.kill` | `cgroup.events` |
//! | Linux without | `setsid`, marker variable | walk over `/proc` | pidfd for each, until none is found | `SIGCHLD` of the subreaper, and a slow re-check |
//! | FreeBSD, macOS | `setsid` | walk over the process table | signal for each, until none is found | slow re-check |
//! | Windows | `PROC_THREAD_ATTRIBUTE_JOB_LIST` | the job | `TerminateJobObject` | the job's completion port |
//!
//! `docs/design/process-trees.md` has the reasons.

#[cfg(unix)]
mod children;
#[cfg(target_os = "linux")]
pub(crate) mod control_group;
#[cfg(unix)]
mod main_process;
#[cfg(unix)]
mod signalling;
#[cfg(unix)]
pub(crate) mod table;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
mod walk;
#[cfg(windows)]
mod windows;
#[cfg(unix)]
mod work;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;
#[cfg(windows)]
pub(crate) use windows::cpu_of;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use outlast_model::exit::Usage;
use outlast_model::hang::{Hang, Sample};
use outlast_model::limits::Reached;
use outlast_model::service::Ask;
use outlast_model::{Exit, Pid, ServiceName, StartFailure};

use crate::limits::Unenforced;
use crate::process::Spawn;

/// All process trees of one guardian.
///
/// On Unix, opening it makes this process the child subreaper of everything it
/// starts (Linux, FreeBSD). Dropping it changes nothing: what runs goes on.
#[derive(Debug)]
pub struct Forest(sys::Forest);

/// How trees are held together on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Containment {
    /// Each in a control group of its own below this folder; none can leave.
    ControlGroup {
        /// The folder, in the file system of control groups.
        path: PathBuf,
    },
    /// By session, descent and a marker in the environment: found by walking
    /// over all processes. A process can hide only by shedding all three.
    Session,
    /// Each in a job object of its own; none can leave.
    Job,
}

impl fmt::Display for Containment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ControlGroup { path } => write!(f, "control groups in {}", path.display()),
            Self::Session => write!(f, "sessions and a walk over the process table"),
            Self::Job => write!(f, "job objects"),
        }
    }
}

/// Which means a [`Forest`] may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// The best that works here.
    Best,
    /// No control groups, even where they work. (On Windows the same as
    /// [`Means::Best`]: there are always jobs.)
    Walk,
}

impl Forest {
    /// Opens the forest of the guardian with this key, by the best means.
    ///
    /// `key` is `[a-z0-9-]+` and the same for every guardian that ever runs on
    /// one state directory, so that a later one finds what an earlier one left.
    ///
    /// # Errors
    /// When the system lacks something without which no child can be watched.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O and time enabled.
    pub fn open(key: &str) -> io::Result<Self> {
        Self::open_with(key, Means::Best)
    }

    /// As [`Forest::open`], by these means.
    ///
    /// # Errors
    /// As [`Forest::open`].
    ///
    /// # Panics
    /// As [`Forest::open`].
    pub fn open_with(key: &str, means: Means) -> io::Result<Self> {
        sys::Forest::open(key, means).map(Self)
    }

    /// How trees are held together here.
    pub fn containment(&self) -> Containment {
        self.0.containment()
    }

    /// The tree of this service. Costs nothing until the first spawn. Call it
    /// once a service and keep clones: a tree remembers its main processes.
    pub fn tree(&self, service: &ServiceName) -> Tree {
        Tree(self.0.tree(service))
    }

    /// The services of which an earlier guardian may have left something, also those
    /// that are in no file any more. Looks at every process where there are no
    /// control groups; nobody on Windows, where all of them end with their guardian.
    ///
    /// # Errors
    /// When the processes cannot be listed.
    pub fn abandoned(&self) -> io::Result<Vec<ServiceName>> {
        self.0.abandoned()
    }

    /// Runs for ever, on a task of its own: reaps orphans that were handed to
    /// this process (Unix), or reads the job notifications (Windows). It wakes
    /// only when a process has ended. Without it [`Tree::emptied`] may not
    /// return. Call it once.
    pub fn tend(&self) -> impl Future<Output = ()> + Send + 'static {
        self.0.tend()
    }

    /// Gives back what the forest itself holds (the folder of control groups).
    /// Trees that are not empty stay as they are, for the next guardian.
    pub fn close(self) {
        self.0.close();
    }
}

/// Everything that one service has started. Clones are the same tree.
#[derive(Clone, Debug)]
pub struct Tree(sys::Tree);

/// What the processes of a tree use now. `None`: the system does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct TreeUsage {
    /// Memory in bytes: what the control group or the job is charged with;
    /// else the sum of resident sets, in which shared pages count more than
    /// once (proportional sets are too slow to ask for).
    pub memory_bytes: Option<u64>,
    /// Processor time, ended processes included where the system keeps count
    /// (control group, job).
    pub cpu: Option<Duration>,
    /// How many processes.
    pub processes: Option<u32>,
}

impl Tree {
    /// How many processes of this tree run, whoever started them: asked at
    /// start-up, before the first spawn, the answer is what an earlier guardian
    /// of the same key left behind. (On Windows always 0: a job ends with its
    /// guardian.)
    ///
    /// # Errors
    /// When the system's list of processes cannot be read.
    pub fn leftovers(&self) -> io::Result<u32> {
        self.0.leftovers()
    }

    /// Starts a process that is in this tree before its first instruction.
    ///
    /// Blocks until the program is executed or has failed to be.
    ///
    /// # Errors
    /// Says which step failed, on what, and why; nothing is left of it then.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O enabled.
    pub fn spawn(&self, spawn: &Spawn<'_>) -> Result<Process, StartFailure> {
        self.0.spawn(spawn).map(Process)
    }

    /// Which limits its newest instance has run into since it began. Ask when its main
    /// process has ended, before the next one is started. Reads some files if it has
    /// limits.
    pub fn reached(&self) -> Vec<Reached> {
        self.0.reached()
    }

    /// Whether no process of it is left. Ask after the main process was waited
    /// for: until then that one counts.
    ///
    /// # Errors
    /// When the system's list of processes cannot be read.
    pub fn is_empty(&self) -> io::Result<bool> {
        self.0.is_empty()
    }

    /// Asks every process in it to end.
    ///
    /// # Errors
    /// `Unsupported` when this system has no such way of asking; else the first
    /// refusal of the system, after all were tried. Asking an empty tree is no
    /// error.
    pub fn ask(&self, ask: Ask) -> io::Result<()> {
        self.0.ask(ask)
    }

    /// Kills every process in it, also those that are being born meanwhile.
    /// They may take a moment to be gone: [`Tree::emptied`].
    ///
    /// # Errors
    /// When the system refused, or processes appeared faster than they could
    /// be killed; says which are left.
    pub fn kill(&self) -> io::Result<()> {
        self.0.kill()
    }

    /// Waits until no process of it is left. Cancel-safe.
    ///
    /// # Errors
    /// When the system's notifications cannot be read.
    pub async fn emptied(&self) -> io::Result<()> {
        self.0.emptied().await
    }

    /// What its processes use now. May read some files per process.
    pub fn usage(&self) -> TreeUsage {
        self.0.usage()
    }

    /// How much its processes have done up to now; what they print is not known
    /// here. May read some files per thread.
    ///
    /// # Errors
    /// When the system's list of processes cannot be read; `Unsupported` where it does
    /// not tell ([`tells_hang`]).
    pub fn sample(&self) -> io::Result<Sample> {
        self.0.sample()
    }

    /// The processes in it now, in no order.
    ///
    /// # Errors
    /// When the system's list of processes cannot be read.
    pub fn processes(&self) -> io::Result<Vec<Pid>> {
        self.0.processes()
    }

    /// Whether this process is in it. Costs a look at the process and, where the
    /// tree is held together by search, at its ancestors. One that has ended and
    /// was reaped is in no tree.
    pub fn contains(&self, process: Pid) -> bool {
        self.0.contains(process)
    }

    /// Gives back what the system holds for it, once it is empty and its
    /// service is forgotten. A later spawn makes it anew.
    pub fn remove(&self) {
        self.0.remove();
    }
}

/// Whether this system tells what is needed to find out that a tree hangs so.
pub const fn tells_hang(hang: Hang) -> bool {
    match hang {
        // Only its output is looked at.
        Hang::Silent => true,
        Hang::Stuck | Hang::Spin => sys::COUNTS_WORK,
    }
}

/// A main process that has been started, owned by whoever waits for it.
///
/// Dropping it kills nothing; the process is then reaped by
/// [`Forest::tend`] and nobody learns how it ended.
#[derive(Debug)]
pub struct Process(sys::Process);

impl Process {
    /// Its number, for showing.
    pub fn pid(&self) -> Pid {
        self.0.pid()
    }

    /// See [`ProcessHandle::ask`].
    ///
    /// # Errors
    /// See [`ProcessHandle::ask`].
    pub fn ask(&self, ask: Ask) -> io::Result<()> {
        self.0.ask(ask)
    }

    /// Those of its limits that it is not held to.
    pub fn unenforced(&self) -> &[Unenforced] {
        self.0.unenforced()
    }

    /// A handle for asking while another task waits.
    pub fn handle(&self) -> ProcessHandle {
        ProcessHandle(self.0.handle())
    }

    /// Has the system not slow it down to save energy. This process, not what it
    /// starts: each program decides for itself.
    ///
    /// Windows leaves it at full speed and keeps its timers exact. Linux and
    /// FreeBSD slow nothing down by themselves, so there is nothing to do.
    ///
    /// # Errors
    /// See [`can_be_kept_at_full_speed`]; else the system's refusal.
    pub fn keep_at_full_speed(&self) -> io::Result<()> {
        self.0.keep_at_full_speed()
    }

    /// Waits for its end and says how it came and what it had used. The process
    /// number is free for others afterwards.
    pub async fn exited(self) -> (Exit, Option<Usage>) {
        self.0.exited().await
    }
}

/// Whether this system lets somebody else than the program itself ask for that.
///
/// # Errors
/// `Unsupported`: it does not (macOS).
pub fn can_be_kept_at_full_speed() -> io::Result<()> {
    sys::can_be_kept_at_full_speed()
}

/// A way to reach a main process. It never reaches another one, even when the
/// process number is used again.
#[derive(Clone, Debug)]
pub struct ProcessHandle(sys::ProcessHandle);

impl ProcessHandle {
    /// Asks the main process, and nobody else, to end. No error when it has
    /// ended already.
    ///
    /// # Errors
    /// `Unsupported` when this system has no such way of asking; else the
    /// system's refusal.
    pub fn ask(&self, ask: Ask) -> io::Result<()> {
        self.0.ask(ask)
    }
}
