//! Without `SystemRoot` sockets and cryptography do not work in many programs;
//! the others are where programs look for their folders.

use std::ffi::{OsStr, OsString};
use std::os::windows::ffi::OsStrExt;

use crate::process::windows::compare_names;

pub(super) const MINIMAL: &[&str] = &[
    "ALLUSERSPROFILE",
    "APPDATA",
    "CommonProgramFiles*",
    "COMPUTERNAME",
    "ComSpec",
    "DriverData",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOCALAPPDATA",
    "LOGONSERVER",
    "NUMBER_OF_PROCESSORS",
    "OS",
    "PATH",
    "PATHEXT",
    "PROCESSOR_*",
    "ProgramData",
    "ProgramFiles*",
    "ProgramW6432",
    "PUBLIC",
    "SystemDrive",
    "SystemRoot",
    "TEMP",
    "TMP",
    "TZ",
    "USERDOMAIN",
    "USERNAME",
    "USERPROFILE",
    "windir",
];

/// `CreateEnvironmentBlock` knows nothing of them; a program has them from the
/// shell that has started it.
pub(super) const OF_A_SESSION: &[&str] = &["CLIENTNAME", "SESSIONNAME"];

pub(super) fn merged(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Vec<(OsString, OsString)> {
    let mut names: Vec<Vec<u16>> = Vec::new();
    let mut merged = Vec::new();
    for variable in variables {
        let name: Vec<u16> = variable.0.encode_wide().collect();
        match names.binary_search_by(|known| compare_names(known, &name)) {
            Ok(index) => merged[index] = variable,
            Err(index) => {
                names.insert(index, name);
                merged.insert(index, variable);
            }
        }
    }
    merged
}

pub(super) fn same_name(name: &OsStr, known: &str) -> bool {
    let name: Vec<u16> = name.encode_wide().collect();
    is_same(&name, known)
}

pub(super) fn begins_with(name: &OsStr, prefix: &str) -> bool {
    let length = prefix.encode_utf16().count();
    let name: Vec<u16> = name.encode_wide().collect();
    name.get(..length)
        .is_some_and(|start| is_same(start, prefix))
}

fn is_same(name: &[u16], known: &str) -> bool {
    let known: Vec<u16> = known.encode_utf16().collect();
    compare_names(name, &known).is_eq()
}

#[cfg(test)]
mod tests {
    use crate::environment::{is_minimal, merged};

    #[test]
    fn the_last_variable_of_a_name_counts_in_whatever_case_it_is_written() {
        let all = [("Path", "inherited"), ("B", "1"), ("PATH", "set")];
        let merged = merged(all.map(|(name, value)| (name.into(), value.into())));
        let expected = [("B", "1"), ("PATH", "set")];
        assert_eq!(
            merged,
            expected.map(|(name, value)| (name.into(), value.into()))
        );
    }

    #[test]
    fn case_does_not_matter() {
        for name in [
            "Path",
            "PATH",
            "systemroot",
            "PROGRAMFILES(X86)",
            "Processor_Level",
        ] {
            assert!(is_minimal(name.as_ref()), "{name}");
        }
    }

    #[test]
    fn what_belongs_to_the_guardian_stays_with_it() {
        for name in ["SECRET", "PATHS", "PROCESSOR", "OUTLAST_STATE_DIR", ""] {
            assert!(!is_minimal(name.as_ref()), "{name}");
        }
    }
}
