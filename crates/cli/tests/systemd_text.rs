//! What is written into a unit file arrives at the program: arguments, variables
//! and the working folder, through a real systemd.

mod container;
mod web;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use container::Machine;
use outlast_native::systemd::{Folders, Systemd};
use outlast_native::{
    Account, Definition, Manager as _, NativeName, Network, Protocol, Sandbox, Scope, StartType,
    Step, Trigger,
};

const VICTIM: &str = "/opt/it has 100% $HOME/victim";

const ODD: [&str; 24] = [
    "",
    " ",
    "a b",
    "\ttab",
    "line\nbreak",
    "\r\n",
    "it's",
    "\"quoted\"",
    "\\",
    "C:\\dir\\",
    "\\x41\\n",
    "$HOME",
    "${HOME}",
    "$$",
    "$",
    "100%",
    "%n %% %",
    ";",
    "\\;",
    "-@:+!",
    "#no comment",
    "ä€🦀",
    "\u{1}\u{7f}\u{85}",
    "[Install]",
];

/// Words of every length up to 40, of what means something to systemd.
fn random_words() -> Vec<String> {
    const LETTERS: [char; 16] = [
        '\\', '"', '\'', '$', '%', '{', '}', ';', ' ', '\n', '\t', 'n', 'x', '4', 'ß', '\u{1b}',
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % 16).expect("it is small")
    };
    (0..400)
        .map(|index| (0..index % 40).map(|_| LETTERS[next()]).collect())
        .collect()
}

fn words() -> Vec<String> {
    let odd = ODD.iter().map(|&word| word.to_owned());
    odd.chain(random_words()).collect()
}

/// A service that runs the victim once and tells nothing.
fn service(name: &str, behaviour: &str) -> Definition {
    Definition {
        name: NativeName::new(name).expect("a name"),
        scope: Scope::System,
        program: PathBuf::from(VICTIM),
        arguments: vec![behaviour.to_owned()],
        dir: PathBuf::from("/"),
        environment: Vec::new(),
        display_name: None,
        description: None,
        start: StartType::Manual,
        account: Account::System,
        groups: Vec::new(),
        capabilities: Vec::new(),
        sandbox: Sandbox::Off,
        depends_on: Vec::new(),
        network: Network::Unneeded,
        protocol: Protocol::Silent,
        restart_delay: Duration::from_secs(3600),
        stop_timeout: Duration::from_secs(5),
        state_dir: None,
    }
}

/// Writes its units, as an installation does.
fn write(machine: &Machine, definition: &Definition) {
    let systemd = Systemd::with(Folders { user: None });
    let rendered = systemd.render(definition).expect("it can be expressed");
    for step in &rendered.steps {
        if let Step::File { path, text, .. } = step {
            machine.write(path.to_str().expect("text"), text);
        }
    }
}

/// What the service prints.
fn output_of(machine: &Machine, definition: &Definition) -> Vec<u8> {
    write(machine, definition);
    let name = definition.name.as_str();
    let output = format!("/var/{name}.output");
    machine.write(
        &format!("/etc/systemd/system/{name}.service.d/output.conf"),
        &format!("[Service]\nStandardOutput=file:{output}\n"),
    );
    machine.succeed(&["systemctl", "daemon-reload"]);
    machine.succeed(&["systemctl", "start", name]);
    machine.eventually("the victim has ended", || {
        machine.unit(name, "SubState") == "auto-restart"
    });
    fs::read(machine.at(&output)).expect("it is there")
}

fn split(output: &[u8]) -> Vec<String> {
    let text = String::from_utf8(output.to_vec()).expect("it was text");
    let words = text.strip_suffix('\0').expect("each ends with a zero byte");
    words.split('\0').map(str::to_owned).collect()
}

fn machine() -> Machine {
    let machine = Machine::boot();
    machine.put(outlast_testkit::victim_path(), VICTIM);
    machine
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn what_a_unit_says_is_what_the_program_gets() {
    let machine = machine();
    let words = words();
    let mut arguments = service("arguments", "arguments");
    arguments.arguments.extend(words.clone());
    assert_eq!(split(&output_of(&machine, &arguments)), words);

    let mut variables = service("environment", "environment");
    let numbered = words.iter().enumerate();
    variables.environment = numbered
        .map(|(index, word)| (format!("WORD_{index}"), word.clone()))
        .collect();
    let got = split(&output_of(&machine, &variables));
    for (name, value) in &variables.environment {
        let line = format!("{name}={value}");
        assert!(got.contains(&line), "{line:?} is not in {got:?}");
    }
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn any_folder_is_worked_in() {
    let machine = machine();
    let folders = [
        " 100% of \"it\" ",
        "$HOME",
        "it's;",
        "ends with \\",
        "ä\\x41",
    ];
    for (index, folder) in folders.into_iter().enumerate() {
        let dir = format!("/srv/{folder}");
        fs::create_dir_all(machine.at(&dir)).expect("a folder");
        let mut definition = service(&format!("dir-{index}"), "dir");
        definition.dir = PathBuf::from(&dir);
        let output = output_of(&machine, &definition);
        assert_eq!(String::from_utf8_lossy(&output), format!("{dir}\n"));
    }
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn systemd_has_nothing_to_say_about_our_units() {
    let machine = machine();
    for (index, account) in [Account::System, Account::Dynamic].into_iter().enumerate() {
        for sandbox in [Sandbox::Modest, Sandbox::Strict] {
            let mut full = service(&format!("full-{index}-{sandbox:?}"), "hang");
            full.description = Some("50% off".to_owned());
            full.start = StartType::Trigger(Trigger::Path(PathBuf::from("/run/a flag")));
            full.account = account.clone();
            full.groups = vec!["video".to_owned()];
            full.capabilities = vec!["CAP_NET_BIND_SERVICE".to_owned()];
            full.sandbox = sandbox;
            full.depends_on = vec!["dbus".to_owned()];
            full.network = Network::Online;
            full.protocol = Protocol::Native {
                watchdog: Some(Duration::from_secs(30)),
            };
            full.state_dir = Some(PathBuf::from("/var/lib/outlast/full"));
            write(&machine, &full);
            for kind in ["service", "path"] {
                let unit = format!("/etc/systemd/system/{}.{kind}", full.name);
                let said = machine.run(&["systemd-analyze", "verify", "--man=no", &unit]);
                assert!(said.status.success() && said.stderr.is_empty(), "{said:?}");
            }
        }
    }
}
