//! `limits`: numbers that have bounds, and two that must fit each other.

use std::ops::RangeInclusive;

use outlast_model::Limits;
use outlast_model::limits::{Capabilities, OomScore};

use crate::diagnostic::Diagnostic;
use crate::file::{Capability, LimitKeys};
use crate::report::Report;
use crate::source::Located;

/// The least memory with which a program can be executed at all; less is a slip of
/// the unit.
const LEAST_MEMORY: u64 = 1024 * 1024;

/// As many as Linux is ever built for.
const MOST_PROCESSORS: i64 = 8192;

pub(super) fn resolve(keys: Option<Located<LimitKeys>>, report: &mut Report) -> Limits {
    let Some(Located { value: keys, .. }) = keys else {
        return Limits::default();
    };
    check_memory(&keys, report);
    let affinity = keys.affinity.as_ref();
    Limits {
        memory: keys.memory.map(|size| size.value.0),
        memory_high: keys.memory_high.map(|size| size.value.0),
        cpu: keys.cpu.map(|cpu| cpu.value.0),
        cpu_weight: number(keys.cpu_weight, ("cpu_weight", 1..=10_000), report),
        io_weight: number(keys.io_weight, ("io_weight", 1..=10_000), report),
        pids: number(keys.pids, ("pids", 1..=i64::from(i32::MAX)), report),
        open_files: number(
            keys.open_files,
            ("open_files", 3..=i64::from(i32::MAX)),
            report,
        ),
        core: keys.core.map(|core| core.value.0),
        priority: keys.priority.map(|priority| priority.value.0),
        affinity: affinity.map(|processors| self::affinity(processors, report)),
        oom_score: number(keys.oom_score, ("oom_score", -1000..=1000), report).map(OomScore),
    }
}

/// `None` also when it was refused.
fn number<T: TryFrom<i64>>(
    written: Option<Located<i64>>,
    (key, range): (&str, RangeInclusive<i64>),
    report: &mut Report,
) -> Option<T> {
    let Located { value, span } = written?;
    if !range.contains(&value) {
        let (from, to) = range.into_inner();
        let message = format!("`limits.{key}` goes from {from} to {to}");
        report.push(Diagnostic::error(span, message));
        return None;
    }
    T::try_from(value).ok()
}

fn affinity(written: &Located<Vec<Located<i64>>>, report: &mut Report) -> Vec<u32> {
    if written.value.is_empty() {
        report.push(
            Diagnostic::error(written.span, "`limits.affinity` names no processor")
                .help("leave it out: then all may be used"),
        );
    }
    let each = ("affinity", 0..=MOST_PROCESSORS - 1);
    let numbers = written.value.iter().copied();
    let mut processors: Vec<u32> = numbers
        .filter_map(|one| number(Some(one), each.clone(), report))
        .collect();
    processors.sort_unstable();
    processors.dedup();
    processors
}

fn check_memory(keys: &LimitKeys, report: &mut Report) {
    let named = [("memory", keys.memory), ("memory_high", keys.memory_high)];
    for (key, size) in named {
        if let Some(Located { value, span }) = size
            && value.0 < LEAST_MEMORY
        {
            let message = format!("`limits.{key}` must be at least 1MiB");
            report.push(
                Diagnostic::error(span, message)
                    .help("no program can be executed with less; is the unit missing?"),
            );
        }
    }
    if let (Some(most), Some(high)) = (keys.memory, keys.memory_high)
        && high.value.0 > most.value.0
    {
        report.push(
            Diagnostic::error(
                high.span,
                "`limits.memory_high` is larger than `limits.memory`",
            )
            .also(most.span, "nothing is ever above this")
            .help("lower the one or raise the other"),
        );
    }
}

pub(super) fn capabilities(written: &[Located<Capability>]) -> Capabilities {
    let numbers = written.iter().map(|capability| capability.value.number());
    Capabilities(numbers.fold(0, |all, number| all | 1 << number))
}
