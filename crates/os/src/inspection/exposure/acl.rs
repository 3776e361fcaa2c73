//! POSIX access lists as Linux stores them (`linux/posix_acl_xattr.h`).

/// The extended attribute that has the list.
pub(super) const ATTRIBUTE: &str = "system.posix_acl_access";

const VERSION: u32 = 2;
const WRITE: u16 = 2;
const USER: u16 = 0x02;
const GROUP_OBJ: u16 = 0x04;
const GROUP: u16 = 0x08;
const MASK: u16 = 0x10;

/// Who a list lets write, beyond the owner and everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writer {
    /// The user with this number.
    User(u32),
    /// The file's own group.
    OwnGroup,
    /// The group with this number.
    Group(u32),
}

/// The writers of the list that these bytes are; `None` when they are none.
pub(super) fn writers(bytes: &[u8]) -> Option<Vec<Writer>> {
    let (head, entries) = bytes.split_at_checked(4)?;
    if u32::from_le_bytes(head.try_into().ok()?) != VERSION || entries.len() % 8 != 0 {
        return None;
    }
    let entries: Vec<(u16, u16, u32)> = entries.chunks_exact(8).map(entry).collect();
    let mask = entries.iter().find(|entry| entry.0 == MASK);
    if mask.is_some_and(|mask| mask.1 & WRITE == 0) {
        return Some(Vec::new());
    }
    let writers = entries.iter().filter(|entry| entry.1 & WRITE != 0);
    Some(
        writers
            .filter_map(|&(tag, _, id)| match tag {
                USER => Some(Writer::User(id)),
                GROUP_OBJ => Some(Writer::OwnGroup),
                GROUP => Some(Writer::Group(id)),
                _ => None,
            })
            .collect(),
    )
}

fn entry(bytes: &[u8]) -> (u16, u16, u32) {
    let short = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    let id = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
    (short(0), short(2), id)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(entries: &[(u16, u16, u32)]) -> Vec<u8> {
        let mut bytes = VERSION.to_le_bytes().to_vec();
        for (tag, permissions, id) in entries {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(permissions.to_le_bytes());
            bytes.extend(id.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn named_writers_are_found() {
        let bytes = list(&[
            (1, 6, !0),
            (USER, 6, 1000),
            (GROUP_OBJ, 4, !0),
            (GROUP, 7, 50),
            (MASK, 7, !0),
        ]);
        assert_eq!(
            writers(&bytes),
            Some(vec![Writer::User(1000), Writer::Group(50)])
        );
    }

    #[test]
    fn the_mask_takes_the_right_from_all_of_them() {
        let bytes = list(&[(USER, 6, 1000), (GROUP_OBJ, 6, !0), (MASK, 5, !0)]);
        assert_eq!(writers(&bytes), Some(Vec::new()));
    }

    proptest! {
        #[test]
        fn no_list_is_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            writers(&bytes);
        }
    }
}
