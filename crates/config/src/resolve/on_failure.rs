//! `on_failure`: what is started then, and services of their own for the programs
//! that are.

use std::collections::BTreeMap;

use outlast_model::service::{Command, Environment, Inherit, LogPolicy};
use outlast_model::{Delivery, Limits, Sandbox, Service, ServiceName};

use crate::defaults;
use crate::diagnostic::{Diagnostic, quoted};
use crate::file::{OnFailureKeys, OnFailureSetting, WebhookSetting};
use crate::read::Text;
use crate::report::Report;
use crate::resolve::part::{Part, outside};
use crate::resolve::{Context, Places, part, secret};
use crate::source::{Located, Span};
use crate::suggest;
use crate::webhook;

/// Which service has failed.
const FAILED: &str = "OUTLAST_FAILED_SERVICE";

/// What curl may have to know to get out of a network, and whom to trust there.
const FOR_CURL: [&str; 11] = [
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "CURL_SSL_BACKEND",
];

/// Says in `service` what is done; what comes back are the services for that.
pub(super) fn resolve(
    setting: Located<OnFailureSetting>,
    (service, places): (&mut Service, &Places),
    context: Context<'_>,
    report: &mut Report,
) -> Vec<(Service, Places)> {
    let Located { value, span } = setting;
    let OnFailureSetting::Table(keys) = value else {
        return Vec::new();
    };
    let is_rebooted = keys.reboot.is_some_and(|reboot| reboot.value);
    let tells = keys.command.is_some() || keys.webhook.is_some();
    if !tells && keys.start.is_none() && !is_rebooted {
        report.push(
            Diagnostic::missing(span, "nothing is done on failure").help(
                "write for example { command = [\"./tell-somebody\"] } or { start = \"standby\" }",
            ),
        );
        return Vec::new();
    }
    let mut parts = Vec::new();
    parts.extend(program(&keys, (service, places), (span, report)));
    if let Some(setting) = keys.webhook {
        parts.extend(webhook(setting, service, context, report));
    }
    if is_rebooted {
        parts.extend(reboot(service, context, (span, report)));
    }
    if let Some(Located { value, span }) = keys.start {
        match ServiceName::new(&value.0) {
            Ok(name) => service.on_failure.start.push(name),
            Err(_) => {
                let message = format!("there is no service {}", quoted(&value.0));
                report.push(
                    Diagnostic::missing(span, message).help(
                        "name another service of this file; to run a program, write `command`",
                    ),
                );
            }
        }
    }
    parts
}

fn program(
    keys: &OnFailureKeys,
    (service, places): (&mut Service, &Places),
    (span, report): (Span, &mut Report),
) -> Option<(Service, Places)> {
    let line = keys.command.clone()?.value;
    let timeout = keys.timeout.map(|timeout| timeout.value.0);
    let name = part::name(service, "on-failure", (span, report))?;
    let places = part::places(places, (line.program.span, span));
    let part = Part {
        name: name.clone(),
        command: Command {
            program: line.program.value,
            arguments: line.arguments,
        },
        time_limit: timeout.unwrap_or(defaults::ON_FAILURE_TIMEOUT),
    };
    let mut program = outside(part.of(service));
    let failed = (FAILED.to_owned(), service.name.to_string());
    program.environment.set.extend([failed]);
    service.on_failure.start.push(name);
    Some((program, places))
}

/// The address may be a secret: it is neither an argument, which everybody sees, nor
/// known to the service's account.
fn webhook(
    setting: Located<WebhookSetting>,
    service: &mut Service,
    context: Context<'_>,
    report: &mut Report,
) -> Option<(Service, Places)> {
    let Located { value, span } = setting;
    let (program, arguments) = context.webhook.split_first()?;
    let name = part::name(service, "webhook", (span, report))?;
    let part = Part {
        name: name.clone(),
        command: Command {
            program: program.clone(),
            arguments: arguments.to_vec(),
        },
        time_limit: defaults::ON_FAILURE_TIMEOUT,
    };
    let mut program = of_guardian(part.of(service), context);
    let variables = &mut program.environment;
    variables.inherit = Inherit::Named(FOR_CURL.map(str::to_owned).into());
    let failed = (FAILED.to_owned(), service.name.to_string());
    variables.set.extend([failed]);
    match value {
        WebhookSetting::Address(Text(address)) => {
            if !webhook::is_address(&address) {
                report.push(
                    Diagnostic::error(span, "this is no address of HTTP")
                        .help("write for example \"https://example.com/hook\", percent-encoded"),
                );
                return None;
            }
            let address = (webhook::ADDRESS_VARIABLE.to_owned(), address);
            variables.set.extend([address]);
        }
        WebhookSetting::Source(keys) => {
            let mut source = secret::secret(keys.into_secret(), context.folder)?;
            source.delivery = Delivery::Variable;
            let address = (webhook::ADDRESS_VARIABLE.to_owned(), source);
            program.secrets.extend([address]);
        }
    }
    // What the server has answered is of use where the service's output is not.
    if program.log == LogPolicy::Discard {
        program.log = defaults::LOG;
    }
    service.on_failure.start.push(name);
    Some((program, all_at(span)))
}

/// Whether this one sends a webhook.
pub(crate) fn is_webhook(service: &Service) -> bool {
    let address = webhook::ADDRESS_VARIABLE;
    service.part_of.is_some()
        && (service.environment.set.contains_key(address) || service.secrets.contains_key(address))
}

/// The service may not do that, but the guardian's may.
fn reboot(
    service: &mut Service,
    context: Context<'_>,
    (span, report): (Span, &mut Report),
) -> Option<(Service, Places)> {
    let (program, arguments) = context.reboot.split_first()?;
    let name = part::name(service, "reboot", (span, report))?;
    let part = Part {
        name: name.clone(),
        command: Command {
            program: program.clone(),
            arguments: arguments.to_vec(),
        },
        time_limit: defaults::REBOOT_TIMEOUT,
    };
    service.on_failure.reboot = Some(name);
    Some((of_guardian(part.of(service), context), all_at(span)))
}

/// Of what runs as the guardian does, all that is written in the file.
fn all_at(span: Span) -> Places {
    let all = Places {
        dir: span,
        secrets: span,
        ..Places::default()
    };
    part::places(&all, (span, span))
}

/// Run as the guardian is, with nothing of what the service is given, held to or kept
/// from: its `dir` and its `env_file` may be its account's to write.
fn of_guardian(program: Service, context: Context<'_>) -> Service {
    Service {
        dir: context.folder.to_owned(),
        environment: Environment::default(),
        secrets: BTreeMap::new(),
        sandbox: Sandbox::default(),
        user: None,
        group: None,
        capabilities: None,
        umask: None,
        limits: Limits::default(),
        stop: context.stop.clone(),
        throttle: defaults::THROTTLE,
        ..outside(program)
    }
}

/// Who names what several services were made of means all of these.
pub(super) fn mean_copies(services: &mut [Service]) {
    let copies: Vec<(ServiceName, ServiceName)> = services
        .iter()
        .filter_map(|service| Some((service.copy_of.clone()?, service.name.clone())))
        .collect();
    for service in services {
        let named = std::mem::take(&mut service.on_failure.start);
        for name in named {
            let meant = copies.iter().filter(|(of, _)| *of == name);
            let before = service.on_failure.start.len();
            service
                .on_failure
                .start
                .extend(meant.map(|(_, copy)| copy.clone()));
            if service.on_failure.start.len() == before {
                service.on_failure.start.push(name);
            }
        }
    }
}

/// What is started has to be there, once every service is known.
pub(super) fn check(services: &[Service], places: &[Places], report: &mut Report) {
    for (service, place) in services.iter().zip(places) {
        for wanted in &service.on_failure.start {
            let is_known = services.iter().any(|other| other.name == *wanted);
            if *wanted == service.name {
                let message = format!("{wanted} is to be started when it has failed itself");
                report.push(
                    Diagnostic::error(place.on_failure, message)
                        .help("raise `restart.limit`, or set it to 0, to have it tried again"),
                );
            } else if !is_known {
                let others = services.iter().filter(|other| other.part_of.is_none());
                let names = others.map(|other| other.name.as_str());
                let meant = suggest::nearest(wanted.as_str(), names.collect::<Vec<_>>());
                let message = format!("there is no service {}", quoted(wanted.as_str()));
                report.push(
                    Diagnostic::missing(place.on_failure, message).help(match meant {
                        Some(meant) => format!("did you mean `{meant}`?"),
                        None => "name another service of this file".to_owned(),
                    }),
                );
            }
        }
    }
}
