//! The list of inverses that a command has left behind: only whole lines are carried out, the last first.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use outlast_native::register::Register;
use outlast_native::transaction::{Exclusive, Host, is_half_done, recover};
use outlast_native::{Error, NativeName, Step};

/// A machine to which nothing happens.
#[derive(Default)]
struct Noted(Vec<Step>);

impl Host for Noted {
    fn inverse(&self, _: &Step) -> Result<Vec<Step>, Error> {
        Ok(Vec::new())
    }

    fn take(&mut self, step: &Step) -> Result<(), Error> {
        self.0.push(step.clone());
        Ok(())
    }
}

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let register = Register::at(folder.path().join("register"));
    let name = NativeName::new("shop").expect("a name");
    let exclusive = Exclusive::acquire(&register).expect("nobody else has it");
    let path = register.path_of(&name).with_extension("undo");
    fs::write(&path, bytes).expect("written");
    let mut host = Noted::default();
    let recovered = recover(&mut host, &register, &name, &exclusive);
    match recovered {
        Ok(was_something) => {
            assert!(!is_half_done(&register, &name), "the list is done with");
            assert_eq!(host.0, expected(bytes));
            assert_eq!(was_something, bytes.contains(&b'\n'));
        }
        Err(_) => {
            assert!(
                host.0.is_empty(),
                "nothing is done by a list that is not understood"
            );
            assert_eq!(fs::read(&path).expect("it is kept"), bytes);
        }
    }
});

fn expected(bytes: &[u8]) -> Vec<Step> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
    let lines = bytes[..whole].split(|byte| *byte == b'\n').rev();
    lines
        .filter(|line| !line.is_empty() || whole > 0)
        .flat_map(|line| serde_json::from_slice::<Vec<Step>>(line).expect("all were understood"))
        .collect()
}
