//! The environment as `CreateProcessW` takes it: `NAME=value`, each with a
//! final zero, sorted by name without regard to case ("Changing Environment
//! Variables", Microsoft: programs search it in that order), and one more zero.

use std::cmp::Ordering;
use std::ffi::OsString;
use std::os::windows::ffi::OsStrExt;

use windows_sys::Win32::Globalization::{
    CSTR_EQUAL, CSTR_GREATER_THAN, CSTR_LESS_THAN, CompareStringOrdinal,
};

const EQUALS: u16 = b'=' as u16;

struct Variable {
    name: Vec<u16>,
    value: Vec<u16>,
}

/// Of two variables whose names differ only in case the later one counts.
///
/// # Errors
/// The name of a variable that cannot be in an environment: it is empty, has
/// `=` in it (other than first, as `cmd.exe` uses it: `=C:`), or it or its value
/// has a zero.
pub(super) fn environment_block(variables: &[(OsString, OsString)]) -> Result<Vec<u16>, OsString> {
    let mut sorted: Vec<Variable> = Vec::with_capacity(variables.len());
    for (name, value) in variables {
        let variable = Variable {
            name: name.encode_wide().collect(),
            value: value.encode_wide().collect(),
        };
        if !is_valid(&variable) {
            return Err(name.clone());
        }
        match sorted.binary_search_by(|known| compare(&known.name, &variable.name)) {
            Ok(index) => sorted[index] = variable,
            Err(index) => sorted.insert(index, variable),
        }
    }
    Ok(written(&sorted))
}

fn is_valid(variable: &Variable) -> bool {
    let Some((_, rest)) = variable.name.split_first() else {
        return false;
    };
    !rest.contains(&EQUALS) && !variable.name.contains(&0) && !variable.value.contains(&0)
}

fn written(variables: &[Variable]) -> Vec<u16> {
    let mut block = Vec::new();
    for variable in variables {
        block.extend_from_slice(&variable.name);
        block.push(EQUALS);
        block.extend_from_slice(&variable.value);
        block.push(0);
    }
    // An empty block still has two zeros.
    if block.is_empty() {
        block.push(0);
    }
    block.push(0);
    block
}

/// As the system itself folds the case of names.
pub(crate) fn compare(a: &[u16], b: &[u16]) -> Ordering {
    let length = |text: &[u16]| i32::try_from(text.len()).unwrap_or(i32::MAX);
    // SAFETY: the lengths are those of the slices, or shorter.
    let order = unsafe { CompareStringOrdinal(a.as_ptr(), length(a), b.as_ptr(), length(b), 1) };
    match order {
        CSTR_LESS_THAN => Ordering::Less,
        CSTR_EQUAL => Ordering::Equal,
        CSTR_GREATER_THAN => Ordering::Greater,
        // It fails only for null pointers and negative lengths.
        _ => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(variables: &[(&str, &str)]) -> Result<String, OsString> {
        let owned: Vec<(OsString, OsString)> = variables
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        environment_block(&owned).map(|block| String::from_utf16(&block).expect("text"))
    }

    #[test]
    fn names_are_sorted_without_regard_to_case() {
        let sorted = block(&[("b", "1"), ("C", "2"), ("A", "3"), ("ä", "4")]);
        assert_eq!(sorted.as_deref(), Ok("A=3\0b=1\0C=2\0ä=4\0\0"));
    }

    #[test]
    fn the_later_of_two_spellings_counts() {
        let merged = block(&[("Path", "old"), ("PATH", "new")]);
        assert_eq!(merged.as_deref(), Ok("PATH=new\0\0"));
    }

    #[test]
    fn an_empty_environment_has_two_zeros() {
        assert_eq!(block(&[]).as_deref(), Ok("\0\0"));
    }

    #[test]
    fn what_would_break_the_block_is_refused() {
        for (name, value) in [("", "x"), ("a=b", "x"), ("a\0b", "x"), ("a", "x\0y")] {
            assert!(block(&[(name, value)]).is_err(), "{name:?}");
        }
        assert!(block(&[("=C:", "C:\\x")]).is_ok());
    }
}
