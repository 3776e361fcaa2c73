//! What keeps the machine from sleeping.

use serde::{Deserialize, Serialize};

/// Whether the machine may sleep while a service runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SleepStatus {
    /// The key of the file: `allow`, `inhibit`, `inhibit-on-ac`. That of the live
    /// instance may be an older one.
    pub policy: String,
    /// `busy`: only while it says that it is; absent: while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_while: Option<String>,
    /// How far the inhibitor has come.
    pub inhibitor: InhibitorState,
    /// Who keeps it: `logind`, `windows`, `macos`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What it prevents: `sleep` (that somebody or a program asks for), `idle`
    /// (the sleep of a machine that nobody uses), `suspension` (of the program
    /// alone).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prevents: Vec<String>,
    /// What was asked for as well and refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedInhibition>,
    /// Who, or what, has the machine sleep all the same: `administrator`,
    /// `person`, `lid`, `battery`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overridden_by: Vec<String>,
    /// Why there is none, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How far an inhibitor has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InhibitorState {
    /// None is to be held now.
    None,
    /// The operating system was asked and has not answered.
    Asked,
    /// It is held.
    Held,
    /// It was asked for and there is none.
    Denied,
    /// A state of a newer guardian.
    #[serde(other)]
    Unknown,
}

/// Something that an inhibitor was to prevent and does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedInhibition {
    /// Which, as in [`SleepStatus::prevents`].
    pub what: String,
    /// Why, in words.
    pub reason: String,
}
