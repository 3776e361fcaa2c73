//! Security descriptors that let in nobody but the guardian's own user, the
//! system and administrators.

use std::ffi::c_void;
use std::io;
use std::ptr;

use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
};
use windows_sys::Win32::Security::{
    ACL, GetSecurityDescriptorDacl, GetSecurityDescriptorOwner, PSECURITY_DESCRIPTOR, PSID,
    SECURITY_ATTRIBUTES,
};

use super::{is_privileged, own_sid};

/// A descriptor with the attributes that point to it; what is made with it is
/// not inheritable.
#[derive(Debug)]
pub(crate) struct Descriptor(PSECURITY_DESCRIPTOR);

// SAFETY: memory of the process's heap, not changed after it was made.
unsafe impl Send for Descriptor {}
// SAFETY: shared access only reads it.
unsafe impl Sync for Descriptor {}

impl Descriptor {
    /// For a pipe. The owner is named because an elevated process would else
    /// leave it to all administrators, and the client checks it.
    ///
    /// The pipe of an elevated guardian takes no writes from below (`ML`, `NW`,
    /// high): a program of the same user that is not elevated could otherwise
    /// have anything run elevated, past User Account Control.
    pub(crate) fn of_pipe() -> io::Result<Self> {
        let label = own_label();
        Self::from_text(&format!("{}{label}", owner_only(&own_sid()?, "", "GA")))
    }

    /// For a pipe of this process's user, to which the user with this SID may
    /// write; without one, nobody else, and nobody who is less than this process is
    /// (see [`of_pipe`](Self::of_pipe)).
    pub(crate) fn of_pipe_written_by(sid: Option<&str>) -> io::Result<Self> {
        let own = own_sid()?;
        let label = if sid.is_some() { "" } else { own_label() };
        Self::from_text(&format!("{}{label}", written_by(&own, sid)))
    }

    /// For a pipe of this process's user, to which the user with this SID may
    /// connect.
    pub(crate) fn of_pipe_for(sid: &str) -> io::Result<Self> {
        Self::from_text(&connected_to_by(&own_sid()?, sid))
    }

    /// For a folder; what is made in it inherits the same.
    pub(crate) fn of_folder() -> io::Result<Self> {
        Self::from_text(&owner_only(&own_sid()?, "OICI", "FA"))
    }

    /// For a folder of the account with this SID; what is made in it inherits the
    /// same. It is owned by the administrators.
    pub(crate) fn of_folder_for(sid: &str) -> io::Result<Self> {
        Self::from_text(&lets_in("BA", sid, "OICI", "FA"))
    }

    /// For a folder of this process's user, which the account with this SID may
    /// read; what is made in it inherits the same.
    pub(crate) fn of_folder_read_by(sid: &str) -> io::Result<Self> {
        Self::from_text(&read_by(&own_sid()?, sid))
    }

    /// Its owner, as long as this lives.
    pub(crate) fn owner(&self) -> io::Result<PSID> {
        let mut owner = ptr::null_mut();
        // SAFETY: a valid descriptor; the outputs are ours.
        if unsafe { GetSecurityDescriptorOwner(self.0, &raw mut owner, &mut 0) } == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(owner)
    }

    /// Its access list, as long as this lives.
    pub(crate) fn list(&self) -> io::Result<*const ACL> {
        let mut list = ptr::null_mut();
        // SAFETY: as above.
        if unsafe { GetSecurityDescriptorDacl(self.0, &mut 0, &raw mut list, &mut 0) } == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(list)
    }

    fn from_text(text: &str) -> io::Result<Self> {
        let text: Vec<u16> = text.encode_utf16().chain([0]).collect();
        let mut descriptor = ptr::null_mut();
        // SAFETY: the text is zero-terminated; the output is ours, to be freed
        // with `LocalFree`.
        let is_made = unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text.as_ptr(),
                SDDL_REVISION_1,
                &raw mut descriptor,
                ptr::null_mut(),
            )
        };
        if is_made == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self(descriptor))
    }

    /// Points to this descriptor: use it only as long as that lives.
    pub(crate) fn attributes(&self) -> SECURITY_ATTRIBUTES {
        SECURITY_ATTRIBUTES {
            nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
            lpSecurityDescriptor: self.0.cast::<c_void>(),
            bInheritHandle: 0,
        }
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: it came from a function that says to free it so.
        unsafe { LocalFree(self.0) };
    }
}

fn own_label() -> &'static str {
    if is_privileged() {
        "S:(ML;;NW;;;HI)"
    } else {
        ""
    }
}

/// "Security Descriptor String Format" (Microsoft): protected from inheriting
/// (`P`); `SY` is the system, `BA` the administrators.
fn owner_only(user: &str, inheritance: &str, rights: &str) -> String {
    lets_in(user, user, inheritance, rights)
}

fn lets_in(owner: &str, user: &str, inheritance: &str, rights: &str) -> String {
    let entry = |who: &str| format!("(A;{inheritance};{rights};;;{who})");
    format!("O:{owner}D:P{}{}{}", entry(user), entry("SY"), entry("BA"))
}

fn read_by(owner: &str, reader: &str) -> String {
    format!("{}(A;OICI;FR;;;{reader})", owner_only(owner, "OICI", "FA"))
}

/// `0x12019b` is what reading and writing take, without the right to make
/// instances of the pipe (`FILE_CREATE_PIPE_INSTANCE`), which generic writing has.
fn connected_to_by(owner: &str, user: &str) -> String {
    format!("O:{owner}D:P(A;;GA;;;{owner})(A;;GA;;;SY)(A;;0x12019b;;;{user})")
}

/// `0x120196` is what it takes to open a file for writing in any language. The
/// right to make instances of the pipe is in it: who has it can keep from the
/// guardian what it would have told it.
fn written_by(owner: &str, user: Option<&str>) -> String {
    let user = user.map(|user| format!("(A;;0x120196;;;{user})"));
    format!("O:{owner}D:P(A;;GA;;;{owner}){}", user.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_and_nobody_else_are_let_in() {
        assert_eq!(
            owner_only("S-1-5-21-1", "", "GA"),
            "O:S-1-5-21-1D:P(A;;GA;;;S-1-5-21-1)(A;;GA;;;SY)(A;;GA;;;BA)"
        );
        assert_eq!(
            lets_in("BA", "S-1-5-80-1", "OICI", "FA"),
            "O:BAD:P(A;OICI;FA;;;S-1-5-80-1)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
        );
    }

    #[test]
    fn a_user_may_read_what_another_owns_or_connect_to_it_and_no_more() {
        assert_eq!(
            read_by("S-1-5-18", "S-1-5-19"),
            "O:S-1-5-18D:P(A;OICI;FA;;;S-1-5-18)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FR;;;S-1-5-19)"
        );
        assert_eq!(
            connected_to_by("S-1-5-19", "S-1-5-21-1"),
            "O:S-1-5-19D:P(A;;GA;;;S-1-5-19)(A;;GA;;;SY)(A;;0x12019b;;;S-1-5-21-1)"
        );
    }

    #[test]
    fn a_user_may_write_to_what_another_owns_and_not_even_administrators_may() {
        assert_eq!(
            written_by("S-1-5-18", None),
            "O:S-1-5-18D:P(A;;GA;;;S-1-5-18)"
        );
        assert_eq!(
            written_by("S-1-5-18", Some("S-1-5-19")),
            "O:S-1-5-18D:P(A;;GA;;;S-1-5-18)(A;;0x120196;;;S-1-5-19)"
        );
    }

    #[test]
    fn the_system_understands_them() {
        Descriptor::of_pipe().expect("a descriptor");
        Descriptor::of_folder().expect("a descriptor");
        Descriptor::of_folder_for("S-1-5-80-1-2-3-4-5").expect("a descriptor");
        Descriptor::of_folder_read_by("S-1-5-19").expect("a descriptor");
        Descriptor::of_pipe_for("S-1-5-21-1-2-3-4").expect("a descriptor");
        Descriptor::of_pipe_written_by(None).expect("a descriptor");
        Descriptor::of_pipe_written_by(Some("S-1-5-19")).expect("a descriptor");
    }
}
