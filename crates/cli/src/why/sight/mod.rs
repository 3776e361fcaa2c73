//! What the machine still shows of an incident that is not long past. Only what the
//! signs so far speak of is looked for.

mod disks;
mod program;
mod said;

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::time::Duration;

use outlast_diagnose::text::Line;
use outlast_diagnose::{Sign, audit, told};
use outlast_model::RealTime;
use outlast_os::aftermath::{self, KernelLine, Pressure};
use outlast_os::clock;

use super::Incident;
use super::story::Story;
use said::Said;

/// What was so, may be another after this.
const FRESH: Duration = Duration::from_secs(15 * 60);

/// A line of the kernel's log belongs to an end when it is no further from it.
const NEAR: Duration = Duration::from_secs(10);

/// The signs that the machine shows.
pub(super) fn look(incident: &Incident, story: &Story, lines: &[Line]) -> Vec<Sign> {
    let mut signs = kernel(incident, story);
    signs.extend(reboot(incident));
    if clock::now().real.since(incident.at) > FRESH {
        return signs;
    }
    let said = Said::of(lines);
    if said.speaks_of_ports() {
        signs.extend(said.ports().into_iter().filter_map(port));
    }
    let is_bus = story
        .death(incident)
        .and_then(|death| death.exit.signal)
        .and_then(outlast_os::host::signal_name)
        == Some("BUS");
    if said.speaks_of_disks() || is_bus {
        signs.extend(disks::full(said.folders()));
    }
    signs.extend(
        program::of_start(incident, story).or_else(|| program::of_shell(incident, story, &said)),
    );
    signs.extend(processor_time(incident, story));
    signs.extend(core(story.pid(incident)));
    signs.extend(sender(incident, story));
    signs.extend(event_log(incident, story));
    if clock::now().real.since(incident.at) < NEAR {
        signs.extend(aftermath::pressure().into_iter().filter_map(pressure));
    }
    signs
}

/// What the kernel said of the process, or of the machine's memory and disks.
fn kernel(incident: &Incident, story: &Story) -> Vec<Sign> {
    let ended_by_itself = story
        .death(incident)
        .is_none_or(|death| death.exit.code == Some(0));
    if ended_by_itself {
        return Vec::new();
    }
    let pid = story.pid(incident).map(|pid| pid.to_string());
    let is_near = |at: RealTime| at.since(incident.at) <= NEAR && incident.at.since(at) <= NEAR;
    let lines = aftermath::kernel_log().into_iter();
    let near: Vec<KernelLine> = lines.filter(|line| is_near(line.at)).collect();
    let told = near
        .iter()
        .filter_map(|line| Some(told::kernel(&line.text)?.at(Some(line.at))));
    let group = incident.service.as_ref();
    let group = group.map(|service| format!("/service-{service}"));
    // The kernel refuses a fork to a group, and each service has one of its own.
    let concerns = |sign: &Sign| match (sign.field("pid"), sign.field("group")) {
        (Some(of), _) => Some(of) == pid.as_deref(),
        (None, Some(of)) => group.as_ref().is_some_and(|group| of.ends_with(group)),
        (None, None) => true,
    };
    let mut signs: Vec<Sign> = told.filter(concerns).collect();
    let is_kill = |sign: &&Sign| sign.field("event") == Some("oom");
    if let Some(killed) = signs
        .iter()
        .find(is_kill)
        .map(|sign| sign.quote.text.clone())
    {
        let texts = near.iter().map(|line| line.text.as_str());
        let until: Vec<&str> = texts.take_while(|text| *text != killed).collect();
        signs.extend(told::largest(until.into_iter()));
    }
    signs
}

/// Where auditd keeps its log, and how much of its end is read.
const AUDIT_LOG: (&str, u64) = ("/var/log/audit/audit.log", 512 * 1024);

/// Who sent the signal that ended it, if that is recorded.
fn sender(incident: &Incident, story: &Story) -> Option<Sign> {
    story.death(incident)?.exit.signal?;
    let mut file = File::open(AUDIT_LOG.0).ok()?;
    let length = file.metadata().ok()?.len();
    let begin = length.saturating_sub(AUDIT_LOG.1);
    file.seek(SeekFrom::Start(begin)).ok()?;
    let mut bytes = Vec::new();
    file.take(AUDIT_LOG.1).read_to_end(&mut bytes).ok()?;
    audit::sender(&String::from_utf8_lossy(&bytes), story.pid(incident)?)
}

/// Whether the machine was started anew since then.
fn reboot(incident: &Incident) -> Option<Sign> {
    let booted = aftermath::booted()?;
    let is_since = incident.service.is_none() && booted > incident.at;
    is_since.then(|| {
        Sign::new("booted", "clock", "the machine has been started since then").at(Some(booted))
    })
}

fn port(port: u16) -> Option<Sign> {
    let holder = aftermath::holder(port)?;
    let name = holder.name.unwrap_or_default();
    let pid = holder.pid.map(|pid| pid.to_string()).unwrap_or_default();
    let whose = match (name.is_empty(), pid.is_empty()) {
        (false, _) => format!("{name} (pid {pid})"),
        (true, false) => format!("process {pid}"),
        (true, true) => "somebody".to_owned(),
    };
    let text = format!("{whose} listens at {}", holder.address);
    Some(
        Sign::new("port", "sockets, just now", text)
            .with("port", port)
            .with("owner", name)
            .with("owner_pid", pid),
    )
}

/// Whether it had used as much as it may: with one limit for warning and end, the kernel
/// kills without a warning.
fn processor_time(incident: &Incident, story: &Story) -> Option<Sign> {
    let limit = aftermath::processor_time_limit()?.as_secs_f64();
    let usage = story.death(incident)?.usage?;
    let used = usage.user_seconds + usage.system_seconds;
    let is_near = used >= limit - 1.0;
    is_near.then(|| {
        Sign::new(
            "processor-time",
            "getrusage",
            format!("it had used {used:.1} s of {limit} s"),
        )
        .with("used", format!("{used:.1}"))
        .with("limit", limit)
        .with("near", "yes")
    })
}

/// What Windows has noted of a process that it ended. It takes a moment to note that, and
/// to tell, so it is asked only where there is something to be told.
fn event_log(incident: &Incident, story: &Story) -> Vec<Sign> {
    const STATUS: u32 = 0x4000_0000;
    let code = story.death(incident).and_then(|death| death.exit.code);
    let is_status = code.is_some_and(|code| code.cast_unsigned() >= STATUS);
    if std::env::consts::OS != "windows" || !is_status {
        return Vec::new();
    }
    super::windows_log::signs(2 * NEAR).unwrap_or_default()
}

/// So much of the time something had to wait, in percent, is worth telling.
const PRESSED: f64 = 10.0;

fn pressure(pressure: Pressure) -> Option<Sign> {
    let Pressure { of, some, full } = pressure;
    let text = format!(
        "in the last 10 s something waited for {of} {some:.0} % of the time, everything {full:.0} %"
    );
    (some >= PRESSED).then(|| {
        Sign::new("pressure", "/proc/pressure", text)
            .with("of", of)
            .with("some", some)
            .with("full", full)
    })
}

/// The core dump that systemd has kept of a process
/// (`core.NAME.UID.BOOT.PID.TIME`, systemd-coredump(8)).
fn core(pid: Option<u32>) -> Option<Sign> {
    const FOLDER: &str = "/var/lib/systemd/coredump";
    let part = format!(".{}.", pid?);
    let mut files = std::fs::read_dir(FOLDER).ok()?.flatten();
    let file = files.find(|file| file.file_name().to_string_lossy().contains(&part))?;
    let path = file.path().display().to_string();
    Some(Sign::new("core", "systemd-coredump", format!("core dump: {path}")).with("path", path))
}
