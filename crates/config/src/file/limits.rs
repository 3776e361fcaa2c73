//! `limits` and `umask`.

use outlast_model::limits::{CpuShare, Priority};
use schemars::JsonSchema;
use toml::de::DeValue;

use crate::diagnostic::{Diagnostic, quoted};
use crate::read::{Choice, Fields, FromToml, Keys, Place, Size, wrong_type};
use crate::report::Report;
use crate::size;
use crate::source::Located;

/// What the processes of a service may use, and how they rank among others. What
/// cannot be enforced on a machine is said by `outlast check`, and then is not.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct LimitKeys {
    /// Memory of all processes together (`memory.max` of Linux's cgroup, memory of
    /// Windows' job). Who needs more is killed by the kernel on Linux, refused it on
    /// Windows; the death says so.
    pub(crate) memory: Option<Located<Size>>,
    /// Memory above which the processes are slowed down and have to give back, before
    /// it comes to that (`memory.high`; Linux).
    pub(crate) memory_high: Option<Located<Size>>,
    /// Processor time of all processes together: `"150%"` or `1.5` is one processor
    /// and a half (`cpu.max`; the job's rate). Who wants more waits.
    pub(crate) cpu: Option<Located<CpuSetting>>,
    /// The share of processor time when there is not enough for all: 1 to 10000, while
    /// others have 100 (`cpu.weight`; on Windows in nine steps).
    pub(crate) cpu_weight: Option<Located<i64>>,
    /// The same for what disks do (`io.weight`; Linux, with a scheduler of disks that
    /// knows it).
    pub(crate) io_weight: Option<Located<i64>>,
    /// Processes, and on Linux threads, all together (`pids.max`; the job's active
    /// processes). Who wants more is refused.
    pub(crate) pids: Option<Located<i64>>,
    /// Open files and sockets of each process (`RLIMIT_NOFILE`; not on Windows).
    pub(crate) open_files: Option<Located<i64>>,
    /// The size of a core dump of each process (`RLIMIT_CORE`; not on Windows): `0`
    /// for none, or `"unlimited"`.
    pub(crate) core: Option<Located<CoreSetting>>,
    /// The rank among those who wait for a processor: `idle`, `below-normal`, `normal`,
    /// `above-normal`, `high`, or a nice value from -20 (first) to 19 (last); on
    /// Windows the nearest priority class. Above normal needs root on Unix.
    pub(crate) priority: Option<Located<PrioritySetting>>,
    /// The processors that may be used, counted from 0 (Linux, Windows).
    pub(crate) affinity: Option<Located<Vec<Located<i64>>>>,
    /// How soon the service is killed when the machine has no memory left: -1000
    /// (never) to 1000 (first), added to what its size says (`oom_score_adj`; Linux).
    /// Below the guardian's own needs root.
    pub(crate) oom_score: Option<Located<i64>>,
}

impl LimitKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "limits",
        known: &[
            "memory",
            "memory_high",
            "cpu",
            "cpu_weight",
            "io_weight",
            "pids",
            "open_files",
            "core",
            "priority",
            "affinity",
            "oom_score",
        ],
        later: &[],
    };
}

impl FromToml for LimitKeys {
    const EXPECTED: &'static str = "a table such as { memory = \"512MiB\" }";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let DeValue::Table(table) = value else {
            wrong_type::<Self>(&value, place, report);
            return None;
        };
        let mut fields = Fields::new(table, Self::KEYS, report);
        let keys = Self {
            memory: fields.take("memory"),
            memory_high: fields.take("memory_high"),
            cpu: fields.take("cpu"),
            cpu_weight: fields.take("cpu_weight"),
            io_weight: fields.take("io_weight"),
            pids: fields.take("pids"),
            open_files: fields.take("open_files"),
            core: fields.take("core"),
            priority: fields.take("priority"),
            affinity: fields.take("affinity"),
            oom_score: fields.take("oom_score"),
        };
        fields.finish(|key, _| explain(key));
        Some(keys)
    }
}

/// How others call them: systemd, Docker, the shell.
fn explain(key: &str) -> Option<String> {
    let meant = match key {
        "memory_max" | "MemoryMax" | "mem" | "mem_limit" => "memory",
        "MemoryHigh" => "memory_high",
        "cpus" | "cpu_quota" | "CPUQuota" => "cpu",
        "CPUWeight" | "cpu_shares" => "cpu_weight",
        "IOWeight" => "io_weight",
        "processes" | "tasks" | "TasksMax" | "pids_limit" | "nproc" => "pids",
        "nofile" | "files" | "LimitNOFILE" => "open_files",
        "core_size" | "LimitCORE" => "core",
        "nice" | "Nice" => "priority",
        "cpu_affinity" | "CPUAffinity" | "cpuset" => "affinity",
        "oom_score_adj" | "oom_score_adjust" | "OOMScoreAdjust" => "oom_score",
        _ => return None,
    };
    Some(format!("write `{meant}`"))
}

/// Processor time: `"150%"`, or how many processors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct CpuSetting(pub(crate) CpuShare);

impl FromToml for CpuSetting {
    const EXPECTED: &'static str = "a share such as \"150%\", or a number of processors";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let processors = match &value {
            DeValue::String(text) => text
                .strip_suffix('%')
                .and_then(|percent| percent.trim().parse::<f64>().ok())
                .map(|percent| percent / 100.0),
            DeValue::Integer(integer) => integer.as_str().parse().ok(),
            DeValue::Float(float) => float.as_str().parse().ok(),
            _ => None,
        };
        let Some(processors) = processors else {
            wrong_type::<Self>(&value, place, report);
            return None;
        };
        // The least that the kernel takes is 1 ms of each 100 ms.
        if !(0.01..=1_000_000.0).contains(&processors) {
            let message = format!("{} must be at least 1% of a processor", place.key);
            report.push(
                Diagnostic::error(place.span, message)
                    .help("\"50%\" is half a processor, 2 is two of them"),
            );
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range was looked at"
        )]
        let thousandths = (processors * 1000.0).round() as u32;
        Some(Self(CpuShare(thousandths)))
    }
}

/// The size of core dumps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CoreSetting(pub(crate) u64);

/// No bound, as the limits of processes have it.
pub(crate) const UNLIMITED: u64 = u64::MAX;

impl FromToml for CoreSetting {
    const EXPECTED: &'static str = "a size such as \"1GiB\", 0 or \"unlimited\"";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match &value {
            DeValue::String(text) if text == "unlimited" => Some(Self(UNLIMITED)),
            DeValue::String(text) if size::parse(text).is_err() => {
                let message = format!("{} must be {}", place.key, Self::EXPECTED);
                report.push(Diagnostic::error(place.span, message));
                None
            }
            _ => Size::from_toml(value, place, report).map(|size| Self(size.0)),
        }
    }
}

/// A rank as a word or as a nice value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PrioritySetting(pub(crate) Priority);

/// The nice values that stand for Windows' classes, and the other way round: those
/// that libuv (`uv_os_setpriority`) and with it Node.js have made known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PriorityWord(Priority);

impl Choice for PriorityWord {
    const EXPECTED: &'static str = PrioritySetting::EXPECTED;
    const WORDS: &'static [(&'static str, Self)] = &[
        ("idle", Self(Priority(19))),
        ("below-normal", Self(Priority(10))),
        ("normal", Self(Priority(0))),
        ("above-normal", Self(Priority(-7))),
        ("high", Self(Priority(-14))),
    ];

    fn explain(word: &str) -> Option<String> {
        let meant = match word {
            "low" | "lowest" => "idle",
            "below_normal" => "below-normal",
            "above_normal" => "above-normal",
            "highest" | "realtime" => "high",
            _ => return None,
        };
        Some(format!("write `{meant}`"))
    }
}

impl FromToml for PrioritySetting {
    const EXPECTED: &'static str = "a word such as \"below-normal\", or a nice value";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match &value {
            DeValue::String(_) => {
                let word: Option<PriorityWord> = FromToml::from_toml(value, place, report);
                word.map(|word| Self(word.0))
            }
            DeValue::Integer(_) => {
                let nice = i64::from_toml(value, place, report)?;
                match i8::try_from(nice) {
                    Ok(nice @ -20..=19) => Some(Self(Priority(nice))),
                    _ => {
                        let message = format!("{} goes from -20 to 19", place.key);
                        report.push(Diagnostic::error(place.span, message));
                        None
                    }
                }
            }
            _ => {
                wrong_type::<Self>(&value, place, report);
                None
            }
        }
    }
}

/// Permissions that are taken away from new files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UmaskText(pub(crate) u32);

impl FromToml for UmaskText {
    const EXPECTED: &'static str = "an octal number as a string, such as \"027\"";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let DeValue::String(text) = &value else {
            wrong_type::<Self>(&value, place, report);
            return None;
        };
        let is_octal =
            (1..=4).contains(&text.len()) && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
        let mask = u32::from_str_radix(text, 8).ok();
        match mask {
            Some(mask) if is_octal && mask <= 0o777 => Some(Self(mask)),
            _ => {
                let message = format!("{} is no mask: {}", place.key, quoted(text));
                report.push(
                    Diagnostic::error(place.span, message)
                        .help("write three octal digits: \"022\", \"027\" or \"077\""),
                );
                None
            }
        }
    }
}
