//! The same command once more with an administrator's rights, where a person at
//! the terminal can be asked for them: Windows' User Account Control. On Unix
//! `sudo` is that question, and a hint names it.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use outlast_os::elevate;

use crate::args::Arguments;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Rights};
use crate::terminal;

/// What the elevated process is given in addition.
const ELEVATED_FOR: &str = "--elevated-for";
const STATE_DIR: &str = "--state-dir";

/// Whether somebody is asked when rights are missing.
#[derive(Debug)]
pub(crate) enum Offer {
    /// Nobody: there is no terminal, programs read the answer, or this process is
    /// already the elevated one.
    None,
    /// The person at the terminal.
    Ask(Vec<OsString>),
}

impl Offer {
    /// For the command line that is performed. An elevated process speaks, from
    /// here on, at the terminal of the one it runs for.
    pub(crate) fn of(arguments: &Arguments) -> Self {
        if let Some(pid) = arguments.global.elevated_for {
            // Without it the window that Windows opened will do.
            let _ = elevate::join_console(pid);
            return Self::None;
        }
        if arguments.verb.is_json() || !elevate::is_offered() {
            return Self::None;
        }
        let words: Vec<OsString> = env::args_os().skip(1).collect();
        Self::Ask(elevated(&words, arguments.global.state_dir.as_deref()))
    }

    /// What the elevated process made of it, when rights are all that was missing
    /// and the person agreed; else `failure`.
    pub(crate) fn instead_of(&self, failure: Failure) -> Result<ExitCode, Failure> {
        let (Self::Ask(words), Rights::Missing) = (self, failure.rights) else {
            return Err(failure);
        };
        let Ok(program) = env::current_exe() else {
            return Err(failure);
        };
        terminal::tell(&format!("{}; asking for them …", failure.message));
        match elevate::run(&program, words) {
            // Larger codes are Windows' own, of a process that was ended.
            Ok(code) => Ok(u8::try_from(code).map_or(ExitCode::Failed, ExitCode::Program)),
            Err(_) => Err(failure),
        }
    }
}

/// `words` for the elevated process, which does not inherit our variables.
fn elevated(words: &[OsString], state_dir: Option<&Path>) -> Vec<OsString> {
    let mut all = vec![ELEVATED_FOR.into(), std::process::id().to_string().into()];
    if let Some(dir) = state_dir.filter(|_| !names_state_dir(words)) {
        all.extend([STATE_DIR.into(), dir.into()]);
    }
    all.extend_from_slice(words);
    all
}

/// Whether the option stands there; after `--` come a program's own.
fn names_state_dir(words: &[OsString]) -> bool {
    let own = words.iter().take_while(|&word| word != "--");
    own.map(OsString::as_os_str)
        .map(OsStr::to_string_lossy)
        .any(|word| word == STATE_DIR || word.starts_with("--state-dir="))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split(' ').map(OsString::from).collect()
    }

    /// What is added to `text` beside the process.
    #[track_caller]
    fn added(text: &str, state_dir: Option<&str>) -> Vec<OsString> {
        let all = elevated(&words(text), state_dir.map(Path::new));
        assert!(all.ends_with(&words(text)), "{all:?}");
        all[2..all.len() - words(text).len()].to_vec()
    }

    #[test]
    fn the_same_command_is_run_for_this_process() {
        let own = std::process::id().to_string();
        let all = elevated(&words("install -- api --port 80"), None);
        assert_eq!(all[..2], ["--elevated-for", own.as_str()]);
        assert_eq!(added("install", None), [""; 0]);
    }

    #[test]
    fn a_state_directory_from_the_environment_is_passed_on_once() {
        assert_eq!(added("install", Some("d")), ["--state-dir", "d"]);
        assert_eq!(added("install --state-dir d", Some("d")), [""; 0]);
        assert_eq!(added("--state-dir=d install", Some("d")), [""; 0]);
        let command = "install -- api --state-dir x";
        assert_eq!(added(command, Some("d")), ["--state-dir", "d"]);
    }
}
