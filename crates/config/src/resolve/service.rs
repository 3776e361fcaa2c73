//! One service, key by key.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use outlast_model::service::{
    Command, Dependency, Environment, Inherit, OnFailure, SleepPolicy, SleepWhile,
};
use outlast_model::{Service, ServiceName};

use crate::defaults;
use crate::diagnostic::{Diagnostic, quoted};
use crate::file::{CommandLine, Entry, InheritSetting, Reading, ServiceKeys, SleepSetting};
use crate::read::Text;
use crate::report::Report;
use crate::resolve::{
    Context, Places, health, limits, listen, log, on_failure, reaction, restart, sandbox, schedule,
    secret, stop, watch,
};
use crate::source::{Located, Span};

/// What other services have to agree with.
pub(super) struct Identity {
    /// `None` when it was refused.
    pub(super) name: Option<ServiceName>,
    pub(super) copy_of: Option<ServiceName>,
    pub(super) depends_on: Vec<Dependency>,
}

/// The service and those that it starts on occasions, unless something about it
/// was reported.
pub(super) fn resolve(
    identity: Identity,
    entry: Entry,
    context: Context<'_>,
    report: &mut Report,
) -> Option<Vec<(Service, Places)>> {
    let mut places = places(&entry.keys);
    if entry.keys.command.is_none() && entry.reading == Reading::Clean {
        report.push(without_command(&entry, &identity));
    }
    let mut keys = entry.keys;
    let watched = (keys.watch.take(), keys.on_change.take());
    let reactions = reaction::resolve(&mut keys, report);
    places.reload = reactions.reload.unwrap_or(Span::START);
    let dir = keys.dir.as_ref().map_or_else(
        || context.folder.to_owned(),
        |dir| resolved(context.folder, dir),
    );
    let log = log::resolve(keys.log.as_ref(), report);
    let health = health::resolve(&keys, &dir, report);
    health::check_output(&keys, &log, report);
    let listened = listen::resolve(&keys, (&identity, &dir, &health), report);
    let fd_store = listen::fd_store(keys.fd_store, report);
    let (sleep, sleep_while) = sleep(keys.sleep.as_ref(), report);
    let restart = restart::resolve(keys.restart.as_ref(), report);
    let restart = schedule::restarts(&keys, restart);
    let (schedule, time_limit) = schedule::resolve(keys.schedule, report);
    let success_codes = success_codes(keys.success_codes, report);
    let stop = stop::resolve(keys.stop.as_ref(), context.stop, report);
    let limits = limits::resolve(keys.limits.take(), report);
    let file = keys.env_file.map(|file| resolved(context.folder, &file));
    let sandbox = sandbox::resolve(keys.sandbox, context.folder, report);
    let mut service = Service {
        name: identity.name?,
        command: command(keys.command?.value),
        dir,
        environment: Environment {
            inherit: inherit(keys.inherit_env),
            file,
            set: keys.env.map(|set| set.value.0).unwrap_or_default(),
        },
        secrets: secret::resolve(keys.secret.map(|all| all.value), context.folder),
        sandbox,
        user: keys.user.map(|user| user.value.0),
        group: keys.group.map(|group| group.value.0),
        capabilities: keys
            .capabilities
            .map(|written| limits::capabilities(&written.value)),
        umask: keys.umask.map(|umask| umask.value.0),
        limits,
        depends_on: identity.depends_on,
        enabled: keys
            .enabled
            .map_or(defaults::ENABLED, |enabled| enabled.value),
        schedule,
        restart,
        success_codes,
        stop,
        log,
        time_limit,
        reactions: BTreeMap::new(),
        on_failure: OnFailure::default(),
        part_of: None,
        copy_of: identity.copy_of,
        health,
        sleep,
        sleep_while,
        throttle: keys
            .throttle
            .map_or(defaults::THROTTLE, |throttle| throttle.value.0),
        network: keys
            .network
            .map_or(defaults::NETWORK, |network| network.value.policy()),
        session: keys.session.map(|word| word.value.sessions()),
        channel: None,
        listen: listened,
        fd_store,
        watch: None,
    };
    let mut started = reactions.of(&mut service, &places, report);
    if let Some(setting) = keys.on_failure {
        started.extend(on_failure::resolve(
            setting,
            (&mut service, &places),
            context,
            report,
        ));
    }
    started.extend(watch::resolve(watched, &mut service, &mut places, report));
    Some([(service, places)].into_iter().chain(started).collect())
}

fn sleep(
    setting: Option<&Located<SleepSetting>>,
    report: &mut Report,
) -> (SleepPolicy, SleepWhile) {
    let Some(Located { value, span }) = setting else {
        return (defaults::SLEEP, SleepWhile::default());
    };
    let keys = match value {
        SleepSetting::Word(word) => return (word.0, SleepWhile::default()),
        SleepSetting::Table(keys) => keys,
    };
    let policy = keys.policy.map(|policy| policy.value.0);
    if policy.is_none_or(|policy| policy == SleepPolicy::Allow) {
        report.push(
            Diagnostic::error(*span, "nothing keeps the machine from sleeping here")
                .help("write { policy = \"inhibit\", while = \"busy\" }"),
        );
    }
    let lasts = keys.lasts.map(|lasts| lasts.value.0);
    (policy.unwrap_or(defaults::SLEEP), lasts.unwrap_or_default())
}

fn places(keys: &ServiceKeys) -> Places {
    let at_word = |span: Option<Span>| span.unwrap_or(Span::START);
    let at = |text: &Option<Located<Text>>| text.as_ref().map_or(Span::START, |text| text.span);
    Places {
        program: keys
            .command
            .as_ref()
            .map_or(Span::START, |command| command.value.program.span),
        dir: at(&keys.dir),
        user: at(&keys.user),
        group: at(&keys.group),
        capabilities: at_word(keys.capabilities.as_ref().map(|written| written.span)),
        umask: at_word(keys.umask.map(|umask| umask.span)),
        limits: at_word(keys.limits.as_ref().map(|limits| limits.span)),
        env_file: at(&keys.env_file),
        sandbox: at_word(keys.sandbox.as_ref().map(|sandbox| sandbox.span)),
        secrets: at_word(keys.secret.as_ref().map(|secrets| secrets.span)),
        reload: Span::START,
        ready: at_word(keys.ready.as_ref().map(|ready| ready.span)),
        alive: at_word(keys.alive.as_ref().map(|alive| alive.span)),
        told: at_word(
            keys.watchdog
                .map(|watchdog| watchdog.span)
                .or(keys.notify.map(|notify| notify.span))
                .or(keys.fd_store.map(|count| count.span))
                .or(keys.ready.as_ref().map(|ready| ready.span)),
        ),
        hang: at_word(keys.hang.map(|hang| hang.span)),
        sleep: at_word(keys.sleep.map(|sleep| sleep.span)),
        throttle: at_word(keys.throttle.map(|throttle| throttle.span)),
        network: at_word(keys.network.map(|network| network.span)),
        session: at_word(keys.session.map(|session| session.span)),
        schedule: at_word(keys.schedule.as_ref().map(|schedule| schedule.span)),
        restart: at_word(keys.restart.as_ref().map(|restart| restart.span)),
        fd_store: at_word(keys.fd_store.map(|count| count.span)),
        listen: at_word(keys.listen.as_ref().map(|listen| listen.span)),
        depends_on: Span::START,
        part: Span::START,
        on_failure: at_word(keys.on_failure.as_ref().map(|setting| setting.span)),
    }
}

fn without_command(entry: &Entry, identity: &Identity) -> Diagnostic {
    let of = identity.copy_of.as_ref().map(ServiceName::as_str);
    let name = of.unwrap_or(&entry.name.value);
    let message = format!("the service {} has no command", quoted(name));
    Diagnostic::missing(entry.name.span, message)
        .help("add for example command = [\"./server\", \"--port\", \"8080\"]")
}

fn command(line: CommandLine) -> Command {
    Command {
        program: line.program.value,
        arguments: line.arguments,
    }
}

/// `path` seen from `folder`, without the `.` that people write.
pub(super) fn resolved(folder: &Path, path: &Located<Text>) -> PathBuf {
    folder.join(&path.value.0).components().collect()
}

fn inherit(setting: Option<Located<InheritSetting>>) -> Inherit {
    match setting.map(|setting| setting.value) {
        None | Some(InheritSetting::Switch(false)) => Inherit::Minimal,
        Some(InheritSetting::Switch(true)) => Inherit::Everything,
        Some(InheritSetting::Named(names)) => {
            Inherit::Named(names.into_iter().map(|name| name.value).collect())
        }
    }
}

fn success_codes(codes: Option<Located<Vec<Located<i64>>>>, report: &mut Report) -> Vec<i32> {
    let Some(codes) = codes else {
        return defaults::SUCCESS_CODES.to_vec();
    };
    codes
        .value
        .into_iter()
        .filter_map(|code| exit_code(code, report))
        .collect()
}

/// Windows has codes up to `0xFFFFFFFF`, which the model keeps as the `i32` of
/// the same bits.
fn exit_code(code: Located<i64>, report: &mut Report) -> Option<i32> {
    let as_bits = || u32::try_from(code.value).ok().map(u32::cast_signed);
    let found = i32::try_from(code.value).ok().or_else(as_bits);
    if found.is_none() {
        let message = format!("{} is no exit code", code.value);
        report.push(
            Diagnostic::error(code.span, message)
                .help("Unix has 0 to 255, Windows has 0 to 0xFFFFFFFF"),
        );
    }
    found
}
