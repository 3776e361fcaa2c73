//! What is rendered, of what, as text.

use std::path::PathBuf;
use std::time::Duration;

use outlast_native::{
    Account, Definition, Manager, NativeName, Network, Protocol, Sandbox, Scope, StartType, Step,
};

/// A guardian of the machine, with nothing that it has not to have.
pub(crate) fn guardian() -> Definition {
    Definition {
        name: NativeName::new("shop").expect("a name"),
        scope: Scope::System,
        program: PathBuf::from("/usr/local/bin/outlast"),
        arguments: ["run", "/srv/shop/outlast.toml"]
            .map(str::to_owned)
            .to_vec(),
        dir: PathBuf::from("/srv/shop"),
        environment: Vec::new(),
        display_name: None,
        description: None,
        start: StartType::Auto,
        account: Account::System,
        groups: Vec::new(),
        capabilities: Vec::new(),
        sandbox: Sandbox::Modest,
        depends_on: Vec::new(),
        network: Network::Unneeded,
        protocol: Protocol::Silent,
        restart_delay: Duration::from_secs(1),
        stop_timeout: Duration::from_secs(20),
        state_dir: Some(PathBuf::from("/var/lib/outlast/shop")),
    }
}

/// The steps of `manager` for `definition` as lines, each file with its text, and
/// the shortfalls.
pub(crate) fn shown(manager: &dyn Manager, definition: &Definition) -> String {
    let rendered = manager.render(definition).expect("it can be expressed");
    let mut shown = String::new();
    for step in &rendered.steps {
        shown.push_str(&format!("{step}\n"));
        if let Step::File { text, .. } = step {
            for line in text.lines() {
                shown.push_str(format!("    {line}").trim_end());
                shown.push('\n');
            }
        }
    }
    for shortfall in &rendered.fidelity.shortfalls {
        shown.push_str(&format!("{shortfall:?}\n"));
    }
    shown
}
