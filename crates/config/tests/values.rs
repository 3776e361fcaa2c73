//! What valid files mean.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use outlast_config::{Config, Host, cron, defaults, parse};
use outlast_model::glob::Glob;
use outlast_model::health::{Probe, ReadyBy};
use outlast_model::limits::{Capabilities, CpuShare, OomScore, Priority};
use outlast_model::sandbox::Preset;
use outlast_model::schedule::CatchUp;
use outlast_model::service::{
    Ask, Capture, Environment, Inherit, LogPolicy, NetworkPolicy, Occasion, OnFailure, Reaction,
    RestartWhen, SleepPolicy, SleepWhile, StopStep, ThrottlePolicy, Until,
};
use outlast_model::socket::{Address, Socket};
use outlast_model::watch::{OnChange, Poll};
use outlast_model::{HealthPolicy, Limits, Service, ServiceName, Signal};

const SECOND: Duration = Duration::from_secs(1);

fn host() -> Host {
    Host {
        stop: defaults::stop_sequence(&[Ask::CtrlC, Ask::CloseWindow]),
        reboot: vec!["restart-it".to_owned(), "+1".to_owned()],
        webhook: vec!["tell-it".to_owned()],
    }
}

fn config(text: &str) -> Config {
    match parse(text, Path::new("/srv/My Shop/outlast.toml"), &host()) {
        Ok(config) => config,
        Err(diagnostics) => panic!("{diagnostics}"),
    }
}

/// The first service of a file that begins with `command`.
fn service(keys: &str) -> Service {
    let config = config(&format!("[services.a]\ncommand = \"a\"\n{keys}"));
    config.into_services().remove(0)
}

#[test]
fn a_service_that_says_nothing_has_the_defaults() {
    let service = service("");
    assert_eq!(service.dir, Path::new("/srv/My Shop"));
    assert_eq!(service.environment.inherit, Inherit::Minimal);
    assert_eq!(service.restart, defaults::RESTART);
    assert_eq!(service.success_codes, defaults::SUCCESS_CODES);
    assert_eq!(service.stop, host().stop);
    assert_eq!(service.log, defaults::LOG);
    assert_eq!(service.sleep, SleepPolicy::Allow);
    assert_eq!(service.throttle, ThrottlePolicy::Allow);
    assert_eq!(service.network, NetworkPolicy::Unneeded);
    assert_eq!(service.listen, []);
    assert_eq!(service.fd_store, defaults::FD_STORE);
    assert_eq!(service.health, HealthPolicy::default());
    assert_eq!(service.enabled, defaults::ENABLED);
    assert_eq!(service.user, None);
    assert_eq!(service.group, None);
    assert_eq!(service.capabilities, None);
    assert_eq!(service.umask, None);
    assert_eq!(service.limits, Limits::default());
    assert!(service.depends_on.is_empty());
}

#[test]
fn the_written_defaults_are_the_defaults() {
    let written: String = defaults::TABLE
        .iter()
        .filter(|default| !default.written.is_empty())
        .filter(|default| default.key != "stop.timeout")
        .filter(|default| {
            !["native.", "schedule."]
                .iter()
                .any(|of| default.key.starts_with(of))
        })
        // Keys of what stands in a list.
        .filter(|default| !default.key.contains("[]"))
        .map(|default| format!("{} = {}\n", default.key, default.written))
        .collect();
    // Where there are defaults for a way of asking, there has to be one.
    let ways = "ready.tcp = 'x:1'\nalive.tcp = 'x:1'\nwatch.paths = ['x']\n";
    assert_eq!(service(&format!("{ways}{written}")), service(ways));
    let timeout = defaults::TABLE
        .iter()
        .find(|default| default.key == "stop.timeout");
    let timeout = timeout.expect("it has a default").written;
    let daily = service("schedule.cron = '@daily'");
    for default in defaults::TABLE {
        if default.key.starts_with("schedule.") && !default.written.is_empty() {
            let (key, written) = (default.key, default.written);
            let said = service(&format!("schedule.cron = '@daily'\n{key} = {written}"));
            assert_eq!(said, daily);
        }
    }
    assert_eq!(
        service(&format!("stop.timeout = {timeout}")).stop,
        host().stop
    );
}

#[test]
fn the_guardian_is_named_by_the_file_or_by_its_folder() {
    assert_eq!(config("services.a.command = 'a'").name.as_str(), "my-shop");
    let named = config("name = 'x'\nservices.a.command = 'a'");
    assert_eq!(named.name.as_str(), "x");
}

#[test]
fn services_keep_the_order_of_the_file() {
    let config =
        config("[services.z]\ncommand='z'\n[services.a]\ncommand='a'\n[services.m]\ncommand='m'");
    let names: Vec<&str> = config
        .services
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    assert_eq!(names, ["z", "a", "m"]);
}

#[test]
fn a_command_is_a_list_or_a_line() {
    for command in ["['./api', '--name', 'a b']", "\"./api --name 'a b'\""] {
        let config = config(&format!("services.a.command = {command}"));
        let command = &config.services[0].command;
        assert_eq!(command.program, "./api");
        assert_eq!(command.arguments, ["--name", "a b"]);
    }
}

#[test]
fn relative_paths_count_from_the_folder_of_the_file() {
    let service = service("dir = './data'\nenv_file = '../.env'");
    assert_eq!(service.dir, Path::new("/srv/My Shop/data"));
    assert_eq!(
        service.environment.file.as_deref(),
        Some(Path::new("/srv/My Shop/../.env"))
    );
}

#[test]
fn the_environment_is_inherited_as_asked() {
    let inherit = |value: &str| {
        service(&format!("inherit_env = {value}"))
            .environment
            .inherit
    };
    assert_eq!(inherit("true"), Inherit::Everything);
    assert_eq!(inherit("false"), Inherit::Minimal);
    assert_eq!(inherit("['A']"), Inherit::Named(vec!["A".to_owned()]));
}

#[test]
fn dependencies_say_how_far() {
    let config = config(
        "[services.a]\ncommand='a'\ndepends_on = ['b', { service = 'c', until = 'exited-ok' }]\n\
         [services.b]\ncommand='b'\nenabled = false\n\
         [services.c]\ncommand='c'\nrestart = 'on-failure'",
    );
    let depends_on = &config.services[0].depends_on;
    assert_eq!(depends_on[0].service.as_str(), "b");
    assert_eq!(depends_on[0].until, Until::Ready);
    assert_eq!(depends_on[1].until, Until::ExitedOk);
    assert!(config.warnings().is_empty());
}

#[test]
fn a_restart_table_changes_what_it_names() {
    let restart = service("restart = { policy = 'never', factor = 1, jitter = 0 }").restart;
    assert_eq!(restart.when, RestartWhen::Never);
    assert_eq!((restart.backoff.factor, restart.backoff.jitter), (1.0, 0.0));
    assert_eq!(restart.backoff.delay, defaults::RESTART.backoff.delay);
    assert_eq!(restart.limit, Some(defaults::LIMIT));
}

#[test]
fn a_service_may_be_restarted_at_once_and_for_ever() {
    let restart = service("restart = { delay = '0s', max_delay = '0s', limit = 0, window = '0s', reset_after = '0s' }").restart;
    assert_eq!(restart.backoff.delay, Duration::ZERO);
    assert_eq!(restart.backoff.max_delay, Duration::ZERO);
    assert_eq!(restart.limit, None);
}

#[test]
fn a_written_delay_moves_the_default_of_the_other() {
    let long = service("restart.delay = '5m'").restart.backoff;
    assert_eq!((long.delay, long.max_delay), (300 * SECOND, 300 * SECOND));
    let short = service("restart.max_delay = '100ms'").restart.backoff;
    assert_eq!(short.delay, Duration::from_millis(100));
}

#[test]
fn the_limit_is_taken_as_written() {
    let limit = service("restart = { limit = 3, window = '1m' }")
        .restart
        .limit;
    let limit = limit.expect("there is one");
    assert_eq!(Some(limit.starts), NonZeroU32::new(3));
    assert_eq!(limit.window, 60 * SECOND);
}

#[test]
fn windows_exit_codes_keep_their_bits() {
    let codes = service("success_codes = [0, 255, -1, 0xC0000005]").success_codes;
    assert_eq!(codes, [0, 255, -1, 0xC000_0005_u32.cast_signed()]);
}

#[test]
fn a_stop_is_a_signal_a_sequence_or_a_kill() {
    let stop = |value: &str| service(&format!("stop = {value}")).stop.steps;
    let step = |ask, wait| StopStep { ask, wait };
    assert_eq!(
        stop("{ signal = 'SIGINT', timeout = '3s' }"),
        [step(Ask::Signal(Signal::Int), 3 * SECOND)]
    );
    assert_eq!(
        stop(
            "[{ console = 'ctrl-c', wait = '1s' }, { console = 'ctrl-break', wait = '0s' }, { window = 'close' }, 'kill']"
        ),
        [
            step(Ask::CtrlC, SECOND),
            step(Ask::CtrlBreak, Duration::ZERO),
            step(Ask::CloseWindow, defaults::STOP_TIMEOUT),
        ]
    );
    assert_eq!(stop("'kill'"), []);
    assert_eq!(stop("['kill']"), []);
}

#[test]
fn sockets_are_one_or_several_with_and_without_names() {
    let listen = |text: &str| service(&format!("listen = {text}")).listen;
    let tcp = |text: &str| Address::Tcp(text.parse().expect("an address"));
    let own = Socket {
        name: "a".to_owned(),
        address: tcp("127.0.0.1:8080"),
        backlog: None,
        reuse_port: false,
    };
    for text in ["8080", "['8080']"] {
        assert_eq!(listen(text).as_slice(), std::slice::from_ref(&own));
    }
    let written = defaults::TABLE
        .iter()
        .filter(|default| !default.written.is_empty());
    let written = written
        .filter_map(|default| Some((default.key.strip_prefix("listen[].")?, default.written)));
    for (key, value) in written {
        let address = if key == "mode" { "'/run/a'" } else { "8080" };
        let plain = listen(address);
        assert_eq!(
            listen(&format!("[{{ address = {address}, {key} = {value} }}]")),
            plain
        );
    }
    let all =
        listen("{ b = '0.0.0.0:80', a = { address = 'sub/../s', mode = '0666', backlog = 7 } }");
    assert_eq!(all[0].name, "a");
    assert_eq!(all[0].backlog.map(NonZeroU32::get), Some(7));
    let path = PathBuf::from("/srv/My Shop/sub/../s");
    assert_eq!(all[0].address, Address::Unix { path, mode: 0o666 });
    assert_eq!(
        (all[1].name.as_str(), &all[1].address),
        ("b", &tcp("0.0.0.0:80"))
    );
    assert_eq!(listen("[]"), []);
    let stores = service("fd_store = 3");
    assert_eq!(stores.fd_store, 3);
    assert!(stores.health.is_told(), "it has to be able to say what");
}

#[test]
fn a_machine_may_be_kept_awake_and_a_program_fast() {
    let sleep = |word: &str| service(&format!("sleep = '{word}'")).sleep;
    assert_eq!(sleep("inhibit"), SleepPolicy::Inhibit);
    assert_eq!(sleep("inhibit-on-ac"), SleepPolicy::InhibitOnAc);
    assert_eq!(
        service("throttle = 'never'").throttle,
        ThrottlePolicy::Never
    );
    assert_eq!(service("network = 'online'").network, NetworkPolicy::Online);
    let busy = service("sleep = { policy = 'inhibit', while = 'busy' }");
    assert_eq!(busy.sleep, SleepPolicy::Inhibit);
    assert_eq!(busy.sleep_while, SleepWhile::Busy);
    assert!(busy.health.is_told(), "it has to be able to say so");
    assert_eq!(
        service("sleep = 'inhibit'").sleep_while,
        SleepWhile::Running
    );
    let all = config("defaults.sleep = 'inhibit'\nservices.a.command = 'a'");
    assert_eq!(all.services[0].sleep, SleepPolicy::Inhibit);
}

#[test]
fn a_service_may_run_now_and_then() {
    let task = service("schedule = '30 2 * * mon'");
    let schedule = task.schedule.expect("it has one");
    assert_eq!(schedule.cron, cron("30 2 * * mon").expect("it is valid"));
    assert_eq!((schedule.zone, schedule.catch_up), (None, CatchUp::Once));
    assert_eq!(task.restart.when, RestartWhen::Never);
    assert_eq!(task.time_limit, None);

    let task = service(
        "schedule = { cron = '@daily', zone = 'Europe/Berlin', catch_up = 'skip', timeout = '1h' }\n\
         restart = { policy = 'on-failure', limit = 2 }",
    );
    let schedule = task.schedule.expect("it has one");
    assert_eq!(schedule.zone.as_deref(), Some("Europe/Berlin"));
    assert_eq!(schedule.catch_up, CatchUp::Skip);
    assert_eq!(task.restart.when, RestartWhen::OnFailure);
    assert_eq!(task.time_limit, Some(3600 * SECOND));
}

#[test]
fn what_all_services_do_after_an_end_is_not_meant_for_schedules() {
    let when = |restart: &str| {
        let text = format!(
            "defaults.restart = {restart}\n[services.a]\ncommand = 'a'\nschedule = '@daily'\n\
             restart = {{ delay = '1s' }}"
        );
        config(&text).services[0].restart.when
    };
    assert_eq!(when("'always'"), RestartWhen::Never);
    assert_eq!(when("{ policy = 'always', limit = 3 }"), RestartWhen::Never);
    assert_eq!(when("'on-failure'"), RestartWhen::OnFailure);
}

#[test]
fn what_is_a_task_has_reactions_that_are_none() {
    let text = "[services.a]\ncommand = 'a'\nschedule = { cron = '@daily', timeout = '1h' }\n\
                on_failure = { command = 'tell' }\non_resume = { command = 'look' }";
    for service in &config(text).services[1..] {
        assert_eq!(service.schedule, None, "{}", service.name);
        assert_ne!(service.time_limit, Some(3600 * SECOND), "{}", service.name);
    }
}

#[test]
fn a_timeout_is_shared_by_the_steps_of_the_system() {
    let steps = service("stop = { timeout = '30s' }").stop.steps;
    let waits: Vec<Duration> = steps.iter().map(|step| step.wait).collect();
    assert_eq!(waits, [15 * SECOND, 15 * SECOND]);
}

#[test]
fn output_is_kept_passed_on_or_thrown_away() {
    let log = |value: &str| service(&format!("log = {value}")).log;
    assert_eq!(log("false"), LogPolicy::Discard);
    assert_eq!(log("'inherit'"), LogPolicy::Inherit);
    assert_eq!(log("true"), defaults::LOG);
    let small = Capture {
        rotate: 65536,
        keep: 65536,
        max_age: None,
        max_block: Duration::ZERO,
    };
    assert_eq!(
        log("{ keep = '64KiB', max_age = false, max_block = '0s' }"),
        LogPolicy::Capture(small)
    );
}

#[test]
fn defaults_apply_where_a_service_says_nothing() {
    let config = config(
        "[defaults]\nenv = { A = '1', B = '1' }\nrestart = { policy = 'never', delay = '1s' }\nlog = { keep = '1GiB' }\nuser = 'www'\nstop = 'kill'\n\
         [services.own]\ncommand='a'\nenv = { B = '2' }\nrestart = 'always'\nlog = { rotate = '1MiB' }\nuser = 'me'\nstop = { timeout = '1s' }\n\
         [services.none]\ncommand='b'",
    );
    let [own, none] = config.services.as_slice() else {
        panic!("there are two");
    };
    let variables: Vec<&str> = own.environment.set.values().map(String::as_str).collect();
    assert_eq!(variables, ["1", "2"]);
    assert_eq!(own.restart.when, RestartWhen::Always);
    assert_eq!(own.restart.backoff.delay, SECOND);
    assert!(
        matches!(&own.log, LogPolicy::Capture(log) if log.rotate == 1 << 20 && log.keep == 1 << 30)
    );
    assert_eq!(own.user.as_deref(), Some("me"));
    assert_eq!(own.stop.steps.len(), 2);
    assert_eq!(none.restart.when, RestartWhen::Never);
    assert_eq!(none.user.as_deref(), Some("www"));
    assert_eq!(none.stop.steps, []);
}

#[test]
fn a_switch_changes_only_whether_output_is_kept() {
    let config = config(
        "[defaults]\nlog = { keep = '1MiB' }\n\
         [services.on]\ncommand='a'\nlog = true\n[services.off]\ncommand='a'\nlog = false",
    );
    assert!(matches!(&config.services[0].log, LogPolicy::Capture(log) if log.keep == 1 << 20));
    assert_eq!(config.services[1].log, LogPolicy::Discard);
}

#[test]
fn a_byte_order_mark_is_ignored() {
    assert_eq!(config("\u{feff}services.a.command = 'a'").services.len(), 1);
}

#[test]
fn long_chains_of_dependencies_are_no_cycle() {
    use std::fmt::Write;
    let mut text = String::from("services.s0.command = 'a'\n");
    for index in 1..5000 {
        let before = index - 1;
        writeln!(
            text,
            "services.s{index} = {{ command = 'a', depends_on = ['s{before}'] }}"
        )
        .expect("a string takes all");
    }
    assert_eq!(config(&text).services.len(), 5000);
}

#[test]
fn reactions_are_words_or_programs_of_their_own() {
    let text = "[defaults]\non_resume = 'restart'\n\
                [services.a]\ncommand = 'a'\ndir = 'here'\nuser = 'www'\non_lock = 'stop'\n\
                on_resume = 'ignore'\non_suspend = { command = 'flush --all', timeout = '2s' }\n\
                [services.b]\ncommand = 'b'\n";
    let services = config(text).into_services();
    let names: Vec<&str> = services
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    assert_eq!(names, ["a", "a.on-suspend", "b"]);
    let (a, flush, b) = (&services[0], &services[1], &services[2]);
    let started = Reaction::Start(flush.name.clone());
    let expected = [
        (Occasion::Suspend, started),
        (Occasion::Lock, Reaction::Stop),
    ];
    assert_eq!(a.reactions, expected.into_iter().collect());
    assert_eq!(b.reactions[&Occasion::Resume], Reaction::Restart);
    assert_eq!(flush.command.program, "flush");
    assert_eq!((&flush.dir, &flush.user), (&a.dir, &a.user));
    assert_eq!(flush.time_limit, Some(2 * SECOND));
    assert_eq!(flush.restart.when, RestartWhen::Never);
    assert_eq!(flush.part_of.as_ref(), Some(&a.name));
    assert!(!flush.enabled);
}

#[test]
fn what_defaults_say_of_hangs_and_sandboxes_is_for_all() {
    let text = "[defaults]\nhang.silent = '1h'\nsandbox = 'strict'\n[services.a]\ncommand = 'a'\n";
    let [service] = &config(text).into_services()[..] else {
        panic!("there is one");
    };
    assert_eq!(service.health.hang.silent, Some(3600 * SECOND));
    assert_eq!(service.sandbox.preset, Preset::Strict);
}

#[test]
fn what_restarts_the_machine_is_not_shut_off_from_it() {
    let text = "[services.a]\ncommand = 'a'\nsandbox = 'strict'\nsecret.KEY = { env = 'KEY' }\n\
                on_failure = { command = 'tell', reboot = true }\n";
    let services = config(text).into_services();
    let [_, tell, reboot] = &services[..] else {
        panic!("{} services", services.len());
    };
    assert_eq!(tell.sandbox.preset, Preset::Strict);
    assert_eq!(reboot.sandbox.preset, Preset::Off);
    assert!(reboot.secrets.is_empty());
}

#[test]
fn what_is_done_on_failure_is_started_as_services() {
    let text = "[services.a]\ncommand = 'a'\nuser = 'www'\n\
                on_failure = { command = 'tell me', start = 'b', reboot = true }\n\
                [services.b]\ncommand = 'b'\non_failure = 'ignore'\n";
    let services = config(text).into_services();
    let [a, tell, reboot, b] = &services[..] else {
        panic!("{} services", services.len());
    };
    assert_eq!(a.on_failure.start, [tell.name.clone(), b.name.clone()]);
    assert_eq!(a.on_failure.reboot.as_ref(), Some(&reboot.name));
    assert_eq!(
        (tell.name.as_str(), reboot.name.as_str()),
        ("a.on-failure", "a.reboot")
    );
    assert_eq!(tell.user.as_deref(), Some("www"));
    assert_eq!(tell.environment.set["OUTLAST_FAILED_SERVICE"], "a");
    assert_eq!(tell.time_limit, Some(defaults::ON_FAILURE_TIMEOUT));
    assert_eq!(reboot.command.program, "restart-it");
    assert_eq!(reboot.user, None, "a service's account may not do that");
    for part in [tell, reboot] {
        assert_eq!(part.part_of.as_ref(), Some(&a.name));
        assert!(!part.enabled && part.on_failure == OnFailure::default());
    }
    assert_eq!(b.on_failure, OnFailure::default());
}

#[test]
fn the_machine_is_restarted_without_what_the_service_is_held_to() {
    let text = "[services.a]\ncommand = 'a'\ncapabilities = []\nlimits = { pids = 1 }\n\
                dir = 'of-www'\nenv_file = 'of-www/env'\non_failure = { reboot = true }\n";
    let services = config(text).into_services();
    let reboot = &services[1];
    assert_eq!(reboot.capabilities, None);
    assert_eq!(reboot.limits, Limits::default());
    assert_eq!(reboot.environment, Environment::default());
    assert_eq!(reboot.dir, Path::new("/srv/My Shop"));
}

#[test]
fn a_service_watches_what_is_written() {
    let plain = service("dir = 'app'\nwatch = ['src/**', 'config.yaml']");
    let watch = plain.watch.expect("it watches");
    let roots: Vec<_> = watch.places.iter().map(|place| &place.root).collect();
    let dir = Path::new("/srv/My Shop/app");
    assert_eq!(roots, [&dir.join("src"), &dir.join("config.yaml")]);
    let below: Vec<_> = watch
        .places
        .iter()
        .map(|place| place.below.as_ref().map(Glob::as_str))
        .collect();
    assert_eq!(below, [Some("**"), None]);
    assert_eq!(watch.debounce, defaults::WATCH_DEBOUNCE);
    assert_eq!((watch.poll, watch.gitignore), (Poll::WhereNeeded, true));
    assert_eq!(watch.on_change, OnChange::Restart);
    let table = service(
        "watch = { paths = ['.'], ignore = ['*.log'], gitignore = false, debounce = '1s', poll = '5s' }\non_change = 'reload'",
    );
    let watch = table.watch.expect("it watches");
    assert_eq!(watch.ignore, ["*.log"]);
    assert_eq!(watch.debounce, Duration::from_secs(1));
    assert_eq!(watch.poll, Poll::Every(Duration::from_secs(5)));
    assert_eq!(
        (watch.gitignore, watch.on_change),
        (false, OnChange::Reload)
    );
    // What all do about changes says nothing about who watches.
    let text = "[defaults]\non_change = { command = 'make' }\n[services.a]\ncommand = 'a'\n\
                [services.b]\ncommand = 'b'\nwatch = ['x']\n";
    let services = config(text).into_services();
    let [a, b, make] = &services[..] else {
        panic!("{} services", services.len());
    };
    assert_eq!(a.watch, None);
    let watch = b.watch.as_ref().expect("it watches");
    assert_eq!(watch.on_change, OnChange::Start(make.name.clone()));
    assert_eq!(make.name.as_str(), "b.on-change");
    assert_eq!((&make.part_of, &make.watch), (&Some(b.name.clone()), &None));
    assert_eq!(make.time_limit, Some(defaults::ON_CHANGE_TIMEOUT));
}

#[test]
fn a_service_is_ready_and_alive_as_it_is_written() {
    let ready = |text: &str| {
        service(&format!("ready = {text}"))
            .health
            .ready
            .expect("there is")
    };
    let told = ready("'notify'");
    assert_eq!(told.by, ReadyBy::Notice);
    assert_eq!(told.timeout, defaults::READY_TIMEOUT);
    assert_eq!(ready("{ notify = true }").by, ReadyBy::Notice);
    assert_eq!(ready("'port'").by, ReadyBy::Probe(Probe::Port));
    assert_eq!(
        ready("{ delay = '3s' }").by,
        ReadyBy::Delay(Duration::from_secs(3))
    );
    let ReadyBy::Line(pattern) = ready(r"{ log = 'on \d+$' }").by else {
        panic!("it is a line");
    };
    assert_eq!(pattern.as_str(), r"on \d+$");
    let file = ready("{ file = 'run/up', timeout = '5s' }");
    let ReadyBy::Probe(Probe::File(path)) = file.by else {
        panic!("it is a file");
    };
    assert_eq!(path, Path::new("/srv/My Shop/run/up"));
    assert_eq!(file.timeout, Duration::from_secs(5));
    let asked = service("alive = { http = 'http://[::1]:80/x', interval = '2s', failures = 1 }");
    let alive = asked.health.alive.expect("there is");
    let Probe::Http(target) = alive.probe else {
        panic!("it is a URL");
    };
    assert_eq!(
        (target.host.to_string(), target.path),
        ("[::1]:80".to_owned(), "/x".to_owned())
    );
    assert_eq!(alive.interval, Duration::from_secs(2));
    assert_eq!(
        (alive.timeout, alive.failures.get()),
        (defaults::ALIVE_TIMEOUT, 1)
    );
    let watched = service("watchdog = '5s'").health;
    assert!(watched.is_told() && watched.watchdog == Some(Duration::from_secs(5)));
    let hang = service("hang = { silent = '5m', stuck = '2m' }")
        .health
        .hang;
    assert_eq!(hang.silent, Some(Duration::from_secs(300)));
    assert_eq!(
        (hang.stuck, hang.spin),
        (Some(Duration::from_secs(120)), None)
    );
    assert!(!service("").health.is_told());
    assert!(service("notify = true").health.is_told());
}

#[test]
fn limits_are_read_and_defaults_fill_in_what_is_not_said() {
    let text = "[defaults]\nlimits = { pids = 64, core = 0 }\n\
                [services.a]\ncommand = 'a'\ngroup = 'www'\numask = '027'\n\
                capabilities = ['CAP_NET_BIND_SERVICE', 'CAP_CHOWN']\n\
                [services.a.limits]\nmemory = '512MiB'\nmemory_high = '400MiB'\ncpu = '150%'\n\
                cpu_weight = 50\nio_weight = 200\nopen_files = 1024\ncore = 'unlimited'\n\
                priority = 'below-normal'\naffinity = [1, 0, 1]\noom_score = -500\n";
    let service = config(text).into_services().remove(0);
    assert_eq!(service.group.as_deref(), Some("www"));
    assert_eq!(service.umask, Some(0o027));
    assert_eq!(service.capabilities, Some(Capabilities(1 << 10 | 1)));
    let expected = Limits {
        memory: Some(512 << 20),
        memory_high: Some(400 << 20),
        cpu: Some(CpuShare(1500)),
        cpu_weight: Some(50),
        io_weight: Some(200),
        pids: Some(64),
        open_files: Some(1024),
        core: Some(u64::MAX),
        priority: Some(Priority(10)),
        affinity: Some(vec![0, 1]),
        oom_score: Some(OomScore(-500)),
    };
    assert_eq!(service.limits, expected);
    for (written, share) in [("0.5", 500), ("2", 2000), ("'33.3%'", 333)] {
        let service = self::service(&format!("limits.cpu = {written}"));
        assert_eq!(service.limits.cpu, Some(CpuShare(share)));
    }
    let nice = self::service("limits.priority = -5").limits.priority;
    assert_eq!(nice, Some(Priority(-5)));
}

#[test]
fn instances_are_services_of_their_own() {
    let text = "[services.web]\ninstances = 2\nlisten = '{instance+8080}'\n\
                command = ['web', '--id={instance}', '{other}']\n\
                env = { DATA = 'data/{instance-1}' }\n\
                alive = { http = 'http://127.0.0.1:{instance+8080}/', interval = '1s' }\n\
                on_failure = { command = 'tell {instance}' }\n\
                [services.one]\ncommand = ['one', '{instance}']\ndepends_on = ['web']\n\
                [services.two]\ncommand = 'two'\ndepends_on = ['web.2']\n\
                on_failure = { start = 'web' }\n";
    let services = config(text).into_services();
    let names: Vec<&str> = services
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "web.1",
            "web.1.on-failure",
            "web.2",
            "web.2.on-failure",
            "one",
            "two"
        ]
    );
    let second = &services[2];
    assert_eq!(
        second.copy_of.as_ref().map(ServiceName::as_str),
        Some("web")
    );
    assert_eq!(second.command.arguments, ["--id=2", "{other}"]);
    assert_eq!(second.environment.set["DATA"], "data/1");
    let Some(Probe::Http(target)) = second.health.alive.as_ref().map(|alive| &alive.probe) else {
        panic!("it is asked by HTTP");
    };
    assert_eq!(target.host.to_string(), "127.0.0.1:8082");
    assert_eq!(second.listen[0].address.to_string(), "127.0.0.1:8082");
    assert_eq!(services[3].command.arguments, ["2"]);
    assert_eq!(services[3].copy_of, None);

    let of = |service: &Service| -> Vec<String> {
        let needed = service.depends_on.iter();
        needed.map(|needed| needed.service.to_string()).collect()
    };
    assert_eq!(of(&services[4]), ["web.1", "web.2"]);
    assert_eq!(services[4].command.arguments, ["{instance}"]);
    assert_eq!(of(&services[5]), ["web.2"]);
    let started = services[5].on_failure.start.iter().map(ServiceName::as_str);
    assert_eq!(started.collect::<Vec<_>>(), ["web.1", "web.2"]);
}

#[test]
fn what_is_done_at_a_change_may_be_the_words_of_a_command() {
    let text = "[services.a]\ncommand = 'a'\nwatch = ['src']\non_change = ['make', 'all']\n";
    let services = config(text).into_services();
    let [service, made] = services.as_slice() else {
        panic!("it is a service and a program beside it");
    };
    assert_eq!(
        (
            made.command.program.as_str(),
            made.command.arguments.as_slice()
        ),
        ("make", ["all".to_owned()].as_slice())
    );
    let watch = service.watch.as_ref().expect("it watches");
    assert_eq!(watch.on_change, OnChange::Start(made.name.clone()));
}
