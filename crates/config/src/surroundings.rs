//! What only the machine can tell: whether the things that a file names exist.

use std::path::Path;

use outlast_model::hang::Hang;
use outlast_model::health::{Probe, ReadyBy};
use outlast_model::limits::{Capabilities, Limit};
use outlast_model::sandbox::Preset;
use outlast_model::service::{NetworkPolicy, Reaction, SleepPolicy, ThrottlePolicy, Until};
use outlast_model::watch::OnChange;
use outlast_model::{Limits, Sandbox, Secret, Service, ServiceName};

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Severity, quoted};
use crate::resolve::{Places, on_failure};
use crate::source::Span;

/// The machine, as far as a file speaks about it. Every method may block on the
/// file system or on the database of accounts.
pub trait Surroundings {
    /// Whether the program of `service` could be executed: found from its
    /// folder or its `PATH`, a file, with permission to execute.
    ///
    /// # Errors
    /// Why not.
    fn program(&self, service: &Service) -> Result<(), Fault>;

    /// Whether `dir` is a folder that can be entered.
    ///
    /// # Errors
    /// Why not.
    fn dir(&self, dir: &Path) -> Result<(), Fault>;

    /// Whether the account exists and the guardian could change to it.
    ///
    /// # Errors
    /// Why not.
    fn user(&self, user: &str) -> Result<(), Fault>;

    /// Whether there is such a group, and the guardian could change to it.
    ///
    /// # Errors
    /// Why not.
    fn group(&self, group: &str) -> Result<(), Fault>;

    /// Whether a program can be given these rights and no others.
    ///
    /// # Errors
    /// Why not.
    fn capabilities(&self, capabilities: Capabilities) -> Result<(), Fault>;

    /// Whether new files have permissions that can be masked.
    ///
    /// # Errors
    /// Why not.
    fn umask(&self) -> Result<(), Fault>;

    /// Those of `limits` that cannot be enforced, and why.
    fn unenforced(&self, limits: &Limits) -> Vec<(Limit, Fault)>;

    /// Whether the environment file can be read.
    ///
    /// # Errors
    /// Why not.
    fn env_file(&self, path: &Path) -> Result<(), Fault>;

    /// Whether a service can be shut off so here.
    ///
    /// # Errors
    /// Why not.
    fn sandbox(&self, sandbox: &Sandbox) -> Result<(), Fault>;

    /// Whether this secret can be had here, as far as that can be told without
    /// running a command.
    ///
    /// # Errors
    /// Why not.
    fn secret(&self, secret: &Secret) -> Result<(), Fault>;

    /// Whether this secret is one: that others can read its source, or where it
    /// is handed over, is a warning.
    ///
    /// # Errors
    /// Who can read it.
    fn secrecy(&self, secret: &Secret) -> Result<(), Fault>;

    /// Whether there is a program here that sends webhooks.
    ///
    /// # Errors
    /// Why not.
    fn webhooks(&self) -> Result<(), Fault>;

    /// Whether a program can be told to read its configuration again.
    ///
    /// # Errors
    /// Why not.
    fn reload(&self) -> Result<(), Fault>;

    /// Whether a program can tell the guardian how it is (`sd_notify(3)`).
    ///
    /// # Errors
    /// Why not.
    fn notices(&self) -> Result<(), Fault>;

    /// Whether a program can be given sockets.
    ///
    /// # Errors
    /// Why not.
    fn sockets(&self) -> Result<(), Fault>;

    /// Whether what a program has open can be kept.
    ///
    /// # Errors
    /// Why not.
    fn stores(&self) -> Result<(), Fault>;

    /// Whether a service can be asked in this way.
    ///
    /// # Errors
    /// Why not.
    fn probe(&self, probe: &Probe) -> Result<(), Fault>;

    /// Whether it can be told that a service hangs in this way.
    ///
    /// # Errors
    /// Why not.
    fn hang(&self, hang: Hang) -> Result<(), Fault>;

    /// Whether the machine can be kept from sleeping.
    ///
    /// # Errors
    /// Why not.
    fn inhibitor(&self) -> Result<(), Fault>;

    /// Whether a program can be kept from being slowed down, or is not anyway.
    ///
    /// # Errors
    /// Why not.
    fn full_speed(&self) -> Result<(), Fault>;

    /// Whether the machine tells how its network is.
    ///
    /// # Errors
    /// Why not.
    fn network(&self) -> Result<(), Fault>;

    /// Whether this machine knows the time zone.
    ///
    /// # Errors
    /// Why not.
    fn zone(&self, name: &str) -> Result<(), Fault>;

    /// Whether programs can be started in sessions of users.
    ///
    /// # Errors
    /// Why not.
    fn sessions(&self) -> Result<(), Fault>;
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Why, as a fragment: "there is no such file".
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Config {
    /// Asks `surroundings` about everything that the services name, and ties
    /// each fault to its place; render it with [`Config::source`]. In the order
    /// of the file's services.
    ///
    /// A fault of a service that waits for another one to have done its work
    /// (`until = "exited-ok"`), directly or through others, is a warning: that
    /// work may be to make what is missing. What only keeps a machine awake or a
    /// program fast or within limits, or has it wait for the network, is a warning: the service runs
    /// without it.
    ///
    /// What is at one place for several services, as for those that `instances` makes
    /// and for programs that run beside them, is one fault, with all of these.
    pub fn check_surroundings(
        &self,
        surroundings: &dyn Surroundings,
    ) -> Vec<(Vec<ServiceName>, Diagnostic)> {
        let mut all: Vec<(Vec<ServiceName>, Diagnostic)> = Vec::new();
        for (name, found) in self.faults(surroundings) {
            let same = all.iter_mut().find(|(_, other)| {
                (other.primary.span, &other.message, other.severity)
                    == (found.primary.span, &found.message, found.severity)
            });
            match same {
                Some((names, _)) => names.push(name),
                None => all.push((vec![name], found)),
            }
        }
        all
    }

    fn faults(
        &self,
        surroundings: &dyn Surroundings,
    ) -> impl Iterator<Item = (ServiceName, Diagnostic)> {
        self.services
            .iter()
            .zip(&self.places)
            .flat_map(move |(service, places)| {
                let found = check(service, *places, surroundings);
                let severity = if found.is_empty() {
                    Severity::Error
                } else {
                    self.severity_of(service)
                };
                let found = found.into_iter().map(move |diagnostic| Diagnostic {
                    severity,
                    ..diagnostic
                });
                let all = found.chain(check_manners(service, *places, surroundings));
                all.map(|diagnostic| (service.name.clone(), diagnostic))
            })
    }

    fn severity_of(&self, service: &Service) -> Severity {
        let mut seen = vec![&service.name];
        let mut next = 0;
        while let Some(name) = seen.get(next) {
            next += 1;
            let service = self.services.iter().find(|service| service.name == **name);
            for dependency in service.into_iter().flat_map(|service| &service.depends_on) {
                if dependency.until == Until::ExitedOk {
                    return Severity::Warning;
                }
                if !seen.contains(&&dependency.service) {
                    seen.push(&dependency.service);
                }
            }
        }
        Severity::Error
    }
}

fn check(service: &Service, places: Places, surroundings: &dyn Surroundings) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let dir = surroundings.dir(&service.dir).err();
    // A missing folder hides every program in it: one fault, one message.
    if dir.is_none()
        && let Err(fault) = surroundings.program(service)
    {
        let program = quoted(&service.command.program);
        found.push(fault.at(places.program, format!("{program} cannot be run")));
    }
    if let Some(fault) = dir {
        let dir = quoted(&service.dir.to_string_lossy());
        found.push(fault.at(places.dir, format!("the folder {dir} cannot be entered")));
    }
    if let Some(path) = &service.environment.file
        && let Err(fault) = surroundings.env_file(path)
    {
        let path = quoted(&path.to_string_lossy());
        found.push(fault.at(
            places.env_file,
            format!("the environment file {path} cannot be read"),
        ));
    }
    if service.sandbox.preset != Preset::Off
        && let Err(fault) = surroundings.sandbox(&service.sandbox)
    {
        let message = "the service cannot be shut off so".to_owned();
        found.push(fault.at(places.sandbox, message));
    }
    for (name, secret) in &service.secrets {
        if let Err(fault) = surroundings.secret(secret) {
            let message = format!("the secret {} cannot be had", quoted(name));
            found.push(fault.at(places.secrets, message));
        }
    }
    if on_failure::is_webhook(service)
        && let Err(fault) = surroundings.webhooks()
    {
        let message = "the webhook cannot be sent".to_owned();
        found.push(fault.at(places.program, message));
    }
    if let Some(user) = &service.user
        && let Err(fault) = surroundings.user(user)
    {
        let message = format!("the account {} cannot be used", quoted(user));
        found.push(fault.at(places.user, message));
    }
    if let Some(zone) = service.schedule.as_ref().and_then(|of| of.zone.as_ref())
        && let Err(fault) = surroundings.zone(zone)
    {
        let message = format!("the time zone {} is not known", quoted(zone));
        found.push(fault.at(places.schedule, message));
    }
    if let Some(group) = &service.group
        && let Err(fault) = surroundings.group(group)
    {
        let message = format!("the group {} cannot be used", quoted(group));
        found.push(fault.at(places.group, message));
    }
    if let Some(capabilities) = service.capabilities
        && let Err(fault) = surroundings.capabilities(capabilities)
    {
        let message = "the program cannot be given these rights and no others".to_owned();
        found.push(fault.at(places.capabilities, message));
    }
    if service.session.is_some()
        && let Err(fault) = surroundings.sessions()
    {
        let message = "no program can be started in sessions of users".to_owned();
        found.push(fault.at(places.session, message));
    }
    if !service.listen.is_empty()
        && let Err(fault) = surroundings.sockets()
    {
        let message = "no program can be given sockets".to_owned();
        found.push(fault.at(places.listen, message));
    }
    if service.fd_store > 0
        && let Err(fault) = surroundings.stores()
    {
        let message = "nothing can be kept for a program".to_owned();
        found.push(fault.at(places.fd_store, message));
    }
    let mut reactions = service.reactions.values();
    let on_change = service.watch.as_ref().map(|watch| &watch.on_change);
    if (reactions.any(|reaction| *reaction == Reaction::Reload)
        || on_change == Some(&OnChange::Reload))
        && let Err(fault) = surroundings.reload()
    {
        let message = "a program cannot be told to reload".to_owned();
        found.push(fault.at(places.reload, message));
    }
    found.extend(check_health(service, places, surroundings));
    found
}

fn check_health(
    service: &Service,
    places: Places,
    surroundings: &dyn Surroundings,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let health = &service.health;
    if health.is_told()
        && let Err(fault) = surroundings.notices()
    {
        let message = "the program cannot tell how it is".to_owned();
        found.push(fault.at(places.told, message));
    }
    for (hang, _) in health.hang.iter() {
        if let Err(fault) = surroundings.hang(hang) {
            let message = format!("nobody can tell here whether it hangs: `{}`", hang.word());
            found.push(fault.at(places.hang, message));
        }
    }
    let ready = health.ready.as_ref().and_then(|ready| match &ready.by {
        ReadyBy::Probe(probe) => Some((probe, places.ready)),
        ReadyBy::Notice | ReadyBy::Line(_) | ReadyBy::Delay(_) => None,
    });
    let alive = health
        .alive
        .as_ref()
        .map(|alive| (&alive.probe, places.alive));
    for (probe, place) in ready.into_iter().chain(alive) {
        if let Err(fault) = surroundings.probe(probe) {
            let message = format!("the service cannot be asked by `{}`", probe.kind());
            found.push(fault.at(place, message));
        }
        if let Probe::Exec(command) = probe {
            let asks = Service {
                command: command.clone(),
                ..service.clone()
            };
            if let Err(fault) = surroundings.program(&asks) {
                let program = quoted(&command.program);
                found.push(fault.at(place, format!("{program} cannot be run")));
            }
        }
    }
    found
}

/// What the service does without.
fn check_manners(
    service: &Service,
    places: Places,
    surroundings: &dyn Surroundings,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if service.sleep != SleepPolicy::Allow
        && let Err(fault) = surroundings.inhibitor()
    {
        let message = "the machine cannot be kept from sleeping".to_owned();
        found.push(fault.at(places.sleep, message));
    }
    if service.throttle != ThrottlePolicy::Allow
        && let Err(fault) = surroundings.full_speed()
    {
        let message = "the program cannot be kept from being slowed down".to_owned();
        found.push(fault.at(places.throttle, message));
    }
    if service.network != NetworkPolicy::Unneeded
        && let Err(fault) = surroundings.network()
    {
        let message = "nothing can wait for the network".to_owned();
        found.push(fault.at(places.network, message));
    }
    for (name, secret) in &service.secrets {
        if let Err(fault) = surroundings.secrecy(secret) {
            let message = format!("the secret {} may not stay one", quoted(name));
            found.push(fault.at(places.secrets, message));
        }
    }
    if service.umask.is_some()
        && let Err(fault) = surroundings.umask()
    {
        found.push(fault.at(places.umask, "`umask` has no effect".to_owned()));
    }
    if service.limits != Limits::default() {
        for (limit, fault) in surroundings.unenforced(&service.limits) {
            let message = format!("`limits.{}` cannot be enforced here", limit.word());
            found.push(fault.at(places.limits, message));
        }
    }
    for diagnostic in &mut found {
        diagnostic.severity = Severity::Warning;
    }
    found
}

impl Fault {
    fn at(self, span: Span, message: String) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(span, message).label(self.reason);
        diagnostic.help = self.hint;
        diagnostic
    }
}
