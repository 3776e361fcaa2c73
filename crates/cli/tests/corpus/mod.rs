//! Causes that are provoked for real, and what is found of them.

pub(crate) mod case;
pub(crate) mod score;
pub(crate) mod stage;
pub(crate) mod workshop;
