//! What supervision costs, beside the floor of the machine.
//!
//! ```text
//! cargo bench -p outlast-cli --bench supervision            # everything
//! cargo bench -p outlast-cli --bench supervision -- logs    # one of restart, start, memory, idle, logs, probes, sockets, why
//! ```
//!
//! Every figure is measured from outside on the real binary, on the same small
//! program as the floor and in the same run: compare ratios, not times. Linux
//! only, because the figures come from `/proc`. `docs/performance.md` has
//! figures and the comparison with other supervisors.

#[cfg(target_os = "linux")]
mod floor;
#[cfg(target_os = "linux")]
mod guarded;
#[cfg(target_os = "linux")]
mod idle;
#[cfg(target_os = "linux")]
mod logs;
#[cfg(target_os = "linux")]
mod marks;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod probes;
#[cfg(target_os = "linux")]
mod proc;
#[cfg(target_os = "linux")]
mod restart;
#[cfg(target_os = "linux")]
mod sockets;
#[cfg(target_os = "linux")]
mod start;
#[cfg(target_os = "linux")]
mod why;

#[cfg(target_os = "linux")]
fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["mark", fifo] => marks::mark(fifo),
        ["spew", bytes, line] => logs::spew(bytes, line),
        // `cargo test` runs benches once, to see that they start.
        ["--test", ..] => {}
        chosen => {
            for (name, bench) in BENCHES {
                if chosen.is_empty() || chosen.contains(name) {
                    bench();
                }
            }
        }
    }
}

#[cfg(target_os = "linux")]
const BENCHES: &[(&str, fn())] = &[
    ("restart", restart::bench),
    ("start", start::bench),
    ("memory", memory::bench),
    ("idle", idle::bench),
    ("logs", logs::bench),
    ("probes", probes::bench),
    ("sockets", sockets::bench),
    ("why", why::bench),
];

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("the benches read /proc and run on Linux only");
}
