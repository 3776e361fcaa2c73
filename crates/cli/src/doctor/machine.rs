//! What was found out about the machine, for programs; what was not is `null`.

use outlast_os::inspection::login::LoginPolicy;
use outlast_os::inspection::power::{IdleSleep, LidAction, PlanSide, PowerPlan, SleepKind};
use outlast_os::inspection::systemd_sleep::SystemdSleep;
use serde_json::{Value, json};

use super::facts::Facts;

/// The facts from which prospects follow.
pub(crate) fn machine(facts: &dyn Facts) -> Value {
    let user = facts.own_account();
    let kinds = facts.sleep_kinds();
    let words = kinds.map(|kinds| kinds.into_iter().map(SleepKind::word).collect::<Vec<_>>());
    json!({
        "user": user,
        "lingers": user.and_then(|user| facts.lingers(&user)),
        "portable": facts.is_portable(),
        "sleep_kinds": words,
        "fast_startup": facts.has_fast_startup(),
        "saving_energy": facts.is_saving(),
        "logind": facts.login_policy().as_ref().map(logind),
        "systemd": facts.systemd_sleep().as_ref().map(systemd),
        "power_plan": facts.power_plan().as_ref().map(plan),
    })
}

fn logind(policy: &LoginPolicy) -> Value {
    json!({
        "kills_user_processes": policy.kills_user_processes,
        "killed_users": policy.killed_users,
        "spared_users": policy.spared_users,
        "lid_switch": policy.lid_switch,
        "lid_switch_on_power": policy.lid_switch_on_power,
        "lid_ignores_inhibitors": policy.lid_ignores_inhibitors,
        "idle_action": policy.idle_action,
        "idle_session_limit": policy.idle_session_limit,
        "delay_limit": policy.delay_limit,
    })
}

fn systemd(systemd: &SystemdSleep) -> Value {
    json!({
        "version": systemd.version,
        "freezing_users": systemd.freezing,
        "users_frozen": systemd.are_users_frozen,
        "sleep_masked": systemd.is_masked,
    })
}

fn plan(plan: &PowerPlan) -> Value {
    json!({ "on_mains": side(&plan.on_mains), "on_battery": side(&plan.on_battery) })
}

fn side(side: &PlanSide) -> Value {
    let lid = side.lid.map(|action| match action {
        LidAction::Nothing => "nothing",
        LidAction::Sleep => "sleep",
        LidAction::Hibernate => "hibernate",
        LidAction::ShutDown => "shut-down",
    });
    let idle = side.idle.map(|idle| match idle {
        IdleSleep::Never => json!("never"),
        IdleSleep::After(time) => json!(time.as_secs()),
    });
    json!({ "lid": lid, "sleeps_after_seconds": idle })
}
