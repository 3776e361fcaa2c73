//! The channels between services and what runs for them in sessions of users.
//!
//! They are made when the file is read, before anything of it is started, and not
//! at the start of a service: a channel outlives the instances at both ends.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use outlast_model::{Service, ServiceName};
use outlast_os::account::Account;
use outlast_os::channel::Channel;

/// Those of a guardian, by the service that listens.
#[derive(Debug, Default)]
pub(crate) struct Channels(BTreeMap<ServiceName, Made>);

#[derive(Clone, Debug)]
struct Made {
    /// Under which account the service listens.
    user: Option<String>,
    channel: Channel,
}

/// What has come of making channels.
#[derive(Debug, Default)]
pub(crate) struct Remade {
    channels: Channels,
    /// Which could not be made, and why.
    pub(crate) complaints: Vec<String>,
}

impl Channels {
    /// The channel at one of whose ends `service` is.
    pub(crate) fn of(&self, service: &Service) -> Option<&Channel> {
        let listener = service.channel.as_ref().unwrap_or(&service.name);
        self.0.get(listener).map(|made| &made.channel)
    }

    /// Takes the place of those before; gives those that nobody needs any more.
    pub(crate) fn replace(&mut self, remade: Remade) -> Vec<Channel> {
        let before = std::mem::replace(self, remade.channels);
        let left = before.0.into_iter();
        let left = left.filter(|(name, _)| !self.0.contains_key(name));
        left.map(|(_, made)| made.channel).collect()
    }

    /// Those for `services`, of which these are made already. Blocks as the file
    /// system and the directory of accounts do.
    pub(crate) fn remake<'a>(
        &self,
        services: impl Iterator<Item = &'a Service> + Clone,
        state_dir: &Path,
    ) -> Remade {
        let mut remade = Remade::default();
        for listener in listeners(services) {
            let name = &listener.name;
            let user = listener.user.clone();
            let kept = self.0.get(name).filter(|made| made.user == user);
            let made = match kept {
                Some(made) => Ok(made.channel.clone()),
                None => make(listener, state_dir),
            };
            match made {
                Ok(channel) => {
                    let made = Made { user, channel };
                    remade.channels.0.insert(name.clone(), made);
                }
                Err(why) => remade.complaints.push(format!(
                    "{name} cannot be given a channel to what runs in sessions: {why}"
                )),
            }
        }
        remade
    }

    /// For whoever makes others on a thread.
    pub(crate) fn known(&self) -> Self {
        Self(self.0.clone())
    }

    /// The guardian ends. Blocks as a file system does.
    pub(crate) fn remove(self) {
        for made in self.0.into_values() {
            // What is left is taken away when the next one is made.
            let _ = made.channel.remove();
        }
    }
}

/// Who is at the other end of a channel of one of `services`.
fn listeners<'a>(
    services: impl Iterator<Item = &'a Service> + Clone,
) -> impl Iterator<Item = &'a Service> {
    let named = services
        .clone()
        .filter_map(|service| service.channel.as_ref());
    let named: BTreeSet<&ServiceName> = named.collect();
    services.filter(move |service| named.contains(&service.name))
}

fn make(listener: &Service, state_dir: &Path) -> Result<Channel, String> {
    let account = listener.user.as_deref().map(Account::find);
    let account = account.transpose().map_err(|error| error.to_string())?;
    Channel::make(state_dir, &listener.name, account.as_ref()).map_err(|error| error.to_string())
}
