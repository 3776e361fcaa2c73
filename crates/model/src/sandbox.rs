//! How far a service is shut off from the rest of the machine.

use std::path::PathBuf;

/// What a service may not do, and what it may all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sandbox {
    /// How tight it is.
    pub preset: Preset,
    /// What it may read although the preset hides it; absolute.
    pub read: Vec<PathBuf>,
    /// What it may change although the preset forbids it; absolute. Its own folder
    /// is always such a one.
    pub write: Vec<PathBuf>,
}

/// How tight a sandbox is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// There is none.
    #[default]
    Off,
    /// From what a service has no business with and will not miss.
    Default,
    /// From everything but what it is given.
    Strict,
}

impl Preset {
    /// Its name, as files have it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Default => "default",
            Self::Strict => "strict",
        }
    }
}
