//! One connection, on which one thing at a time is asked.
//!
//! Whatever arrives is read in the order in which it came: a signal that comes
//! before an answer is kept until somebody wants to hear it. So the end of a job
//! cannot be missed, however early it is told.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;

use serde::Serialize;
use tokio::net::UnixStream;
use zbus::export::futures_core::Stream;
use zbus::message::{Message, Type};
use zbus::{DynamicType, MessageStream, ObjectPath, connection};

use super::super::{BusError, Whose, runtime_dir};
use super::{MANAGER, SYSTEMD, manager, odd};

/// What is called on whom.
pub(crate) struct Call<'a> {
    pub(crate) destination: &'a str,
    pub(crate) path: &'a str,
    pub(crate) interface: &'a str,
    pub(crate) method: &'a str,
}

pub(crate) struct Connection {
    connection: zbus::Connection,
    arriving: MessageStream,
    /// Signals that came before an answer.
    unheard: VecDeque<Message>,
}

impl Connection {
    /// To the bus that systemd is on.
    pub(super) async fn to_systemd(whose: Whose) -> Result<Self, BusError> {
        match whose {
            Whose::Machine => Self::to_the_bus().await,
            Whose::User => match users_bus().await {
                Some(stream) => Self::on(connection::Builder::unix_stream(stream)).await,
                None => Self::on(connection::Builder::session()).await,
            },
        }
    }

    /// To the machine's bus.
    pub(crate) async fn to_the_bus() -> Result<Self, BusError> {
        Self::on(connection::Builder::system()).await
    }

    async fn on(builder: connection::Builder<'_>) -> Result<Self, BusError> {
        let connection = builder.build().await.map_err(unreachable)?;
        Ok(Self {
            arriving: MessageStream::from(&connection),
            connection,
            unheard: VecDeque::new(),
        })
    }

    /// Calls `call` and gives the answer.
    pub(crate) async fn call<B>(&mut self, call: &Call<'_>, body: &B) -> Result<Message, BusError>
    where
        B: Serialize + DynamicType,
    {
        let message = Message::method_call(call.path, call.method)
            .destination(call.destination)
            .interface(call.interface)
            .build(body)
            .map_err(|error| odd(&error))?;
        let serial = message.header().primary().serial_num();
        self.connection.send(&message).await.map_err(unreachable)?;
        loop {
            let arrived = self.next().await?;
            if arrived.message_type() == Type::Signal {
                self.unheard.push_back(arrived);
            } else if arrived.header().reply_serial() != Some(serial) {
                // An answer that nobody waits for any more.
            } else if arrived.message_type() == Type::Error {
                return Err(refusal(&arrived));
            } else {
                return Ok(arrived);
            }
        }
    }

    /// Has signals come that fit `rule`.
    pub(crate) async fn hear(&mut self, rule: &str) -> Result<(), BusError> {
        let call = Call {
            destination: "org.freedesktop.DBus",
            path: "/org/freedesktop/DBus",
            interface: "org.freedesktop.DBus",
            method: "AddMatch",
        };
        self.call(&call, &(rule,)).await?;
        Ok(())
    }

    /// The next signal. Cancel-safe.
    pub(crate) async fn next_signal(&mut self) -> Result<Message, BusError> {
        loop {
            if let Some(signal) = self.unheard.pop_front() {
                return Ok(signal);
            }
            let arrived = self.next().await?;
            if arrived.message_type() == Type::Signal {
                return Ok(arrived);
            }
        }
    }

    /// Has systemd tell of jobs that end.
    pub(super) async fn hear_of_jobs(&mut self) -> Result<(), BusError> {
        let rule =
            format!("type='signal',sender='{SYSTEMD}',interface='{MANAGER}',member='JobRemoved'");
        self.hear(&rule).await?;
        self.call(&manager("Subscribe"), &()).await?;
        Ok(())
    }

    /// Waits for the end of `job`, and says how it ended.
    pub(super) async fn end_of_job(&mut self, job: &ObjectPath<'_>) -> Result<String, BusError> {
        loop {
            let signal = self.next_signal().await?;
            if let Some(result) = end_of(job, &signal) {
                return Ok(result);
            }
        }
    }

    async fn next(&mut self) -> Result<Message, BusError> {
        let arrived = poll_fn(|context| Pin::new(&mut self.arriving).poll_next(context)).await;
        match arrived {
            Some(message) => message.map_err(unreachable),
            None => Err(BusError::Unreachable(
                io::ErrorKind::ConnectionAborted.into(),
            )),
        }
    }
}

/// How `job` ended, if that is what `signal` tells.
fn end_of(job: &ObjectPath<'_>, signal: &Message) -> Option<String> {
    let header = signal.header();
    let is_end = header.interface()?.as_str() == MANAGER && header.member()? == "JobRemoved";
    if !is_end {
        return None;
    }
    let body = signal.body();
    let (_, ended, _, result): (u32, ObjectPath<'_>, &str, &str) = body.deserialize().ok()?;
    (ended == *job).then(|| result.to_owned())
}

/// A connection to this user's bus where it usually is, which is known without
/// any variable. Never blocks: where too many wait already, it fails.
async fn users_bus() -> Option<std::os::unix::net::UnixStream> {
    let path = runtime_dir()?.join("bus");
    UnixStream::connect(&path).await.ok()?.into_std().ok()
}

fn unreachable(error: zbus::Error) -> BusError {
    BusError::Unreachable(match error {
        zbus::Error::InputOutput(error) => io::Error::new(error.kind(), error),
        other => io::Error::other(other),
    })
}

fn refusal(message: &Message) -> BusError {
    let body = message.body();
    let text: Option<&str> = body.deserialize().ok();
    let name = message
        .header()
        .error_name()
        .map_or_else(String::new, |name| name.as_str().to_owned());
    BusError::Refused {
        text: text.unwrap_or(&name).to_owned(),
        name,
    }
}
