//! `outlast why --pid PID`: of a process that nobody guards, alive or ended.

use outlast_diagnose::{Case, Platform, Sign, Table, told};
use outlast_model::Pid;
use outlast_model::evidence::{ProcessSeen, ThreadsSeen};
use outlast_os::{aftermath, evidence};

use super::{nothing, tell_case, unit};
use crate::args::Why;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::why::log_case;

pub(super) fn perform(pid: u32, how: (&Why, &Table)) -> Result<ExitCode, Failure> {
    let subject = format!("process {pid}");
    let seen = evidence::gather(&[Pid(pid)]);
    let seen = seen.and_then(|seen| seen.processes.into_iter().next());
    match seen {
        Some(process) => alive(&process, how),
        None => ended(pid, &subject, how),
    }
}

/// What it does, and whether that is more than waiting for work.
fn alive(process: &ProcessSeen, how: (&Why, &Table)) -> Result<ExitCode, Failure> {
    let subject = format!("process {} ({})", process.pid, process.name);
    let all: u32 = process.threads.iter().map(|threads| threads.count).sum();
    let sign = |threads: &ThreadsSeen| {
        let place = threads.waits_in.as_deref().unwrap_or_default();
        let shown = if place.is_empty() {
            String::new()
        } else {
            format!(", in {place}")
        };
        let text = format!(
            "{} of {all} threads {}{shown}",
            threads.count, threads.state
        );
        let share = f64::from(threads.count) / f64::from(all.max(1));
        Sign::new("threads", "/proc, just now", text)
            .with("state", &threads.state)
            .with("waits_in", place)
            .with("share", format!("{share:.2}"))
    };
    let mut signs: Vec<Sign> = process.threads.iter().map(sign).collect();
    let told: Vec<String> = signs.iter().map(|sign| sign.quote.text.clone()).collect();
    let is_stalled = |sign: &Sign| {
        let state = sign.field("state").unwrap_or_default();
        let share: f64 = sign
            .field("share")
            .and_then(|share| share.parse().ok())
            .unwrap_or(0.0);
        state.starts_with("stopped") || (state == "waiting in the kernel" && share >= 0.5)
    };
    if !signs.iter().any(is_stalled) {
        let sentence = format!(
            "{subject} is alive and nothing keeps it from working, as far as can be seen: {}",
            told.join("; ")
        );
        return nothing(how.0, &sentence);
    }
    signs.push(Sign::new("stalled", "/proc, just now", "it does not go on").with("how", "looked"));
    let case = Case {
        signs,
        is_log_only: false,
        ..log_case(Vec::new())
    };
    tell_case(&case, &subject, how)
}

/// What others have noted about it.
fn ended(pid: u32, subject: &str, how: (&Why, &Table)) -> Result<ExitCode, Failure> {
    let number = pid.to_string();
    let kernel = aftermath::kernel_log().into_iter().filter_map(|line| {
        let sign = told::kernel(&line.text)?.at(Some(line.at));
        (sign.field("pid") == Some(number.as_str())).then_some(sign)
    });
    let mut signs: Vec<Sign> = kernel.collect();
    let mut lines = Vec::new();
    if Platform::of_name(std::env::consts::OS) == Some(Platform::Linux)
        && let Ok(entries) = unit::entries(&[
            &format!("_PID={pid}"),
            "+",
            &format!("COREDUMP_PID={pid}"),
            "+",
            &format!("OBJECT_PID={pid}"),
        ])
    {
        let last = unit::last_end(&entries);
        signs.extend(last.signs);
        lines = last.lines;
    }
    if signs.is_empty() && lines.is_empty() {
        let sentence = format!(
            "there is no {subject}, and neither the kernel's log nor the journal of systemd tells of one; how a process ended is known to its parent alone: `outlast run -- COMMAND` or `outlast install` makes that Outlast"
        );
        return nothing(how.0, &sentence);
    }
    let at = signs.iter().find_map(|sign| sign.quote.at);
    let case = Case {
        at,
        signs,
        ..log_case(lines)
    };
    tell_case(&case, subject, how)
}
