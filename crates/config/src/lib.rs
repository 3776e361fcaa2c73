//! The user's file: from TOML text to the services of the model.
//!
//! # Theory of operation
//!
//! A file passes through four stages, and all of them report into one list, so
//! that a user sees every mistake of a file at once, in the order of the file:
//!
//! 1. [`load`] reads the file with a bound on its size; what is no readable
//!    text file ends here.
//! 2. `read` turns text into the types of `file`, which mirror what a user may
//!    write, key by key. Syntax errors, unknown keys and wrong types are found
//!    here. A broken file is read as far as it goes: the TOML parser recovers,
//!    and what it recovered is checked like the rest, except that nothing is
//!    called *missing* that a syntax error may have hidden.
//! 3. `resolve` merges a service's own keys over `[defaults]` and these over
//!    [`defaults`], checks keys against each other and dependencies against
//!    services, and builds [`outlast_model::Service`] values.
//! 4. [`Config::check_surroundings`] asks the caller about the machine (does
//!    the program exist, is the account known) and ties the answers to places
//!    in the file. This crate knows no operating system and makes no system
//!    call besides reading the file.
//!
//! The types of `file` are also what [`schema`] is generated from, so the
//! schema and the reader cannot disagree about a key; a test compares both, and
//! `docs/configuration.md`, with the keys the reader accepts.
//!
//! [`Diagnostic`] is data. Only `render` knows how it is drawn.

mod ad_hoc;
mod config;
mod cron;
pub mod defaults;
mod diagnostic;
mod duration;
mod edit;
mod example;
mod file;
mod line_pattern;
mod load;
pub mod native;
mod read;
mod render;
mod report;
mod resolve;
mod schema;
mod size;
mod source;
mod stop_timeout;
mod suggest;
mod surroundings;
pub mod webhook;
mod words;

pub use ad_hoc::{Watched, ad_hoc, ad_hoc_watching};
pub use config::{Config, Host, parse};
pub use cron::{InvalidCron, cron};
pub use diagnostic::{Diagnostic, Diagnostics, Label, Severity};
pub use duration::parse_duration;
pub use edit::{set_native, unset_native};
pub use example::example;
pub use line_pattern::LinePattern;
pub use load::{FileKind, LoadError, MAX_FILE_SIZE, load};
pub use render::Colour;
pub use schema::schema;
pub use source::{Position, Source, Span};
pub use stop_timeout::stop_timeout;
pub use surroundings::{Fault, Surroundings};
pub use words::{UnbalancedQuotes, join, split};
