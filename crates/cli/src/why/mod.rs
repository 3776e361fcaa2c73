//! Why something ended: from what is left of it to a case for `outlast-diagnose`, and
//! from its verdict to a report.
//!
//! [`incident`] finds in the journal what there is to ask about. [`story`] makes signs of
//! what the journal has around it, [`output`] fetches what was printed, and [`sight`]
//! looks at what the machine still shows. [`case`] puts them together, for the guardian's
//! `__diagnose` as for `outlast why`, which needs it only where there is no verdict yet.

mod case;
mod incident;
mod output;
mod report;
mod sight;
mod story;
mod windows_log;

pub(crate) use case::{diagnose, log_case, table};
pub(crate) use incident::{Finder, Incident};
pub(crate) use report::{Report, markdown, text};
pub(crate) use windows_log::signs as event_signs;
