//! The kernel's keyrings (`keyrings(7)`): keys of the type `user`.

use std::ffi::{CString, c_long};
use std::io;

use super::LARGEST;

const SEARCH: c_long = 10;
const READ: c_long = 11;
const LINK: c_long = 8;

const THREAD_KEYRING: c_long = -1;
const SESSION_KEYRING: c_long = -3;
const USER_KEYRING: c_long = -4;

/// Looks in the keyring of the session that this process is in, then in that of its
/// user. A system service has a session of its own, from which the user's keyring
/// cannot be reached; but its owner may link it to the calling thread's, which goes
/// with the thread.
pub(super) fn read(name: &str) -> io::Result<Vec<u8>> {
    let name = CString::new(name)?;
    let key = search(SESSION_KEYRING, &name).or_else(|error| {
        call(LINK, [USER_KEYRING, THREAD_KEYRING, 0, 0])
            .and_then(|_| search(THREAD_KEYRING, &name))
            .map_err(|_| error)
    })?;
    let length = call(READ, [key, 0, 0, 0])?;
    let room = usize::try_from(length).unwrap_or(0).min(LARGEST + 1);
    let mut value = vec![0_u8; room];
    let place = value.as_mut_ptr().expose_provenance();
    let length = call(
        READ,
        [key, place.cast_signed() as c_long, room as c_long, 0],
    )?;
    // It may have become another one meanwhile.
    value.truncate(usize::try_from(length).unwrap_or(0));
    Ok(value)
}

fn search(keyring: c_long, name: &CString) -> io::Result<c_long> {
    let kind = c"user".as_ptr().expose_provenance().cast_signed() as c_long;
    let name = name.as_ptr().expose_provenance().cast_signed() as c_long;
    call(SEARCH, [keyring, kind, name, 0])
}

fn call(operation: c_long, [a, b, c, d]: [c_long; 4]) -> io::Result<c_long> {
    // SAFETY: the callers pass numbers, zero-terminated strings that outlive the call,
    // and for READ a place of the size that they name.
    let result = unsafe { libc::syscall(libc::SYS_keyctl, operation, a, b, c, d) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `KEYCTL_INVALIDATE`.
    const INVALIDATE: c_long = 21;

    #[test]
    fn a_key_of_the_user_is_read() {
        let name = format!("outlast-test-{}", std::process::id());
        assert!(read(&name).is_err(), "nobody has made it yet");
        let (kind, value) = (c"user", b"a value\0of bytes");
        let description = CString::new(name.clone()).expect("no zero byte");
        // SAFETY: zero-terminated strings, and a value with its length.
        let key = unsafe {
            libc::syscall(
                libc::SYS_add_key,
                kind.as_ptr(),
                description.as_ptr(),
                value.as_ptr(),
                value.len(),
                USER_KEYRING,
            )
        };
        if key < 0 {
            let error = io::Error::last_os_error();
            eprintln!("SKIPPED: this machine lets nobody keep keys: {error}");
            return;
        }
        let found = std::thread::spawn(move || read(&name))
            .join()
            .expect("no panic");
        let _ = call(INVALIDATE, [key, 0, 0, 0]);
        assert_eq!(found.expect("readable"), value);
    }
}
