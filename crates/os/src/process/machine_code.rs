//! What the beginning of a program says about the rest of it: ELF and PE.

use std::fmt;

/// What is wrong with machine code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// The file ends before what its header announces.
    Cut {
        /// How long it has to be.
        wanted: u64,
        /// How long it is.
        found: u64,
    },
    /// The header itself makes no sense.
    Broken,
    /// It is for another processor.
    Foreign {
        /// The number of that one (`e_machine`).
        machine: u16,
    },
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut { wanted, found } => write!(
                f,
                "the file is not complete: it has {found} bytes of at least {wanted}"
            ),
            Self::Broken => write!(f, "its header makes no sense"),
            Self::Foreign { machine } => {
                write!(f, "it is for another processor (ELF machine {machine})")
            }
        }
    }
}

/// What is wrong with a program that begins with `head` and has `length` bytes;
/// `None`: nothing that this would see, also of what is neither ELF nor PE.
pub(super) fn flaw(head: &[u8], length: u64) -> Option<Flaw> {
    let found = if head.starts_with(b"\x7fELF") {
        elf(head)
    } else if head.starts_with(b"MZ") {
        pe(head)
    } else {
        return None;
    };
    match found {
        // What lies beyond what was read is not judged.
        None if length > head.len() as u64 => None,
        None => Some(Flaw::Broken),
        Some((wanted, _)) if wanted > length => Some(Flaw::Cut {
            wanted,
            found: length,
        }),
        Some((_, Some(machine))) if is_foreign(machine) => Some(Flaw::Foreign { machine }),
        Some(_) => None,
    }
}

/// The name of the processor that machine code is for, if that is another one than
/// this machine's (`e_machine`, elf.h).
pub(crate) fn other_machine(head: &[u8]) -> Option<String> {
    if !head.starts_with(b"\x7fELF") {
        return None;
    }
    let bytes = Bytes {
        head,
        is_little: *head.get(5)? != 2,
    };
    let machine = bytes.u16(18)?;
    is_foreign(machine).then(|| match machine {
        3 => "x86".to_owned(),
        8 => "mips".to_owned(),
        21 => "powerpc64".to_owned(),
        22 => "s390x".to_owned(),
        40 => "arm".to_owned(),
        62 => "x86_64".to_owned(),
        183 => "aarch64".to_owned(),
        243 => "riscv".to_owned(),
        other => format!("ELF machine {other}"),
    })
}

/// The dynamic linker that a program of ELF names (`PT_INTERP`, elf(5)).
pub(crate) fn interpreter(head: &[u8]) -> Option<String> {
    const PT_INTERP: u32 = 3;
    if !head.starts_with(b"\x7fELF\x02") {
        return None;
    }
    let bytes = Bytes {
        head,
        is_little: *head.get(5)? != 2,
    };
    let table = usize::try_from(bytes.u64(32)?).ok()?;
    let (size, count) = (bytes.u16(54)?, bytes.u16(56)?);
    let entries = (0..usize::from(count)).map(|index| index * usize::from(size));
    let mut entries = entries.filter_map(|offset| table.checked_add(offset));
    let at = entries.find(|&at| bytes.u32(at) == Some(PT_INTERP))?;
    let begin = usize::try_from(bytes.u64(at.checked_add(8)?)?).ok()?;
    let length = usize::try_from(bytes.u64(at.checked_add(32)?)?).ok()?;
    let text = head.get(begin..begin.checked_add(length)?)?;
    let text = text.split(|&byte| byte == 0).next()?;
    Some(String::from_utf8_lossy(text).into_owned())
}

/// How long it has to be, and for which machine it is.
fn elf(head: &[u8]) -> Option<(u64, Option<u16>)> {
    let bytes = Bytes {
        head,
        is_little: *head.get(5)? != 2,
    };
    let machine = bytes.u16(18)?;
    let is_64 = *head.get(4)? == 2;
    let (table, size, count) = if is_64 {
        (bytes.u64(32)?, bytes.u16(54)?, bytes.u16(56)?)
    } else {
        (bytes.u32(28)?.into(), bytes.u16(42)?, bytes.u16(44)?)
    };
    let mut wanted = table.checked_add(u64::from(size) * u64::from(count))?;
    // The table of sections is what is written last.
    let (sections, size_of_one, sections_count) = if is_64 {
        (bytes.u64(40)?, bytes.u16(58)?, bytes.u16(60)?)
    } else {
        (bytes.u32(32)?.into(), bytes.u16(46)?, bytes.u16(48)?)
    };
    let sections_size = u64::from(size_of_one) * u64::from(sections_count);
    wanted = wanted.max(sections.checked_add(sections_size)?);
    for index in 0..u64::from(count) {
        let at = usize::try_from(table + index * u64::from(size)).ok()?;
        let (offset, length) = if is_64 {
            (bytes.u64(at + 8)?, bytes.u64(at + 32)?)
        } else {
            (bytes.u32(at + 4)?.into(), bytes.u32(at + 16)?.into())
        };
        wanted = wanted.max(offset.checked_add(length)?);
    }
    Some((wanted, Some(machine)))
}

fn pe(head: &[u8]) -> Option<(u64, Option<u16>)> {
    let bytes = Bytes {
        head,
        is_little: true,
    };
    let header = usize::try_from(bytes.u32(60)?).ok()?;
    // A program for DOS has none.
    if head.get(header..header.checked_add(4)?)? != b"PE\0\0" {
        return None;
    }
    let count = bytes.u16(header + 6)?;
    let optional = bytes.u16(header + 20)?;
    let table = header + 24 + usize::from(optional);
    let mut wanted = (table + 40 * usize::from(count)) as u64;
    for index in 0..usize::from(count) {
        let at = table + 40 * index;
        let size = u64::from(bytes.u32(at + 16)?);
        let offset = u64::from(bytes.u32(at + 20)?);
        wanted = wanted.max(offset + size);
    }
    Some((wanted, None))
}

struct Bytes<'a> {
    head: &'a [u8],
    is_little: bool,
}

impl Bytes<'_> {
    fn number<const N: usize>(&self, at: usize) -> Option<u64> {
        let bytes = self.head.get(at..at.checked_add(N)?)?;
        let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.is_little {
            bytes.iter().rev().fold(0, add)
        } else {
            bytes.iter().fold(0, add)
        })
    }

    fn u16(&self, at: usize) -> Option<u16> {
        self.number::<2>(at)?.try_into().ok()
    }

    fn u32(&self, at: usize) -> Option<u32> {
        self.number::<4>(at)?.try_into().ok()
    }

    fn u64(&self, at: usize) -> Option<u64> {
        self.number::<8>(at)
    }
}

/// Whether this machine's processor does not run it. Of processors that nobody has
/// thought of here, nothing is said.
fn is_foreign(machine: u16) -> bool {
    const I386: u16 = 3;
    const ARM: u16 = 40;
    const AMD64: u16 = 62;
    const AARCH64: u16 = 183;
    let own: &[u16] = match std::env::consts::ARCH {
        "x86_64" => &[AMD64, I386],
        "aarch64" => &[AARCH64, ARM],
        "x86" => &[I386],
        "arm" => &[ARM],
        _ => return false,
    };
    !own.contains(&machine)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Vec<u8> {
        let own = std::env::current_exe().expect("a test has a program");
        std::fs::read(own).expect("it can be read")
    }

    fn head(program: &[u8]) -> &[u8] {
        &program[..program.len().min(64 * 1024)]
    }

    #[test]
    fn a_whole_program_is_fine() {
        let own = own();
        assert_eq!(flaw(head(&own), own.len() as u64), None);
    }

    #[test]
    fn a_cut_one_is_seen() {
        let own = own();
        for part in [2, 3, 10, 100] {
            let cut = own.len() / part;
            let found = flaw(head(&own[..cut]), cut as u64);
            assert!(matches!(found, Some(Flaw::Cut { .. })), "{part}: {found:?}");
        }
    }

    #[test]
    fn nonsense_is_seen_and_harms_nobody() {
        assert_eq!(flaw(b"\x7fELF", 4), Some(Flaw::Broken));
        let mut nonsense = vec![0xff; 300];
        nonsense[..4].copy_from_slice(b"\x7fELF");
        assert!(flaw(&nonsense, 300).is_some());
        nonsense[..2].copy_from_slice(b"MZ");
        assert!(flaw(&nonsense, 300).is_some());
        assert_eq!(flaw(b"#!/bin/sh\n", 10), None);
    }

    #[test]
    fn another_processor_is_seen() {
        let mut other = vec![0; 64];
        other[..6].copy_from_slice(b"\x7fELF\x02\x01");
        other[18] = 21;
        let expected = Flaw::Foreign { machine: 21 };
        assert_eq!(flaw(&other, 64), Some(expected));
    }
}
