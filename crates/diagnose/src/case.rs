//! A case: all that is known of one incident.

use outlast_model::RealTime;
use serde::Deserialize;

use crate::sign::Sign;
use crate::text::Line;

/// All that is known of one incident.
#[derive(Clone, Debug)]
pub struct Case {
    /// Where it happened.
    pub platform: Platform,
    /// When; `None`: that is not known.
    pub at: Option<RealTime>,
    /// What was seen, besides output.
    pub signs: Vec<Sign>,
    /// The last that was printed, of both streams, oldest first.
    pub lines: Vec<Line>,
    /// Whether the lines are all there is: nobody saw how it ended, or whether it did.
    pub is_log_only: bool,
}

/// An operating system, as causes and remedies differ by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Linux.
    Linux,
    /// Windows.
    Windows,
    /// macOS.
    MacOs,
    /// FreeBSD.
    FreeBsd,
}

impl Platform {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Linux, Self::Windows, Self::MacOs, Self::FreeBsd];

    /// The one that [`std::env::consts::OS`] calls so.
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "linux" => Some(Self::Linux),
            "windows" => Some(Self::Windows),
            "macos" => Some(Self::MacOs),
            "freebsd" => Some(Self::FreeBsd),
            _ => None,
        }
    }
}
