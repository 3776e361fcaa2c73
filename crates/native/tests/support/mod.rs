//! What several tests need.

pub(crate) mod expected;
pub(crate) mod rendered;
