//! What is kept for a service from one instance to the next: the sockets at which
//! others find it.
//!
//! They are opened by its start, on the main thread: no system waits in that.

use std::collections::HashMap;
use std::ffi::OsString;

use outlast_model::{Service, ServiceName, Socket as Definition, StartFailure};
use outlast_os::account::Account;
use outlast_os::process::Handed;
use outlast_os::socket::Socket;

/// By service; only of those that have something.
#[derive(Debug, Default)]
pub(crate) struct Kept(HashMap<ServiceName, KeptFor>);

/// What is kept for one service.
#[derive(Debug, Default)]
struct KeptFor {
    user: Option<String>,
    sockets: Vec<Opened>,
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
        if service.listen.is_empty() {
            self.close(&service.name);
            return Ok(());
        }
        let kept = self.0.entry(service.name.clone()).or_default();
        kept.leave_out(service);
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
        let kept = self.0.get(service);
        let sockets = kept.into_iter().flat_map(|kept| &kept.sockets);
        sockets.map(|opened| opened.socket.hand()).collect()
    }

    /// The variables by which that finds them. `LISTEN_PID` comes with its number.
    pub(crate) fn variables(&self, service: &ServiceName) -> Vec<(OsString, OsString)> {
        let Some(kept) = self.0.get(service) else {
            return Vec::new();
        };
        let names = kept.sockets.iter();
        let names: Vec<&str> = names.map(|it| it.definition.name.as_str()).collect();
        vec![
            ("LISTEN_FDS".into(), names.len().to_string().into()),
            ("LISTEN_FDNAMES".into(), names.join(":").into()),
        ]
    }

    /// What the system calls those of `service`.
    pub(crate) fn inodes(&self, service: &ServiceName) -> Vec<u64> {
        let kept = self.0.get(service);
        let sockets = kept.into_iter().flat_map(|kept| &kept.sockets);
        sockets.filter_map(|opened| opened.socket.inode()).collect()
    }

    /// Nobody is to find `service` any more.
    pub(crate) fn close(&mut self, service: &ServiceName) {
        self.0.remove(service);
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
        self.sockets
            .retain(|opened| service.listen.contains(&opened.definition));
    }
}
