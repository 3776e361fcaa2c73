//! A service that counts, and tells the programs in users' sessions how far it
//! is. Its other half is `notifier.rs`; [outlast.toml](outlast.toml) guards both.
//!
//! It takes two commands from them: `pause` and `resume`.

use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use outlast::Context;
use outlast::channel::{self, Listener, ListenerEvent};

/// How long it takes to count one.
const ONE: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    outlast::service("worker").run_blocking(work)
}

#[expect(clippy::needless_pass_by_value, reason = "as `run_blocking` gives it")]
fn work(ctx: Context) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut listener = channel::listen()?;
    let mut counter = Counter::default();
    let mut due = Instant::now() + ONE;
    ctx.ready();
    while !ctx.is_stopping() {
        let left = due.saturating_duration_since(Instant::now());
        match listener.wait_timeout(left) {
            Some(event) => answer(event, &mut counter, &listener),
            None => {
                due = Instant::now() + ONE;
                if counter.count() {
                    tell_all(&listener, &counter);
                }
            }
        }
    }
    Ok(())
}

fn answer(event: ListenerEvent, counter: &mut Counter, listener: &Listener) {
    match event {
        ListenerEvent::Joined(peer) => {
            println!("user {} has joined", peer.user());
            let _ = peer.send(counter.state().as_bytes());
        }
        ListenerEvent::Message(peer, command) => {
            let command = String::from_utf8_lossy(&command);
            println!("user {} says {command}", peer.user());
            counter.obey(&command);
            tell_all(listener, counter);
        }
        ListenerEvent::Left(peer, why) => println!("user {} has left: {why}", peer.user()),
        ListenerEvent::Refused(refusal) => println!("refused: {refusal}"),
        ListenerEvent::Trouble(error) => eprintln!("the channel: {error}"),
        _ => {}
    }
}

/// Who does not read now is told the next number.
fn tell_all(listener: &Listener, counter: &Counter) {
    for peer in listener.peers() {
        let _ = peer.send(counter.state().as_bytes());
    }
}

#[derive(Default)]
struct Counter {
    number: u64,
    is_paused: bool,
}

impl Counter {
    /// Whether there is something new to tell.
    fn count(&mut self) -> bool {
        self.number += u64::from(!self.is_paused);
        !self.is_paused
    }

    fn obey(&mut self, command: &str) {
        match command {
            "pause" => self.is_paused = true,
            "resume" => self.is_paused = false,
            _ => {}
        }
    }

    fn state(&self) -> String {
        let how = if self.is_paused { "paused at" } else { "at" };
        format!("{how} {}", self.number)
    }
}
