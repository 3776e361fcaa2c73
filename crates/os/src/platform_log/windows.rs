//! `RegisterEventSourceW` and `ReportEventW`.

pub(super) mod source;

use std::io;
use std::ptr;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::EventLog::{
    DeregisterEventSource, EVENTLOG_ERROR_TYPE, EVENTLOG_INFORMATION_TYPE, EVENTLOG_WARNING_TYPE,
    RegisterEventSourceW, ReportEventW,
};

use super::Level;

/// `ReportEventW` takes 31,839 characters; pieces of this many bytes are shorter.
const PIECE: usize = 30_000;

#[derive(Debug)]
pub(super) struct PlatformLog(HANDLE);

// SAFETY: the handle belongs to no thread, and the calls that take it may be
// made by several at once.
unsafe impl Send for PlatformLog {}
// SAFETY: the same.
unsafe impl Sync for PlatformLog {}

impl PlatformLog {
    /// A name that is not registered is accepted, too; the viewer then adds that
    /// it lacks a description.
    pub(super) fn open(name: &str) -> io::Result<Self> {
        let name = wide(name);
        // SAFETY: the text ends in NUL; no server means this machine.
        let handle = unsafe { RegisterEventSourceW(ptr::null(), name.as_ptr()) };
        if handle.is_null() {
            return Err(io::Error::last_os_error());
        }
        Ok(Self(handle))
    }

    /// What is for whoever looks for a fault stays out: this log is shared by
    /// the whole machine, and small.
    pub(super) fn write(&self, level: Level, text: &str) -> io::Result<()> {
        let (kind, id) = match level {
            Level::Error => (EVENTLOG_ERROR_TYPE, 3),
            Level::Warning => (EVENTLOG_WARNING_TYPE, 2),
            Level::Info => (EVENTLOG_INFORMATION_TYPE, 1),
            Level::Debug => return Ok(()),
        };
        pieces(text.trim_end()).try_for_each(|piece| self.report(kind, id, piece))
    }

    fn report(&self, kind: u16, id: u32, text: &str) -> io::Result<()> {
        let text = wide(text);
        let texts = [text.as_ptr()];
        // SAFETY: one text that ends in NUL, no user, no raw data.
        let is_done = unsafe {
            ReportEventW(
                self.0,
                kind,
                0,
                id,
                ptr::null_mut(),
                1,
                0,
                texts.as_ptr(),
                ptr::null(),
            )
        };
        if is_done == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }
}

impl Drop for PlatformLog {
    fn drop(&mut self) {
        // SAFETY: the handle is ours and used no more.
        unsafe { DeregisterEventSource(self.0) };
    }
}

/// At least one, of at most [`PIECE`] bytes each.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let (piece, left) = text.split_at(text.floor_char_boundary(PIECE));
        rest = (!left.is_empty()).then_some(left);
        Some(piece)
    })
}

/// In UTF-16, up to the first NUL, with one at its end.
fn wide(text: &str) -> Vec<u16> {
    let text = text.split('\0').next().unwrap_or_default();
    text.encode_utf16().chain([0]).collect()
}

#[cfg(test)]
mod tests {
    use super::{PIECE, pieces};

    #[test]
    fn a_long_message_is_cut_between_characters_and_nothing_is_lost() {
        let text = "ü".repeat(PIECE);
        let cut: Vec<&str> = pieces(&text).collect();
        assert_eq!(cut.len(), 2);
        assert_eq!(cut.concat(), text);
        assert_eq!(pieces("").count(), 1);
    }
}
