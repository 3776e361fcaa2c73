//! One workload, once in the user's session and once as a native service: what
//! `outlast compare-modes` does.
//!
//! # Theory of operation
//!
//! A [`half`] is a process of the verb `__measure` that does what it is ordered to
//! ([`order`]), one order after the other: it [`workload`]s, [`tells`](telling) what it
//! got, [`attempts`] what is forbidden. One half is a child of this command, the other
//! one a native service that is there for so long ([`temporary`]). The [`experiment`]
//! gives both the same orders, in turns. What comes back is a [`document`].
//!
//! Everything after that is pure: [`statistics`] of the rounds, [`differences`] of
//! what was got with their [`reasons`], and the [`report`] of both.

pub(crate) mod document;
pub(crate) mod order;

pub(crate) mod attempts;
pub(crate) mod telling;
pub(crate) mod workload;

pub(crate) mod experiment;
pub(crate) mod half;
pub(crate) mod temporary;

mod alone;

pub(crate) mod differences;
pub(crate) mod measures;
pub(crate) mod reasons;
pub(crate) mod report;
mod search_path;
pub(crate) mod statistics;

#[cfg(test)]
mod samples;
