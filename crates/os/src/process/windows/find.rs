//! Finding a program: like `cmd.exe`, extensions of `PATHEXT` are tried; unlike
//! it, nothing is looked for in the working folder, which anyone may be able to
//! write to, unless a path says so.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf, absolute};

use outlast_model::StartFailure;
use outlast_model::exit::StartStep;

use super::{image, wide};

const DEFAULT_EXTENSIONS: &str = ".COM;.EXE;.BAT;.CMD";

pub(in super::super) fn find_program(
    program: &str,
    dir: &Path,
    search_path: Option<&OsStr>,
) -> Result<PathBuf, StartFailure> {
    let name = program.trim_matches('"');
    if name.is_empty() {
        return Err(missing(Path::new(program), "no program is named".into()));
    }
    // `C:x.exe` has a separator of its own: relative to a folder of drive C.
    if name.contains(['/', '\\', ':']) {
        return by_path(&dir.join(name));
    }
    by_name(name, search_path)
}

fn by_path(path: &Path) -> Result<PathBuf, StartFailure> {
    let path = absolute(path).unwrap_or_else(|_| path.to_owned());
    let path = PathBuf::from(wide::without_prefix(&path));
    if let Some(found) = candidates(&path).into_iter().find(|file| file.is_file()) {
        return Ok(found);
    }
    let shown = path.display();
    if path.is_dir() {
        return Err(missing(
            &path,
            format!("{shown} is a folder, not a program"),
        ));
    }
    let hint = if path.is_file() {
        format!(
            "{shown} is not executable: Windows starts .exe, .com, .bat and .cmd files; name the \
             program that runs it (for example python.exe) and give this file as its argument"
        )
    } else if path.extension().is_none() {
        format!("{shown} does not exist, with none of the extensions of PATHEXT either")
    } else {
        format!("{shown} does not exist")
    };
    Err(missing(&path, hint))
}

fn by_name(name: &str, search_path: Option<&OsStr>) -> Result<PathBuf, StartFailure> {
    let search_path = search_path.map_or_else(default_search_path, OsStr::to_owned);
    env::split_paths(&search_path)
        .filter(|dir| dir.is_absolute())
        .flat_map(|dir| candidates(&dir.join(name)))
        .find(|file| file.is_file())
        .ok_or_else(|| {
            let message = format!(
                "no program {name:?} is in the folders of PATH ({})",
                search_path.display()
            );
            missing(Path::new(name), message)
        })
}

/// The path itself, when its extension is one that can be started; then with
/// each extension.
fn candidates(path: &Path) -> Vec<PathBuf> {
    let extensions = extensions();
    let itself = path.extension().is_some_and(|own| {
        extensions
            .iter()
            .any(|known| own.eq_ignore_ascii_case(known))
    });
    let with_extension = extensions.iter().map(|extension| {
        let mut name = path.as_os_str().to_owned();
        name.push(".");
        name.push(extension);
        PathBuf::from(name)
    });
    let itself = itself.then(|| path.to_owned());
    itself.into_iter().chain(with_extension).collect()
}

/// Those of `PATHEXT` that `CreateProcessW` or `cmd.exe` can start: the others
/// (`.VBS`, `.JS`, …) need a program of their own.
fn extensions() -> Vec<String> {
    let listed = env::var("PATHEXT").unwrap_or_default();
    let usable = |list: &str| -> Vec<String> {
        list.split(';')
            .filter_map(|extension| extension.trim().strip_prefix('.'))
            .filter(|extension| {
                ["com", "exe", "bat", "cmd"]
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(extension))
            })
            .map(str::to_ascii_lowercase)
            .collect()
    };
    let extensions = usable(&listed);
    if extensions.is_empty() {
        return usable(DEFAULT_EXTENSIONS);
    }
    extensions
}

/// The system's folder and the one above it.
fn default_search_path() -> OsString {
    let system = image::system_file("").unwrap_or_default();
    let windows = system
        .parent()
        .and_then(Path::parent)
        .unwrap_or(&system)
        .to_owned();
    env::join_paths([&system, &windows]).unwrap_or_default()
}

fn missing(subject: &Path, message: String) -> StartFailure {
    StartFailure {
        step: StartStep::FindProgram,
        subject: subject.to_owned(),
        os_error: None,
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for file in files {
            std::fs::write(dir.path().join(file), "").expect("writable");
        }
        dir
    }

    fn file_name(found: Result<PathBuf, StartFailure>) -> String {
        let path = found.expect("found");
        let name = path.file_name().expect("a file").to_string_lossy();
        name.into_owned()
    }

    #[test]
    fn extensions_slashes_and_quotes_are_understood() {
        let dir = folder_with(&["a.exe", "b.cmd", "c d.exe"]);
        let find = |name: &str| file_name(find_program(name, dir.path(), None));
        assert_eq!(find("./a"), "a.exe");
        assert_eq!(find(r".\a.exe"), "a.exe");
        assert_eq!(find("./b"), "b.cmd");
        assert_eq!(find("\"./c d\""), "c d.exe");
    }

    #[test]
    fn a_bare_name_is_looked_for_in_the_path_only() {
        let dir = folder_with(&["tool.exe"]);
        let here = find_program("tool", dir.path(), Some("".as_ref()));
        assert!(here.is_err());
        let path = dir.path().as_os_str();
        assert_eq!(
            file_name(find_program("tool", dir.path(), Some(path))),
            "tool.exe"
        );
    }

    #[test]
    fn what_is_not_a_program_is_said_to_be_something_else() {
        let dir = folder_with(&["notes.txt"]);
        std::fs::create_dir(dir.path().join("sub")).expect("writable");
        for name in ["./missing", "./sub", "./notes.txt", ""] {
            let failure = find_program(name, dir.path(), None).expect_err(name);
            assert_eq!(failure.step, StartStep::FindProgram);
        }
    }
}
