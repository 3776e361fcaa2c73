//! From the start of the guardian to the first act of its last service.

use crate::guarded::{Guarded, Output, child};
use crate::marks::{Marks, monotonic_nanoseconds};

const SERVICES: usize = 1000;

pub(crate) fn bench() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut marks = Marks::new(folder.path());
    let begin = monotonic_nanoseconds();
    let guarded = Guarded::run(
        folder,
        SERVICES,
        &[&child(), "mark", marks.path()],
        Output::Discarded,
    );
    let last = (0..SERVICES)
        .map(|_| marks.next().nanoseconds)
        .max()
        .unwrap_or(begin);
    println!(
        "start    outlast {SERVICES} services     {:.0} ms",
        (last - begin) as f64 / 1e6
    );
    drop(guarded);
}
