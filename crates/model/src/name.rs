//! Names of services and guardians.
//!
//! A name becomes a folder, a control-group and part of a pipe's name, on file
//! systems that fold case and on Windows, so it is checked once, here, and is
//! safe everywhere afterwards.

use std::fmt;
use std::sync::Arc;

/// The longest name, in characters.
pub const MAX_NAME: usize = 64;

/// The name of a service: 1 to 64 of `A-Z a-z 0-9 . _ - @`, beginning with a
/// letter or digit, not ending with a dot, and no device name of Windows.
///
/// One with an `@` is that of a service in somebody's session
/// ([`in_session`](Self::in_session)); nobody can write it into a file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceName(Arc<str>);

/// The name of a guardian: 1 to 64 of `a-z 0-9 -`, beginning with a letter or
/// digit, and no device name of Windows.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GuardianName(Arc<str>);

/// Why a name was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidName {
    /// It has no characters.
    Empty,
    /// It has more than [`MAX_NAME`] characters.
    TooLong,
    /// This character may not stand there.
    Character(char),
    /// Windows reserves it for a device (`con`, `nul`, `com1`, …).
    Reserved,
}

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "it is empty"),
            Self::TooLong => write!(f, "it is longer than {MAX_NAME} characters"),
            Self::Character(c) => write!(f, "{c:?} may not stand there"),
            Self::Reserved => write!(f, "Windows reserves it for a device"),
        }
    }
}

impl std::error::Error for InvalidName {}

impl ServiceName {
    /// Checks `name`.
    ///
    /// # Errors
    /// Says what is wrong with it; see [`ServiceName`] for the rule.
    pub fn new(name: &str) -> Result<Self, InvalidName> {
        check(name, |c| {
            c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@')
        })?;
        if name.ends_with('.') {
            return Err(InvalidName::Character('.'));
        }
        Ok(Self(name.into()))
    }

    /// The name that a service called `of` has in a session of `user`, the
    /// `number`th of that user's, from 1: `tray@ann`, `tray@ann.2`. It is the user
    /// and not the session, since sessions have another number each time, and what
    /// a service prints is kept under its name. A domain is left out, what no name
    /// can have becomes `-`, and what is too long is cut.
    pub fn in_session(of: &Self, user: Option<&str>, number: u32) -> Self {
        let user = user.unwrap_or("unknown");
        let user = user.rsplit('\\').next().unwrap_or(user);
        let suffix = if number < 2 {
            String::new()
        } else {
            format!(".{number}")
        };
        let room = MAX_NAME.saturating_sub(of.0.len() + 1 + suffix.len());
        let user: String = user.chars().map(in_a_name).take(room).collect();
        let user = user.trim_end_matches('.');
        Self(format!("{of}@{user}{suffix}").into())
    }

    /// Whether it is that of a service in somebody's session.
    pub fn is_in_session(&self) -> bool {
        self.0.contains('@')
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const fn in_a_name(c: char) -> char {
    if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') {
        c
    } else {
        '-'
    }
}

impl GuardianName {
    /// Checks `name`.
    ///
    /// # Errors
    /// Says what is wrong with it; see [`GuardianName`] for the rule.
    pub fn new(name: &str) -> Result<Self, InvalidName> {
        check(name, |c| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
        })?;
        Ok(Self(name.into()))
    }

    /// The nearest valid name to `text`: lower case, other characters turned
    /// into `-`, and `outlast` when nothing is left.
    pub fn nearest(text: &str) -> Self {
        let mut name: String = text
            .chars()
            .map(|c| c.to_ascii_lowercase())
            .map(|c| {
                if c.is_ascii_lowercase() || c.is_ascii_digit() {
                    c
                } else {
                    '-'
                }
            })
            .take(MAX_NAME)
            .collect();
        name = name.trim_matches('-').to_owned();
        Self::new(&name).unwrap_or_else(|_| Self("outlast".into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check(name: &str, allowed: impl Fn(char) -> bool) -> Result<(), InvalidName> {
    let Some(first) = name.chars().next() else {
        return Err(InvalidName::Empty);
    };
    if !first.is_ascii_alphanumeric() {
        return Err(InvalidName::Character(first));
    }
    if let Some(bad) = name.chars().find(|&c| !allowed(c)) {
        return Err(InvalidName::Character(bad));
    }
    if name.len() > MAX_NAME {
        return Err(InvalidName::TooLong);
    }
    if is_windows_device(name) {
        return Err(InvalidName::Reserved);
    }
    Ok(())
}

/// "Naming Files, Paths, and Namespaces" in the Windows documentation: the
/// names are reserved with any extension and in any case.
fn is_windows_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
        || (stem.len() == 4
            && (stem.starts_with("com") || stem.starts_with("lpt"))
            && stem.ends_with(|c: char| c.is_ascii_digit()))
}

macro_rules! text_like {
    ($type:ty) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

text_like!(ServiceName);
text_like!(GuardianName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_are_accepted() {
        for name in [
            "api", "a", "Web-1", "s00001", "x.y_z", "0", "console", "com10",
        ] {
            assert!(ServiceName::new(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn names_that_could_leave_their_folder_are_refused() {
        for name in [
            "", "..", "../x", "a/b", "a\\b", "-x", ".hidden", "a.", "a b", "ä", "nul", "NUL.txt",
            "com1", "a\0",
        ] {
            assert!(ServiceName::new(name).is_err(), "{name:?}");
        }
        assert_eq!(ServiceName::new(&"x".repeat(65)), Err(InvalidName::TooLong));
    }

    #[test]
    fn a_folder_name_becomes_the_nearest_guardian_name() {
        assert_eq!(GuardianName::nearest("My Shop").as_str(), "my-shop");
        assert_eq!(GuardianName::nearest("--").as_str(), "outlast");
        assert_eq!(GuardianName::nearest("Änderung").as_str(), "nderung");
        assert_eq!(GuardianName::nearest("NUL").as_str(), "outlast");
    }
}
