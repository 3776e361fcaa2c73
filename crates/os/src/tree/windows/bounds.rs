//! Limits of a job object, and what it told of them.

use std::io;
use std::sync::PoisonError;

use outlast_model::limits::{CpuShare, Limit, Limits, Priority, Reached};
use windows_sys::Win32::System::JobObjects::{
    JOB_OBJECT_CPU_RATE_CONTROL_ENABLE, JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP,
    JOB_OBJECT_CPU_RATE_CONTROL_WEIGHT_BASED, JOB_OBJECT_LIMIT_ACTIVE_PROCESS,
    JOB_OBJECT_LIMIT_AFFINITY, JOB_OBJECT_LIMIT_JOB_MEMORY, JOB_OBJECT_LIMIT_PRIORITY_CLASS,
    JOBOBJECT_CPU_RATE_CONTROL_INFORMATION, JOBOBJECT_CPU_RATE_CONTROL_INFORMATION_0,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectCpuRateControlInformation,
    JobObjectExtendedLimitInformation,
};
use windows_sys::Win32::System::SystemServices::{
    JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT, JOB_OBJECT_MSG_JOB_MEMORY_LIMIT,
};
use windows_sys::Win32::System::Threading::{
    ABOVE_NORMAL_PRIORITY_CLASS, BELOW_NORMAL_PRIORITY_CLASS, HIGH_PRIORITY_CLASS,
    IDLE_PRIORITY_CLASS, NORMAL_PRIORITY_CLASS,
};

use super::forest::Ground;
use super::job::Job;
use crate::account::Starter;
use crate::limits::{Unenforced, unenforced, without};

/// All of the processors, in the unit of a job's rate.
const WHOLE_RATE: u64 = 10_000;

/// What a job is held to, and what it has told of that.
#[derive(Debug, Default)]
pub(super) struct Bound {
    wanted: Limits,
    enforced: Limits,
    memory_refused: u32,
    processes_refused: u32,
    /// Its port hears of limits from the first one on, for as long as it lives.
    is_heard: bool,
}

impl Job {
    /// Has it held to `limits` from now on; gives those that are not enforced.
    pub(super) fn bind(&self, limits: &Limits, ground: &Ground) -> Vec<Unenforced> {
        let mut bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        (bound.memory_refused, bound.processes_refused) = (0, 0);
        if bound.wanted == *limits && *limits == Limits::default() {
            return Vec::new();
        }
        let mut missing = unenforced(limits, Starter::ThisProcess);
        let known = without(limits, &missing);
        if let Err(error) = self.set(JobObjectExtendedLimitInformation, &extended(&known)) {
            let these = [Limit::Memory, Limit::Pids, Limit::Priority, Limit::Affinity];
            missing.extend(refused(&known, &these, &error));
        }
        if let Some(rate) = rate(&known, &bound.wanted)
            && let Err(error) = self.set(JobObjectCpuRateControlInformation, &rate)
        {
            missing.extend(refused(&known, &[Limit::Cpu, Limit::CpuWeight], &error));
        }
        bound.wanted = limits.clone();
        bound.enforced = without(limits, &missing);
        let tells = bound.enforced.memory.is_some() || bound.enforced.pids.is_some();
        if tells
            && !bound.is_heard
            && let Ok(listening) = ground.listen(self)
        {
            // As long as the job: there is no end of a limit.
            std::mem::forget(listening);
            bound.is_heard = true;
        }
        missing
    }

    /// A message of the port.
    pub(super) fn note(&self, message: u32) {
        let mut bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        match message {
            JOB_OBJECT_MSG_JOB_MEMORY_LIMIT => bound.memory_refused += 1,
            JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT => bound.processes_refused += 1,
            _ => {}
        }
    }

    pub(super) fn reached(&self) -> Vec<Reached> {
        let bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        let memory = bound.enforced.memory.filter(|_| bound.memory_refused > 0);
        let pids = bound.enforced.pids.filter(|_| bound.processes_refused > 0);
        let memory = memory.map(|limit| Reached::Memory { limit, killed: 0 });
        let refused = bound.processes_refused;
        let pids = pids.map(|limit| Reached::Pids { limit, refused });
        memory.into_iter().chain(pids).collect()
    }
}

fn refused(limits: &Limits, these: &[Limit], error: &io::Error) -> Vec<Unenforced> {
    let set = these.iter().filter(|limit| limits.has(**limit));
    set.map(|limit| Unenforced {
        limit: *limit,
        reason: format!("Windows refused it: {error}"),
        hint: "write another value, or leave it out",
    })
    .collect()
}

fn extended(limits: &Limits) -> JOBOBJECT_EXTENDED_LIMIT_INFORMATION {
    let mut information = Job::without_limits();
    let basic = &mut information.BasicLimitInformation;
    if let Some(memory) = limits.memory {
        basic.LimitFlags |= JOB_OBJECT_LIMIT_JOB_MEMORY;
        information.JobMemoryLimit = usize::try_from(memory).unwrap_or(usize::MAX);
    }
    if let Some(processes) = limits.pids {
        basic.LimitFlags |= JOB_OBJECT_LIMIT_ACTIVE_PROCESS;
        basic.ActiveProcessLimit = processes;
    }
    if let Some(priority) = limits.priority {
        basic.LimitFlags |= JOB_OBJECT_LIMIT_PRIORITY_CLASS;
        basic.PriorityClass = class(priority);
    }
    if let Some(processors) = &limits.affinity {
        basic.LimitFlags |= JOB_OBJECT_LIMIT_AFFINITY;
        basic.Affinity = crate::limits::windows::mask(processors);
    }
    information
}

/// As libuv maps nice values to classes; what is above them all (`realtime`) would
/// starve the system itself.
const fn class(Priority(nice): Priority) -> u32 {
    match nice {
        ..-7 => HIGH_PRIORITY_CLASS,
        -7..0 => ABOVE_NORMAL_PRIORITY_CLASS,
        0..10 => NORMAL_PRIORITY_CLASS,
        10..19 => BELOW_NORMAL_PRIORITY_CLASS,
        19.. => IDLE_PRIORITY_CLASS,
    }
}

/// `None`: there is nothing to say of it, and nothing to take back of what was.
fn rate(limits: &Limits, before: &Limits) -> Option<JOBOBJECT_CPU_RATE_CONTROL_INFORMATION> {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = limits.cpu.map(|CpuShare(thousandths)| {
        u64::from(thousandths) * WHOLE_RATE / 1000 / processors as u64
    });
    let (flags, value) = match (share, limits.cpu_weight) {
        (Some(share), _) if share < WHOLE_RATE => (
            JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP,
            u32::try_from(share.max(1)).unwrap_or(1),
        ),
        (None, Some(weight)) => (
            JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | JOB_OBJECT_CPU_RATE_CONTROL_WEIGHT_BASED,
            step(weight),
        ),
        // More than there are is no limit.
        _ if before.cpu.is_some() || before.cpu_weight.is_some() => (0, 0),
        _ => return None,
    };
    Some(JOBOBJECT_CPU_RATE_CONTROL_INFORMATION {
        ControlFlags: flags,
        Anonymous: JOBOBJECT_CPU_RATE_CONTROL_INFORMATION_0 { CpuRate: value },
    })
}

/// 1 to 10000 with 100 in the middle, by its logarithm, to 1 to 9 with 5.
const fn step(weight: u32) -> u32 {
    match weight {
        0..2 => 1,
        2..6 => 2,
        6..18 => 3,
        18..57 => 4,
        57..178 => 5,
        178..563 => 6,
        563..1779 => 7,
        1779..5624 => 8,
        5624.. => 9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_and_weights_become_the_nearest_that_windows_has() {
        assert_eq!(class(Priority(0)), NORMAL_PRIORITY_CLASS);
        assert_eq!(class(Priority(10)), BELOW_NORMAL_PRIORITY_CLASS);
        assert_eq!(class(Priority(19)), IDLE_PRIORITY_CLASS);
        assert_eq!(class(Priority(-7)), ABOVE_NORMAL_PRIORITY_CLASS);
        assert_eq!(class(Priority(-14)), HIGH_PRIORITY_CLASS);
        assert_eq!([1, 10, 100, 1000, 10_000].map(step), [1, 3, 5, 7, 9]);
    }
}
