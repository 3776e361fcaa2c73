//! Text that is compared with a file beside the tests.

use std::env;
use std::fs;
use std::path::Path;

/// Fails when `actual` is not what the file says; with `OUTLAST_UPDATE_EXPECTED`
/// in the environment, writes the file.
pub(crate) fn check(file: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(file);
    if env::var_os("OUTLAST_UPDATE_EXPECTED").is_some() {
        fs::write(&path, actual).expect("the folder is there");
        return;
    }
    let expected = fs::read_to_string(&path).expect("it is there");
    // Git may have changed line ends on Windows.
    let expected = expected.replace("\r\n", "\n");
    assert_eq!(actual, expected, "{file}");
}
