//! Arguments that are hard to pass on.

/// Arguments that a careless writer of Windows command lines spoils, and the
/// letters, patterns and options that a careless reader would take for more than
/// they are. None has a zero.
pub const HARD_ARGUMENTS: [&str; 29] = [
    "",
    " ",
    "\"",
    "\\",
    "\\\\",
    "a\\",
    "a b\\",
    "a b\\\\",
    "\\\"",
    "\\\\\"",
    "a\"b c\\",
    "ü ß",
    "\"\"",
    "'",
    "%PATH%",
    "%",
    "%%",
    "100 %",
    "\\%\\",
    "a%b c%d",
    "^&|<>",
    "^&|",
    "tab\there",
    "new\nline",
    "😀",
    "*.exe",
    "/c",
    "--",
    "a=b",
];
