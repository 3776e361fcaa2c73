//! Windows programs on this machine, by Wine: a prefix of our own, and the runner that cargo calls.
//!
//! What Wine does differently, and why the prefix looks as it does, is in `docs/design/windows-tests.md`.

pub(crate) mod prefix;
pub(crate) mod runner;

pub(crate) use prefix::Prefix;

use crate::process::is_installed;

/// The C compiler for Windows, which also links Rust programs.
pub(crate) const COMPILER: &str = "x86_64-w64-mingw32-gcc";

/// Debian's packages with [`COMPILER`].
pub(crate) const COMPILER_PACKAGES: [&str; 1] = ["gcc-mingw-w64-x86-64"];

/// Debian's packages that make [`is_wine_installed`] true.
pub(crate) const PACKAGES: [&str; 2] = ["wine64", "wine"];

/// Whether Windows programs can be run here.
pub(crate) fn is_wine_installed() -> bool {
    ["wine", "wineboot", "wineserver"]
        .into_iter()
        .all(is_installed)
}
