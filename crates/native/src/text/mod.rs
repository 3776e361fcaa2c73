//! Spelling arbitrary text so that a shell reads exactly that
//! text again: one function for each.

pub(crate) mod sh;
