//! Spelling arbitrary text so that a shell or an XML parser reads exactly that
//! text again: one function for each.

pub mod sh;
pub mod xml;
