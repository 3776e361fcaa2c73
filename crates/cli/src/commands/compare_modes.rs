//! `outlast compare-modes`: one workload in the user's session and as a service.

use std::env;
use std::time::Duration;

use outlast_native::Scope;
use outlast_os::signals::{HostSignal, HostSignals};

use crate::args::{CompareModes, ModeWord};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::modes::document::{self, Mode};
use crate::modes::experiment::{self, Participant};
use crate::modes::half::Half;
use crate::modes::report::Report;
use crate::modes::temporary::Temporary;
use crate::terminal;

pub(crate) fn perform(arguments: &CompareModes) -> Result<ExitCode, Failure> {
    let wanted = wanted(arguments)?;
    let mut halves = Vec::new();
    for path in &arguments.with {
        halves.push(document::read(path)?);
    }
    if !wanted.is_empty() {
        match measured(&wanted, arguments)? {
            Some(here) => halves.splice(0..0, here),
            None => return Ok(INTERRUPTED),
        };
    }
    let report =
        Report::of(halves).expect("one half is measured or read at the least, and two at the most");
    if arguments.json {
        terminal::print(&report.json().to_string())?;
    } else {
        for line in report.lines() {
            terminal::print(&line)?;
        }
    }
    Ok(ExitCode::Ok)
}

/// As a shell tells of a program that Ctrl-C has ended.
const INTERRUPTED: ExitCode = ExitCode::Program(130);

/// Which halves are to be measured here.
fn wanted(arguments: &CompareModes) -> Result<Vec<Mode>, Failure> {
    let only = arguments.only.map(|word| match word {
        ModeWord::User => Mode::User,
        ModeWord::Service => Mode::Service,
    });
    match (arguments.with.len(), only) {
        (0, None) => Ok(vec![Mode::User, Mode::Service]),
        (0, Some(mode)) => Ok(vec![mode]),
        (1, mode) => Ok(vec![mode.unwrap_or(Mode::User)]),
        (2, None) => Ok(Vec::new()),
        _ => Err(Failure::new(
            ExitCode::Program(2),
            "two halves are compared, and more are given",
        )
        .hint("give --with twice and no --only, or once")),
    }
}

/// Measures these halves; `None`: it was interrupted, and everything is removed.
fn measured(
    wanted: &[Mode],
    arguments: &CompareModes,
) -> Result<Option<Vec<document::Half>>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::of("make an event loop", &error))?;
    runtime.block_on(async {
        // Before anything is installed, so that no signal ends this command between
        // that and its removal.
        let mut signals = HostSignals::listen_for_end_and_reload()
            .map_err(|error| Failure::of("listen for signals", &error))?;
        let scope = if arguments.user {
            Scope::User
        } else {
            Scope::System
        };
        let temporary = if wanted.contains(&Mode::Service) {
            Some(Temporary::install(scope, &arguments.settings)?)
        } else {
            None
        };
        let outcome = tokio::select! {
            biased;
            () = interrupted(&mut signals) => None,
            measured = with_halves(wanted, temporary.as_ref(), arguments) => Some(measured),
        };
        let outcome = match outcome {
            Some(Err(_)) if was_meant_for_all(&mut signals).await => None,
            outcome => outcome,
        };
        if let Some(temporary) = temporary {
            let removed = temporary.remove();
            // What failed first is told first.
            if outcome.as_ref().is_none_or(Result::is_ok) {
                removed?;
            }
        }
        match outcome {
            None => {
                terminal::tell("interrupted; nothing is left");
                Ok(None)
            }
            Some(measured) => measured.map(Some),
        }
    })
}

async fn interrupted(signals: &mut HostSignals) {
    while let HostSignal::Reload | HostSignal::Forward(_) = signals.next().await {}
}

/// Ctrl-C is told to every process of a terminal, and the end of the child may be seen
/// before our own turn has come.
async fn was_meant_for_all(signals: &mut HostSignals) -> bool {
    tokio::time::timeout(A_MOMENT, interrupted(signals))
        .await
        .is_ok()
}

const A_MOMENT: Duration = Duration::from_millis(200);

async fn with_halves(
    wanted: &[Mode],
    temporary: Option<&Temporary>,
    arguments: &CompareModes,
) -> Result<Vec<document::Half>, Failure> {
    let mut participants = Vec::new();
    for mode in wanted {
        let participant = match (mode, temporary) {
            (Mode::Service, Some(temporary)) => Participant {
                half: Half::of_service(temporary.state_dir(), || temporary.why_ended()).await?,
                mode: Mode::Service,
                how: temporary.how(),
            },
            _ => Participant {
                half: Half::start_child()?,
                mode: Mode::User,
                how: how_this_was_started(),
            },
        };
        participants.push(participant);
    }
    if !arguments.json {
        terminal::tell(&format!("measuring, {} rounds …", arguments.rounds));
    }
    let halves = experiment::measure(&mut participants, arguments.rounds).await?;
    Ok(halves
        .into_iter()
        .map(|half| document::Half {
            got: half.got.without_fingerprints(),
            ..half
        })
        .collect())
}

/// `sudo` is a session of its own kind.
fn how_this_was_started() -> String {
    match env::var("SUDO_USER") {
        Ok(user) => format!("by this command, with sudo from the session of {user}"),
        Err(_) => "by this command".to_owned(),
    }
}
