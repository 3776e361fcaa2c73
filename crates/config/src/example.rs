//! The file that `outlast init` writes.

/// A commented starter file: valid as it is, with one service to edit. Lines
/// that begin with `#` and no space are keys to be switched on.
pub fn example() -> &'static str {
    include_str!("example.toml")
}
