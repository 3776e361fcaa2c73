//! Who can change a file is read from its access list.
#![cfg(windows)]

use std::ffi::OsStr;
use std::fs;
use std::os::windows::ffi::OsStrExt as _;
use std::path::Path;
use std::ptr;

use outlast_os::inspection::exposure::{PrincipalKind, exposures};
use outlast_os::inspection::machine;
use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
};
use windows_sys::Win32::Security::{DACL_SECURITY_INFORMATION, SetFileSecurityW};

const ADMINISTRATORS: &str = "D:P(A;;FA;;;SY)(A;;FA;;;BA)";
const EVERYBODY_READS: &str = "D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FR;;;WD)";
const EVERYBODY_WRITES: &str = "D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;WD)";

fn wide(text: &OsStr) -> Vec<u16> {
    text.encode_wide().chain([0]).collect()
}

#[expect(unsafe_code, reason = "the standard library sets no access lists")]
fn protect(path: &Path, list: &str) {
    let mut descriptor = ptr::null_mut();
    let (path, list) = (wide(path.as_os_str()), wide(list.as_ref()));
    // SAFETY: both texts are zero-terminated; the descriptor is freed once.
    unsafe {
        let made = ConvertStringSecurityDescriptorToSecurityDescriptorW(
            list.as_ptr(),
            SDDL_REVISION_1,
            &raw mut descriptor,
            ptr::null_mut(),
        );
        assert_ne!(made, 0, "the list is well-formed");
        let set = SetFileSecurityW(path.as_ptr(), DACL_SECURITY_INFORMATION, descriptor);
        LocalFree(descriptor);
        assert_ne!(set, 0, "the list is set");
    }
}

/// Whether everybody can change the file itself; its folders are the machine's
/// affair.
fn is_open(path: &Path) -> bool {
    let found = exposures(path).expect("it can be looked at");
    found
        .iter()
        .any(|exposure| exposure.path == path && exposure.who.kind == PrincipalKind::Everyone)
}

#[test]
fn writers_are_told_from_readers() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("shop.toml");
    fs::write(&file, "").expect("written");
    for (list, expected) in [
        (ADMINISTRATORS, false),
        (EVERYBODY_READS, false),
        (EVERYBODY_WRITES, true),
    ] {
        protect(&file, list);
        assert_eq!(is_open(&file), expected, "{list}");
    }
}

#[test]
fn a_folder_on_the_way_counts() {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = dir.path().join("folder");
    fs::create_dir(&folder).expect("made");
    let file = folder.join("shop.toml");
    fs::write(&file, "").expect("written");
    let is_open = || {
        let found = exposures(&file).expect("it can be looked at");
        found.iter().any(|exposure| exposure.path == folder)
    };
    protect(&folder, ADMINISTRATORS);
    assert!(!is_open());
    protect(&folder, EVERYBODY_WRITES);
    assert!(is_open());
}

#[test]
fn what_the_machine_says_of_itself_can_be_read() {
    assert!(machine::search_path_of_services().is_some());
    assert!(!machine::is_on_mapped_drive(Path::new(r"C:\Windows")));
    assert_eq!(machine::image_path("no-such-service-anywhere"), None);
}
