//! Every file of `tests/messages` says what its `.txt` has: the `.toml` is
//! checked, and what a user would read is compared. `UPDATE_EXPECT=1` writes the
//! `.txt` files anew; read the difference before you keep it.

use std::fs;
use std::path::{Path, PathBuf};

use outlast_config::{Colour, Host, defaults, parse};
use outlast_model::Signal;
use outlast_model::service::Ask;

#[test]
fn every_broken_file_is_explained() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages");
    let mut failures = Vec::new();
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    files.sort();
    assert!(files.len() > 20, "the samples are there");
    for path in files {
        let text = fs::read_to_string(&path).expect("a sample can be read");
        if !is_as_expected(&path.with_extension("txt"), &rendered(&text)) {
            failures.push(path);
        }
    }
    assert!(
        failures.is_empty(),
        "other messages than expected: {failures:?}"
    );
}

fn rendered(text: &str) -> String {
    let host = Host {
        stop: defaults::stop_sequence(&[Ask::Signal(Signal::Term)]),
        reboot: vec!["restart-it".to_owned()],
        webhook: vec!["tell-it".to_owned()],
    };
    let diagnostics = match parse(text, Path::new("outlast.toml"), &host) {
        Ok(config) => config.warnings().clone(),
        Err(diagnostics) => diagnostics,
    };
    diagnostics.render(Colour::Off)
}

fn is_as_expected(path: &Path, actual: &str) -> bool {
    let expected = fs::read_to_string(path).unwrap_or_default();
    // A checkout on Windows may have turned the line ends.
    if expected.replace("\r\n", "\n") == actual {
        return true;
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(path, actual).expect("the sample can be written");
    }
    eprintln!("--- {}\n{actual}", path.display());
    false
}

#[test]
fn more_than_people_read_is_counted() {
    let text: String = (0..60)
        .map(|index| format!("[services.s{index}]\ncomand = 'x'\n"))
        .collect();
    let host = Host {
        stop: defaults::stop_sequence(&[]),
        reboot: vec!["restart-it".to_owned()],
        webhook: vec!["tell-it".to_owned()],
    };
    let diagnostics = parse(&text, Path::new("outlast.toml"), &host).expect_err("it is wrong");
    assert_eq!((diagnostics.iter().len(), diagnostics.omitted()), (50, 10));
    let lines: Vec<usize> = diagnostics
        .iter()
        .map(|diagnostic| diagnostics.position(diagnostic).line)
        .collect();
    assert!(lines.is_sorted() && lines[0] == 2, "the first come first");
}
