//! `outlast status`: what the services do.

use std::path::Path;

use anstyle::Style;
use outlast_api::v1::{
    Answer, BreakerStatus, Desired, GuardianStatus, HangStatus, HealthStatus, LastDeath, NextRetry,
    Request, ServiceState, ServiceStatus, SessionStatus, SleepStatus,
};
use outlast_os::clock;
use serde_json::json;

use super::change::target;
use super::list::native_json;
use crate::args::{Global, Status};
use crate::at_hand::{self, Addressed};
use crate::connection;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::moment::minute;
use crate::registered::{self, Installed};
use crate::table;
use crate::terminal::{self, BAD, CHANGING, FAINT, GOOD, styled};
use crate::unit;

pub(crate) fn perform(arguments: &Status, global: &Global) -> Result<ExitCode, Failure> {
    status(arguments, global).map_err(|failure| Failure {
        code: lsb(failure.code),
        ..failure
    })
}

/// The codes of LSB's `status` for what went wrong.
const fn lsb(code: ExitCode) -> ExitCode {
    match code {
        ExitCode::NotRunning => ExitCode::StatusNotRunning,
        // The command line is wrong.
        ExitCode::Program(code) => ExitCode::Program(code),
        _ => ExitCode::NoPermission,
    }
}

fn status(arguments: &Status, global: &Global) -> Result<ExitCode, Failure> {
    let addressed = at_hand::address(&arguments.targets, global)?;
    match ask(&addressed)? {
        Some(status) => {
            show(&status, arguments)?;
            let are_named = addressed.services.is_some();
            Ok(code(&status, are_named))
        }
        None => tell_absent(&addressed.state_dir, arguments, global),
    }
}

fn ask(addressed: &Addressed) -> Result<Option<GuardianStatus>, Failure> {
    let request = Request::Status {
        target: target(addressed.services.clone()),
    };
    match connection::try_call(&addressed.state_dir, &request)? {
        Some(Answer::Status(status)) => Ok(Some(status)),
        Some(other) => Err(Failure::new(
            ExitCode::NoPermission,
            format!("the guardian gave no status but {other:?}"),
        )),
        None => Ok(None),
    }
}

fn show(status: &GuardianStatus, arguments: &Status) -> Result<(), Failure> {
    if arguments.json {
        let mut value =
            serde_json::to_value(status).map_err(|error| Failure::of("write JSON", &error))?;
        value["running"] = json!(true);
        value["native"] = native(Path::new(&status.state_dir));
        terminal::print(&value.to_string())?;
    } else {
        if let Some(reason) = &status.journal.degraded {
            terminal::tell(&styled(
                BAD,
                &format!("events are not being recorded: {reason}"),
            ));
        }
        for line in table::lines(&rows(status)) {
            terminal::print(&line)?;
        }
    }
    Ok(())
}

/// Of a whole guardian, what has done its work is not missing, nor is what runs in
/// sessions while nobody has logged on, or now and then.
fn code(status: &GuardianStatus, are_named: bool) -> ExitCode {
    let is_up = |service: &ServiceStatus| service.state == ServiceState::Running;
    let is_meant = |service: &&ServiceStatus| {
        are_named
            || (service.enabled
                && !service.completed
                && !service.awaits_a_session()
                && !service.awaits_its_time())
    };
    if status.services.iter().filter(is_meant).all(is_up) {
        ExitCode::Ok
    } else {
        ExitCode::StatusNotRunning
    }
}

fn tell_absent(state_dir: &Path, arguments: &Status, global: &Global) -> Result<ExitCode, Failure> {
    let defined: Vec<String> = at_hand::file(global)
        .and_then(|file| super::run::load(&file).ok())
        .map(|config| {
            config
                .written_services()
                .map(|service| service.name.to_string())
                .collect()
        })
        .unwrap_or_default();
    if arguments.json {
        let services: Vec<_> = defined
            .iter()
            .map(|name| json!({ "name": name, "state": "stopped" }))
            .collect();
        let value = json!({
            "running": false,
            "state_dir": state_dir.display().to_string(),
            "native": native(state_dir),
            "services": services,
        });
        terminal::print(&value.to_string())?;
        return Ok(ExitCode::StatusNotRunning);
    }
    let installed = registered::by_state_dir(state_dir)?;
    match &installed {
        Some(installed) => terminal::print(&native_line(installed))?,
        None => terminal::print(&format!("no guardian runs in {}", state_dir.display()))?,
    }
    for name in defined {
        terminal::print(&format!("{name}  not running"))?;
    }
    terminal::tell(&match installed {
        Some(installed) => format!("hint: `outlast start {}/` starts it", installed.name()),
        None => "hint: `outlast run` starts one".to_owned(),
    });
    Ok(ExitCode::StatusNotRunning)
}

/// The native service of the guardian in `state_dir`, or null. What the manager
/// does not tell is unknown, and no reason to tell nothing.
fn native(state_dir: &Path) -> serde_json::Value {
    let installed = registered::by_state_dir(state_dir).ok().flatten();
    installed.map_or(serde_json::Value::Null, |installed| {
        native_json(&installed, installed.status().ok().as_ref())
    })
}

fn native_line(installed: &Installed) -> String {
    let state = match installed.status() {
        Ok(status) => {
            let remark = status.remark.map(|remark| format!(": {remark}"));
            format!("{}{}", status.state.word(), remark.unwrap_or_default())
        }
        Err(failure) => format!("in an unknown state: {}", failure.message),
    };
    format!(
        "{} is installed with {} (start: {}) and {state}",
        installed.name(),
        installed.registration.manager_kind.word(),
        installed.registration.definition.start.word(),
    )
}

fn rows(status: &GuardianStatus) -> Vec<Vec<String>> {
    let head = [
        "NAME", "STATE", "PID", "UPTIME", "RESTARTS", "MEMORY", "CPU", "NOTE",
    ];
    let head = head.iter().map(|title| styled(FAINT, title)).collect();
    std::iter::once(head)
        .chain(status.services.iter().map(row))
        .collect()
}

fn row(service: &ServiceStatus) -> Vec<String> {
    let or_none = |cell: Option<String>| cell.unwrap_or_else(|| "-".to_owned());
    vec![
        service.name.clone(),
        state(service),
        or_none(service.pid.map(|pid| pid.to_string())),
        or_none(service.uptime_seconds.map(unit::duration)),
        service.restarts.to_string(),
        or_none(service.memory_bytes.map(unit::size)),
        or_none(service.cpu_seconds.map(unit::duration)),
        notes(service).join("; "),
    ]
}

fn state(service: &ServiceStatus) -> String {
    let word = styled(style(service.state), service.state.word());
    let as_desired = match service.desired {
        Desired::Running => !matches!(service.state, ServiceState::Failed),
        Desired::Stopped => !matches!(service.state, ServiceState::Running),
    };
    if as_desired {
        word
    } else {
        format!("{word} (shall be {})", desired_word(service.desired))
    }
}

const fn desired_word(desired: Desired) -> &'static str {
    match desired {
        Desired::Running => "running",
        Desired::Stopped => "stopped",
    }
}

const fn style(state: ServiceState) -> Style {
    match state {
        ServiceState::Running => GOOD,
        ServiceState::Failed => BAD,
        ServiceState::Waiting
        | ServiceState::Starting
        | ServiceState::Stopping
        | ServiceState::BackingOff => CHANGING,
        ServiceState::Stopped | ServiceState::Unknown => FAINT,
    }
}

/// What else there is to say: why it does not run, what comes next, how its last
/// instance ended.
/// In whose session it runs.
fn whose_session(session: &SessionStatus) -> Option<String> {
    let id = session.id.as_ref()?;
    Some(match &session.user {
        Some(user) => format!("session {id} of {user}"),
        None => format!("session {id}"),
    })
}

/// What it waits for before it runs, or is restarted.
pub(super) fn waits(service: &ServiceStatus) -> Vec<String> {
    let mut waits = Vec::new();
    if !service.waiting_on.is_empty() {
        waits.push(format!("waits for {}", service.waiting_on.join(", ")));
    }
    waits.extend(network_wait(service));
    waits
}

/// What a death is told to be of is shown while it is of interest.
fn why(death: &LastDeath) -> Option<String> {
    let verdict = death.verdict.as_ref()?;
    let doubt = match verdict.confidence.as_str() {
        "high" => "",
        "medium" => " (likely)",
        _ => " (perhaps)",
    };
    Some(format!("why: {}{doubt}", verdict.sentence))
}

fn notes(service: &ServiceStatus) -> Vec<String> {
    let mut notes = waits(service);
    notes.extend(service.session.as_ref().and_then(whose_session));
    notes.extend(service.next_retry.as_ref().map(next_retry));
    notes.extend(next_run(service));
    notes.extend(service.reason.clone());
    if let Some(death) = service
        .last_death
        .as_ref()
        .filter(|_| service.reason.is_none())
    {
        let ago = clock::now()
            .real
            .unix_nanos()
            .saturating_sub(death.at.0.unix_nanos());
        notes.push(format!(
            "last: {}, {} ago",
            death.exit.text,
            unit::duration(ago as f64 / 1e9)
        ));
        notes.extend(death.reached.iter().cloned());
    }
    notes.extend(service.last_death.as_ref().and_then(why));
    notes.extend(service.health.iter().flat_map(health));
    notes.extend(service.breaker.as_ref().and_then(breaker));
    notes.extend(service.sleep.as_ref().and_then(not_inhibited));
    if service.dropped_output_bytes > 0 {
        notes.push(format!(
            "{} of output lost",
            unit::size(service.dropped_output_bytes)
        ));
    }
    notes
}

/// What waits for the network: it, or a restart of what runs.
fn network_wait(service: &ServiceStatus) -> Option<String> {
    let left = unit::duration(service.network_wait_seconds?);
    Some(if service.state == ServiceState::Running {
        format!("is restarted when the network is there, in {left} at the latest")
    } else {
        format!("waits for the network, for {left} at most")
    })
}

/// What is not as it should be, and what it says of itself.
fn health(health: &HealthStatus) -> Vec<String> {
    let mut notes = Vec::new();
    let failure = health.last_failure.as_deref();
    match (health.ready, failure) {
        (false, None) => notes.push(format!(
            "not ready yet{}",
            match health.awaits.as_deref() {
                Some("notify") => ": it has not said so (READY=1)",
                Some("log") => ": it has not printed the line",
                Some("delay") => ": its delay is not over",
                _ => "",
            }
        )),
        (false, Some(seen)) => notes.push(format!("not ready yet: {seen}")),
        (true, Some(seen)) if health.failures > 0 => notes.push(format!(
            "does not answer well: {seen} ({} in a row)",
            health.failures
        )),
        (true, Some(seen)) => notes.push(format!("did not answer well: {seen}")),
        (true, None) => {}
    }
    notes.extend(health.hang.iter().filter_map(hang));
    notes.extend(health.activity.clone());
    notes.extend(health.busy.then(|| "busy".to_owned()));
    let status = health.status.as_ref();
    notes.extend(status.map(|text| format!("says: {text}")));
    notes
}

/// How often its health has failed, and what comes of it.
fn breaker(breaker: &BreakerStatus) -> Option<String> {
    if breaker.state == "closed" {
        return None;
    }
    let limit = breaker.limit.map(|limit| format!(" of {limit}"));
    let limit = limit.unwrap_or_default();
    let closes = breaker.closes_in_seconds.map(|seconds| {
        let time = unit::duration(seconds);
        format!(", closes in {time}")
    });
    let closes = closes.unwrap_or_default();
    Some(format!(
        "breaker {}: failure {}{limit}{closes}",
        breaker.state, breaker.openings
    ))
}

/// Half of its time without a sign of work is worth a word.
fn hang(hang: &HangStatus) -> Option<String> {
    let what = match hang.kind.as_str() {
        "silent" => "printed nothing",
        "spin" => "turned in circles",
        _ => "done nothing",
    };
    (hang.for_seconds * 2.0 >= hang.after_seconds).then(|| {
        let time = unit::duration(hang.for_seconds);
        format!("has {what} for {time}")
    })
}

/// What is not as the file wants it; `outlast sleep` tells the rest.
fn not_inhibited(sleep: &SleepStatus) -> Option<String> {
    let reason = sleep.reason.as_deref()?;
    Some(format!("the machine may sleep: {reason}"))
}

/// When it runs next, as the clock here will show it.
fn next_run(service: &ServiceStatus) -> Option<String> {
    let schedule = service.schedule.as_ref()?;
    if !schedule.in_force {
        let note = "its schedule is not in force until it is started";
        return service.enabled.then(|| note.to_owned());
    }
    let next = schedule.next?.0;
    Some(format!("next run at {}", minute(next, clock::now().real)))
}

fn next_retry(retry: &NextRetry) -> String {
    format!(
        "next start in {} (attempt {})",
        unit::duration(retry.in_seconds),
        retry.attempt
    )
}
