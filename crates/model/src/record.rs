//! What goes on record: the entries of the events journal.

use std::time::Duration;

use crate::evidence::Evidence;
use crate::exit::Usage;
use crate::hang::{Hang, Work};
use crate::inhibitor::{Denied, Grant};
use crate::limits::{Limit, Reached};
use crate::machine::{MachineEvent, Network, Session, SessionEnd};
use crate::request::Target;
use crate::service::Occasion;
use crate::state::LastEnd;
use crate::watch::{FileChanges, OnChange};
use crate::{Exit, GuardianName, InstanceId, Pid, RealTime, ServiceName, StartFailure, Verdict};

/// Something worth remembering.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// When.
    pub at: RealTime,
    /// What.
    pub entry: Entry,
}

/// What can be on record.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// About one service.
    Service {
        /// Which.
        service: ServiceName,
        /// What.
        entry: ServiceEntry,
    },
    /// About the guardian as a whole.
    Guardian(GuardianEntry),
}

/// What happens to a service.
#[derive(Clone, Debug, PartialEq)]
pub enum ServiceEntry {
    /// It shall start and waits for these.
    Waiting {
        /// The dependencies that are missing.
        on: Vec<ServiceName>,
    },
    /// It shall start, or be restarted, and waits for the network.
    WaitingForNetwork {
        /// How long at most, in awake time.
        at_most: Duration,
    },
    /// That was in vain. It is started all the same, as soon as nothing else is
    /// missing.
    NetworkMissing,
    /// An instance was ordered.
    Starting {
        /// Which.
        instance: InstanceId,
    },
    /// An instance runs.
    Started {
        /// Which.
        instance: InstanceId,
        /// Its main process.
        pid: Pid,
    },
    /// An instance is ready.
    Ready {
        /// Which.
        instance: InstanceId,
        /// How long it took, in awake time.
        after: Duration,
    },
    /// An instance did not become ready in time.
    NotReady {
        /// Which.
        instance: InstanceId,
        /// The time it had.
        within: Duration,
        /// What was seen when it was last asked.
        seen: Option<String>,
    },
    /// An instance has answered badly, or not at all, for the first time in a row.
    ProbeFailing {
        /// Which.
        instance: InstanceId,
        /// What was seen.
        seen: String,
    },
    /// It answers well again.
    ProbeRecovered {
        /// Which.
        instance: InstanceId,
        /// After so many bad answers.
        failures: u32,
    },
    /// It has answered badly too often.
    NotAlive {
        /// Which.
        instance: InstanceId,
        /// How often in a row.
        failures: u32,
        /// What was seen at last.
        seen: String,
    },
    /// An instance did not tell in time that it still works.
    WatchdogMissed {
        /// Which.
        instance: InstanceId,
        /// The time it had; `None`: it said that it does not work any more.
        every: Option<Duration>,
    },
    /// What the processes of an instance did before it was stopped because it does
    /// not work.
    Evidence {
        /// Which.
        instance: InstanceId,
        /// What was seen.
        evidence: Evidence,
    },
    /// An instance has been well for long enough after others were not: the
    /// circuit breaker closes.
    BreakerClosed {
        /// Which.
        instance: InstanceId,
        /// How often it had opened in a row.
        openings: u32,
    },
    /// An instance hangs, by what is seen from outside.
    Hangs {
        /// Which.
        instance: InstanceId,
        /// How.
        hang: Hang,
        /// What it has done since it does.
        during: Work,
        /// What it did before.
        before: Work,
    },
    /// An instance could not be started.
    StartFailed {
        /// Which.
        instance: InstanceId,
        /// Why.
        failure: StartFailure,
    },
    /// The main process of an instance ended.
    Death(Death),
    /// Why an instance ended, or could not be started.
    Verdict {
        /// Which.
        instance: InstanceId,
        /// What the diagnosis concludes.
        verdict: Box<Verdict>,
    },
    /// The death of an instance, which nobody had asked for, fell together with a
    /// log-off, and its exit says that it may have been for that.
    EndedAtLogOff {
        /// Which.
        instance: InstanceId,
        /// Which session ended.
        session: Session,
    },
    /// The next start comes after a delay.
    BackingOff {
        /// How long.
        delay: Duration,
        /// What is added after a sleep, so that not all start at once.
        spread: Duration,
        /// The how-manieth restart in a row it will be, from 1.
        attempt: u32,
    },
    /// The start limit is reached: nothing more happens until someone asks.
    GaveUp {
        /// The end that came before.
        last: LastEnd,
        /// How many starts there were.
        starts: u32,
        /// Within which time; `None`: none of them has been healthy since the
        /// first, however long that took.
        window: Option<Duration>,
    },
    /// It has failed, and the machine is not restarted for that: the guardian has
    /// not run for long enough.
    RebootWithheld {
        /// How long it has.
        after: Duration,
    },
    /// The times of runs have passed: the machine slept, the guardian was kept from
    /// running, or somebody set the clock.
    RunsMissed {
        /// How many; [`Runs::MOST`](crate::schedule::Runs::MOST): that many or more.
        runs: u32,
        /// Whether one run makes up for them.
        made_up: bool,
    },
    /// A run was due while the one before was still under way, and is left out.
    RunSkipped,
    /// A stop began.
    Stopping {
        /// Which instance is stopped.
        instance: InstanceId,
        /// Why.
        reason: StopReason,
    },
    /// An instance is told to read its configuration again.
    Reloading {
        /// Which instance.
        instance: InstanceId,
        /// On which occasion.
        occasion: Occasion,
    },
    /// Files that it watches have changed, and this is done about it.
    FilesChanged {
        /// Which.
        changes: FileChanges,
        /// What is done.
        then: OnChange,
    },
    /// Files that it watches have changed, and nothing is done, because its program
    /// could not be started as it is now.
    ChangeWithheld {
        /// Which.
        changes: FileChanges,
        /// What is wrong with the program.
        reason: String,
    },
    /// The system does not tell of changes, so its files are looked at again and
    /// again.
    FilesPolled {
        /// How often.
        every: Duration,
        /// Why.
        reason: String,
    },
    /// Files have changed so often that more changes are gathered for a while.
    ChangesGathered {
        /// How often something was done about them, one right after the other.
        reports: u32,
        /// For how long.
        pause: Duration,
    },
    /// Time was up, and what was left of the tree was killed.
    Killed {
        /// Which instance.
        instance: InstanceId,
    },
    /// Processes survived being killed.
    Unkillable {
        /// Of which instance.
        instance: InstanceId,
    },
    /// No process of it is left and none is on its way.
    Stopped,
    /// It ended, and its restart policy leaves it at that.
    Finished {
        /// How it ended.
        last: LastEnd,
    },
    /// The machine is kept from sleeping for it from here on.
    Inhibited(Grant),
    /// The machine shall be kept from sleeping for it, and is not.
    NotInhibited(Denied),
    /// The machine may sleep again, as far as it is concerned.
    InhibitorReleased,
    /// It is started without a limit that cannot be enforced.
    NotLimited {
        /// Which.
        limit: Limit,
        /// Why not.
        reason: String,
    },
    /// Processes of an earlier guardian's instance were found and killed, so
    /// that there are never two.
    LeftoversKilled {
        /// How many there were.
        processes: u32,
    },
    /// Output could not be kept from this moment on.
    OutputDropping {
        /// Why.
        reason: String,
    },
    /// Output is kept again.
    OutputDropped {
        /// How many bytes are missing.
        bytes: u64,
    },
    /// Old output was deleted to keep the disk bound.
    OutputExpired {
        /// How many segments.
        segments: u32,
        /// How many bytes.
        bytes: u64,
    },
}

/// The end of a main process, with what is known about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Death {
    /// Which instance.
    pub instance: InstanceId,
    /// Its process number while it lived.
    pub pid: Pid,
    /// How it ended.
    pub exit: Exit,
    /// Whether that counts as success.
    pub success: bool,
    /// Whether someone had asked for its end.
    pub asked: bool,
    /// How long it ran, in awake time.
    pub ran_for: Duration,
    /// What it had used.
    pub usage: Option<Usage>,
    /// Which limits it had run into.
    pub reached: Vec<Reached>,
    /// How many files it might have open, if that was limited: no system tells that
    /// it wanted more, but a program may say so.
    pub open_files: Option<u64>,
    /// How much memory its tree used in the last minutes, oldest first; empty where
    /// that is not limited. The engine leaves this empty; whoever writes the record
    /// fills it in.
    pub memory: Vec<MemoryUse>,
    /// The last lines it printed, oldest first. The engine leaves this empty, too.
    pub last_output: Vec<OutputLine>,
}

/// How much memory a process tree used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryUse {
    /// How long before its end, in awake time.
    pub before: Duration,
    /// In bytes.
    pub bytes: u64,
}

/// A line that a service printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputLine {
    /// Where it was printed.
    pub stream: Stream,
    /// When it arrived.
    pub at: RealTime,
    /// Its bytes without the line end, as they were printed (and cut when it
    /// is very long).
    pub text: Vec<u8>,
}

/// One of the two output streams of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl Stream {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Stdout, Self::Stderr];

    /// Its name as file names and `--json` have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

/// Why an instance is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// Someone asked for it.
    Requested,
    /// Someone asked for a restart.
    Restart,
    /// A service that it depends on is stopped or restarted.
    Dependency,
    /// Its definition changed or was removed.
    Changed,
    /// Files that it watches have changed.
    FilesChanged,
    /// The guardian ends.
    Shutdown,
    /// Its main process ended by itself and left others behind.
    LeftBehind,
    /// It reacts so to what the machine or a session does.
    Occasion(Occasion),
    /// It has run for too long.
    TimeLimit,
    /// The session that it runs in is over, or no longer the active one.
    SessionOver,
    /// It did not become ready in time.
    NotReady,
    /// It did not answer, or badly.
    NotAlive,
    /// It did not tell in time that it still works.
    Watchdog,
    /// It hangs.
    Hang(Hang),
}

/// Which way a clock was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// It shows a later time than before.
    Forward,
    /// It shows an earlier time.
    Back,
}

/// What happens to the guardian.
#[derive(Clone, Debug, PartialEq)]
pub enum GuardianEntry {
    /// It began.
    Started {
        /// Its name.
        name: GuardianName,
        /// Its version.
        version: String,
        /// Its process.
        pid: Pid,
    },
    /// Somebody asked for something.
    Requested {
        /// What, as the verb on the command line.
        verb: &'static str,
        /// About which services.
        target: Target,
    },
    /// A new file is in force.
    Reloaded {
        /// New services.
        added: Vec<ServiceName>,
        /// Services with another definition.
        changed: Vec<ServiceName>,
        /// Services that are no longer there.
        removed: Vec<ServiceName>,
    },
    /// A new file was refused; the old one stays in force.
    ReloadRefused {
        /// Why.
        reason: String,
    },
    /// It was asked to end.
    ShuttingDown,
    /// It ends.
    Stopped,
    /// The machine was suspended: sleep or hibernation.
    Slept {
        /// How long.
        duration: Duration,
    },
    /// The guardian was kept from running although the machine ran: it was
    /// stopped, frozen, or starved. No time limit counts any of that time.
    Frozen {
        /// How long, at the least: it came so much too late.
        at_least: Duration,
        /// How long, at the most: since it was last known to run.
        at_most: Duration,
    },
    /// Somebody set the wall clock.
    ClockSet {
        /// In which direction.
        direction: Direction,
        /// How far.
        by: Duration,
    },
    /// The machine, or a session on it, did something.
    Machine(MachineEvent),
    /// The network of the machine is another. Only if a service needs it.
    Network(Network),
    /// The session that it runs in ends, so that it has to end, too.
    SessionEnds(SessionEnd),
    /// The terminal that it was started in was closed. It goes on.
    TerminalClosed,
    /// Records are missing here: the disk did not take them.
    RecordsLost {
        /// How many.
        count: u64,
    },
}
