//! `RLIMIT_NOFILE`.

use std::sync::OnceLock;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What the guardian was started with, once it has been raised.
static ORIGINAL: OnceLock<Rlimit> = OnceLock::new();

/// macOS refuses `RLIM_INFINITY` here and says in setrlimit(2) to use
/// `OPEN_MAX`.
const OPEN_MAX: u64 = 10_240;

pub(super) fn raise_open_files() -> Option<u64> {
    let original = *ORIGINAL.get_or_init(|| getrlimit(Resource::Nofile));
    let wanted = [original.maximum, Some(OPEN_MAX)];
    for current in wanted {
        let raised = Rlimit {
            current,
            maximum: original.maximum,
        };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            break;
        }
    }
    getrlimit(Resource::Nofile).current
}

/// What a child has to be given back; `None` while nothing was raised.
pub(crate) fn original_open_files() -> Option<libc::rlimit> {
    let original = ORIGINAL.get()?;
    let raw = |value: Option<u64>| {
        value.map_or(libc::RLIM_INFINITY, |value| {
            libc::rlim_t::try_from(value).unwrap_or(libc::RLIM_INFINITY)
        })
    };
    Some(libc::rlimit {
        rlim_cur: raw(original.current),
        rlim_max: raw(original.maximum),
    })
}
