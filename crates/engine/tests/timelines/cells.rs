//! Every state × every input: the table below is complete, so that no cell is
//! undecided.

use std::fmt::Write as _;

use crate::player::Player;
use crate::print;

/// How to bring a service `x` into each state. It depends on `d`, which runs
/// except where it shall be waited for.
const STATES: &[(&str, &[&str])] = &[
    ("never started", &["start d", "started d"]),
    (
        "stopped",
        &[
            "start d",
            "started d",
            "start x",
            "started x",
            "stop x",
            "exited x 0",
        ],
    ),
    (
        "completed",
        &["start d", "started d", "start x", "started x", "exited x 0"],
    ),
    ("waiting", &["start x"]),
    (
        "waiting, for the network",
        &[
            "start d",
            "started d",
            "apply d; x needs=d network policy=on-failure limit=2/1m watch=restart",
            "network offline",
            "start x",
        ],
    ),
    (
        "running, to be restarted",
        &[
            "start d",
            "started d",
            "apply d; x needs=d network resume=restart policy=on-failure limit=2/1m watch=restart",
            "start x",
            "started x",
            "network offline",
            "machine resumed",
        ],
    ),
    ("starting", &["start d", "started d", "start x"]),
    (
        "starting, to stop",
        &["start d", "started d", "start x", "stop x"],
    ),
    (
        "starting, to restart",
        &["start d", "started d", "start x", "restart x"],
    ),
    ("running", &["start d", "started d", "start x", "started x"]),
    (
        "running, not ready",
        &[
            "start d",
            "started d",
            "apply d; x needs=d ready=notify:1s policy=on-failure limit=2/1m watch=restart",
            "start x",
            "started x",
        ],
    ),
    (
        "running, with a question open",
        &[
            "start d",
            "started d",
            "apply d; x needs=d ready=probe:30s policy=on-failure limit=2/1m watch=restart",
            "start x",
            "started x",
            "+60ms",
        ],
    ),
    (
        "stopping",
        &["start d", "started d", "start x", "started x", "stop x"],
    ),
    (
        "stopping, main ended",
        &[
            "start d",
            "started d",
            "start x",
            "started x",
            "stop x",
            "exited x 0 left",
        ],
    ),
    (
        "stopping, left behind",
        &[
            "start d",
            "started d",
            "start x",
            "started x",
            "exited x 1 left",
        ],
    ),
    (
        "stopping, to restart",
        &["start d", "started d", "start x", "started x", "restart x"],
    ),
    (
        "killed",
        &[
            "start d",
            "started d",
            "start x",
            "started x",
            "stop x",
            "+5s",
        ],
    ),
    (
        "backing off",
        &["start d", "started d", "start x", "started x", "exited x 1"],
    ),
    (
        "failed, limit",
        &[
            "start d",
            "started d",
            "start x",
            "started x",
            "exited x 1",
            "+1s",
            "started x",
            "exited x 1",
        ],
    ),
    (
        "unkillable",
        &[
            "start d",
            "started d",
            "start x",
            "started x",
            "stop x",
            "+15s",
        ],
    ),
    (
        "unkillable, main ended",
        &[
            "start d",
            "started d",
            "start x",
            "started x",
            "stop x",
            "exited x 0 left",
            "+15s",
        ],
    ),
    (
        "unkillable, to restart",
        &[
            "start d",
            "started d",
            "start x",
            "started x",
            "restart x",
            "+15s",
        ],
    ),
];

const INPUTS: &[&str] = &[
    "started x",
    "started x #99",
    "start-failed x",
    "start-failed x #99",
    "exited x 0",
    "exited x 1",
    "exited x 1 left",
    "exited x 0 #99",
    "emptied x",
    "emptied x #99",
    "answers x well",
    "answers x silent",
    "answers x well #99",
    "tells x ready",
    "tells x trigger",
    "tells x trigger #99",
    "prints x",
    "worked x 1s",
    "timer",
    "machine suspending",
    "machine resumed",
    "network offline",
    "network online",
    "files-changed x",
    "+2s",
    "+61s",
    "start x",
    "start all",
    "stop x",
    "stop d",
    "restart x",
    "restart d",
    "apply d; x needs=d policy=on-failure limit=2/1m watch=restart",
    "apply d; x needs=d policy=never",
    "apply d",
    "apply",
    "shutdown",
    "shutdown now",
];

/// The services of every cell.
const SERVICES: &[&str] = &["d", "x needs=d policy=on-failure limit=2/1m watch=restart"];

#[test]
fn no_cell_is_undecided() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/timelines/cells.txt");
    let actual = table();
    if std::env::var_os("OUTLAST_UPDATE").is_some() {
        std::fs::write(&path, &actual).expect("the table can be written");
    }
    let expected = std::fs::read_to_string(&path).expect("the table is beside this file");
    let expected = expected.replace("\r\n", "\n");
    assert!(
        actual == expected,
        "{}",
        print::difference(&expected, &actual)
    );
}

fn table() -> String {
    let mut text = String::new();
    for (state, way) in STATES {
        writeln!(text, "{state}").expect("text can be written to");
        for input in INPUTS {
            let mut player = Player::new(SERVICES);
            for line in *way {
                player.play(line);
            }
            let before = show(&player);
            player.play(input);
            let after = show(&player);
            let after = if after == before { "-" } else { &after };
            writeln!(text, "    {input:48} {after}").expect("text can be written to");
        }
    }
    text
}

fn show(player: &Player) -> String {
    let mut views = player.world.services();
    let x = views.find(|view| view.definition.name.as_str() == "x");
    x.map_or_else(
        || "forgotten".to_owned(),
        |view| format!("{}, wants {:?}", print::state(view.state), view.desired),
    )
}
