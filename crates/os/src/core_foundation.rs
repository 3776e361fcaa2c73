//! The values that macOS' frameworks take and give (CFBase.h, CFString.h, CFArray.h,
//! CFDictionary.h, CFNumber.h).

use std::ffi::{c_char, c_void};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

/// Any of Core Foundation's objects; null where there is none.
pub(crate) type Reference = *const c_void;

/// `kCFStringEncodingUTF8`
const UTF_8: u32 = 0x0800_0100;
/// `kCFNumberSInt64Type`
const SIGNED_64: isize = 4;

#[link(name = "CoreFoundation", kind = "framework")]
unsafe extern "C" {
    fn CFRetain(object: Reference) -> Reference;
    fn CFRelease(object: Reference);
    fn CFGetTypeID(object: Reference) -> usize;
    fn CFStringGetTypeID() -> usize;
    fn CFNumberGetTypeID() -> usize;
    fn CFBooleanGetTypeID() -> usize;
    fn CFArrayGetTypeID() -> usize;
    fn CFDictionaryGetTypeID() -> usize;
    fn CFStringCreateWithBytes(
        allocator: Reference,
        bytes: *const u8,
        length: isize,
        encoding: u32,
        is_external: u8,
    ) -> Reference;
    fn CFStringGetLength(text: Reference) -> isize;
    fn CFStringGetMaximumSizeForEncoding(length: isize, encoding: u32) -> isize;
    fn CFStringGetCString(text: Reference, place: *mut c_char, room: isize, encoding: u32) -> u8;
    fn CFNumberGetValue(number: Reference, kind: isize, place: *mut c_void) -> u8;
    fn CFBooleanGetValue(flag: Reference) -> u8;
    fn CFArrayGetCount(array: Reference) -> isize;
    fn CFArrayGetValueAtIndex(array: Reference, index: isize) -> Reference;
    fn CFDictionaryGetValue(dictionary: Reference, key: Reference) -> Reference;
}

/// An object that is released with this.
#[derive(Debug)]
pub(crate) struct Object(NonNull<c_void>);

impl Object {
    /// `None`: `made` is null.
    ///
    /// # Safety
    /// Else it comes of a function with *Create* or *Copy* in its name, and nobody
    /// else releases it.
    pub(crate) unsafe fn own(made: Reference) -> Option<Self> {
        NonNull::new(made.cast_mut()).map(Self)
    }

    /// A part in somebody else's. `None`: `object` is null.
    ///
    /// # Safety
    /// Else it is an object that lives now.
    pub(crate) unsafe fn share(object: Reference) -> Option<Self> {
        if object.is_null() {
            return None;
        }
        // SAFETY: it is an object; what is retained is released with this.
        unsafe { Self::own(CFRetain(object)) }
    }

    /// A text. `None`: there is no memory for it.
    pub(crate) fn text(text: &str) -> Option<Self> {
        // SAFETY: the bytes are those of `text`, which are valid UTF-8 and are copied;
        // what is made is ours.
        unsafe {
            Self::own(CFStringCreateWithBytes(
                ptr::null(),
                text.as_ptr(),
                text.len().cast_signed(),
                UTF_8,
                0,
            ))
        }
    }

    /// Good for as long as this is.
    pub(crate) const fn reference(&self) -> Reference {
        self.0.as_ptr().cast_const()
    }

    pub(crate) const fn value(&self) -> Value<'_> {
        Value {
            reference: self.reference(),
            owner: PhantomData,
        }
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        // SAFETY: it is ours, and released once.
        unsafe { CFRelease(self.reference()) };
    }
}

/// A value that belongs to an [`Object`], or is it. What is not of the kind that is
/// asked for is `None`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a> {
    reference: Reference,
    owner: PhantomData<&'a Object>,
}

impl<'a> Value<'a> {
    /// # Safety
    /// `reference` is null or an object that lives for `'a` and is not changed.
    pub(crate) unsafe fn borrow(reference: Reference) -> Option<Self> {
        (!reference.is_null()).then_some(Self {
            reference,
            owner: PhantomData,
        })
    }

    /// Of a dictionary whose keys are texts.
    pub(crate) fn field(self, key: &str) -> Option<Self> {
        // SAFETY: it takes nothing.
        if !self.is(unsafe { CFDictionaryGetTypeID() }) {
            return None;
        }
        let key = Object::text(key)?;
        // SAFETY: it is a dictionary and the key a text; what is found belongs to the
        // dictionary, which belongs to the owner.
        unsafe { Self::borrow(CFDictionaryGetValue(self.reference, key.reference())) }
    }

    pub(crate) fn items(self) -> Option<Vec<Self>> {
        // SAFETY: it takes nothing.
        if !self.is(unsafe { CFArrayGetTypeID() }) {
            return None;
        }
        // SAFETY: it is an array.
        let count = unsafe { CFArrayGetCount(self.reference) };
        let item = |index| {
            // SAFETY: the index is below the count; what is found belongs to the array.
            unsafe { Self::borrow(CFArrayGetValueAtIndex(self.reference, index)) }
        };
        Some((0..count).filter_map(item).collect())
    }

    pub(crate) fn text(self) -> Option<String> {
        // SAFETY: it takes nothing.
        if !self.is(unsafe { CFStringGetTypeID() }) {
            return None;
        }
        // SAFETY: it is a text.
        let length = unsafe { CFStringGetLength(self.reference) };
        // SAFETY: it takes numbers only.
        let size = unsafe { CFStringGetMaximumSizeForEncoding(length, UTF_8) };
        let room = size.checked_add(1)?;
        let mut bytes = vec![0_u8; usize::try_from(room).ok()?];
        // SAFETY: it is a text, and there is that much room.
        let is_copied =
            unsafe { CFStringGetCString(self.reference, bytes.as_mut_ptr().cast(), room, UTF_8) };
        if is_copied == 0 {
            return None;
        }
        bytes.truncate(bytes.iter().position(|byte| *byte == 0)?);
        String::from_utf8(bytes).ok()
    }

    pub(crate) fn number(self) -> Option<i64> {
        // SAFETY: it takes nothing.
        if !self.is(unsafe { CFNumberGetTypeID() }) {
            return None;
        }
        let mut number = 0_i64;
        // SAFETY: it is a number, and the place has the size of the kind that is named.
        let is_whole =
            unsafe { CFNumberGetValue(self.reference, SIGNED_64, (&raw mut number).cast()) };
        (is_whole != 0).then_some(number)
    }

    pub(crate) fn flag(self) -> Option<bool> {
        // SAFETY: it takes nothing.
        if !self.is(unsafe { CFBooleanGetTypeID() }) {
            return None;
        }
        // SAFETY: it is a boolean.
        Some(unsafe { CFBooleanGetValue(self.reference) } != 0)
    }

    fn is(self, kind: usize) -> bool {
        // SAFETY: it is an object.
        unsafe { CFGetTypeID(self.reference) == kind }
    }
}
