//! A command that asks: its exit code is the answer. It runs in a process tree
//! of its own, which is killed with the question.

use std::ffi::OsString;

use outlast_model::health::ProbeFailure;
use outlast_model::service::Command;
use outlast_model::{Exit, Service, StartFailure};
use outlast_os::account::Logon;
use outlast_os::process::{Output, Spawn, find_program};
use outlast_os::tree::Tree;

use super::question::bad;
use super::{Question, unknown};
use crate::environment;
use crate::logon::Place;
use crate::spawn::Order;

pub(super) async fn run(command: &Command, question: &Question) -> Result<(), ProbeFailure> {
    let service = &question.service;
    let Some(tree) = &question.own_tree else {
        return Err(unknown("its name is too long for a command".to_owned()));
    };
    let logon = log_on(service).await?;
    let whole = Killed(tree.clone());
    let process = start(command, (question, tree), logon.as_ref()).map_err(|failure| {
        // The service is not to blame for a command that cannot be run.
        unknown(format!("cannot run the command: {}", failure.message))
    })?;
    let (exit, _) = process.exited().await;
    drop(whole);
    if let Some(logon) = logon {
        logon.end().await;
    }
    match exit {
        Exit::Code(0) => Ok(()),
        Exit::Code(code) => Err(bad(format!("the command ended with {code}"))),
        Exit::Signal { number, .. } => Err(bad(format!("signal {number} ended the command"))),
        Exit::Unknown => Err(unknown("nobody knows how the command ended".to_owned())),
    }
}

/// It runs as the service does, and where. A directory of accounts may block.
async fn log_on(service: &Service) -> Result<Option<Logon>, ProbeFailure> {
    let Some(place) = Place::of(service) else {
        return Ok(None);
    };
    match tokio::task::spawn_blocking(move || place.log_on()).await {
        Ok(Ok(logon)) => Ok(Some(logon)),
        Ok(Err(failure)) => Err(unknown(format!("the command: {}", failure.message))),
        Err(error) => Err(unknown(format!("cannot look up its account: {error}"))),
    }
}

fn start(
    command: &Command,
    (question, tree): (&Question, &Tree),
    logon: Option<&Logon>,
) -> Result<outlast_os::tree::Process, StartFailure> {
    let service = &question.service;
    let variables = environment::build(Order {
        service,
        instance: question.instance,
        logon,
        channel: None,
        variables: &[],
        handed: &[],
    })?;
    let search_path = environment::value(&variables, "PATH");
    let program = find_program(&command.program, &service.dir, search_path)?;
    let arguments: Vec<OsString> = command.arguments.iter().map(Into::into).collect();
    tree.spawn(&Spawn {
        program: &program,
        arguments: &arguments,
        environment: &variables,
        dir: &service.dir,
        logon,
        sandbox: None,
        umask: service.umask,
        capabilities: service.capabilities,
        limits: &service.limits,
        stdout: Output::Null,
        stderr: Output::Null,
        handed: &[],
    })
}

/// Kills what is left in a tree when it is dropped: when the command has ended,
/// took too long, or nobody wants its answer.
struct Killed(Tree);

impl Drop for Killed {
    fn drop(&mut self) {
        // What survives is found by the next one, or by the next guardian.
        if !self.0.is_empty().unwrap_or(false) {
            let _ = self.0.kill();
        }
    }
}
