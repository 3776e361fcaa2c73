//! What is asked, and who answers.

pub(crate) mod asked;
pub(crate) mod servers;
pub(crate) mod stage;
pub(crate) mod table;
pub(crate) mod told;
