//! One connection, on which one thing at a time is asked.
//!
//! Whatever arrives is read in the order in which it came, so that the end of a
//! job cannot be missed, however early it is told.

use std::collections::HashMap;
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
pub(super) struct Call<'a> {
    pub(super) destination: &'a str,
    pub(super) path: &'a str,
    pub(super) interface: &'a str,
    pub(super) method: &'a str,
}

pub(super) struct Connection {
    connection: zbus::Connection,
    arriving: MessageStream,
    /// How jobs ended whose start has not been answered yet.
    ended_jobs: HashMap<String, String>,
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
    pub(super) async fn to_the_bus() -> Result<Self, BusError> {
        Self::on(connection::Builder::system()).await
    }

    async fn on(builder: connection::Builder<'_>) -> Result<Self, BusError> {
        let connection = builder.build().await.map_err(unreachable)?;
        Ok(Self {
            arriving: MessageStream::from(&connection),
            connection,
            ended_jobs: HashMap::new(),
        })
    }

    /// Calls `call` and gives the answer.
    pub(super) async fn call<B>(&mut self, call: &Call<'_>, body: &B) -> Result<Message, BusError>
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
            if arrived.header().reply_serial() != Some(serial) {
                self.note(&arrived);
            } else if arrived.message_type() == Type::Error {
                return Err(refusal(&arrived));
            } else {
                return Ok(arrived);
            }
        }
    }

    /// Has systemd tell of jobs that end.
    pub(super) async fn hear_of_jobs(&mut self) -> Result<(), BusError> {
        let call = Call {
            destination: "org.freedesktop.DBus",
            path: "/org/freedesktop/DBus",
            interface: "org.freedesktop.DBus",
            method: "AddMatch",
        };
        let rule =
            format!("type='signal',sender='{SYSTEMD}',interface='{MANAGER}',member='JobRemoved'");
        self.call(&call, &(rule,)).await?;
        self.call(&manager("Subscribe"), &()).await?;
        Ok(())
    }

    /// Waits for the end of `job`, and says how it ended.
    pub(super) async fn end_of_job(&mut self, job: &ObjectPath<'_>) -> Result<String, BusError> {
        loop {
            if let Some(result) = self.ended_jobs.remove(job.as_str()) {
                return Ok(result);
            }
            let arrived = self.next().await?;
            self.note(&arrived);
        }
    }

    fn note(&mut self, arrived: &Message) {
        let header = arrived.header();
        let is_end = arrived.message_type() == Type::Signal
            && header
                .interface()
                .is_some_and(|name| name.as_str() == MANAGER)
            && header
                .member()
                .is_some_and(|name| name.as_str() == "JobRemoved");
        if !is_end {
            return;
        }
        let body = arrived.body();
        let told: zbus::Result<(u32, ObjectPath<'_>, &str, &str)> = body.deserialize();
        if let Ok((_, job, _, result)) = told {
            self.ended_jobs
                .insert(job.as_str().to_owned(), result.to_owned());
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
