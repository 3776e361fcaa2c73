//! Short names for long paths.

/// FNV-1a, 64 bits. Anyone could make two paths collide, and would only
/// inconvenience himself: a Unix socket is in a folder that only its owner
/// writes to, and a pipe whose name is taken is not made a second time.
pub(crate) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
