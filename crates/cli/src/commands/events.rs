//! `outlast events`: what has happened.

use std::collections::VecDeque;
use std::io::{self, Write as _};

use outlast_journal::events::{EventLine, EventReader, EventStart};
use outlast_journal::layout;
use outlast_os::clock;

use crate::args::{Events, Global};
use crate::at_hand;
use crate::describe;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::follow::Changes;
use crate::meant::is_meant;
use crate::moment;
use crate::terminal;

/// How many events are shown when nothing is said.
const DEFAULT_EVENTS: usize = 100;

pub(crate) fn perform(arguments: &Events, global: &Global) -> Result<ExitCode, Failure> {
    let addressed = at_hand::address(&arguments.services, global)?;
    let folder = layout::events_dir(&addressed.state_dir);
    // Begun before the first look, so that nothing falls between the two.
    let mut changes = arguments.follow.then(|| Changes::of(&folder)).transpose()?;
    let services = addressed.services.unwrap_or_default();
    let mut reader = EventReader::open(&addressed.state_dir, start(arguments, &services)?)
        .map_err(|error| Failure::of("read the events", &error))?;
    // How many of them are the last so many, only the end tells.
    let mut room = (arguments.since.is_none() && !services.is_empty())
        .then(|| arguments.lines.unwrap_or(DEFAULT_EVENTS));
    loop {
        let mut last = VecDeque::new();
        while let Some(event) = next(&mut reader)? {
            if !is_wanted(&event, &services) {
                continue;
            }
            match room {
                None => print(&event, arguments)?,
                Some(room) => {
                    last.push_back(event);
                    while last.len() > room {
                        last.pop_front();
                    }
                }
            }
        }
        for event in &last {
            print(event, arguments)?;
        }
        room = None;
        match &mut changes {
            Some(changes) => changes.wait()?,
            None => break,
        }
    }
    if reader.skipped() > 0 {
        terminal::tell(&format!(
            "{} lines of the journal were damaged, or of a newer version",
            reader.skipped()
        ));
    }
    Ok(ExitCode::Ok)
}

fn next(reader: &mut EventReader) -> Result<Option<EventLine>, Failure> {
    reader
        .next()
        .map_err(|error| Failure::of("read the events", &error))
}

fn is_wanted(event: &EventLine, services: &[String]) -> bool {
    let service = event.record.service.as_ref();
    services.is_empty()
        || service.is_some_and(|service| {
            let mut names = services.iter();
            names.any(|name| is_meant(name, service))
        })
}

fn start(arguments: &Events, services: &[String]) -> Result<EventStart, Failure> {
    match (&arguments.since, arguments.lines) {
        (Some(since), _) => Ok(EventStart::Since(moment::parse(since, clock::now().real)?)),
        // The last ones of some services may lie far before the last of all.
        (None, _) if !services.is_empty() => Ok(EventStart::Beginning),
        (None, lines) => Ok(EventStart::Last(lines.unwrap_or(DEFAULT_EVENTS))),
    }
}

fn print(event: &EventLine, arguments: &Events) -> Result<(), Failure> {
    if arguments.json {
        let mut output = io::stdout().lock();
        return terminal::written(
            output
                .write_all(&event.raw)
                .and_then(|()| output.write_all(b"\n"))
                .and_then(|()| output.flush()),
        );
    }
    describe::line(&event.record, clock::now().real).map_or(Ok(()), |line| terminal::print(&line))
}
