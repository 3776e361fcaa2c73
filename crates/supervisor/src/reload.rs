//! Reading the file again, away from the loop.

use std::path::Path;

use outlast_api::v1::{ErrorBody, ErrorCode};
use outlast_config::{Colour, Severity};
use outlast_model::Service;
use outlast_os::account::Starter;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::channels::Channels;
use crate::guardian::{Identity, Source};
use crate::surroundings::ThisHost;
use crate::wake::{Loaded, ReloadAnswer, Wake};

/// Begins to read the guardian's file again, and to make the channels that it needs
/// beside the `channels` that there are; the outcome comes as
/// [`Wake::Loaded`]. A thread of its own reads it, because a file on a network
/// drive that does not answer must not hold up the loop.
pub(crate) fn begin(
    identity: &Identity,
    (channels, answer): (Channels, Option<oneshot::Sender<ReloadAnswer>>),
    wakes: &UnboundedSender<Wake>,
) {
    let path = match &identity.source {
        Source::File(path) => path.clone(),
        Source::AdHoc => {
            let services = Err(ErrorBody::new(
                ErrorCode::NotPossible,
                "this guardian has no file to reload",
            )
            .with_hint("it was started with a command: `outlast run -- CMD`"));
            let _ = wakes.send(Wake::Loaded(Loaded { services, answer }));
            return;
        }
    };
    let thread = std::thread::Builder::new().name("reload".to_owned());
    let spawned = thread.spawn({
        let wakes = wakes.clone();
        let state_dir = identity.state_dir.clone();
        move || {
            let services = load(&path).map(|services| {
                let channels = channels.remake(services.iter(), &state_dir);
                (services, channels)
            });
            let _ = wakes.send(Wake::Loaded(Loaded { services, answer }));
        }
    });
    if let Err(error) = spawned {
        // The answer went down with the closure: who asked sees a closed
        // connection.
        let services = Err(ErrorBody::new(
            ErrorCode::NotPossible,
            format!("cannot start a thread that reads the file: {error}"),
        ));
        let _ = wakes.send(Wake::Loaded(Loaded {
            services,
            answer: None,
        }));
    }
}

/// The services of the file at `path`, all of them usable: a reload is refused
/// as a whole, because what runs now is known to work.
fn load(path: &Path) -> Result<Vec<Service>, ErrorBody> {
    let refuse = |message: String| {
        ErrorBody::new(ErrorCode::BadConfiguration, message)
            .with_hint("nothing was changed; mend the file and reload again")
    };
    let config = outlast_config::load(path, &ThisHost::facts())
        .map_err(|error| refuse(error.render(Colour::Off)))?;
    let troubles: Vec<String> = config
        .check_surroundings(&ThisHost(Starter::ThisProcess))
        .iter()
        .filter(|(_, trouble)| trouble.severity == Severity::Error)
        .map(|(_, trouble)| config.source().render(trouble, Colour::Off))
        .collect();
    if troubles.is_empty() {
        return Ok(config.into_services());
    }
    Err(refuse(troubles.concat()))
}
