//! Builds the programs of the corpus with what is installed here.

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use super::tools::{postgres, python, tools};

/// Where the sources are.
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/programs");

/// What was built, and what it is called in `cases.toml`.
pub(crate) struct Workshop {
    folder: TempDir,
    /// What `$name` stands for.
    pub(crate) names: BTreeMap<String, String>,
    /// What cases may take.
    tools: Vec<&'static str>,
}

impl Workshop {
    /// Builds all that can be built here.
    pub(crate) fn set_up() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        // Others than root run programs that lie there.
        open(folder.path(), 0o755);
        let sources = folder.path().join("programs");
        copy_all(Path::new(SOURCES), &sources);
        let mut workshop = Self {
            names: BTreeMap::new(),
            tools: tools(),
            folder,
        };
        workshop.name("programs", &sources);
        workshop.names.insert("python".to_owned(), python().into());
        if let Some(postgres) = postgres() {
            workshop.tools.push("postgres");
            workshop.name("postgres", &postgres);
        }
        workshop.build();
        workshop.files();
        workshop
    }

    /// The folder in which the programs run.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What `case` takes and is not here.
    pub(crate) fn missing<'a>(&self, wanted: &'a [String]) -> Option<&'a str> {
        let mut wanted = wanted.iter().map(String::as_str);
        wanted.find(|tool| !self.tools.contains(tool))
    }

    fn name(&mut self, name: &str, path: &Path) {
        let path = path.to_str().expect("test paths are Unicode").to_owned();
        self.names.insert(name.to_owned(), path);
    }

    /// Runs a compiler in the folder, if it is installed; what it makes is called `name`.
    fn make(&mut self, name: &str, words: &[&str]) {
        if self.tools.contains(&words[0]) {
            let made = self.folder.path().join(name);
            let output = ["-o", made.to_str().expect("test paths are Unicode")];
            let words = [words[0], words[1]]
                .into_iter()
                .filter(|word| !word.is_empty())
                .chain(output)
                .chain(words[2..].iter().copied());
            run(&words.collect::<Vec<_>>(), self.folder.path());
            self.name(name, &made);
        }
    }

    fn build(&mut self) {
        self.make(
            "ledger",
            &[
                "gcc",
                "-g",
                "-pthread",
                "-fstack-protector-all",
                "-w",
                "programs/ledger.c",
            ],
        );
        self.make(
            "ledger_cpp",
            &["g++", "-g", "-pthread", "-w", "programs/ledger.cpp"],
        );
        if self.tools.contains(&"asan") {
            self.make(
                "ledger_asan",
                &[
                    "gcc",
                    "-fsanitize=address",
                    "-g",
                    "-pthread",
                    "-w",
                    "programs/ledger.c",
                ],
            );
            self.make(
                "ledger_ubsan",
                &[
                    "gcc",
                    "-fsanitize=undefined",
                    "-fno-sanitize-recover=all",
                    "-g",
                    "-pthread",
                    "-w",
                    "programs/ledger.c",
                ],
            );
        }
        self.make(
            "ferry",
            &["rustc", "-g", "--edition=2021", "programs/ferry.rs"],
        );
        self.make(
            "ferry_abort",
            &[
                "rustc",
                "-g",
                "-Cpanic=abort",
                "--edition=2021",
                "programs/ferry.rs",
            ],
        );
        self.make("depot", &["go", "build", "programs/depot.go"]);
        self.java();
        self.libraries();
    }

    fn java(&mut self) {
        if !self.tools.contains(&"java") {
            return;
        }
        run(
            &["javac", "-g", "-d", "classes", "programs/Mill.java"],
            self.path(),
        );
        let (classes, newer) = (self.path().join("classes"), self.path().join("newer"));
        copy_all(&classes, &newer);
        // The version of the format stands in the seventh and eighth byte.
        let class = newer.join("Mill.class");
        let mut bytes = std::fs::read(&class).expect("it was compiled");
        bytes[6..8].copy_from_slice(&200_u16.to_be_bytes());
        std::fs::write(class, bytes).expect("it can be written");
        self.name("classes", &classes);
        self.name("newer", &newer);
    }

    /// Programs whose library goes away, or becomes an older one, after they were built.
    fn libraries(&self) {
        if !self.tools.contains(&"gcc") {
            return;
        }
        let files = self.path().join("files");
        std::fs::create_dir_all(&files).expect("a folder can be made");
        let write = |name: &str, text: &str| {
            std::fs::write(files.join(name), text).expect("it can be written");
        };
        write("tally.c", "int tally(void) { return 3; }\n");
        write("other.c", "int other(void) { return 3; }\n");
        write(
            "uses.c",
            "int tally(void); int main(void) { return tally(); }\n",
        );
        write("two.map", "TALLY_2.0 { global: *; };\n");
        write("one.map", "TALLY_1.0 { global: *; };\n");
        let library = |name: &str, rest: &[&str]| {
            let soname = format!("-Wl,-soname,{name}");
            let words = ["gcc", "-shared", "-fPIC", &soname, "-o", name];
            run(&[&words, rest].concat(), &files);
        };
        let program = |name: &str, library: &str| {
            let own = "-Wl,-rpath,$ORIGIN";
            run(&["gcc", "-o", name, "uses.c", library, own], &files);
        };
        library("libtally-gone.so.1", &["tally.c"]);
        program("lacks-library", "libtally-gone.so.1");
        std::fs::remove_file(files.join("libtally-gone.so.1")).expect("it is there");
        library("libtally-old.so.1", &["tally.c"]);
        program("lacks-symbol", "libtally-old.so.1");
        library("libtally-old.so.1", &["other.c"]);
        library(
            "libtally-two.so.1",
            &["tally.c", "-Wl,--version-script=two.map"],
        );
        program("lacks-version", "libtally-two.so.1");
        library(
            "libtally-two.so.1",
            &["tally.c", "-Wl,--version-script=one.map"],
        );
    }

    /// Files that are no programs, or not for here.
    fn files(&mut self) {
        let files = self.path().join("files");
        std::fs::create_dir_all(&files).expect("a folder can be made");
        let write = |name: &str, bytes: &[u8], mode: u32| {
            let path = files.join(name);
            std::fs::write(&path, bytes).expect("it can be written");
            open(&path, mode);
        };
        write("plain.sh", b"#!/bin/sh\necho hello\n", 0o644);
        write(
            "no-interpreter.py",
            b"#!/opt/no/such/python3.9\nprint(1)\n",
            0o755,
        );
        write("carriage-return.sh", b"#!/bin/sh\r\necho hello\r\n", 0o755);
        write("no-format", b"echo hello\n", 0o755);
        write("empty", b"", 0o755);
        write("for-arm", &elf_for_arm(), 0o755);
        write(
            "redis.conf",
            b"port 0\nmaxmemory-policies allkeys-lru\n",
            0o644,
        );
        write("nginx.conf", b"events {}\nhttp { servers { } }\n", 0o644);
        self.name("files", &files);
    }
}

/// The head of a program for 64-bit ARM, with one part that is loaded.
fn elf_for_arm() -> Vec<u8> {
    const MACHINE: u16 = 183;
    let mut bytes = vec![0_u8; 64 + 56];
    bytes[..8].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1, 0]);
    bytes[16..18].copy_from_slice(&2_u16.to_le_bytes());
    bytes[18..20].copy_from_slice(&MACHINE.to_le_bytes());
    bytes[20..24].copy_from_slice(&1_u32.to_le_bytes());
    bytes[32..40].copy_from_slice(&64_u64.to_le_bytes());
    bytes[52..54].copy_from_slice(&64_u16.to_le_bytes());
    bytes[54..56].copy_from_slice(&56_u16.to_le_bytes());
    bytes[56..58].copy_from_slice(&1_u16.to_le_bytes());
    bytes[64..68].copy_from_slice(&1_u32.to_le_bytes());
    bytes
}

fn run(words: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir(folder);
    // With C in it, Go's run-time does not notice that all of it waits.
    command.env("CGO_ENABLED", "0").env("GO111MODULE", "off");
    let output = command.output().expect("it can be run");
    assert!(output.status.success(), "{words:?}: {output:?}");
    output
}

fn open(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
}

/// Copies the files of a folder, and no folder in it.
fn copy_all(from: &Path, into: &Path) {
    std::fs::create_dir_all(into).expect("a folder can be made");
    let entries = std::fs::read_dir(from).expect("the folder is there");
    let files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    for file in files.iter().filter(|file| file.is_file()) {
        let name = file.file_name().expect("it has a name");
        std::fs::copy(file, into.join(name)).expect("it can be copied");
    }
}
