//! A running half, as this command speaks to it.

use std::io;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use outlast_api::frame;
use outlast_os::circumstances;
use outlast_os::endpoint::{self, Connection};
use outlast_os::process::own_program;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::order::{Answer, LONGEST_ANSWER, LONGEST_ORDER, Order, encode, read_frame, write_frame};
use crate::exit_code::ExitCode;
use crate::failure::{Failure, with_causes};

/// No order takes a tenth of it on a machine that does anything else at all.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long a service may take until it listens, after its manager has started it.
const UNTIL_IT_LISTENS: Duration = Duration::from_secs(30);

/// A manager that is not told of readiness tells nobody else either, and no system
/// tells when a socket begins to listen. So it is tried again.
const TRY_AGAIN: Duration = Duration::from_millis(20);

/// Its manager may take a process to be asked, so that is done once in so many tries.
const TRIES: u32 = 25;

/// Somebody who does what it is ordered to.
pub(crate) struct Half {
    line: Line,
    /// For messages: "in the session", "as a service".
    place: &'static str,
}

enum Line {
    Child(Workload),
    Service(Connection),
}

/// The child and its pipes. Dropping it ends the child.
struct Workload {
    child: Child,
    orders: ChildStdin,
    answers: UnboundedReceiver<io::Result<Vec<u8>>>,
}

impl Drop for Workload {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Half {
    /// Starts a child of this process, which finds what this one has found.
    pub(crate) fn start_child() -> Result<Self, Failure> {
        let line = child().map_err(|error| Failure::of("start the workload", &error))?;
        Ok(Self {
            line: Line::Child(line),
            place: "in the session",
        })
    }

    /// Connects to the service that listens in `state_dir`. `look` says why it will
    /// never do so, if that is known.
    pub(crate) async fn of_service(
        state_dir: &Path,
        look: impl Fn() -> Option<String>,
    ) -> Result<Self, Failure> {
        let address = endpoint::address(state_dir);
        let begun = Instant::now();
        let mut tries = 0_u32;
        loop {
            tries += 1;
            let error = match endpoint::connect(&address).await {
                Ok(connection) => {
                    return Ok(Self {
                        line: Line::Service(connection),
                        place: "as a service",
                    });
                }
                Err(error) => error,
            };
            let has_ended = tries.is_multiple_of(TRIES).then(&look).flatten();
            let is_over = begun.elapsed() > UNTIL_IT_LISTENS || !may_come(&error);
            if is_over || has_ended.is_some() {
                let why = has_ended.unwrap_or_else(|| with_causes(&error));
                return Err(Failure::new(
                    ExitCode::Failed,
                    format!("cannot speak to the workload that was started as a service: {why}"),
                )
                .hint("its manager's log says what became of it"));
            }
            tokio::time::sleep(TRY_AGAIN).await;
        }
    }

    /// Gives an order; its answer has to be [awaited](Self::answer) before the next.
    pub(crate) async fn give(&mut self, order: &Order) -> Result<(), Failure> {
        let order = encode(order);
        let given = match &mut self.line {
            Line::Child(workload) => {
                write_frame(&mut workload.orders, &order).map_err(|error| with_causes(&error))
            }
            Line::Service(connection) => frame::write_frame(connection, &order, LONGEST_ORDER)
                .await
                .map_err(|error| with_causes(&error)),
        };
        given.map_err(|why| self.lost(&why))
    }

    /// What came of the order before.
    pub(crate) async fn answer(&mut self) -> Result<Answer, Failure> {
        let received = tokio::time::timeout(PATIENCE, receive(&mut self.line)).await;
        let frame = received.unwrap_or_else(|_| Err(format!("no answer in {PATIENCE:?}")));
        let answer = frame.and_then(|frame| {
            serde_json::from_slice(&frame).map_err(|error| format!("what it says is none: {error}"))
        });
        match answer.map_err(|why| self.lost(&why))? {
            Answer::Failed(why) => Err(self.lost(&why)),
            answer => Ok(answer),
        }
    }

    /// Both.
    pub(crate) async fn ask(&mut self, order: &Order) -> Result<Answer, Failure> {
        self.give(order).await?;
        self.answer().await
    }

    /// What was answered is no answer to what was asked.
    pub(crate) fn beside_the_point(&self) -> Failure {
        self.lost("it answers something else")
    }

    fn lost(&self, why: &str) -> Failure {
        Failure::new(
            ExitCode::Failed,
            format!("the workload {} cannot be measured: {why}", self.place),
        )
    }
}

async fn receive(line: &mut Line) -> Result<Vec<u8>, String> {
    let ended = || "it has ended".to_owned();
    match line {
        Line::Child(workload) => match workload.answers.recv().await {
            Some(frame) => frame.map_err(|error| with_causes(&error)),
            None => Err(ended()),
        },
        Line::Service(connection) => frame::read_frame(connection, LONGEST_ANSWER)
            .await
            .map_err(|error| with_causes(&error))?
            .ok_or_else(ended),
    }
}

fn may_come(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
    )
}

fn child() -> io::Result<Workload> {
    let mut command = Command::new(own_program()?);
    command.arg("__measure");
    if let Some(input) = circumstances::standard_input() {
        command.args(["--input", input]);
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (Some(orders), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    let (sender, answers) = unbounded_channel();
    thread::spawn(move || hand_on(output, &sender));
    Ok(Workload {
        child,
        orders,
        answers,
    })
}

/// Reads what the child answers, until it ends: no pipe of Windows can be waited for
/// together with anything else.
fn hand_on(mut output: ChildStdout, sender: &UnboundedSender<io::Result<Vec<u8>>>) {
    while let Some(frame) = read_frame(&mut output).transpose() {
        let is_last = frame.is_err();
        if sender.send(frame).is_err() || is_last {
            return;
        }
    }
}
