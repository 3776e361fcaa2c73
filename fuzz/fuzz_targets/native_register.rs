//! Records of native services: what is understood is put on record as the same; removing it is worked out without fail.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use outlast_native::register::Register;
use outlast_native::{NativeName, Purge, Step, removal};

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let register = Register::at(folder.path().to_owned());
    let name = NativeName::new("shop").expect("a name");
    fs::write(register.path_of(&name), bytes).expect("written");
    let all = register.all().expect("the folder can be read");
    assert_eq!(all.len(), 1, "what is not understood is told, not left out");
    let Ok(Some(registration)) = register.get(&name) else {
        return;
    };
    let Step::File { path, text, .. } = register.record(&registration) else {
        panic!("a record is a file");
    };
    assert_eq!(
        path.parent(),
        Some(folder.path()),
        "no name leads out of the folder"
    );
    fs::write(register.path_of(&name), text).expect("written");
    assert_eq!(register.get(&name).ok(), Some(Some(registration.clone())));
    let kept = removal(&register, &registration, Purge::Keep);
    let removed = removal(&register, &registration, Purge::Remove);
    assert!(removed.starts_with(&kept), "a purge is a removal, and more");
});
