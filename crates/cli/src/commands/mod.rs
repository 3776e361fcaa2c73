//! One file a verb.

mod awake;
mod check;
mod compare_modes;
mod completions;
mod config;
mod diagnose;
mod doctor;
mod events;
mod init;
mod install;
mod list;
mod logs;
mod measure;
mod reload;
mod restart;
mod run;
mod schema;
mod services;
mod sleep;
mod start;
mod status;
mod stop;
mod uninstall;
mod version;
mod watch;
mod webhook;
mod why;

mod change;
mod whole;

use crate::args::{Arguments, Verb};
use crate::exit_code::ExitCode;
use crate::failure::Failure;

pub(crate) use run::{guardian_name, load};

/// Does what the command line says.
pub(crate) fn perform(Arguments { global, verb }: Arguments) -> Result<ExitCode, Failure> {
    match verb {
        Verb::Run(arguments) => run::perform(arguments, &global),
        Verb::Install(arguments) => install::perform(&arguments, &global),
        Verb::Uninstall(arguments) => uninstall::perform(&arguments, &global),
        Verb::Config(arguments) => config::perform(&arguments.act, &global),
        Verb::List(arguments) => list::perform(&arguments),
        Verb::Status(arguments) => status::perform(&arguments, &global),
        Verb::Start(arguments) => start::perform(&arguments, &global),
        Verb::Stop(arguments) => stop::perform(&arguments, &global),
        Verb::Restart(arguments) => restart::perform(&arguments, &global),
        Verb::Reload(arguments) => reload::perform(&arguments, &global),
        Verb::Logs(arguments) => logs::perform(&arguments, &global),
        Verb::Events(arguments) => events::perform(&arguments, &global),
        Verb::Awake(arguments) => awake::perform(&arguments),
        Verb::Sleep(arguments) => sleep::perform(&arguments, &global),
        Verb::Watch(arguments) => watch::perform(arguments, &global),
        Verb::Check(arguments) => check::perform(&arguments, &global),
        Verb::Doctor(arguments) => doctor::perform(&arguments, &global),
        Verb::CompareModes(arguments) => compare_modes::perform(&arguments),
        Verb::Init(arguments) => init::perform(&arguments, &global),
        Verb::Schema => schema::perform(),
        Verb::Completions(arguments) => completions::perform(&arguments),
        Verb::Version(arguments) => version::perform(&arguments),
        Verb::Services => services::perform(&global),
        Verb::Why(arguments) => why::perform(&arguments, &global),
        Verb::Diagnose(arguments) => diagnose::perform(&arguments, &global),
        Verb::Webhook => webhook::perform(),
        Verb::Measure(arguments) => measure::perform(&arguments, &global),
    }
}
