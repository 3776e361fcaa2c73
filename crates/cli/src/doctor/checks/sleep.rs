//! A machine that sleeps, and all that it runs with it.

use outlast_native::ManagerKind;
use outlast_os::inspection::login::LoginPolicy;
use outlast_os::inspection::power::{IdleSleep, LidAction, PlanSide, PowerPlan};

use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};
use crate::doctor::subject::Subject;
use crate::unit;

/// Why it goes to sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Occasion {
    Lid,
    Idle,
}

pub(super) fn check(subject: &Subject<'_>, facts: &dyn Facts) -> Vec<Finding> {
    if cannot_sleep(facts) {
        return Vec::new();
    }
    let mut occasions = occasions(facts);
    let what = match facts.is_portable() {
        None => "whether this machine sleeps at times is unknown".to_owned(),
        Some(true) => match &occasions {
            Some(when) if when.is_empty() => return Vec::new(),
            Some(when) => format!("this machine runs on a battery, and {}", said(when)),
            None => "this machine runs on a battery; when it sleeps is unknown".to_owned(),
        },
        Some(false) => {
            // What has no battery has no lid either, whatever is set for one.
            let when = occasions.get_or_insert_default();
            when.retain(|(occasion, _)| *occasion == Occasion::Idle);
            if when.is_empty() {
                return Vec::new();
            }
            format!("this machine {}", said(when))
        }
    };
    let lid_wins = occasions
        .iter()
        .flatten()
        .any(|(occasion, _)| *occasion == Occasion::Lid)
        && facts
            .login_policy()
            .is_some_and(|policy| policy.lid_ignores_inhibitors);
    vec![Finding {
        id: "sleep",
        severity: Severity::Note,
        what,
        why: format!(
            "nothing runs while a machine sleeps; services go on when it wakes{}",
            if lid_wins {
                "; who inhibits sleep does not keep a shut lid from it (LidSwitchIgnoreInhibited=yes)"
            } else {
                ""
            }
        ),
        fix: fix(subject).to_owned(),
    }]
}

/// Whether an action of logind puts the machine to sleep.
pub(in crate::doctor) fn is_sleep(action: &str) -> bool {
    action.contains("suspend") || action.contains("hibernate") || action.contains("sleep")
}

fn cannot_sleep(facts: &dyn Facts) -> bool {
    let has_no_way = facts.sleep_kinds().is_some_and(|kinds| kinds.is_empty());
    let systemd = facts.systemd_sleep();
    has_no_way || systemd.is_some_and(|systemd| systemd.is_masked)
}

fn said(occasions: &[(Occasion, String)]) -> String {
    let when: Vec<&str> = occasions.iter().map(|(_, when)| when.as_str()).collect();
    when.join(" and ")
}

fn fix(subject: &Subject<'_>) -> &'static str {
    match subject.planned.manager_kind {
        ManagerKind::Windows => {
            "if they must go on: powercfg /change standby-timeout-ac 0, and powercfg /setacvalueindex SCHEME_CURRENT \
             SUB_BUTTONS LIDACTION 0, powercfg /setactive SCHEME_CURRENT"
        }
        _ => {
            "if they must go on: HandleLidSwitch=ignore and IdleAction=ignore in a file of /etc/systemd/logind.conf.d, \
             or the power settings of the system"
        }
    }
}

/// When it sleeps, as logind or the power plan is set; `None`: nobody knows.
fn occasions(facts: &dyn Facts) -> Option<Vec<(Occasion, String)>> {
    match (facts.login_policy(), facts.power_plan()) {
        (Some(policy), _) => Some(of_logind(&policy)),
        (None, Some(plan)) => of_plan(&plan),
        (None, None) => None,
    }
}

fn of_logind(policy: &LoginPolicy) -> Vec<(Occasion, String)> {
    let mut when = Vec::new();
    if is_sleep(&policy.lid_switch) || is_sleep(&policy.lid_switch_on_power) {
        let action = &policy.lid_switch;
        when.push((
            Occasion::Lid,
            format!("sleeps when its lid is shut (HandleLidSwitch={action})"),
        ));
    }
    if is_sleep(&policy.idle_action) {
        let action = &policy.idle_action;
        when.push((
            Occasion::Idle,
            format!("sleeps when nobody uses it (IdleAction={action})"),
        ));
    }
    when
}

/// `None`: no setting of the plan could be read.
fn of_plan(plan: &PowerPlan) -> Option<Vec<(Occasion, String)>> {
    if *plan == PowerPlan::default() {
        return None;
    }
    let mut when = Vec::new();
    for (side, source) in [
        (plan.on_mains, "on the mains"),
        (plan.on_battery, "on a battery"),
    ] {
        when.extend(of_side(side, source));
    }
    Some(when)
}

fn of_side(side: PlanSide, source: &str) -> Vec<(Occasion, String)> {
    let lid = match side.lid {
        Some(LidAction::Sleep) => Some("sleeps"),
        Some(LidAction::Hibernate) => Some("hibernates"),
        Some(LidAction::ShutDown) => Some("shuts down"),
        Some(LidAction::Nothing) | None => None,
    };
    let lid = lid.map(|does| {
        (
            Occasion::Lid,
            format!("{does} {source} when its lid is shut"),
        )
    });
    let idle = match side.idle {
        Some(IdleSleep::After(time)) => {
            let time = unit::duration(time.as_secs_f64());
            Some((
                Occasion::Idle,
                format!("sleeps {source} when nobody has used it for {time}"),
            ))
        }
        Some(IdleSleep::Never) | None => None,
    };
    lid.into_iter().chain(idle).collect()
}
