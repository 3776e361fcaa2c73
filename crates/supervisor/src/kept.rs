//! What is kept for a service from one instance to the next: the sockets at which
//! others find it, and what it gives to be kept.
//!
//! Sockets are opened by its start, on the main thread: no system waits in that.

use std::collections::HashMap;
use std::ffi::OsString;

use outlast_model::{InstanceId, Service, ServiceName, Socket as Definition, StartFailure};
use outlast_os::account::Account;
use outlast_os::process::Handed;
use outlast_os::socket::Socket;
use outlast_os::stored::Stored;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;

use crate::wake::Wake;

/// By service; only of those that have something.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    services: HashMap<ServiceName, KeptFor>,
    /// Of the last thing that was stored.
    number: u64,
}

/// What is kept for one service.
#[derive(Debug, Default)]
struct KeptFor {
    user: Option<String>,
    sockets: Vec<Opened>,
    /// As many may be stored.
    room: usize,
    stored: Vec<Store>,
    /// Whether somebody was told that there is too much, for this instance.
    is_told: bool,
}

/// Something that the service has stored.
#[derive(Debug)]
struct Store {
    number: u64,
    name: String,
    stored: Stored,
    _watch: Watching,
}

/// Waits for a hang-up until it is dropped.
#[derive(Debug)]
struct Watching(AbortHandle);

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What an instance wants to be kept, or not any more.
#[derive(Debug)]
pub(crate) struct Storing {
    /// Of which service.
    pub(crate) service: ServiceName,
    /// Which one.
    pub(crate) instance: InstanceId,
    /// What it calls it.
    pub(crate) name: String,
    /// What is to be kept; `None`: whatever is kept under that name is not.
    pub(crate) found: Option<Vec<Stored>>,
}

/// Nobody is at the other end any more of something that is kept.
#[derive(Debug)]
pub(crate) struct HungUp {
    service: ServiceName,
    number: u64,
}

#[derive(Debug)]
struct Opened {
    definition: Definition,
    socket: Socket,
}

impl Kept {
    /// Opens what `service` listens at and is not open yet, for the account `user`
    /// under which it runs, and closes what it does not listen at any more.
    ///
    /// # Errors
    /// Which one cannot be opened, and why. The others stay as they are.
    pub(crate) fn open(
        &mut self,
        service: &Service,
        user: Option<&Account>,
    ) -> Result<(), StartFailure> {
        if !service.is_kept_for() {
            self.close(&service.name);
            return Ok(());
        }
        let kept = self.services.entry(service.name.clone()).or_default();
        kept.leave_out(service);
        kept.is_told = false;
        for (index, definition) in service.listen.iter().enumerate() {
            let is_open = |opened: &Opened| opened.definition == *definition;
            match kept.sockets.iter().skip(index).position(is_open) {
                Some(found) => kept.sockets.swap(index, index + found),
                None => kept.sockets.insert(
                    index,
                    Opened {
                        socket: Socket::open(definition, user)?,
                        definition: definition.clone(),
                    },
                ),
            }
        }
        Ok(())
    }

    /// For a new instance of `service`, after [`open`](Self::open).
    pub(crate) fn hand(&self, service: &ServiceName) -> Vec<Handed<'_>> {
        let Some(kept) = self.services.get(service) else {
            return Vec::new();
        };
        let sockets = kept.sockets.iter().map(|opened| opened.socket.hand());
        let stored = kept.stored.iter().map(|store| store.stored.hand());
        sockets.chain(stored).collect()
    }

    /// The variables by which that finds them. `LISTEN_PID` comes with its number.
    pub(crate) fn variables(&self, service: &ServiceName) -> Vec<(OsString, OsString)> {
        let Some(kept) = self.services.get(service) else {
            return Vec::new();
        };
        let sockets = kept.sockets.iter().map(|it| it.definition.name.as_str());
        let stored = kept.stored.iter().map(|it| it.name.as_str());
        let names: Vec<&str> = sockets.chain(stored).collect();
        if names.is_empty() {
            return Vec::new();
        }
        vec![
            ("LISTEN_FDS".into(), names.len().to_string().into()),
            ("LISTEN_FDNAMES".into(), names.join(":").into()),
        ]
    }

    /// What the system calls those of `service`.
    pub(crate) fn inodes(&self, service: &ServiceName) -> Vec<u64> {
        let kept = self.services.get(service);
        let sockets = kept.into_iter().flat_map(|kept| &kept.sockets);
        sockets.filter_map(|opened| opened.socket.inode()).collect()
    }

    /// Keeps what an instance has given, or does not any more. What is kept already is
    /// not kept twice. Tells what it cannot keep, once for each instance.
    pub(crate) fn store(
        &mut self,
        storing: Storing,
        wakes: &UnboundedSender<Wake>,
    ) -> Option<String> {
        let Storing {
            service,
            name,
            found,
            ..
        } = storing;
        // It is about to stop: there is no next one.
        let kept = self.services.get_mut(&service)?;
        let Some(found) = found else {
            kept.stored.retain(|store| store.name != name);
            return None;
        };
        let mut lack = None;
        for stored in found {
            if kept
                .stored
                .iter()
                .any(|other| other.stored.is_same(&stored))
            {
                continue;
            }
            if kept.stored.len() >= kept.room {
                let is_told = std::mem::replace(&mut kept.is_told, true);
                lack = (!is_told).then(|| too_much(&service, kept.room));
                break;
            }
            self.number += 1;
            let hung_up = HungUp {
                service: service.clone(),
                number: self.number,
            };
            kept.stored.push(Store {
                number: self.number,
                name: name.clone(),
                _watch: watch(stored.clone(), hung_up, wakes.clone()),
                stored,
            });
        }
        lack
    }

    /// What nobody is at the other end of is of no use any more.
    pub(crate) fn hung_up(&mut self, hung_up: &HungUp) {
        if let Some(kept) = self.services.get_mut(&hung_up.service) {
            kept.stored.retain(|store| store.number != hung_up.number);
        }
    }

    /// Nobody is to find `service` any more.
    pub(crate) fn close(&mut self, service: &ServiceName) {
        self.services.remove(service);
    }
}

impl KeptFor {
    /// Closes what is defined in another way now. Under another account everything
    /// is: a file has an owner.
    fn leave_out(&mut self, service: &Service) {
        if self.user != service.user {
            self.sockets.clear();
            self.user.clone_from(&service.user);
        }
        self.room = usize::from(service.fd_store);
        self.stored.truncate(self.room);
        self.sockets
            .retain(|opened| service.listen.contains(&opened.definition));
    }
}

fn watch(stored: Stored, hung_up: HungUp, wakes: UnboundedSender<Wake>) -> Watching {
    let task = tokio::spawn(async move {
        stored.hung_up().await;
        // The dispatcher is gone only when the guardian has ended.
        let _ = wakes.send(Wake::HungUp(hung_up));
    });
    Watching(task.abort_handle())
}

fn too_much(service: &ServiceName, room: usize) -> String {
    format!(
        "{service} wants more to be kept than its `fd_store` allows ({room}): the rest is closed"
    )
}
