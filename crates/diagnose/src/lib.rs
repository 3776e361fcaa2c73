//! From the evidence of a death or a stall to a verdict.

pub mod text;
