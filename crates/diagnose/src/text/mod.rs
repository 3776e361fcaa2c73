//! What programs print when they die, understood by its structure.
//!
//! A line is first freed of what logging puts before it ([`message`]), then sorted by
//! who wrote it, so that two writers who interleave do not tear each other's words.
//! Each language then looks for its own blocks among the lines of one writer.

pub mod block;
pub mod line;

mod dotnet;
mod dotnet_host;
mod erlang;
mod go;
mod go_frames;
mod java;
mod java_machine;
mod json;
mod logfmt;
mod native;
mod node;
mod node_heap;
mod perl;
mod php;
mod prefix;
mod python;
mod python_fatal;
mod ruby;
mod rust;
mod rust_abort;
mod sanitizer;
mod stack;
mod stamp;
mod words;
mod writers;

pub use block::{Block, Fatality, Kind, Language, Named};
pub use line::{Level, Line, Message, message};
pub use writers::blocks;
