//! Causes that are provoked for real, and what is found of them.

pub(crate) mod case;
pub(crate) mod score;
pub(crate) mod stage;
mod tools;
pub(crate) mod workshop;
