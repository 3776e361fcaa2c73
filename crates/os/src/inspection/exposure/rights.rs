//! What an access list of Windows grants to whom ("Access Mask Format", "File
//! Access Rights Constants", Microsoft). Pure, so that it is tested everywhere.

use super::Power;

/// `FILE_WRITE_DATA`; of a folder `FILE_ADD_FILE`.
const WRITE_DATA: u32 = 0x2;
/// `FILE_APPEND_DATA`; of a folder the right to add folders, which replaces
/// nothing.
const APPEND_DATA: u32 = 0x4;
const DELETE_CHILD: u32 = 0x40;
const DELETE: u32 = 0x1_0000;
const WRITE_DAC: u32 = 0x4_0000;
const WRITE_OWNER: u32 = 0x8_0000;
const GENERIC_ALL: u32 = 0x1000_0000;
const GENERIC_WRITE: u32 = 0x4000_0000;

/// One entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) sid: String,
    pub(super) effect: Effect,
    pub(super) mask: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
    /// It is there for what will be made below.
    None,
}

/// What a file or folder is to the path that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The file itself.
    Target,
    /// The folder of a program: it loads libraries from there, so that a new
    /// file is enough.
    ProgramFolder,
    /// Another folder on the way.
    Folder,
}

impl Place {
    const fn dangerous(self) -> u32 {
        match self {
            Self::Target => WRITE_DATA | APPEND_DATA | DELETE | WRITE_DAC | WRITE_OWNER,
            Self::ProgramFolder => WRITE_DATA | DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER,
            Self::Folder => DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER,
        }
    }
}

/// Who else than administrators can do harm by this list, in its order. A
/// refusal counts against its own name and, when it is everybody's, against
/// all; a group's is not followed to its members.
pub(super) fn harmful(entries: &[Entry], place: Place) -> Vec<(String, Power)> {
    let mut refused: Vec<(&str, u32)> = Vec::new();
    let mut found = Vec::new();
    for entry in entries {
        let mask = specific(entry.mask);
        match entry.effect {
            Effect::None => {}
            Effect::Deny => refused.push((&entry.sid, mask)),
            Effect::Allow if is_administrator(&entry.sid) => {}
            Effect::Allow => {
                let against = refused
                    .iter()
                    .filter(|(sid, _)| *sid == entry.sid || is_everybody(sid));
                let refused = against.fold(0, |all, (_, mask)| all | mask);
                let harm = mask & place.dangerous() & !refused;
                found.extend(power(harm, place).map(|power| (entry.sid.clone(), power)));
            }
        }
    }
    found
}

fn power(harm: u32, place: Place) -> Option<Power> {
    match place {
        _ if harm == 0 => None,
        _ if harm & (WRITE_DAC | WRITE_OWNER) != 0 => Some(Power::Own),
        Place::Target => Some(Power::Write),
        Place::ProgramFolder | Place::Folder => Some(Power::Replace),
    }
}

/// Generic rights as the file system maps them.
const fn specific(mask: u32) -> u32 {
    let mut mapped = mask;
    if mask & GENERIC_ALL != 0 {
        mapped |= WRITE_DATA | APPEND_DATA | DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER;
    }
    if mask & GENERIC_WRITE != 0 {
        mapped |= WRITE_DATA | APPEND_DATA;
    }
    mapped
}

/// Everyone; and the authenticated users, who on a machine without guests are
/// the same.
pub(super) fn is_everybody(sid: &str) -> bool {
    matches!(sid, "S-1-1-0" | "S-1-5-11" | "S-1-5-32-545" | "S-1-5-4")
}

/// SYSTEM, the administrators, `TrustedInstaller`, the creator's place-holders
/// (whoever creates something owns it, and owners are told apart), the machine's
/// built-in administrator and the administrators of a domain.
pub(super) fn is_administrator(sid: &str) -> bool {
    const TRUSTED_INSTALLER: &str =
        "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";
    matches!(
        sid,
        "S-1-5-18" | "S-1-5-32-544" | "S-1-3-0" | "S-1-3-1" | "S-1-3-4" | TRUSTED_INSTALLER
    ) || (sid.starts_with("S-1-5-21-")
        && ["-500", "-512", "-518", "-519"]
            .iter()
            .any(|end| sid.ends_with(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &str = "S-1-5-32-545";
    const ANN: &str = "S-1-5-21-1-2-3-1001";
    const MODIFY: u32 = 0x0013_01BF;
    const READ: u32 = 0x0012_00A9;

    fn allow(sid: &str, mask: u32) -> Entry {
        Entry {
            sid: sid.to_owned(),
            effect: Effect::Allow,
            mask,
        }
    }

    #[track_caller]
    fn check(entries: &[Entry], place: Place, expected: &[(&str, Power)]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|(sid, power)| ((*sid).to_owned(), *power))
            .collect();
        assert_eq!(harmful(entries, place), expected);
    }

    #[test]
    fn administrators_may_do_everything() {
        for sid in ["S-1-5-18", "S-1-5-32-544", "S-1-5-21-1-2-3-500"] {
            check(&[allow(sid, GENERIC_ALL)], Place::Target, &[]);
        }
    }

    #[test]
    fn readers_do_no_harm() {
        check(&[allow(USERS, READ)], Place::Target, &[]);
        check(&[allow(USERS, READ)], Place::ProgramFolder, &[]);
    }

    #[test]
    fn who_can_modify_is_found() {
        check(
            &[allow(USERS, MODIFY)],
            Place::Target,
            &[(USERS, Power::Write)],
        );
        check(
            &[allow(USERS, MODIFY)],
            Place::ProgramFolder,
            &[(USERS, Power::Replace)],
        );
        check(
            &[allow(ANN, GENERIC_ALL)],
            Place::Target,
            &[(ANN, Power::Own)],
        );
        check(
            &[allow(ANN, GENERIC_WRITE)],
            Place::Target,
            &[(ANN, Power::Write)],
        );
    }

    #[test]
    fn to_add_files_is_harmful_only_beside_a_program() {
        let adds = [allow(USERS, READ | WRITE_DATA | APPEND_DATA)];
        check(&adds, Place::Folder, &[]);
        check(&adds, Place::ProgramFolder, &[(USERS, Power::Replace)]);
    }

    #[test]
    fn what_was_refused_before_is_not_granted() {
        let refuse = |sid: &str, mask| Entry {
            sid: sid.to_owned(),
            effect: Effect::Deny,
            mask,
        };
        check(
            &[refuse(ANN, GENERIC_ALL), allow(ANN, MODIFY)],
            Place::Target,
            &[],
        );
        check(
            &[
                refuse("S-1-1-0", WRITE_DATA | APPEND_DATA | DELETE),
                allow(ANN, MODIFY),
            ],
            Place::Target,
            &[],
        );
        check(
            &[refuse(USERS, READ), allow(ANN, MODIFY)],
            Place::Target,
            &[(ANN, Power::Write)],
        );
    }

    #[test]
    fn entries_for_what_will_be_made_do_not_count_here() {
        let inherited = Entry {
            effect: Effect::None,
            ..allow(USERS, MODIFY)
        };
        check(&[inherited], Place::Folder, &[]);
    }
}
