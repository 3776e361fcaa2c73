//! `outlast why --log FILE`: of a log that somebody sent.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use outlast_diagnose::text::{Line, message};
use outlast_diagnose::{Platform, Table, event_log};

use super::tell_case;
use crate::args::Why;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::why::log_case;

/// So much of its end is read.
const MOST: u64 = 16 * 1024 * 1024;

pub(super) fn perform(path: &Path, how: (&Why, &Table)) -> Result<ExitCode, Failure> {
    let read = if path == Path::new("-") {
        from_stdin()
    } else {
        end_of(path)
    };
    let bytes = read.map_err(|error| Failure::of(&format!("read {}", path.display()), &error))?;
    let text = text(&bytes);
    let line = |text: &str| Line {
        stream: None,
        at: message(text).at,
        text: text.to_owned(),
    };
    let mut case = log_case(text.lines().map(line).collect());
    case.signs = event_log::signs(&text);
    if !case.signs.is_empty() {
        // Its lines are the log's, not a program's.
        case.lines = Vec::new();
        case.platform = Platform::Windows;
        // The latest is what is asked about.
        case.signs.reverse();
    }
    tell_case(&case, &path.display().to_string(), how)
}

fn from_stdin() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut stdin = io::stdin().lock();
    loop {
        let read = (&mut stdin).take(MOST).read_to_end(&mut bytes)?;
        if read == 0 {
            return Ok(bytes);
        }
        let excess = bytes.len().saturating_sub(MOST as usize);
        bytes.drain(..excess);
    }
}

fn end_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(MOST)))?;
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// UTF-8, or UTF-16 as Windows' own tools write it.
fn text(bytes: &[u8]) -> String {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => {
            let units: Vec<u16> = rest
                .chunks_exact(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                .collect();
            String::from_utf16_lossy(&units)
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}
