//! The memory of all that is not the services.

use std::time::Duration;

use crate::guarded::{Guarded, Output, child};
use crate::marks::Marks;
use crate::proc;

pub(crate) fn bench() {
    for output in [Output::Discarded, Output::Captured] {
        for count in [1, 100, 1000] {
            let name = if output == Output::Captured {
                "with capture"
            } else {
                "without capture"
            };
            println!(
                "memory   outlast {count:>4} services {name:<16} {:>6} KiB (PSS)",
                pss(count, output)
            );
        }
    }
}

fn pss(count: usize, output: Output) -> u64 {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut marks = Marks::new(folder.path());
    let guarded = Guarded::run(folder, count, &[&child(), "mark", marks.path()], output);
    for _ in 0..count {
        marks.next();
    }
    // What start-up needed is given back once it is over.
    std::thread::sleep(Duration::from_secs(2));
    proc::pss_kib(guarded.pid())
}
