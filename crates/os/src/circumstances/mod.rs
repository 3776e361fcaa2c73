//! What this process got from whoever has started it: its account and rights, its
//! rank among others, its limits, its session and what it sees of the file system.
//!
//! Variables are not here: every program can ask for its own. What a system cannot
//! tell is `None`, and what it does not have is not in the list.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

/// All of it, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// In an order that reads well; the same on each machine of one system.
    pub facts: Vec<Fact>,
    /// What the process may use at the most, `setrlimit(2)`. Windows has none.
    pub limits: Vec<Limit>,
    /// What is mounted where; `None`: not told (macOS, FreeBSD, Windows).
    pub mounts: Option<Vec<Mount>>,
}

/// One thing that there is one of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub area: Area,
    /// What it is called, in small letters for people.
    pub name: &'static str,
    /// In words or numbers; `None`: it could not be found out.
    pub value: Option<String>,
}

/// What a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// Who it runs as.
    Account,
    /// What it may do.
    Rights,
    /// How it ranks among other processes.
    Rank,
    /// What the group that it is in may use together.
    Group,
    /// Which session it is of.
    Session,
    /// Where in the file system it is, and how much of the machine it sees.
    Place,
}

impl Area {
    /// One word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Rights => "rights",
            Self::Rank => "rank",
            Self::Group => "group",
            Self::Session => "session",
            Self::Place => "place",
        }
    }
}

/// A limit of the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// As in "open files".
    pub name: &'static str,
    /// What holds now; `None`: no limit.
    pub soft: Option<u64>,
    /// How far the process may raise it; `None`: no limit.
    pub hard: Option<u64>,
}

/// A file system at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Where, as this process sees it.
    pub at: String,
    /// What, and with which options that can be seen: `ext4 ro,relatime`.
    pub what: String,
}

/// What this process got. Reads some files, and asks the directory of accounts for
/// a name, which may block for as long as that takes.
///
/// On Unix but Linux the umask is set and set back meanwhile: no other thread may
/// make files.
pub fn of_this_process() -> Circumstances {
    sys::of_this_process()
}

/// What its standard input is: `terminal`, `nothing`, `pipe`, `file`, `socket` or
/// `device`; `None`: not told.
pub fn standard_input() -> Option<&'static str> {
    sys::standard_input()
}

fn fact(area: Area, name: &'static str, value: Option<String>) -> Fact {
    Fact { area, name, value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fact_is_told_once() {
        let circumstances = of_this_process();
        let mut names: Vec<_> = circumstances.facts.iter().map(|fact| fact.name).collect();
        names.extend(circumstances.limits.iter().map(|limit| limit.name));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        let account = circumstances.facts.iter().find(|fact| fact.name == "user");
        assert!(account.is_some_and(|fact| fact.value.is_some()));
    }
}
