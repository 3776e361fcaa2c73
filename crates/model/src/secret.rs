//! What a service has to know and nobody else.
//!
//! A definition says where a secret comes from and how it is handed over. Its
//! value is in no type of this crate, so that nothing that is printed, recorded or
//! sent can have it.

use std::path::PathBuf;

use crate::service::Command;

/// One secret of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Where its value comes from, anew for each start.
    pub source: SecretSource,
    /// How the program gets it.
    pub delivery: Delivery,
}

/// Where the value of a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// What is in this file; absolute.
    File(PathBuf),
    /// A variable of the guardian's own environment.
    Variable(String),
    /// What the operating system keeps under this name for the guardian's account.
    Keyring(String),
    /// What a program prints. It runs as the guardian does.
    Command {
        /// The program.
        command: Command,
        /// Where it runs; absolute. It is the file's folder and not the service's:
        /// what is found there is run by the guardian.
        dir: PathBuf,
    },
}

impl SecretSource {
    /// The key by which a file names it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Variable(_) => "env",
            Self::Keyring(_) => "keyring",
            Self::Command { .. } => "command",
        }
    }
}

/// How a program gets a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// In a file that nobody but its account can read.
    File,
    /// In a variable of its environment.
    Variable,
}
