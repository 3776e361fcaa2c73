//! Files that cannot be used, and one that can.

use std::fs;
use std::path::Path;

use outlast_config::{Colour, Config, FileKind, Host, LoadError, MAX_FILE_SIZE, defaults, load};

fn load_path(path: &Path) -> Result<Config, LoadError> {
    let host = Host {
        stop: defaults::stop_sequence(&[]),
        reboot: vec!["restart-it".to_owned()],
        webhook: vec!["tell-it".to_owned()],
    };
    load(path, &host)
}

fn load_bytes(bytes: &[u8]) -> Result<Config, LoadError> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("outlast.toml");
    fs::write(&path, bytes).expect("a file can be written");
    load_path(&path)
}

#[test]
fn a_file_is_loaded_with_its_absolute_path() {
    let config = load_bytes(b"services.a.command = 'a'").expect("it is valid");
    assert!(config.path.is_absolute());
    assert_eq!(Some(config.services[0].dir.as_path()), config.path.parent());
}

#[test]
fn what_is_not_there_is_said() {
    let error = load_path(Path::new("/nowhere/outlast.toml")).expect_err("it is not there");
    assert!(matches!(error, LoadError::NotFound(_)));
    let shown = error.render(Colour::Off);
    assert!(
        shown.contains("/nowhere/outlast.toml") && shown.contains("help"),
        "{shown}"
    );
}

#[test]
fn a_folder_is_not_read() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let error = load_path(folder.path()).expect_err("it is a folder");
    let found = FileKind::Folder;
    assert!(matches!(error, LoadError::NotAFile { found: kind, .. } if kind == found));
}

#[test]
fn a_device_is_not_read() {
    let endless = Path::new("/dev/zero");
    if endless.exists() {
        let error = load_path(endless).expect_err("it is a device");
        let found = FileKind::Special;
        assert!(matches!(error, LoadError::NotAFile { found: kind, .. } if kind == found));
    }
}

#[test]
fn a_huge_file_is_not_read() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("outlast.toml");
    let file = fs::File::create(&path).expect("a file can be made");
    file.set_len(100 << 20).expect("it can be sparse");
    assert!(matches!(load_path(&path), Err(LoadError::TooLarge(_))));
    file.set_len(MAX_FILE_SIZE + 1).expect("it can be cut");
    assert!(matches!(load_path(&path), Err(LoadError::TooLarge(_))));
}

#[test]
fn an_empty_file_is_refused() {
    assert!(matches!(load_bytes(b""), Err(LoadError::Invalid(_))));
    assert!(matches!(
        load_bytes(b" \n# nothing\n"),
        Err(LoadError::Invalid(_))
    ));
}

#[test]
fn text_that_is_not_utf_8_is_shown_where_it_is_not() {
    let error = load_bytes(b"# ok\nname = 'caf\xe9'\n").expect_err("it is Latin-1");
    let LoadError::Invalid(diagnostics) = error else {
        panic!("{error}");
    };
    let first = diagnostics.iter().next().expect("there is one");
    let position = diagnostics.position(first);
    assert_eq!((position.line, position.column), (2, 12));
}

#[test]
fn utf_16_is_refused() {
    let text: Vec<u8> = "\u{feff}name = 'a'"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(matches!(load_bytes(&text), Err(LoadError::Invalid(_))));
}
