//! How an account is logged on, which follows from what kind it is.

use windows_sys::Win32::Security::SidTypeUser;

use super::sid::{LOCAL_SERVICE, NETWORK_SERVICE, Named, SERVICES, SYSTEM};

/// The identifiers of the accounts of `NT SERVICE` begin so.
const OF_SERVICES: &str = "S-1-5-80-";

/// The group that all of them are in, and no account.
const ALL_SERVICES: &str = "ALL SERVICES";

/// No way takes a password: what is not in the file and not on the command line
/// cannot be found there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Not at all: only a process of the system's own runs as the system.
    System,
    /// `LogonUserW`, as a service: an account that Windows has for services.
    OfWindows {
        /// As the service control manager spells it, in every language.
        user: &'static str,
    },
    /// `LogonUserW`, as a service: the account of the native service `service`.
    Virtual { service: String },
    /// `LogonUserW`, as a service: an account whose password the domain makes,
    /// and Windows fetches (gMSA, sMSA).
    Managed { domain: String, user: String },
    /// `LsaLogonUser` in the user's stead (S4U), by this machine.
    Local { user: String },
    /// `LsaLogonUser` in the user's stead (S4U), by the domain's controller.
    Domain { domain: String, user: String },
}

impl Way {
    /// That of the account with the identifier `sid`, which the directory of
    /// `machine` knows as `named`. `None`: it is nobody who could run a program.
    pub(super) fn of(sid: &str, named: &Named, machine: &str) -> Option<Self> {
        match sid {
            SYSTEM => return Some(Self::System),
            LOCAL_SERVICE => {
                return Some(Self::OfWindows {
                    user: "LocalService",
                });
            }
            NETWORK_SERVICE => {
                return Some(Self::OfWindows {
                    user: "NetworkService",
                });
            }
            _ => {}
        }
        let Named { domain, user, kind } = named;
        if sid.starts_with(OF_SERVICES) && domain.eq_ignore_ascii_case(SERVICES) {
            return (!user.eq_ignore_ascii_case(ALL_SERVICES)).then(|| Self::Virtual {
                service: user.clone(),
            });
        }
        if *kind != SidTypeUser {
            return None;
        }
        let (domain, user) = (domain.clone(), user.clone());
        Some(if domain.to_lowercase() == machine.to_lowercase() {
            Self::Local { user }
        } else if user.ends_with('$') {
            Self::Managed { domain, user }
        } else {
            Self::Domain { domain, user }
        })
    }

    /// What to do when Windows does not let the account log on with this error,
    /// as it follows the message.
    pub(super) fn hint(&self, error: Option<i32>) -> &'static str {
        use windows_sys::Win32::Foundation::{
            ERROR_LOGON_FAILURE, ERROR_LOGON_TYPE_NOT_GRANTED, ERROR_NO_SUCH_USER,
            ERROR_NONE_MAPPED,
        };
        let is_unknown =
            |code| [ERROR_LOGON_FAILURE, ERROR_NO_SUCH_USER, ERROR_NONE_MAPPED].contains(&code);
        match (self, error.map(i32::cast_unsigned)) {
            (Self::Virtual { .. }, Some(code)) if is_unknown(code) => {
                "; such an account exists as long as a native service of its name is registered"
            }
            (Self::Managed { .. }, Some(ERROR_LOGON_TYPE_NOT_GRANTED)) => {
                "; give it the right \"Log on as a service\" (secpol.msc, User Rights Assignment)"
            }
            (Self::Managed { .. }, Some(code)) if is_unknown(code) => {
                "; `Test-ADServiceAccount` says whether this machine may use it"
            }
            (Self::Local { .. } | Self::Domain { .. }, Some(ERROR_LOGON_TYPE_NOT_GRANTED)) => {
                "; give it the right \"Log on as a batch job\" (secpol.msc, User Rights Assignment)"
            }
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use windows_sys::Win32::Security::{SidTypeAlias, SidTypeWellKnownGroup};

    use super::*;

    fn named(domain: &str, user: &str, kind: i32) -> Named {
        Named {
            domain: domain.to_owned(),
            user: user.to_owned(),
            kind,
        }
    }

    #[track_caller]
    fn check(sid: &str, name: (&str, &str, i32), expected: Option<Way>) {
        let (domain, user, kind) = name;
        assert_eq!(
            Way::of(sid, &named(domain, user, kind), "SHOP-PC"),
            expected
        );
    }

    #[test]
    fn windows_own_accounts_are_known_by_their_identifier_in_every_language() {
        let german = ("NT-AUTORITÄT", "Lokaler Dienst", SidTypeWellKnownGroup);
        let user = "LocalService";
        check(LOCAL_SERVICE, german, Some(Way::OfWindows { user }));
        let german = ("NT-AUTORITÄT", "Netzwerkdienst", SidTypeWellKnownGroup);
        let user = "NetworkService";
        check(NETWORK_SERVICE, german, Some(Way::OfWindows { user }));
        let system = ("NT AUTHORITY", "SYSTEM", SidTypeWellKnownGroup);
        check(SYSTEM, system, Some(Way::System));
    }

    #[test]
    fn the_account_of_a_native_service_is_told_from_the_group_of_all() {
        let service = "shop".to_owned();
        let name = ("nt service", "shop", SidTypeWellKnownGroup);
        check("S-1-5-80-1-2-3-4-5", name, Some(Way::Virtual { service }));
        let all = ("NT SERVICE", "ALL SERVICES", SidTypeWellKnownGroup);
        check("S-1-5-80-0", all, None);
    }

    #[test]
    fn people_are_of_this_machine_or_of_a_domain() {
        let (domain, user) = ("CORP".to_owned(), "bob".to_owned());
        let local = Way::Local { user: user.clone() };
        check(
            "S-1-5-21-1-1001",
            ("shop-pc", "bob", SidTypeUser),
            Some(local),
        );
        let far = Way::Domain { domain, user };
        check("S-1-5-21-2-1001", ("CORP", "bob", SidTypeUser), Some(far));
    }

    #[test]
    fn only_a_domain_has_managed_accounts() {
        let (domain, user) = ("CORP".to_owned(), "web$".to_owned());
        let local = Way::Local { user: user.clone() };
        check(
            "S-1-5-21-1-1002",
            ("SHOP-PC", "web$", SidTypeUser),
            Some(local),
        );
        let managed = Way::Managed { domain, user };
        check(
            "S-1-5-21-2-1002",
            ("CORP", "web$", SidTypeUser),
            Some(managed),
        );
    }

    #[test]
    fn nobody_runs_a_program_as_a_group() {
        check(
            "S-1-5-32-544",
            ("BUILTIN", "Administrators", SidTypeAlias),
            None,
        );
        check("S-1-1-0", ("", "Everyone", SidTypeWellKnownGroup), None);
    }
}
