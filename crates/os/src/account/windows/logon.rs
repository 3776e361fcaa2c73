//! An account that is logged on: its token, its profile, its environment.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::windows::io::{AsHandle, BorrowedHandle, FromRawHandle, OwnedHandle};
use std::ptr;

use windows_sys::Win32::Security::{LOGON32_LOGON_SERVICE, LOGON32_PROVIDER_DEFAULT, LogonUserW};
use windows_sys::Win32::System::WindowsProgramming::LOGON32_PROVIDER_VIRTUAL;
use windows_sys::core::w;

use super::profile::{self, Profile};
use super::sid::{AUTHORITY, SERVICES};
use super::way::Way;
use super::{s4u, sid_of_token};
use crate::account::{Account, AccountError, Obstacle};
use crate::environment::{is_minimal, is_of_a_session};
use crate::process::windows::wide;

/// In the place of a password (`SERVICE_ACCOUNT_PASSWORD` of `lmaccess.h`): that
/// Windows fetches it from the domain.
const MANAGED: *const u16 = w!("_SA_{262E99C9-6160-4871-ACEC-4E61736B6F21}");

/// Windows' own accounts have none.
const NONE: *const u16 = w!("");

/// See [`log_on`].
#[derive(Debug)]
pub(crate) struct Logon {
    account: Account,
    /// `None`: it is this process's own account, which is logged on.
    session: Option<Session>,
}

/// What a logon holds.
#[derive(Debug)]
struct Session {
    token: OwnedHandle,
    /// `None`: it could not be loaded, or is there anyway.
    profile: Option<Profile>,
    variables: Vec<(OsString, OsString)>,
    lack: Option<String>,
    /// `None`: it is in no user's session.
    inherited: Option<Vec<(OsString, OsString)>>,
}

pub(in crate::account) fn log_on(account: Account) -> Result<Logon, AccountError> {
    if super::is_own(&account.0) {
        return Ok(Logon {
            account,
            session: None,
        });
    }
    let way = &account.0.way;
    if *way == Way::System {
        return Err(AccountError::OutOfReach(Obstacle {
            reason: "only a guardian that is LocalSystem itself runs programs as LocalSystem",
            hint: "leave `user` out, and install the guardian with account = \"system\" in [native]",
        }));
    }
    let session = token(way).and_then(|token| {
        // A machine that has its guest account enabled logs on as guest whom it
        // does not know.
        let logged_on = sid_of_token(token.as_handle())?;
        if logged_on != account.0.sid {
            let text = format!("Windows has logged on {logged_on} instead");
            return Err(io::Error::other(text));
        }
        Session::new(token, &account)
    });
    match session {
        Ok(session) => Ok(Logon {
            account,
            session: Some(session),
        }),
        Err(source) => Err(AccountError::LogOn {
            name: account.name().to_owned(),
            hint: way.hint(source.raw_os_error()),
            source,
        }),
    }
}

fn token(way: &Way) -> io::Result<OwnedHandle> {
    match way {
        Way::System => Err(io::ErrorKind::Unsupported.into()),
        Way::OfWindows { user } => as_service((user, AUTHORITY), NONE, LOGON32_PROVIDER_DEFAULT),
        Way::Virtual { service } => as_service((service, SERVICES), NONE, LOGON32_PROVIDER_VIRTUAL),
        Way::Managed { domain, user } => {
            as_service((user, domain), MANAGED, LOGON32_PROVIDER_DEFAULT)
        }
        Way::Local { user } => s4u::local(user),
        Way::Domain { domain, user } => s4u::of_domain(domain, user),
    }
}

/// As the service control manager logs on. The token that this gives is a
/// primary one, for `CreateProcessAsUserW`.
fn as_service(
    (user, domain): (&str, &str),
    password: *const u16,
    provider: u32,
) -> io::Result<OwnedHandle> {
    let user = wide::terminated(OsStr::new(user))?;
    let domain = wide::terminated(OsStr::new(domain))?;
    let mut token = ptr::null_mut();
    // SAFETY: all texts are zero-terminated; the output is ours.
    let is_logged_on = unsafe {
        LogonUserW(
            user.as_ptr(),
            domain.as_ptr(),
            password,
            LOGON32_LOGON_SERVICE,
            provider,
            &raw mut token,
        )
    };
    if is_logged_on == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just opened, for us.
    Ok(unsafe { OwnedHandle::from_raw_handle(token) })
}

impl Session {
    /// The profile first: without it the environment is that of nobody in
    /// particular (`CreateEnvironmentBlock`, Microsoft). A program that needs
    /// neither is not worse off for want of it, so that is told and no more.
    fn new(token: OwnedHandle, account: &Account) -> io::Result<Self> {
        let (profile, lack) = match &account.0.way {
            // Those of Windows' own accounts are always loaded.
            Way::System | Way::OfWindows { .. } => (None, None),
            Way::Virtual { service: user }
            | Way::Managed { user, .. }
            | Way::Local { user }
            | Way::Domain { user, .. } => match Profile::load(token.as_handle(), user) {
                Ok(profile) => (Some(profile), None),
                Err(error) => {
                    let lack = format!(
                        "the profile of {} could not be loaded ({error}), so its folders and \
                         HKEY_CURRENT_USER are those of nobody",
                        account.name()
                    );
                    (None, Some(lack))
                }
            },
        };
        // From here on `drop` unloads the profile.
        let mut session = Self {
            token,
            profile,
            variables: Vec::new(),
            lack,
            inherited: None,
        };
        let variables = profile::environment(session.token.as_handle())?.into_iter();
        session.variables = variables.filter(|(name, _)| is_minimal(name)).collect();
        Ok(session)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(profile) = self.profile.take() {
            profile.unload(self.token.as_handle());
        }
    }
}

impl Logon {
    /// In the session of a user whose `token` that is; Windows calls its screen
    /// `station`. The user's profile is loaded already.
    pub(crate) fn in_session(
        account: Account,
        token: OwnedHandle,
        station: Option<String>,
    ) -> io::Result<Self> {
        let mut all = profile::environment(token.as_handle())?;
        all.extend(station.map(|station| ("SESSIONNAME".into(), station.into())));
        let is_needed = |name: &OsStr| is_minimal(name) || is_of_a_session(name);
        let variables = all.iter().filter(|(name, _)| is_needed(name)).cloned();
        let session = Session {
            token,
            profile: None,
            variables: variables.collect(),
            lack: None,
            inherited: Some(all),
        };
        Ok(Self {
            account,
            session: Some(session),
        })
    }

    pub(crate) fn is_in_session(&self) -> bool {
        (self.session.as_ref()).is_some_and(|held| held.inherited.is_some())
    }

    /// The desktop that programs begin on, zero-terminated. That of a session, which
    /// its user has a right to; else none, which has Windows make one.
    pub(crate) fn desktop(&self) -> Vec<u16> {
        let name = if self.is_in_session() {
            "winsta0\\default"
        } else {
            ""
        };
        name.encode_utf16().chain([0]).collect()
    }

    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    /// What `CreateProcessAsUserW` needs; `None`: `CreateProcessW` does it.
    pub(crate) fn token(&self) -> Option<BorrowedHandle<'_>> {
        Some(self.session.as_ref()?.token.as_handle())
    }

    pub(in crate::account) fn variables(&self) -> Vec<(OsString, OsString)> {
        match &self.session {
            Some(session) => session.variables.clone(),
            // It is in this process's session as well.
            None => env::vars_os()
                .filter(|(name, _)| is_minimal(name) || is_of_a_session(name))
                .collect(),
        }
    }

    pub(in crate::account) fn inherited(&self) -> Option<Vec<(OsString, OsString)>> {
        self.session.as_ref()?.inherited.clone()
    }

    pub(in crate::account) fn lack(&self) -> Option<&str> {
        self.session.as_ref()?.lack.as_deref()
    }

    pub(in crate::account) async fn end(self) {
        if let Some(session) = self.session {
            // A runtime that shuts down drops the session itself.
            let _ = tokio::task::spawn_blocking(move || drop(session)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use outlast_model::service::Ask;
    use outlast_model::{Exit, ServiceName};
    use outlast_testkit::victim_path;
    use tokio::time::timeout;
    use windows_sys::Win32::Security::{TOKEN_DUPLICATE, TOKEN_QUERY};
    use windows_sys::Win32::System::Threading::OpenProcessToken;

    use super::*;
    use crate::account::{self, Starter};
    use crate::pipe::{self, Moved};
    use crate::process::{Output, Spawn};
    use crate::tree::{Forest, Process, Tree};

    const PATIENCE: Duration = Duration::from_secs(30);

    /// As `log_on` makes it, with a token of this process's own account: Wine
    /// logs nobody on, and an ordinary user may use no other.
    fn with_a_token() -> account::Logon {
        let account = Account::current().expect("it has one");
        let session = Session::new(own_token(), &account).expect("an environment");
        account::Logon(Logon {
            account,
            session: Some(session),
        })
    }

    /// As a session is entered, with the same token: Wine has no other session.
    fn in_a_session() -> account::Logon {
        let account = Account::current().expect("it has one");
        let station = Some("Console".to_owned());
        let logon = Logon::in_session(account, own_token(), station);
        account::Logon(logon.expect("an environment"))
    }

    fn own_token() -> OwnedHandle {
        let mut own = ptr::null_mut();
        // SAFETY: the output is ours, and open after the call.
        let own = unsafe {
            let access = TOKEN_DUPLICATE | TOKEN_QUERY;
            assert_ne!(
                OpenProcessToken(super::super::own_process(), access, &raw mut own),
                0
            );
            OwnedHandle::from_raw_handle(own)
        };
        s4u::primary(&own).expect("a copy")
    }

    fn tree(name: &str) -> Tree {
        let forest = Forest::open(&format!("test-logon-{name}")).expect("a forest");
        tokio::spawn(forest.tend());
        forest.tree(&ServiceName::new(name).expect("a name"))
    }

    fn start(
        logon: &account::Logon,
        tree: &Tree,
        arguments: &[&str],
        output: Output<'_>,
    ) -> Process {
        assert!(logon.token().is_some());
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        let mut environment = logon.variables();
        environment.push(("OUTLAST_TEST".into(), "ä b".into()));
        let spawn = Spawn {
            program: victim_path(),
            arguments: &arguments,
            environment: &environment,
            dir: &PathBuf::from("/"),
            logon: Some(logon),
            sandbox: None,
            umask: None,
            capabilities: None,
            limits: &outlast_model::Limits::default(),
            stdout: output,
            stderr: Output::Null,
            handed: &[],
        };
        tree.spawn(&spawn).expect("it starts")
    }

    /// What it says until it closes its output, or says `ready`.
    async fn said(tree: &Tree, arguments: &[&str]) -> (String, Process) {
        said_with(&with_a_token(), tree, arguments).await
    }

    async fn said_with(
        logon: &account::Logon,
        tree: &Tree,
        arguments: &[&str],
    ) -> (String, Process) {
        let (reader, writer) = pipe::pair().expect("a pipe");
        let process = start(logon, tree, arguments, Output::Pipe(&writer));
        drop(writer);
        let source = reader.register().expect("a runtime");
        let (mut all, mut buffer) = (Vec::new(), [0; 4096]);
        while !all.ends_with(b"ready\n") {
            match source.read(&mut buffer).expect("readable") {
                Moved::Bytes(count) => all.extend_from_slice(&buffer[..count]),
                Moved::Empty => {
                    let ready = timeout(PATIENCE, source.readable()).await;
                    ready.expect("it says something").expect("polled");
                }
                Moved::End => break,
            }
        }
        (String::from_utf8(all).expect("text"), process)
    }

    async fn exit_of(process: Process) -> Exit {
        timeout(PATIENCE, process.exited())
            .await
            .expect("it ends")
            .0
    }

    /// `CreateProcessAsUserW` takes a privilege that administrators have.
    fn may_not() -> bool {
        let may_not = !Account::is_privileged();
        if may_not {
            eprintln!("SKIPPED: only an administrator may start programs with a token");
        }
        may_not
    }

    #[tokio::test]
    async fn a_program_with_a_token_gets_arguments_environment_and_streams() {
        if may_not() {
            return;
        }
        let tree = tree("streams");
        let (text, process) = said(&tree, &["arguments", "a b", "\"ö\""]).await;
        assert_eq!(text, "a b\0\"ö\"\0");
        assert_eq!(exit_of(process).await, Exit::Code(0));
        let (text, process) = said(&tree, &["stdin"]).await;
        assert_eq!(text, "0\n");
        assert_eq!(exit_of(process).await, Exit::Code(0));
        let (text, process) = said(&tree, &["environment"]).await;
        assert!(text.contains("OUTLAST_TEST=ä b\0"), "{text}");
        assert!(text.contains("USERPROFILE="), "{text}");
        assert_eq!(exit_of(process).await, Exit::Code(0));
    }

    #[tokio::test]
    async fn a_program_of_a_session_begins_on_its_desktop_with_its_variables() {
        if may_not() {
            return;
        }
        let logon = in_a_session();
        let desktop = logon.0.desktop();
        assert_eq!(String::from_utf16_lossy(&desktop), "winsta0\\default\0");
        assert_eq!(with_a_token().0.desktop(), [0]);
        let tree = tree("session");
        let (text, process) = said_with(&logon, &tree, &["environment"]).await;
        assert!(text.contains("SESSIONNAME=Console\0"), "{text}");
        assert!(text.contains("USERPROFILE="), "{text}");
        assert_eq!(exit_of(process).await, Exit::Code(0));
        // In a job of its own again, and so is what is started in none after it.
        let (_, process) = said_with(&logon, &tree, &["six"]).await;
        assert_eq!(tree.processes().expect("known").len(), 7);
        let refused = tree.ask(Ask::CloseWindow).expect_err("nobody sees them");
        assert!(refused.to_string().contains("user's session"), "{refused}");
        tree.kill().expect("killed");
        exit_of(process).await;
        let emptied = timeout(PATIENCE, tree.emptied()).await;
        emptied.expect("all of them").expect("told");
        let (text, process) = said(&tree, &["stdin"]).await;
        assert_eq!(text, "0\n");
        assert_eq!(exit_of(process).await, Exit::Code(0));
    }

    #[tokio::test]
    async fn what_a_session_has_stands_for_what_the_guardian_has() {
        let logon = in_a_session();
        let all = logon.inherited().expect("it is of a session");
        for variable in logon.variables() {
            assert!(all.contains(&variable), "{variable:?}");
        }
        assert!(with_a_token().inherited().is_none());
        logon.end().await;
    }

    #[tokio::test]
    async fn a_program_with_a_token_is_killed_with_all_its_descendants() {
        if may_not() {
            return;
        }
        let tree = tree("killed");
        let (_, process) = said(&tree, &["six"]).await;
        assert_eq!(tree.processes().expect("known").len(), 7);
        tree.kill().expect("killed");
        assert_eq!(exit_of(process).await, Exit::Code(137));
        let emptied = timeout(PATIENCE, tree.emptied()).await;
        emptied.expect("all of them").expect("told");
    }

    #[tokio::test]
    async fn windows_on_another_desktop_are_not_closed_and_that_is_said() {
        if may_not() {
            return;
        }
        let tree = tree("desktop");
        let (_, process) = said(&tree, &["hang"]).await;
        let refused = tree.ask(Ask::CloseWindow).expect_err("nobody sees them");
        assert_eq!(refused.kind(), io::ErrorKind::Unsupported);
        tree.kill().expect("killed");
        exit_of(process).await;
        tree.ask(Ask::CloseWindow)
            .expect("nobody is there any more");
    }

    #[tokio::test]
    async fn a_logon_has_the_variables_of_its_account_and_can_be_given_back() {
        let logon = with_a_token();
        let variables = logon.variables();
        assert!(variables.iter().all(|(name, _)| is_minimal(name)));
        let has = |wanted: &str| {
            variables
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case(wanted))
        };
        for name in ["USERPROFILE", "USERNAME", "TEMP", "SystemRoot", "PATH"] {
            assert!(has(name), "{name}");
        }
        assert_eq!(logon.lack(), None);
        logon.end().await;
    }

    #[test]
    fn one_s_own_account_needs_no_logon() {
        let own = Account::current().expect("it has one");
        let logon = own.clone().log_on().expect("it is logged on");
        assert!(logon.token().is_none());
        assert_eq!(logon.account(), &own);
    }

    #[test]
    fn who_may_not_change_accounts_is_told_what_to_do() {
        let service = Account::find("LocalService").expect("every Windows has it");
        if service.obstacle(Starter::ThisProcess).is_none() {
            eprintln!("SKIPPED: this process may");
            return;
        }
        let refused = service.log_on().map(drop).expect_err("it may not");
        assert!(matches!(refused, AccountError::OutOfReach(_)));
        assert!(refused.to_string().contains("outlast install"), "{refused}");
    }
}
