//! The attribute list of `CreateProcessW`: which handles are inherited, and the
//! job that the process is born in.

use std::io;
use std::marker::PhantomData;
use std::ptr;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::Threading::{
    DeleteProcThreadAttributeList, InitializeProcThreadAttributeList, LPPROC_THREAD_ATTRIBUTE_LIST,
    PROC_THREAD_ATTRIBUTE_HANDLE_LIST, PROC_THREAD_ATTRIBUTE_JOB_LIST, UpdateProcThreadAttribute,
};

/// The list points to the values, so it must not outlive them.
#[derive(Debug)]
pub(super) struct Attributes<'a> {
    /// Of pointer-sized elements, for the alignment.
    list: Box<[usize]>,
    values: PhantomData<&'a [HANDLE]>,
}

impl<'a> Attributes<'a> {
    /// Only `inherited` of all inheritable handles go to the child. Each must
    /// be in the list once.
    pub(super) fn new(inherited: &'a [HANDLE], jobs: &'a [HANDLE]) -> io::Result<Self> {
        let mut bytes = 0;
        // SAFETY: without a list it only tells the size, and always "fails".
        unsafe { InitializeProcThreadAttributeList(ptr::null_mut(), 2, 0, &raw mut bytes) };
        let mut list = vec![0_usize; bytes.div_ceil(size_of::<usize>())].into_boxed_slice();
        // SAFETY: the list is as large as was asked for.
        let is_made = unsafe {
            InitializeProcThreadAttributeList(list.as_mut_ptr().cast(), 2, 0, &raw mut bytes)
        };
        if is_made == 0 {
            return Err(io::Error::last_os_error());
        }
        // From here on `drop` deletes it.
        let attributes = Self {
            list,
            values: PhantomData,
        };
        attributes.set(PROC_THREAD_ATTRIBUTE_HANDLE_LIST, inherited)?;
        attributes.set(PROC_THREAD_ATTRIBUTE_JOB_LIST, jobs)?;
        Ok(attributes)
    }

    fn set(&self, attribute: u32, handles: &'a [HANDLE]) -> io::Result<()> {
        // SAFETY: the list is initialized with place for two attributes; the
        // values live for 'a, which the list does not outlive.
        let is_set = unsafe {
            UpdateProcThreadAttribute(
                self.as_raw(),
                0,
                attribute as usize,
                handles.as_ptr().cast(),
                size_of_val(handles),
                ptr::null_mut(),
                ptr::null(),
            )
        };
        if is_set == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    pub(super) fn as_raw(&self) -> LPPROC_THREAD_ATTRIBUTE_LIST {
        self.list.as_ptr().cast_mut().cast()
    }
}

impl Drop for Attributes<'_> {
    fn drop(&mut self) {
        // SAFETY: it is initialized, and not used afterwards.
        unsafe { DeleteProcThreadAttributeList(self.as_raw()) };
    }
}
