//! What processes may use: which limits can be enforced here, and how many files
//! the guardian itself may have open.
//!
//! | limit | Linux | other Unix | Windows |
//! |---|---|---|---|
//! | memory, memory_high, cpu, cpu_weight, io_weight, pids | control group, version 2 | – | job object, but for memory_high and io_weight |
//! | open_files, core | `setrlimit(2)` | `setrlimit(2)` | – |
//! | priority | `setpriority(2)` | `setpriority(2)` | priority class of the job |
//! | affinity | `sched_setaffinity(2)` | – | job object |
//! | oom_score | `/proc/self/oom_score_adj` | – | – |

#[cfg(target_os = "linux")]
mod linux;
#[cfg(unix)]
pub(crate) mod unix;
#[cfg(windows)]
pub(crate) mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use outlast_model::limits::{Capabilities, Limit, Limits};

use crate::account::Starter;

/// A limit that is not enforced, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unenforced {
    /// Which.
    pub limit: Limit,
    /// A fragment: "this operating system …".
    pub reason: String,
    /// What to do about it.
    pub hint: &'static str,
}

/// Why a limit is not enforced, and what to do.
pub(crate) type Obstacle = (String, &'static str);

/// Those of `limits` that cannot be enforced when `starter` starts a service with
/// them, as far as can be known beforehand. Reads some files.
pub fn unenforced(limits: &Limits, starter: Starter) -> Vec<Unenforced> {
    limits
        .set()
        .filter_map(|limit| {
            let (reason, hint) = sys::obstacle(limit, limits, starter)?;
            Some(Unenforced {
                limit,
                reason,
                hint,
            })
        })
        .collect()
}

/// Whether new files have permissions that can be masked.
pub const HAS_UMASK: bool = cfg!(unix);

/// Why a program cannot be given these rights of root and no others when `starter`
/// starts it; and what to do. `None`: nothing that can be known beforehand.
pub fn capabilities_obstacle(
    capabilities: Capabilities,
    starter: Starter,
) -> Option<(String, &'static str)> {
    sys::capabilities_obstacle(capabilities, starter)
}

/// `limits` without those that are not enforced.
pub(crate) fn without(limits: &Limits, unenforced: &[Unenforced]) -> Limits {
    let mut left = limits.clone();
    for one in unenforced {
        match one.limit {
            Limit::Memory => left.memory = None,
            Limit::MemoryHigh => left.memory_high = None,
            Limit::Cpu => left.cpu = None,
            Limit::CpuWeight => left.cpu_weight = None,
            Limit::IoWeight => left.io_weight = None,
            Limit::Pids => left.pids = None,
            Limit::OpenFiles => left.open_files = None,
            Limit::Core => left.core = None,
            Limit::Priority => left.priority = None,
            Limit::Affinity => left.affinity = None,
            Limit::OomScore => left.oom_score = None,
        }
    }
    left
}

/// Raises the limit of open files of this process to the most that it may have
/// without privilege. Services do not notice: they get back what the guardian
/// itself was given. Returns how many it may open now; `None` when there is no
/// such limit (Windows) or it cannot be told.
pub fn raise_open_files() -> Option<u64> {
    sys::raise_open_files()
}
