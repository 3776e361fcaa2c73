//! What an instance may use, how it ranks among others, and what it ran into.

use std::fmt;
use std::time::Duration;

/// What the processes of an instance may use, and how they rank among others;
/// nothing is set that is not here.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Limits {
    /// Bytes of memory, all processes together; who needs more is killed.
    pub memory: Option<u64>,
    /// Bytes of memory above which they are slowed down and have to give back.
    pub memory_high: Option<u64>,
    /// Processor time, all processes together.
    pub cpu: Option<CpuShare>,
    /// The share of processor time when there is not enough for all; 100 is what
    /// others have.
    pub cpu_weight: Option<u32>,
    /// The same of what disks do.
    pub io_weight: Option<u32>,
    /// Processes; threads count where the system counts them (Linux).
    pub pids: Option<u32>,
    /// Open files of each process.
    pub open_files: Option<u64>,
    /// Bytes of a core dump; 0: there is none.
    pub core: Option<u64>,
    /// The rank among those who wait for a processor.
    pub priority: Option<Priority>,
    /// The processors that may be used, counted from 0, in order.
    pub affinity: Option<Vec<u32>>,
    /// How likely it is that it is killed when the machine has no memory left.
    pub oom_score: Option<OomScore>,
}

/// Processor time per time, in thousandths of one processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CpuShare(pub u32);

/// A nice value: -20 (first) to 19 (last).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Priority(pub i8);

/// -1000 (never) to 1000 (first), as `proc_pid_oom_score_adj(5)` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OomScore(pub i16);

/// One of the [`Limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// [`Limits::memory`].
    Memory,
    /// [`Limits::memory_high`].
    MemoryHigh,
    /// [`Limits::cpu`].
    Cpu,
    /// [`Limits::cpu_weight`].
    CpuWeight,
    /// [`Limits::io_weight`].
    IoWeight,
    /// [`Limits::pids`].
    Pids,
    /// [`Limits::open_files`].
    OpenFiles,
    /// [`Limits::core`].
    Core,
    /// [`Limits::priority`].
    Priority,
    /// [`Limits::affinity`].
    Affinity,
    /// [`Limits::oom_score`].
    OomScore,
}

impl Limit {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Memory,
        Self::MemoryHigh,
        Self::Cpu,
        Self::CpuWeight,
        Self::IoWeight,
        Self::Pids,
        Self::OpenFiles,
        Self::Core,
        Self::Priority,
        Self::Affinity,
        Self::OomScore,
    ];

    /// Its name, as files and `--json` have it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::MemoryHigh => "memory_high",
            Self::Cpu => "cpu",
            Self::CpuWeight => "cpu_weight",
            Self::IoWeight => "io_weight",
            Self::Pids => "pids",
            Self::OpenFiles => "open_files",
            Self::Core => "core",
            Self::Priority => "priority",
            Self::Affinity => "affinity",
            Self::OomScore => "oom_score",
        }
    }
}

impl Limits {
    /// Whether this one is set.
    pub const fn has(&self, limit: Limit) -> bool {
        match limit {
            Limit::Memory => self.memory.is_some(),
            Limit::MemoryHigh => self.memory_high.is_some(),
            Limit::Cpu => self.cpu.is_some(),
            Limit::CpuWeight => self.cpu_weight.is_some(),
            Limit::IoWeight => self.io_weight.is_some(),
            Limit::Pids => self.pids.is_some(),
            Limit::OpenFiles => self.open_files.is_some(),
            Limit::Core => self.core.is_some(),
            Limit::Priority => self.priority.is_some(),
            Limit::Affinity => self.affinity.is_some(),
            Limit::OomScore => self.oom_score.is_some(),
        }
    }

    /// Those that are set.
    pub fn set(&self) -> impl Iterator<Item = Limit> + '_ {
        Limit::ALL.into_iter().filter(|limit| self.has(*limit))
    }
}

/// The rights that a process has beside those of its account, by their number in
/// `capabilities(7)` (Linux): bit n for number n.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Capabilities(pub u64);

impl fmt::Display for CpuShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(thousandths) = self;
        match (thousandths / 10, thousandths % 10) {
            (percent, 0) => write!(f, "{percent}%"),
            (percent, tenths) => write!(f, "{percent}.{tenths}%"),
        }
    }
}

/// A limit that an instance ran into, as the system counted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reached {
    /// It wanted more memory than [`Limits::memory`].
    Memory {
        /// The limit.
        limit: u64,
        /// How many of its processes were killed for that; 0: they were refused
        /// the memory.
        killed: u32,
    },
    /// Processes of it were killed because the machine, or a group above, had no
    /// memory left.
    MachineMemory {
        /// How many.
        killed: u32,
    },
    /// It wanted more processes than [`Limits::pids`].
    Pids {
        /// The limit.
        limit: u32,
        /// How often it was refused one.
        refused: u32,
    },
    /// It said that it has too many files open; no system tells.
    OpenFiles {
        /// [`Limits::open_files`].
        limit: u64,
    },
    /// It wanted more processor time than [`Limits::cpu`].
    Cpu {
        /// The limit.
        limit: CpuShare,
        /// How long it had to wait for more, all its threads together.
        waited: Duration,
    },
}

impl Reached {
    /// Which of the limits; `None`: one of the machine's.
    pub const fn limit(&self) -> Option<Limit> {
        match self {
            Self::Memory { .. } => Some(Limit::Memory),
            Self::MachineMemory { .. } => None,
            Self::Pids { .. } => Some(Limit::Pids),
            Self::OpenFiles { .. } => Some(Limit::OpenFiles),
            Self::Cpu { .. } => Some(Limit::Cpu),
        }
    }
}

/// For people, after what it is about: "death: signal 9 (KILL)".
impl fmt::Display for Reached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory { limit, killed: 0 } => {
                write!(f, "memory was refused: the limit is {}", Size(*limit))
            }
            Self::Memory { limit, killed } => write!(
                f,
                "out of memory: the limit is {}, and the kernel killed {}",
                Size(*limit),
                Count(*killed, "process", "processes")
            ),
            Self::MachineMemory { killed } => write!(
                f,
                "the machine was out of memory, and the kernel killed {}",
                Count(*killed, "process", "processes")
            ),
            Self::Pids { limit, refused } => write!(
                f,
                "a new process was refused {}: the limit is {limit}",
                Count(*refused, "time", "times")
            ),
            Self::OpenFiles { limit } => {
                write!(f, "too many open files, it said: the limit is {limit}")
            }
            Self::Cpu { limit, waited } => write!(
                f,
                "waited {:.1} s for processor time: the limit is {limit}",
                waited.as_secs_f64()
            ),
        }
    }
}

/// Bytes in the largest unit that leaves no rest, as files have them.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bytes) = *self;
        for (unit, size) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] {
            if bytes >= size && bytes % size == 0 {
                return write!(f, "{}{unit}", bytes / size);
            }
        }
        write!(f, "{bytes} bytes")
    }
}

struct Count(u32, &'static str, &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(count, one, more) = *self;
        write!(f, "{count} {}", if count == 1 { one } else { more })
    }
}
