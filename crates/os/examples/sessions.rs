//! Prints which sessions there are and what happens to them, a line each. For each
//! line on its standard input, `ID USER`, it enters that session and prints what a
//! program of it would find.

use std::io;
use std::thread;

use outlast_model::MachineEvent;
use outlast_model::machine::{Presence, Session, SessionId};
use outlast_os::machine::{MachineEvents, News};
use outlast_os::session;

fn main() {
    thread::spawn(|| {
        io::stdin()
            .lines()
            .map_while(Result::ok)
            .for_each(|line| enter(&line));
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("a runtime can be made");
    runtime.block_on(async {
        let mut machine = MachineEvents::listen();
        loop {
            match machine.next().await {
                News::Event(MachineEvent::Session { session, change }) => {
                    println!("{} {}", session.id, change.word());
                }
                News::Event(_) => {}
                News::Sessions(present) => println!("sessions:{}", words(&present)),
            }
        }
    });
}

fn words(present: &[Presence]) -> String {
    let word = |presence: &Presence| {
        let user = presence.session.user.as_deref().unwrap_or("nobody");
        let active = if presence.is_active { " active" } else { "" };
        let local = if presence.is_local { " local" } else { "" };
        format!(" {} of {user}{active}{local};", presence.session.id)
    };
    present.iter().map(word).collect()
}

fn enter(line: &str) {
    let (id, user) = line.split_once(' ').unwrap_or((line, ""));
    let entered = session::enter(&Session {
        id: SessionId(id.to_owned()),
        user: Some(user.to_owned()),
    });
    match entered {
        Ok(logon) => {
            println!("entered as {}", logon.account().name());
            for (name, value) in logon.inherited().unwrap_or_default() {
                println!("{}={}", name.display(), value.display());
            }
            let names = logon.variables().into_iter().map(|(name, _)| name);
            let names: Vec<String> = names.map(|name| name.display().to_string()).collect();
            println!("needed: {}", names.join(" "));
        }
        Err(error) => println!("refused: {error}"),
    }
}
