//! `outlast logs`: what services have printed, byte for byte.

use std::io::{self, Write};
use std::path::Path;

use outlast_journal::layout;
use outlast_journal::read::{Ending, LineEnd, LogItem, LogLine, LogReader, Start, Streams};
use outlast_model::record::Stream;
use outlast_model::{RealTime, ServiceName};
use outlast_os::clock;
use serde_json::json;

use crate::args::{Global, Logs};
use crate::at_hand;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::follow::Changes;
use crate::meant::is_meant;
use crate::moment;
use crate::terminal;

/// How many lines are shown of each service when nothing is said.
const DEFAULT_LINES: u64 = 100;

pub(crate) fn perform(arguments: &Logs, global: &Global) -> Result<ExitCode, Failure> {
    let addressed = at_hand::address(&arguments.services, global)?;
    let folder = addressed.state_dir.join("logs");
    // Begun before the first look, so that nothing falls between the two.
    let mut changes = arguments.follow.then(|| Changes::of(&folder)).transpose()?;
    let names = match addressed.services {
        Some(names) => {
            let mut all = Vec::new();
            for name in names {
                all.extend(known(&name, &addressed.state_dir)?);
            }
            all
        }
        None => services_in(&folder),
    };
    let mut printer = Printer::new(arguments, names.len() != 1);
    let mut logs = open(&names, &addressed.state_dir, start(arguments)?, arguments)?;
    loop {
        let ending = if changes.is_some() {
            Ending::Hold
        } else {
            Ending::Deliver
        };
        print_all(&mut logs, ending, &mut printer)?;
        let Some(changes) = &mut changes else {
            return Ok(ExitCode::Ok);
        };
        changes.wait()?;
        if arguments.services.is_empty() {
            follow_new(&mut logs, &addressed.state_dir, arguments)?;
        }
    }
}

struct Log {
    name: ServiceName,
    reader: LogReader,
}

fn open(
    names: &[ServiceName],
    state_dir: &Path,
    start: Start,
    arguments: &Logs,
) -> Result<Vec<Log>, Failure> {
    names
        .iter()
        .map(|name| open_one(name, state_dir, start, arguments))
        .collect()
}

fn open_one(
    name: &ServiceName,
    state_dir: &Path,
    start: Start,
    arguments: &Logs,
) -> Result<Log, Failure> {
    let dir = layout::service_log_dir(state_dir, name);
    let reader = LogReader::open(&dir, streams(arguments), start)
        .map_err(|error| Failure::of(&format!("read the output of {name}"), &error))?;
    Ok(Log {
        name: name.clone(),
        reader,
    })
}

/// A service that prints for the first time gets a folder of its own.
fn follow_new(logs: &mut Vec<Log>, state_dir: &Path, arguments: &Logs) -> Result<(), Failure> {
    for name in services_in(&state_dir.join("logs")) {
        if logs.iter().all(|log| log.name != name) {
            logs.push(open_one(&name, state_dir, Start::Beginning, arguments)?);
        }
    }
    Ok(())
}

const fn streams(arguments: &Logs) -> Streams {
    match (arguments.stdout, arguments.stderr) {
        (true, _) => Streams::Only(Stream::Stdout),
        (_, true) => Streams::Only(Stream::Stderr),
        (false, false) => Streams::Both,
    }
}

fn start(arguments: &Logs) -> Result<Start, Failure> {
    match (&arguments.since, arguments.lines) {
        (Some(since), _) => Ok(Start::Since(moment::parse(since, clock::now().real)?)),
        (None, lines) => Ok(Start::LastLines(lines.unwrap_or(DEFAULT_LINES))),
    }
}

/// The services that `name` means and that have a log, or else one that could have.
fn known(name: &str, state_dir: &Path) -> Result<Vec<ServiceName>, Failure> {
    let valid = ServiceName::new(name).map_err(|why| {
        Failure::new(
            ExitCode::Failed,
            format!("{name:?} is no name of a service: {why}"),
        )
    })?;
    let mut meant = services_in(&state_dir.join("logs"));
    let listed: Vec<&str> = meant.iter().map(ServiceName::as_str).collect();
    let hint = if listed.is_empty() {
        "no service has printed anything".to_owned()
    } else {
        format!("there is output of {}", listed.join(", "))
    };
    meant.retain(|service| is_meant(name, service.as_str()));
    if !meant.is_empty() {
        return Ok(meant);
    }
    if state_dir.exists() {
        terminal::tell(&format!(
            "hint: {name} has printed nothing that is kept; {hint}"
        ));
    }
    Ok(vec![valid])
}

/// The services of which there is output.
fn services_in(folder: &Path) -> Vec<ServiceName> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<ServiceName> = entries
        .filter_map(|entry| ServiceName::new(entry.file_name().to_str()?).ok())
        .collect();
    names.sort();
    names
}

/// Prints what there is of all logs, in the order of arrival.
fn print_all(logs: &mut [Log], ending: Ending, printer: &mut Printer) -> Result<(), Failure> {
    let mut heads = logs
        .iter_mut()
        .map(|log| next(log, ending))
        .collect::<Result<Vec<_>, _>>()?;
    let mut unfinished = None;
    // Nothing gets between the pieces of a long line.
    while let Some(index) = unfinished.take().or_else(|| earliest(&heads)) {
        if let Some(item) = heads[index].take() {
            unfinished = continues(&item).then_some(index);
            printer.print(&logs[index].name, &item)?;
        }
        heads[index] = next(&mut logs[index], ending)?;
        unfinished = unfinished.filter(|_| heads[index].is_some());
    }
    printer.flush()
}

fn next(log: &mut Log, ending: Ending) -> Result<Option<LogItem>, Failure> {
    log.reader
        .next(ending)
        .map_err(|error| Failure::of(&format!("read the output of {}", log.name), &error))
}

fn earliest(heads: &[Option<LogItem>]) -> Option<usize> {
    let times = heads
        .iter()
        .enumerate()
        .filter_map(|(index, head)| Some((time(head.as_ref()?), index)));
    times.min().map(|(_, index)| index)
}

fn continues(item: &LogItem) -> bool {
    matches!(item, LogItem::Line(line) if line.end == LineEnd::Continues)
}

/// What has no time goes first: it can only be older.
const fn time(item: &LogItem) -> Option<RealTime> {
    match item {
        LogItem::Line(line) => line.at,
        LogItem::Gap(_) => None,
    }
}

/// Puts lines on standard output, as bytes: they need not be text.
struct Printer<'a> {
    arguments: &'a Logs,
    /// Whether several services are shown, so that each line names its own.
    names: bool,
    output: io::BufWriter<io::StdoutLock<'static>>,
    /// Whose line the last piece did not end.
    within_line: Option<ServiceName>,
}

impl<'a> Printer<'a> {
    fn new(arguments: &'a Logs, names: bool) -> Self {
        let output = io::BufWriter::new(io::stdout().lock());
        Self {
            arguments,
            names,
            output,
            within_line: None,
        }
    }

    fn print(&mut self, service: &ServiceName, item: &LogItem) -> Result<(), Failure> {
        match item {
            LogItem::Line(line) if self.arguments.json => self.print_json(service, line),
            LogItem::Line(line) => terminal::written(self.print_line(service, line)),
            LogItem::Gap(gap) => {
                terminal::tell(&format!(
                    "{service}: {} segments were deleted before they were read",
                    gap.segments
                ));
                Ok(())
            }
        }
    }

    fn print_line(&mut self, service: &ServiceName, line: &LogLine) -> io::Result<()> {
        if self.within_line.as_ref() != Some(service) {
            if self.within_line.is_some() {
                self.output.write_all(b"\n")?;
            }
            if self.names {
                write!(self.output, "{service} | ")?;
            }
            if self.arguments.times {
                let at = line
                    .at
                    .map_or_else(|| "unknown time".to_owned(), moment::rfc3339);
                write!(self.output, "{at} ")?;
            }
        }
        self.output.write_all(&line.bytes)?;
        self.within_line = (line.end == LineEnd::Continues).then(|| service.clone());
        if line.end == LineEnd::LineFeed
            || (line.end == LineEnd::Missing && (self.names || self.arguments.times))
        {
            self.output.write_all(b"\n")?;
        }
        Ok(())
    }

    fn print_json(&mut self, service: &ServiceName, line: &LogLine) -> Result<(), Failure> {
        let text = String::from_utf8_lossy(&line.bytes);
        let mut object = json!({
            "service": service.as_str(),
            "stream": line.stream.name(),
            "time": line.at.map(moment::rfc3339),
            "instance": line.instance.map(|instance| instance.0),
            "text": text,
        });
        if text.as_bytes() != line.bytes {
            object["lossy"] = json!(true);
        }
        if line.end == LineEnd::Continues {
            object["continues"] = json!(true);
        }
        terminal::written(writeln!(self.output, "{object}"))
    }

    fn flush(&mut self) -> Result<(), Failure> {
        terminal::written(self.output.flush())
    }
}
