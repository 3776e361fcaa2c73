//! How often a guardian wakes up while nothing happens.

use std::time::Duration;

use crate::guarded::{Guarded, Output, child};
use crate::marks::Marks;
use crate::proc;

const SERVICES: usize = 100;
const SECONDS: u64 = 60;

pub(crate) fn bench() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut marks = Marks::new(folder.path());
    let guarded = Guarded::run(
        folder,
        SERVICES,
        &[&child(), "mark", marks.path()],
        Output::Captured,
    );
    for _ in 0..SERVICES {
        marks.next();
    }
    std::thread::sleep(Duration::from_secs(5));
    let before = proc::context_switches(guarded.pid());
    std::thread::sleep(Duration::from_secs(SECONDS));
    let wakes = proc::context_switches(guarded.pid()) - before;
    println!("idle     outlast {SERVICES} services      {wakes} wake-ups in {SECONDS} s");
}
