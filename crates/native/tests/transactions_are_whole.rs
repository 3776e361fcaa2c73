//! An installation that is interrupted anywhere leaves the old state or the new
//! one.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use outlast_native::register::Register;
use outlast_native::transaction::{Exclusive, Failure, Host, is_half_done, recover, run};
use outlast_native::{Access, Error, Machine, NativeName, Step};
use outlast_os::access;
use tempfile::TempDir;

/// The machine, until a step that fails or that the process does not survive.
struct Interrupted {
    machine: Machine,
    steps_left: usize,
    how: How,
}

#[derive(Clone, Copy, PartialEq)]
enum How {
    /// The step fails and everything after it works.
    StepFails,
    /// The process dies before the step.
    DiesBefore,
    /// The process dies right after the step.
    DiesAfter,
}

impl Host for Interrupted {
    fn inverse(&self, step: &Step) -> Result<Vec<Step>, Error> {
        self.machine.inverse(step)
    }

    fn take(&mut self, step: &Step) -> Result<(), Error> {
        if self.steps_left > 0 {
            self.steps_left -= 1;
            return self.machine.take(step);
        }
        match self.how {
            How::StepFails => {
                self.steps_left = usize::MAX;
                Err(Error::System {
                    attempt: "take the step".to_owned(),
                    source: io::Error::other("it was to fail"),
                })
            }
            How::DiesBefore => panic!("the process dies"),
            How::DiesAfter => {
                self.machine.take(step).expect("it works");
                panic!("the process dies")
            }
        }
    }
}

/// A machine before an installation, with an older version of the same.
fn machine() -> TempDir {
    let root = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(root.path().join("etc/units/wants")).expect("folders");
    fs::write(root.path().join("etc/units/shop.service"), "old").expect("a file");
    fs::write(root.path().join("etc/units/shop.timer"), "gone").expect("a file");
    root
}

fn steps(root: &Path) -> Vec<Step> {
    let at = |path: &str| root.join(path);
    let text = |text: &str| text.to_owned();
    vec![
        Step::Dir {
            path: at("var/lib/outlast/shop"),
            access: Access {
                owner: None,
                mode: 0o700,
            },
        },
        Step::File {
            path: at("etc/units/shop.service"),
            text: text("new"),
            mode: 0o644,
        },
        Step::NoFile {
            path: at("etc/units/shop.timer"),
        },
        Step::File {
            path: at("etc/units/shop.d/limits"),
            text: text("one"),
            mode: 0o600,
        },
        Step::File {
            path: at("var/register/shop.json"),
            text: text("{}"),
            mode: 0o644,
        },
    ]
}

/// Every file and folder with its content, but for the register's own.
fn picture(root: &Path) -> BTreeMap<PathBuf, String> {
    fn add(path: &Path, picture: &mut BTreeMap<PathBuf, String>) {
        for entry in fs::read_dir(path).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.ends_with(".native") {
                continue;
            }
            if path.is_dir() {
                picture.insert(path.clone(), String::new());
                add(&path, picture);
            } else {
                let text = fs::read_to_string(&path).expect("text");
                picture.insert(path, text);
            }
        }
    }
    let mut found = BTreeMap::new();
    add(root, &mut found);
    found
}

fn install(root: &Path, steps_left: usize, how: How) -> Result<(), Failure> {
    let register = Register::at(root.join(".native"));
    let exclusive = Exclusive::acquire(&register).expect("nobody else");
    let mut host = Interrupted {
        machine: Machine,
        steps_left,
        how,
    };
    let name = NativeName::new("shop").expect("a name");
    run(&mut host, &register, &name, &steps(root), &exclusive)
}

fn next_command(root: &Path) -> bool {
    let register = Register::at(root.join(".native"));
    let exclusive = Exclusive::acquire(&register).expect("nobody else");
    let name = NativeName::new("shop").expect("a name");
    recover(&mut Machine, &register, &name, &exclusive).expect("it is taken back")
}

#[test]
fn a_step_that_fails_leaves_everything_as_it_was() {
    for failing in 0..5 {
        let root = machine();
        let before = picture(root.path());
        let failure = install(root.path(), failing, How::StepFails).expect_err("it fails");
        assert!(matches!(failure, Failure::TakenBack(_)), "{failure}");
        assert_eq!(picture(root.path()), before, "after step {failing} failed");
        assert!(!next_command(root.path()), "there is nothing left to do");
    }
}

#[test]
fn a_process_that_dies_at_any_step_leaves_the_old_state_to_the_next_command() {
    for how in [How::DiesBefore, How::DiesAfter] {
        for dying in 0..5 {
            let root = machine();
            let before = picture(root.path());
            let died = std::panic::catch_unwind(|| drop(install(root.path(), dying, how)));
            assert!(died.is_err());
            assert!(next_command(root.path()), "something was to be taken back");
            assert_eq!(
                picture(root.path()),
                before,
                "after it died at step {dying}"
            );
            assert!(!next_command(root.path()), "it was done once");
        }
    }
}

#[test]
fn a_process_that_dies_within_a_write_leaves_nothing_beside_the_file() {
    let root = tempfile::tempdir().expect("a folder");
    let register = Register::at(root.path().join(".native"));
    let name = NativeName::new("shop").expect("a name");
    let unit = root.path().join("shop.service");
    let list = access::unfinished(&register.dir().join("shop.undo"));
    fs::create_dir(register.dir()).expect("made");
    for torn in [&access::unfinished(&unit), &list] {
        fs::write(torn, "half").expect("written");
    }
    assert!(is_half_done(&register, &name), "the next command cares");
    next_command(root.path());
    Machine.take(&Step::NoFile { path: unit }).expect("taken");
    assert_eq!(picture(root.path()).len(), 0, "{:?}", picture(root.path()));
}

#[test]
fn a_line_that_was_torn_by_the_end_is_of_a_step_that_was_not_taken() {
    let root = machine();
    let before = picture(root.path());
    let died = std::panic::catch_unwind(|| drop(install(root.path(), 3, How::DiesAfter)));
    assert!(died.is_err());
    let undo = root.path().join(".native/shop.undo");
    let mut text = fs::read(&undo).expect("the list");
    text.extend_from_slice(b"[{\"file\":{\"path\":\"/etc/pas");
    fs::write(&undo, text).expect("it is written");
    assert!(next_command(root.path()));
    assert_eq!(picture(root.path()), before);
}

#[test]
fn a_folder_that_was_there_gets_its_mode_back() {
    let root = machine();
    let state = root.path().join("var/lib/outlast/shop");
    access::give_dir(&state, None, 0o750).expect("a folder");
    let before = access::mode_of(&state).expect("it is there");
    install(root.path(), 3, How::StepFails).expect_err("it fails");
    assert_eq!(access::mode_of(&state).expect("it is there"), before);
}

#[test]
fn one_that_comes_to_its_end_is_the_new_state() {
    let root = machine();
    install(root.path(), usize::MAX, How::StepFails).expect("it works");
    let after = picture(root.path());
    assert_eq!(after[&root.path().join("etc/units/shop.service")], "new");
    assert!(!after.contains_key(&root.path().join("etc/units/shop.timer")));
    assert!(!next_command(root.path()));
}
