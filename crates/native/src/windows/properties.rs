//! A service in the words of `outlast config`. Pure.

use std::time::Duration;

use super::render::{NETWORK, PRESHUTDOWN_MARGIN};
use super::service::{FailureKind, Service, Start};
use super::{account, command_line};
use crate::definition::NativeName;
use crate::manager::Property;

/// What the manager tells of the service `name`. What it does not tell is left
/// out.
pub(super) fn of(name: &NativeName, service: &Service) -> Vec<Property> {
    let (program, arguments) = command_line::read(&service.command_line);
    let (network, depends_on) = split_network(&service.depends_on);
    let mut properties = vec![property("display_name", &service.display_name)];
    if let Some(description) = &service.description {
        properties.push(property("description", description));
    }
    properties.push(property("start", start(service.start)));
    properties.push(property("account", &account::word(&service.account, name)));
    properties.push(property("depends_on", &depends_on.join(", ")));
    properties.push(property("network", network));
    if let Some(delay) = restart_delay(service) {
        properties.push(property("restart_delay", &written(delay)));
    }
    if let Some(time) = service.preshutdown {
        let time = time.saturating_sub(PRESHUTDOWN_MARGIN);
        properties.push(property("stop_timeout", &written(time)));
    }
    properties.push(property("program", &program));
    properties.push(property("arguments", &list(&arguments)));
    if !service.environment.is_empty() {
        properties.push(property("environment", &list(&service.environment)));
    }
    properties
}

fn property(name: &'static str, value: &str) -> Property {
    let value = value.to_owned();
    Property { name, value }
}

const fn start(start: Start) -> &'static str {
    match start {
        Start::Auto => "auto",
        Start::Delayed => "delayed",
        Start::Manual => "manual",
        Start::Disabled => "disabled",
        Start::FirstAddress => "{ trigger = \"network\" }",
    }
}

fn split_network(names: &[String]) -> (&'static str, Vec<&str>) {
    let is_network = |name: &str| NETWORK.iter().any(|one| one.eq_ignore_ascii_case(name));
    let others: Vec<&str> = names.iter().map(String::as_str).collect();
    let found = others.iter().filter(|name| is_network(name)).count();
    if found < NETWORK.len() {
        return ("unneeded", others);
    }
    let others = others.into_iter().filter(|name| !is_network(name));
    ("online", others.collect())
}

/// `None` also when it is not always started again.
fn restart_delay(service: &Service) -> Option<Duration> {
    let actions = &service.failures.as_ref()?.actions;
    let last = actions.last()?;
    (last.kind == FailureKind::Restart).then_some(last.delay)
}

/// As the file writes a duration.
fn written(time: Duration) -> String {
    if time.subsec_millis() == 0 {
        format!("{}s", time.as_secs())
    } else {
        format!("{}ms", time.as_millis())
    }
}

/// JSON's lists of texts are TOML's.
fn list(texts: &[String]) -> String {
    serde_json::to_string(texts).expect("a list of texts")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service() -> Service {
        Service {
            name: "shop".to_owned(),
            display_name: "Der Laden".to_owned(),
            description: None,
            command_line: r#""C:\a b\outlast.exe" run "x y\\" ü"#.to_owned(),
            start: Start::FirstAddress,
            depends_on: vec!["dnscache".into(), "RpcSs".into(), "Tcpip".into()],
            account: r"NT SERVICE\shop".to_owned(),
            password: None,
            environment: Vec::new(),
            failures: None,
            preshutdown: Some(Duration::from_secs(25)),
        }
    }

    fn value<'a>(properties: &'a [Property], name: &str) -> Option<&'a str> {
        let found = properties.iter().find(|property| property.name == name)?;
        Some(&found.value)
    }

    #[test]
    fn what_the_manager_tells_is_said_in_the_files_words() {
        let name = NativeName::new("shop").expect("a name");
        let told = of(&name, &service());
        assert_eq!(value(&told, "start"), Some("{ trigger = \"network\" }"));
        assert_eq!(value(&told, "account"), Some("virtual"));
        assert_eq!(value(&told, "network"), Some("online"));
        assert_eq!(value(&told, "depends_on"), Some("RpcSs"));
        assert_eq!(value(&told, "stop_timeout"), Some("20s"));
        assert_eq!(value(&told, "program"), Some(r"C:\a b\outlast.exe"));
        assert_eq!(value(&told, "arguments"), Some(r#"["run","x y\\","ü"]"#));
        assert_eq!(value(&told, "restart_delay"), None, "it was not told");
    }
}
