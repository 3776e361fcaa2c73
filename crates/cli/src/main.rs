//! The command `outlast`.
//!
//! # Theory of operation
//!
//! One file a verb, in [`commands`]. A verb either becomes a guardian (`run`),
//! speaks to one over its control endpoint ([`connection`]), or reads files
//! (`logs` and `events` what guardians have written, `check` what the user has):
//! the latter work while no guardian runs. Which guardian is meant is found in
//! one place ([`at_hand`]).
//!
//! Data goes to standard output, everything else to standard error. Colour is an
//! extra: nothing is said by it alone ([`terminal`]). Every failure ends in one
//! [`failure::Failure`], which is told with its hint and becomes one of the
//! documented exit codes ([`exit_code`]).

mod args;
mod at_hand;
mod commands;
mod connection;
mod describe;
mod doctor;
mod elevation;
mod exit_code;
mod failure;
mod follow;
mod installation;
mod meant;
mod modes;
mod moment;
mod registered;
mod selftest;
mod table;
mod terminal;
mod unit;
mod why;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    if let Some(code) = outlast_os::host::run_helper(std::env::args_os().skip(1)) {
        return u8::try_from(code).unwrap_or(1).into();
    }
    let arguments = args::Arguments::parse();
    terminal::choose_colour(arguments.global.color);
    let offer = elevation::Offer::of(&arguments);
    let json = arguments.verb.is_json();
    let done = commands::perform(arguments).or_else(|failure| offer.instead_of(failure));
    match done {
        Ok(code) => code.into(),
        Err(failure) => failure.tell(json).into(),
    }
}
