//! What programs print when they die, understood by its structure.

pub mod block;
pub mod line;

pub use block::{Block, Fatality, Kind, Language, Named};
pub use line::Line;
