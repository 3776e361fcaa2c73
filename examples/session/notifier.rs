//! Runs in a user's session and prints what the service tells (`worker.rs`); a
//! window or a notification would stand in the place of `println!`.
//!
//! ```text
//! notifier           prints all of it
//! notifier COMMAND   has the service do that, and prints how it is then
//! ```

use std::error::Error;
use std::process::ExitCode;

use outlast::channel::{self, Connection, ConnectionEvent, OpenError};

fn main() -> ExitCode {
    let opened = channel::connect();
    match (opened, std::env::args().nth(1)) {
        (Err(error), _) => no_channel(&error),
        (Ok(connection), None) => print_all(connection),
        (Ok(connection), Some(command)) => order(connection, &command),
    }
}

fn no_channel(error: &OpenError) -> ExitCode {
    eprintln!("error: {error}");
    if let Some(cause) = error.source() {
        eprintln!("  because: {cause}");
    }
    ExitCode::FAILURE
}

fn print_all(mut connection: Connection) -> ! {
    loop {
        match connection.wait() {
            ConnectionEvent::Message(state) => println!("{}", String::from_utf8_lossy(&state)),
            ConnectionEvent::Disconnected(why) => println!("not connected: {why}"),
            _ => {}
        }
    }
}

/// The service tells how it is when somebody joins, and again when it has obeyed.
fn order(mut connection: Connection, command: &str) -> ExitCode {
    let mut is_sent = false;
    loop {
        match connection.wait() {
            ConnectionEvent::Connected => {}
            ConnectionEvent::Message(state) if is_sent => {
                println!("{}", String::from_utf8_lossy(&state));
                return ExitCode::SUCCESS;
            }
            ConnectionEvent::Message(_) if connection.send(command.as_bytes()).is_ok() => {
                is_sent = true;
            }
            ConnectionEvent::Disconnected(why) => {
                eprintln!("not connected: {why}");
                return ExitCode::FAILURE;
            }
            _ => {}
        }
    }
}
