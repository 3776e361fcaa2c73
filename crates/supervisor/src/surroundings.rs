//! This machine, as the configuration asks about it.

use std::path::{Path, PathBuf};

use outlast_config::{Fault, Host, Surroundings, defaults};
use outlast_model::hang::Hang;
use outlast_model::health::Probe;
use outlast_model::limits::{Capabilities, Limit};
use outlast_model::{Delivery, Limits, Sandbox, Secret, SecretSource, Service};
use outlast_os::account::{self, Account, Obstacle, Starter};
use outlast_os::process::{find_program, own_program, why_not_executable};
use outlast_os::{
    access, host, inhibit, limits, network, notify_socket, probe, sandbox, secret, session, socket,
    stored, tree,
};

use crate::environment;
use crate::schedule;

/// The machine that this process runs on, asked in the same way as a start
/// does, so that what is checked is what will happen when this one starts the
/// services.
#[derive(Clone, Copy, Debug)]
pub struct ThisHost(pub Starter);

/// What sends webhooks. TLS of our own would make the program a quarter larger.
pub const WEBHOOK_SENDER: &str = "curl";

/// How to get that.
pub const HOW_TO_GET_SENDER: &str = "install curl (Windows has it from 10 on), or write `on_failure.command` with a program that tells somebody";

/// The verb of the command line that has it send one.
pub const WEBHOOK_VERB: &str = "__webhook";

impl ThisHost {
    /// What the configuration has to know of it.
    pub fn facts() -> Host {
        Host {
            stop: host::default_stop(defaults::STOP_TIMEOUT),
            reboot: host::reboot_command(),
            webhook: webhook_command(),
        }
    }
}

/// This very program, which has a verb for that.
fn webhook_command() -> Vec<String> {
    let program = own_program().unwrap_or_else(|_| PathBuf::from("outlast"));
    let program = program.to_string_lossy().into_owned();
    vec![program, WEBHOOK_VERB.to_owned()]
}

impl Surroundings for ThisHost {
    fn program(&self, service: &Service) -> Result<(), Fault> {
        let search_path = environment::search_path(service);
        let program = &service.command.program;
        let found = find_program(program, &service.dir, search_path.as_deref()).map_err(|failure| Fault {
            reason: failure.message,
            hint: Some(
                "give the program's whole path, or a path from the service's `dir`; a bare name is looked for in PATH"
                    .to_owned(),
            ),
        })?;
        match why_not_executable(&found) {
            None => Ok(()),
            Some(reason) => Err(Fault {
                reason,
                hint: Some(format!(
                    "correct {}, or name the interpreter: command = [\"sh\", {program:?}, …]",
                    found.display()
                )),
            }),
        }
    }

    fn dir(&self, dir: &Path) -> Result<(), Fault> {
        let fault = |reason: String| Fault {
            reason,
            hint: Some(
                "make the folder, or correct `dir`; a relative one counts from the file's folder"
                    .to_owned(),
            ),
        };
        let found = std::fs::metadata(dir).map_err(|error| fault(error.to_string()))?;
        if found.is_dir() {
            Ok(())
        } else {
            Err(fault("it is not a folder".to_owned()))
        }
    }

    fn user(&self, user: &str) -> Result<(), Fault> {
        let account = Account::find(user).map_err(|error| Fault {
            reason: error.to_string(),
            hint: Some("name an account of this machine, or leave `user` out".to_owned()),
        })?;
        match account.obstacle(self.0) {
            None => Ok(()),
            Some(Obstacle { reason, hint }) => Err(Fault {
                reason: reason.to_owned(),
                hint: Some(hint.to_owned()),
            }),
        }
    }

    fn group(&self, group: &str) -> Result<(), Fault> {
        let fault = |reason: String, hint: &str| Fault {
            reason,
            hint: Some(hint.to_owned()),
        };
        match account::is_group(group) {
            Ok(true) if self.0 == Starter::NativeService || Account::is_privileged() => Ok(()),
            Ok(true) => Err(fault(
                "only root may run programs in another group".to_owned(),
                "run the guardian as root, or leave `group` out",
            )),
            Ok(false) => Err(fault(
                "there is no such group".to_owned(),
                "name a group of this machine, or leave `group` out",
            )),
            Err(error) => Err(fault(error.to_string(), "leave `group` out here")),
        }
    }

    fn capabilities(&self, capabilities: Capabilities) -> Result<(), Fault> {
        match limits::capabilities_obstacle(capabilities, self.0) {
            None => Ok(()),
            Some((reason, hint)) => Err(Fault {
                reason,
                hint: Some(hint.to_owned()),
            }),
        }
    }

    fn umask(&self) -> Result<(), Fault> {
        if limits::HAS_UMASK {
            return Ok(());
        }
        Err(Fault {
            reason: "new files have the rights of their folder here".to_owned(),
            hint: Some("leave it out; set the folder's rights".to_owned()),
        })
    }

    fn unenforced(&self, limits: &Limits) -> Vec<(Limit, Fault)> {
        let found = limits::unenforced(limits, self.0).into_iter();
        found
            .map(|one| {
                let fault = Fault {
                    reason: one.reason,
                    hint: Some(one.hint.to_owned()),
                };
                (one.limit, fault)
            })
            .collect()
    }

    fn env_file(&self, path: &Path) -> Result<(), Fault> {
        environment::check_file(path).map_err(|failure| Fault {
            reason: failure.message,
            hint: Some("it has lines of the form NAME=value".to_owned()),
        })
    }

    fn sandbox(&self, wanted: &Sandbox) -> Result<(), Fault> {
        if let Some(obstacle) = sandbox::obstacle() {
            return Err(Fault {
                reason: obstacle.reason,
                hint: Some(obstacle.hint.to_owned()),
            });
        }
        let mut named = wanted.read.iter().chain(&wanted.write);
        named.find(|path| !path.exists()).map_or(Ok(()), |path| {
            Err(Fault {
                reason: format!("{} does not exist", path.display()),
                hint: Some(
                    "make the folder; a relative one counts from the file's folder".to_owned(),
                ),
            })
        })
    }

    fn secret(&self, secret: &Secret) -> Result<(), Fault> {
        match &secret.source {
            SecretSource::File(path) => secret::check_file(path).map_err(|error| Fault {
                reason: format!("{}: {error}", path.display()),
                hint: Some("the guardian reads it, not the service".to_owned()),
            }),
            SecretSource::Keyring(_) if !secret::HAS_KEYRING => Err(Fault {
                reason: "this operating system's keyring is not read".to_owned(),
                hint: Some(
                    "have a command print it; on macOS: command = ['security', 'find-generic-password', '-w', '-s', 'NAME']"
                        .to_owned(),
                ),
            }),
            SecretSource::Command { command, dir } => {
                let search_path = std::env::var_os("PATH");
                find_program(&command.program, dir, search_path.as_deref())
                    .map(drop)
                    .map_err(|failure| Fault {
                        reason: failure.message,
                        hint: Some("it is looked for from the file's folder, and in the guardian's PATH".to_owned()),
                    })
            }
            SecretSource::Keyring(_) | SecretSource::Variable(_) => Ok(()),
        }
    }

    fn secrecy(&self, secret: &Secret) -> Result<(), Fault> {
        if let SecretSource::File(path) = &secret.source
            && access::mode_of(path).is_ok_and(|mode| mode & 0o004 != 0)
        {
            return Err(Fault {
                reason: format!("everybody can read {}", path.display()),
                hint: Some(format!("chmod 600 {}", path.display())),
            });
        }
        let on_disk = secret::kept_on_disk().filter(|_| secret.delivery == Delivery::File);
        on_disk.map_or(Ok(()), |place| {
            Err(Fault {
                reason: format!(
                    "{} is on a disk, which may keep what was removed",
                    place.display()
                ),
                hint: Some("mount a tmpfs at /run".to_owned()),
            })
        })
    }

    fn webhooks(&self) -> Result<(), Fault> {
        let search_path = std::env::var_os("PATH");
        find_program(WEBHOOK_SENDER, Path::new("/"), search_path.as_deref())
            .map(drop)
            .map_err(|failure| Fault {
                reason: failure.message,
                hint: Some(HOW_TO_GET_SENDER.to_owned()),
            })
    }

    fn reload(&self) -> Result<(), Fault> {
        if host::can_tell_to_reload() {
            return Ok(());
        }
        Err(Fault {
            reason: "this operating system has no such signal".to_owned(),
            hint: Some("restart it, or run a command that tells it".to_owned()),
        })
    }

    fn notices(&self) -> Result<(), Fault> {
        if notify_socket::IS_SUPPORTED {
            return Ok(());
        }
        Err(Fault {
            reason: "only Linux and Windows say who has sent such a message".to_owned(),
            hint: Some(
                "leave `watchdog` and `notify` out; for `ready`, write http, tcp, exec or delay"
                    .to_owned(),
            ),
        })
    }

    fn sockets(&self) -> Result<(), Fault> {
        if socket::IS_SUPPORTED {
            return Ok(());
        }
        Err(Fault {
            reason: "Windows hands no sockets to programs in a way that they know".to_owned(),
            hint: Some("leave `listen` out, and let the program open its own".to_owned()),
        })
    }

    fn stores(&self) -> Result<(), Fault> {
        if stored::IS_SUPPORTED {
            return Ok(());
        }
        Err(Fault {
            reason: "only Linux lets a program pass what it has open to its guardian".to_owned(),
            hint: Some("leave `fd_store` out".to_owned()),
        })
    }

    fn probe(&self, kind: &Probe) -> Result<(), Fault> {
        let (is_possible, reason) = match kind {
            Probe::Unix(_) => (
                probe::HAS_UNIX_SOCKETS,
                "this operating system has no such sockets that can be waited for",
            ),
            Probe::Port => (
                probe::KNOWS_LISTENERS,
                "this operating system is not asked who listens",
            ),
            Probe::Http(_) | Probe::Tcp(_) | Probe::Exec(_) | Probe::File(_) => return Ok(()),
        };
        if is_possible {
            return Ok(());
        }
        Err(Fault {
            reason: reason.to_owned(),
            hint: Some("write http, tcp or exec".to_owned()),
        })
    }

    fn hang(&self, hang: Hang) -> Result<(), Fault> {
        if tree::tells_hang(hang) {
            return Ok(());
        }
        Err(Fault {
            reason: "this operating system does not tell what a process has read and written"
                .to_owned(),
            hint: Some(
                "leave it out; `hang.silent`, `alive` and `watchdog` are other ways".to_owned(),
            ),
        })
    }

    fn inhibitor(&self) -> Result<(), Fault> {
        inhibit::check().map_err(|denied| Fault {
            reason: denied.reason,
            hint: Some("the service runs all the same; leave `sleep` out".to_owned()),
        })
    }

    fn full_speed(&self) -> Result<(), Fault> {
        tree::can_be_kept_at_full_speed().map_err(|_| Fault {
            reason: "this operating system lets only the program itself ask for that".to_owned(),
            hint: Some("the service runs all the same; leave `throttle` out".to_owned()),
        })
    }

    fn network(&self) -> Result<(), Fault> {
        if network::IS_TOLD {
            return Ok(());
        }
        Err(Fault {
            reason: "this operating system does not tell how its network is".to_owned(),
            hint: Some(
                "the service is started at once; native.network = \"online\" has the native manager wait, as far as it can"
                    .to_owned(),
            ),
        })
    }

    fn zone(&self, name: &str) -> Result<(), Fault> {
        schedule::time_zone(Some(name))
            .map(drop)
            .map_err(|reason| Fault {
                reason,
                hint: Some("write for example \"Europe/Berlin\" or \"UTC\"".to_owned()),
            })
    }

    fn sessions(&self) -> Result<(), Fault> {
        match session::obstacle(self.0) {
            None => Ok(()),
            Some(Obstacle { reason, hint }) => Err(Fault {
                reason: reason.to_owned(),
                hint: Some(hint.to_owned()),
            }),
        }
    }
}
