//! Whom a program runs as, and whether somebody who can change it is more than
//! that.

use outlast_model::Service;
use outlast_native::Account;
use outlast_os::inspection::exposure::{Principal, PrincipalKind};

use super::facts::{Facts, Identity};
use super::subject::Planned;

/// Whom a program runs as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Runner {
    /// As people call it.
    pub(crate) name: String,
    identity: Option<Identity>,
    /// Whether it may do less than any account that a person has.
    pub(crate) is_least: bool,
}

impl Runner {
    /// Whom the guardian itself runs as.
    pub(crate) fn of_guardian(planned: &Planned<'_>, facts: &dyn Facts) -> Self {
        let known = |name: &str| Self {
            identity: facts.identity(name),
            name: name.to_owned(),
            is_least: false,
        };
        let nameless = |name: &str| Self {
            identity: None,
            name: name.to_owned(),
            is_least: false,
        };
        match &planned.definition.account {
            Account::System if planned.is_the_machine_s() => nameless(planned.all_powerful()),
            Account::System => known(&facts.own_account().unwrap_or_default()),
            Account::LocalService => nameless(r"NT AUTHORITY\LocalService"),
            Account::NetworkService => nameless(r"NT AUTHORITY\NetworkService"),
            Account::Virtual => nameless(&format!(r"NT SERVICE\{}", planned.name())),
            Account::Managed(name) => nameless(name),
            // Whoever can change its program is more already, and becomes no
            // other person by it.
            Account::Dynamic => Self {
                is_least: true,
                ..nameless("a dynamic user")
            },
            Account::User { name, .. } => known(name),
        }
    }

    /// Whom `service` runs as.
    pub(crate) fn of_service(service: &Service, planned: &Planned<'_>, facts: &dyn Facts) -> Self {
        match &service.user {
            None => Self::of_guardian(planned, facts),
            Some(name) => Self {
                name: name.clone(),
                identity: facts.identity(name),
                is_least: false,
            },
        }
    }

    /// Whether `who` is this runner, and so gains nothing by a change.
    pub(crate) fn is(&self, who: &Principal) -> bool {
        let identity = self.identity.as_ref();
        match who.kind {
            PrincipalKind::Everyone => false,
            PrincipalKind::Account => {
                let id = identity.and_then(|identity| identity.id.as_deref());
                id == Some(&who.id) || is_same_name(&who.name, &self.name)
            }
            // A group of the account's own, as most systems give to each.
            PrincipalKind::Group => {
                let group = identity.and_then(|identity| identity.group.as_deref());
                group == Some(&who.id) && who.members.iter().all(|member| *member == self.name)
            }
        }
    }
}

/// Names with and without the machine's or the domain's are the same account.
fn is_same_name(one: &str, other: &str) -> bool {
    // `LocalService` is told as `LOCAL SERVICE`.
    let folded = |name: &str| name.to_lowercase().replace(' ', "");
    let bare = |name: &str| folded(name.rsplit('\\').next().unwrap_or(name));
    let is_whole = one.contains('\\') && other.contains('\\') && !other.starts_with('.');
    if is_whole {
        folded(one) == folded(other)
    } else {
        bare(one) == bare(other)
    }
}
