//! A service's own keys over `[defaults]`.

use crate::file::{
    LimitKeys, LogKeys, LogSetting, RestartKeys, RestartSetting, Secrets, ServiceKeys, Variables,
};
use crate::resolve::schedule;
use crate::source::Located;

/// Fills in from `defaults` what `own` does not say. The tables `env`,
/// `secret`, `limits`, `restart` and `log` are filled in key by key; `stop` is not, because half of
/// one way of stopping and half of another are no way of stopping.
pub(super) fn over(own: &mut ServiceKeys, defaults: &ServiceKeys) {
    fill(&mut own.command, &defaults.command);
    fill(&mut own.dir, &defaults.dir);
    merge(&mut own.env, &defaults.env, variables);
    fill(&mut own.env_file, &defaults.env_file);
    fill(&mut own.inherit_env, &defaults.inherit_env);
    merge(&mut own.secret, &defaults.secret, secrets);
    fill(&mut own.sandbox, &defaults.sandbox);
    fill(&mut own.user, &defaults.user);
    fill(&mut own.group, &defaults.group);
    fill(&mut own.capabilities, &defaults.capabilities);
    fill(&mut own.umask, &defaults.umask);
    merge(&mut own.limits, &defaults.limits, limits);
    fill(&mut own.depends_on, &defaults.depends_on);
    fill(&mut own.enabled, &defaults.enabled);
    fill(&mut own.schedule, &defaults.schedule);
    let mut default_restart = defaults.restart.clone();
    if own.schedule.is_some() {
        schedule::without_always(&mut default_restart);
    }
    merge(&mut own.restart, &default_restart, restart);
    fill(&mut own.success_codes, &defaults.success_codes);
    fill(&mut own.stop, &defaults.stop);
    merge(&mut own.log, &defaults.log, log);
    fill(&mut own.on_suspend, &defaults.on_suspend);
    fill(&mut own.on_resume, &defaults.on_resume);
    fill(&mut own.on_lock, &defaults.on_lock);
    fill(&mut own.on_unlock, &defaults.on_unlock);
    fill(&mut own.on_logoff, &defaults.on_logoff);
    fill(&mut own.on_failure, &defaults.on_failure);
    fill(&mut own.ready, &defaults.ready);
    fill(&mut own.alive, &defaults.alive);
    fill(&mut own.watchdog, &defaults.watchdog);
    fill(&mut own.hang, &defaults.hang);
    fill(&mut own.notify, &defaults.notify);
    fill(&mut own.sleep, &defaults.sleep);
    fill(&mut own.throttle, &defaults.throttle);
    fill(&mut own.network, &defaults.network);
    fill(&mut own.session, &defaults.session);
    fill(&mut own.channel, &defaults.channel);
    fill(&mut own.listen, &defaults.listen);
    fill(&mut own.fd_store, &defaults.fd_store);
    fill(&mut own.watch, &defaults.watch);
    fill(&mut own.on_change, &defaults.on_change);
}

fn fill<T: Clone>(own: &mut Option<T>, default: &Option<T>) {
    if own.is_none() {
        own.clone_from(default);
    }
}

fn merge<T: Clone>(
    own: &mut Option<Located<T>>,
    default: &Option<Located<T>>,
    into: impl Fn(&mut T, &T),
) {
    match (own.as_mut(), default) {
        (Some(own), Some(default)) => into(&mut own.value, &default.value),
        _ => fill(own, default),
    }
}

fn variables(own: &mut Variables, default: &Variables) {
    for (name, value) in &default.0 {
        if !own.0.contains_key(name) {
            own.0.insert(name.clone(), value.clone());
        }
    }
}

fn secrets(own: &mut Secrets, default: &Secrets) {
    for (name, secret) in &default.0 {
        if !own.0.contains_key(name) {
            own.0.insert(name.clone(), secret.clone());
        }
    }
}

fn restart(own: &mut RestartSetting, default: &RestartSetting) {
    let mut keys = own.keys();
    let RestartKeys {
        policy,
        delay,
        max_delay,
        factor,
        jitter,
        reset_after,
        limit,
        window,
    } = default.keys();
    keys.policy = keys.policy.or(policy);
    keys.delay = keys.delay.or(delay);
    keys.max_delay = keys.max_delay.or(max_delay);
    keys.factor = keys.factor.or(factor);
    keys.jitter = keys.jitter.or(jitter);
    keys.reset_after = keys.reset_after.or(reset_after);
    keys.limit = keys.limit.or(limit);
    keys.window = keys.window.or(window);
    *own = RestartSetting::Table(keys);
}

fn log(own: &mut LogSetting, default: &LogSetting) {
    if let (Some(mut keys), Some(default)) = (own.keys(), default.keys()) {
        let LogKeys {
            rotate,
            keep,
            max_age,
            max_block,
        } = default;
        keys.rotate = keys.rotate.or(rotate);
        keys.keep = keys.keep.or(keep);
        keys.max_age = keys.max_age.or(max_age);
        keys.max_block = keys.max_block.or(max_block);
        *own = LogSetting::Table(keys);
    }
}

fn limits(own: &mut LimitKeys, default: &LimitKeys) {
    let LimitKeys {
        memory,
        memory_high,
        cpu,
        cpu_weight,
        io_weight,
        pids,
        open_files,
        core,
        priority,
        affinity,
        oom_score,
    } = default;
    own.memory = own.memory.or(*memory);
    own.memory_high = own.memory_high.or(*memory_high);
    own.cpu = own.cpu.or(*cpu);
    own.cpu_weight = own.cpu_weight.or(*cpu_weight);
    own.io_weight = own.io_weight.or(*io_weight);
    own.pids = own.pids.or(*pids);
    own.open_files = own.open_files.or(*open_files);
    own.core = own.core.or(*core);
    own.priority = own.priority.or(*priority);
    fill(&mut own.affinity, affinity);
    own.oom_score = own.oom_score.or(*oom_score);
}
