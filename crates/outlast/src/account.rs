//! Whom a service runs as.

use outlast_native::Secret;

/// An account that a service runs as.
///
/// ```
/// use outlast::Account;
/// let built_in = Account::local_service();
/// let named = Account::user("www");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account(outlast_native::Account);

impl Account {
    /// Who may do everything: root, `LocalSystem`.
    ///
    /// ```
    /// let account = outlast::Account::system();
    /// ```
    pub const fn system() -> Self {
        Self(outlast_native::Account::System)
    }

    /// Windows' `NT AUTHORITY\LocalService`.
    ///
    /// ```
    /// let account = outlast::Account::local_service();
    /// ```
    pub const fn local_service() -> Self {
        Self(outlast_native::Account::LocalService)
    }

    /// Windows' `NT AUTHORITY\NetworkService`.
    ///
    /// ```
    /// let account = outlast::Account::network_service();
    /// ```
    pub const fn network_service() -> Self {
        Self(outlast_native::Account::NetworkService)
    }

    /// Windows' account of just this service, `NT SERVICE\NAME`.
    ///
    /// ```
    /// let account = outlast::Account::virtual_account();
    /// ```
    pub const fn virtual_account() -> Self {
        Self(outlast_native::Account::Virtual)
    }

    /// A group managed service account, `DOMAIN\NAME$`: Windows keeps its
    /// password.
    ///
    /// ```
    /// let account = outlast::Account::managed(r"CORP\shop$");
    /// ```
    pub fn managed(name: impl Into<String>) -> Self {
        Self(outlast_native::Account::Managed(name.into()))
    }

    /// A user that systemd makes for the time that the service runs.
    ///
    /// ```
    /// let account = outlast::Account::dynamic();
    /// ```
    pub const fn dynamic() -> Self {
        Self(outlast_native::Account::Dynamic)
    }

    /// An account of this machine or its domain.
    ///
    /// ```
    /// let account = outlast::Account::user("www");
    /// ```
    pub fn user(name: impl Into<String>) -> Self {
        Self(outlast_native::Account::User {
            name: name.into(),
            password: None,
        })
    }

    /// A user with the password that Windows asks for. It is kept in memory
    /// only, and wiped; read it from a prompt or standard input, never from the
    /// command line, which others can see.
    ///
    /// ```
    /// # fn prompt() -> String { String::new() }
    /// let account = outlast::Account::user_with_password(r".\shop", prompt());
    /// ```
    pub fn user_with_password(name: impl Into<String>, password: String) -> Self {
        Self(outlast_native::Account::User {
            name: name.into(),
            password: Some(Secret::new(password)),
        })
    }

    pub(crate) fn native(&self) -> outlast_native::Account {
        self.0.clone()
    }
}
