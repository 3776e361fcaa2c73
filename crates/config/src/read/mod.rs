//! From text to the types of [`file`](crate::file).
//!
//! - `statement`: where statements begin and end
//! - `syntax`: what the TOML parser has to say
//! - `repair`: getting past syntax errors
//! - `from_toml`: the trait by which each type of `file` reads itself
//! - `fields`: the keys of one table, known and unknown
//! - `plain`: texts, numbers and lists
//! - `choice`: values that are one of several words

mod choice;
mod fields;
mod from_toml;
mod plain;
mod repair;
mod statement;
mod syntax;

pub(crate) use choice::{Choice, choice_schema};
pub(crate) use fields::{Fields, Keys};
pub(crate) use from_toml::{FromToml, Key, Place, kind, located, wrong_type};
pub(crate) use plain::{DurationText, Line, Size, Text};
pub(crate) use repair::repair;
