//! What the machine still shows of an incident that is not long past. Only what the
//! signs so far speak of is looked for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use outlast_diagnose::text::Line;
use outlast_diagnose::{Sign, told};
use outlast_journal::events::stored::StoredEvent;
use outlast_model::RealTime;
use outlast_os::aftermath::{self, Obstacle, Pressure, Room};
use outlast_os::clock;

use super::Incident;
use super::story::Story;
use crate::unit;

/// What was so, may be another after this.
const FRESH: Duration = Duration::from_secs(15 * 60);

/// A line of the kernel's log belongs to an end when it is no further from it.
const NEAR: Duration = Duration::from_secs(10);

/// So little room is none: a page of a log does not fit.
const NO_ROOM: u64 = 64 * 1024;

/// So many ports and folders that a program has named are looked at.
const MOST: usize = 8;

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
        signs.extend(disks(said.folders()));
    }
    signs.extend(program(incident, story).or_else(|| named_program(incident, story, &said)));
    signs.extend(processor_time(incident, story));
    signs.extend(core(story.pid(incident)));
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
    let near = lines.filter(|line| is_near(line.at));
    let told = near.filter_map(|line| Some(told::kernel(&line.text)?.at(Some(line.at))));
    let group = incident.service.as_ref();
    let group = group.map(|service| format!("/service-{service}"));
    // The kernel refuses a fork to a group, and each service has one of its own.
    let concerns = |sign: &Sign| match (sign.field("pid"), sign.field("group")) {
        (Some(of), _) => Some(of) == pid.as_deref(),
        (None, Some(of)) => group.as_ref().is_some_and(|group| of.ends_with(group)),
        (None, None) => true,
    };
    told.filter(concerns).collect()
}

/// Whether the machine was started anew since then.
fn reboot(incident: &Incident) -> Option<Sign> {
    let booted = aftermath::booted()?;
    let is_since = incident.service.is_none() && booted > incident.at;
    is_since.then(|| {
        Sign::new("booted", "clock", "the machine has been started since then").at(Some(booted))
    })
}

/// What was printed last, in lower case, for what it speaks of.
struct Said {
    text: String,
}

impl Said {
    fn of(lines: &[Line]) -> Self {
        const LAST: usize = 60;
        let last = lines[lines.len().saturating_sub(LAST)..].iter();
        let texts: Vec<&str> = last.map(|line| line.text.as_str()).collect();
        Self {
            text: texts.join("\n"),
        }
    }

    fn speaks_of(&self, words: &[&str]) -> bool {
        let lower = self.text.to_ascii_lowercase();
        words.iter().any(|word| lower.contains(word))
    }

    fn speaks_of_ports(&self) -> bool {
        self.speaks_of(&[
            "in use",
            "eaddrinuse",
            "os error 98",
            "only one usage",
            "bind",
        ])
    }

    fn speaks_of_disks(&self) -> bool {
        self.speaks_of(&[
            "no space",
            "enospc",
            "os error 28",
            "not enough space",
            "disk",
            "read-only",
        ])
    }

    /// Numbers that stand where a port does: after a colon or the word.
    fn ports(&self) -> BTreeSet<u16> {
        let mut ports = BTreeSet::new();
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while let Some(begin) = bytes[at..].iter().position(u8::is_ascii_digit) {
            let begin = at + begin;
            let length = bytes[begin..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            at = begin + length;
            let before = self.text[..begin]
                .trim_end_matches([' ', '=', '"', '\'', '('])
                .to_ascii_lowercase();
            let is_port = bytes[..begin].ends_with(b":")
                || before.ends_with("port")
                || before.ends_with("port:");
            let number = self.text[begin..at].parse::<u16>();
            if is_port && ports.len() < MOST {
                ports.extend(number.ok().filter(|&number| number > 0));
            }
        }
        ports
    }

    /// The absolute paths that are named.
    fn paths(&self) -> impl Iterator<Item = &Path> {
        let ends = |letter: char| letter.is_whitespace() || "'\"`,;()[]<>".contains(letter);
        let words = self.text.split(ends);
        let words = words.map(|word| word.trim_end_matches([':', '.']));
        let paths = words.filter(|word| word.starts_with('/') && word.len() > 1);
        paths.map(Path::new)
    }

    /// The folders of the paths that are named.
    fn folders(&self) -> BTreeSet<PathBuf> {
        let folders = self.paths().filter_map(existing);
        folders.take(MOST).collect()
    }
}

/// The path, or the nearest folder above it that there is.
fn existing(path: &Path) -> Option<PathBuf> {
    path.ancestors()
        .find(|path| path.is_dir())
        .map(Path::to_owned)
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

/// The file systems that have no room, of those that were named and of the usual ones.
fn disks(named: BTreeSet<PathBuf>) -> Vec<Sign> {
    let usual = [
        std::env::temp_dir(),
        PathBuf::from("/var"),
        PathBuf::from("/dev/shm"),
    ];
    let folders = named.into_iter().chain(usual);
    let mut rooms: Vec<Room> = folders
        .filter_map(|folder| aftermath::room(&folder))
        .collect();
    rooms.sort_by(|one, other| one.mount.cmp(&other.mount));
    rooms.dedup_by(|one, other| one.mount == other.mount);
    rooms.iter().filter_map(disk).collect()
}

fn disk(room: &Room) -> Option<Sign> {
    let mount = room.mount.display();
    let (is, text) = if room.free < NO_ROOM {
        (
            "full",
            format!(
                "{mount} has {} of {} free",
                unit::size(room.free),
                unit::size(room.total)
            ),
        )
    } else if room.free_files == Some(0) {
        ("no-inodes", format!("{mount} can have no more files"))
    } else if room.is_read_only {
        ("read-only", format!("{mount} is read-only"))
    } else {
        return None;
    };
    Some(
        Sign::new("disk", "statvfs, just now", text)
            .with("is", is)
            .with("mount", mount)
            .with("free", unit::size(room.free)),
    )
}

/// What is the matter with the program that could not be started.
fn program(incident: &Incident, story: &Story) -> Option<Sign> {
    let failure = story
        .records
        .iter()
        .rev()
        .find_map(|record| match &record.event {
            StoredEvent::StartFailed { instance, failure }
                if record.service == incident.service && Some(*instance) == incident.instance =>
            {
                Some(failure)
            }
            _ => None,
        })?;
    obstacle(Path::new(&failure.subject))
}

/// A shell ends with this when it may not execute what it has named.
const REFUSED: i32 = 126;

/// And with this when it finds nothing there, or not what should run it.
const NOT_FOUND: i32 = 127;

/// What is the matter with a program that a shell could not start. It names its own
/// file first, which need not be one that can be executed.
fn named_program(incident: &Incident, story: &Story, said: &Said) -> Option<Sign> {
    let wanted: &[&str] = match story.death(incident)?.exit.code? {
        REFUSED => &["not-executable", "other-machine"],
        NOT_FOUND => &["no-interpreter"],
        _ => return None,
    };
    let mut paths: Vec<&Path> = said.paths().filter(|path| path.is_file()).collect();
    paths.reverse();
    let mut found = paths.into_iter().take(MOST).filter_map(obstacle);
    let fits = |sign: &Sign| sign.field("is").is_some_and(|is| wanted.contains(&is));
    found.find(fits)
}

fn obstacle(path: &Path) -> Option<Sign> {
    if !path.is_absolute() {
        return None;
    }
    let sign = |is: &str, text: String| {
        Sign::new("program", "file", text)
            .with("is", is)
            .with("path", path.display())
    };
    let shown = path.display();
    Some(match aftermath::obstacle(path)? {
        Obstacle::Missing => sign("missing", format!("there is no {shown}")),
        Obstacle::NotExecutable => sign("not-executable", format!("{shown} may not be executed")),
        Obstacle::NoInterpreter(interpreter) => {
            let interpreter = interpreter.display().to_string();
            let text = format!("{shown} is to be run by {interpreter:?}, which is not there");
            sign("no-interpreter", text).with("interpreter", interpreter)
        }
        Obstacle::OtherMachine { of, here } => sign(
            "other-machine",
            format!("{shown} is for {of}, and this machine is {here}"),
        )
        .with("machine", of)
        .with("here", here),
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Said {
        Said {
            text: text.to_owned(),
        }
    }

    #[test]
    fn ports_are_told_from_other_numbers() {
        let ports = |text| said(text).ports().into_iter().collect::<Vec<_>>();
        assert_eq!(
            ports("listen tcp :8080: bind: address already in use"),
            [8080]
        );
        assert_eq!(ports("[::]:9000 (errno 98)"), [9000]);
        assert_eq!(
            ports("Port 3000 is in use; port=4000, 5 tries"),
            [3000, 4000]
        );
        assert_eq!(ports("pid 77, 99999:0"), Vec::<u16>::new());
    }

    #[test]
    fn folders_are_those_that_there_are() {
        let found = said("write '/tmp/no/such/file': No space left").folders();
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [existing(Path::new("/tmp")).expect("there")]
        );
    }
}
