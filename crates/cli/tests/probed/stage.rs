//! The services of all cells, in one file, and what has to be there for them.

use std::any::Any;
use std::fmt::Write as _;
use std::path::Path;

use outlast_testkit::hostile::{Habit, Server};
use outlast_testkit::victim_path;
use tempfile::TempDir;

use crate::guarded::toml;

/// What becomes of a service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// It is ready, and nothing fails.
    Works,
    /// It has run for so many seconds, ready, and nothing has failed.
    GoesOnFor(f64),
    /// It is not ready in time.
    NeverReady,
    /// It is stopped as it does not answer, or not well.
    NotAlive,
    /// Ready first, stopped then.
    FailsLater,
    /// Answers are bad and good again, and it is left alone.
    ComesAndGoes,
    /// Ready, and then silent for too long.
    Missed,
    /// It has ended by itself before it was ready.
    Ends,
}

impl Outcome {
    pub(crate) fn is_a_failure(self) -> bool {
        match self {
            Self::Works | Self::GoesOnFor(_) | Self::ComesAndGoes | Self::Ends => false,
            Self::NeverReady | Self::NotAlive | Self::FailsLater | Self::Missed => true,
        }
    }
}

/// A service that tries a cell.
#[derive(Debug)]
pub(crate) struct Tried {
    pub(crate) service: String,
    pub(crate) outcome: Outcome,
}

/// What a service is until its cell says otherwise.
const DEFAULTS: &str = "[defaults]\nrestart = \"never\"\nstop = \"kill\"\n";

/// Longer than anything takes.
const AMPLE: &str = "timeout = \"60s\"";
/// Enough for an answer that never comes.
const SHORT: &str = "timeout = \"2s\"";

pub(crate) struct Stage {
    folder: TempDir,
    file: String,
    tried: Vec<Tried>,
    held: Vec<Box<dyn Any>>,
    cell: String,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder can be made"),
            file: DEFAULTS.to_owned(),
            tried: Vec::new(),
            held: Vec::new(),
            cell: String::new(),
        }
    }

    /// Has `prepare` add the services of a cell.
    pub(crate) fn prepare(&mut self, cell: &str, prepare: fn(&mut Self)) {
        cell.clone_into(&mut self.cell);
        prepare(self);
    }

    pub(crate) fn tried(&self) -> &[Tried] {
        &self.tried
    }

    /// The folder with the file; what came of it; what has to be held until then.
    pub(crate) fn ready(self) -> (TempDir, Vec<Tried>, Vec<Box<dyn Any>>) {
        std::fs::write(self.path().join("outlast.toml"), &self.file).expect("it can be written");
        (self.folder, self.tried, self.held)
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Keeps `what` there until all is over.
    pub(crate) fn hold(&mut self, what: impl Any) {
        self.held.push(Box::new(what));
    }

    /// A server of this habit, at its address.
    pub(crate) fn server(&mut self, habit: Habit) -> String {
        let server = Server::start(habit);
        let address = server.address().to_string();
        self.hold(server);
        address
    }

    /// Somebody else is asked like this, all the time, and answers well.
    pub(crate) fn works(&mut self, question: &str) {
        let alive = alive(question, "timeout = \"10s\", failures = 2");
        let keys = format!("ready = {{ {question}, {AMPLE} }}\n{alive}");
        self.add(&hang(), &keys, Outcome::Works);
    }

    /// It is neither ready nor alive.
    pub(crate) fn fails(&mut self, question: &str) {
        let ready = format!("ready = {{ {question}, {SHORT} }}");
        self.add(&hang(), &ready, Outcome::NeverReady);
        let alive = alive(
            question,
            "timeout = \"300ms\", failures = 2, grace = \"0s\"",
        );
        self.add(&hang(), &alive, Outcome::NotAlive);
    }

    /// It answers well for a while.
    pub(crate) fn fails_later(&mut self, question: &str) {
        let alive = alive(question, "timeout = \"300ms\", failures = 2");
        let keys = format!("ready = {{ {question}, {AMPLE} }}\n{alive}");
        self.add(&hang(), &keys, Outcome::FailsLater);
    }

    /// It gives no answer that would say anything of it.
    pub(crate) fn is_left_alone(&mut self, question: &str) {
        let alive = alive(question, "failures = 2");
        let keys = format!("ready = {{ delay = \"100ms\" }}\n{alive}");
        self.add(&hang(), &keys, Outcome::Works);
    }

    /// It answers well and badly in turn.
    pub(crate) fn comes_and_goes(&mut self, question: &str) {
        let alive = alive(question, "timeout = \"10s\", failures = 1000");
        let keys = format!("ready = {{ {question}, {AMPLE} }}\n{alive}");
        self.add(&hang(), &keys, Outcome::ComesAndGoes);
    }

    /// It becomes ready by what it does itself, or not.
    pub(crate) fn runs(&mut self, command: &str, ready: &str, outcome: Outcome) {
        let timeout = if outcome == Outcome::NeverReady {
            SHORT
        } else {
            AMPLE
        };
        let keys = format!("ready = {{ {ready}, {timeout} }}");
        self.add(command, &keys, outcome);
    }

    /// It becomes ready when it has run for so long, or not.
    pub(crate) fn runs_for(&mut self, command: &str, delay: &str, outcome: Outcome) {
        let keys = format!("ready = {{ delay = \"{delay}\" }}");
        self.add(command, &keys, outcome);
    }

    /// It has to tell at least so often, and does so by these lines of Python.
    pub(crate) fn beats(&mut self, limit: &str, script: &str, outcome: Outcome) {
        let keys = format!("ready = \"notify\"\nwatchdog = \"{limit}\"");
        self.add(
            &told(&format!("tell(b'READY=1')\n{script}")),
            &keys,
            outcome,
        );
    }

    fn add(&mut self, command: &str, keys: &str, outcome: Outcome) {
        let service = format!("{}-{}", self.cell, self.tried.len());
        let written = write!(
            self.file,
            "\n[services.{service}]\ncommand = {command}\n{keys}\n"
        );
        written.expect("a string takes all");
        self.tried.push(Tried { service, outcome });
    }
}

fn alive(question: &str, limits: &str) -> String {
    format!("alive = {{ {question}, interval = \"100ms\", {limits} }}")
}

/// It runs, whoever is asked.
pub(crate) fn hang() -> String {
    format!("[{}, \"hang\"]", toml(victim_path()))
}

pub(crate) fn shell(script: &str) -> String {
    format!("[\"sh\", \"-c\", '''{script}''']")
}

pub(crate) fn python(script: &str) -> String {
    format!("[\"python3\", \"-c\", '''\n{script}\n''']")
}

/// Python that may `tell(BYTES)` its guardian; it runs on when `script` is through.
pub(crate) fn told(script: &str) -> String {
    python(&format!(
        "import os, socket, time\n\
         s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n\
         s.connect('\\0' + os.environ['NOTIFY_SOCKET'][1:])\n\
         tell = s.sendall\n\
         {script}\n\
         time.sleep(1000)"
    ))
}
