//! What is measured, the same in both halves.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use outlast_os::measure::{self, Source, Switches};

use super::document::Round;
use super::statistics::{median, quantile};

/// So many calls share two readings of the clock.
const CALLS: u32 = 1000;
const BATCHES: u32 = 50;

const SLEEPS: u32 = 100;
const SLEEP: Duration = Duration::from_millis(1);

/// So many steps of computing between two looks at the clock: some microseconds.
const STEPS: u32 = 4096;

/// Measures once; takes about a quarter of a second.
pub(crate) fn round() -> io::Result<Round> {
    let source = Source::open()?;
    let before = measure::usage().and_then(|usage| usage.switches);
    let begun = Instant::now();
    let mut page = [0_u8; 4096];
    // Once, so that the file is in memory.
    source.read(&mut page)?;
    let call_ns = per_call(measure::call);
    let read_1_ns = of_read(&source, &mut page[..1])?;
    let read_4096_ns = of_read(&source, &mut page)?;
    let late = lateness();
    let seconds = begun.elapsed().as_secs_f64();
    let after = measure::usage().and_then(|usage| usage.switches);
    let a_second = |of: fn(&Switches) -> u64| {
        let count = of(&after?).saturating_sub(of(&before?));
        Some(count as f64 / seconds)
    };
    Ok(Round {
        call_ns,
        read_1_ns,
        read_4096_ns,
        timer_late_us: median(&late),
        timer_late_p99_us: quantile(&late, 0.99),
        voluntary_switches: a_second(|switches| switches.voluntary),
        involuntary_switches: a_second(|switches| switches.involuntary),
        processors: None,
    })
}

/// Nanoseconds of one `call`: the median of batches, so that a batch in which the
/// process had to wait counts as one of many.
fn per_call(mut call: impl FnMut()) -> f64 {
    let batch = |_| {
        let begun = Instant::now();
        for _ in 0..CALLS {
            call();
        }
        begun.elapsed().as_nanos() as f64 / f64::from(CALLS)
    };
    let batches: Vec<f64> = (0..BATCHES).map(batch).collect();
    median(&batches)
}

fn of_read(source: &Source, buffer: &mut [u8]) -> io::Result<f64> {
    let mut outcome = Ok(());
    let time = per_call(|| {
        if let Err(error) = source.read(buffer) {
            outcome = Err(error);
        }
    });
    outcome.map(|()| time)
}

/// By how many microseconds each of the sleeps was too long.
fn lateness() -> Vec<f64> {
    (0..SLEEPS)
        .map(|_| {
            let begun = Instant::now();
            thread::sleep(SLEEP);
            begun.elapsed().saturating_sub(SLEEP).as_secs_f64() * 1e6
        })
        .collect()
}

/// Computes for so many milliseconds on so many threads; how many processors it got,
/// on the average. `None`: this system does not tell.
pub(crate) fn load(threads: usize, milliseconds: u64) -> Option<f64> {
    let before = measure::usage()?.cpu;
    let begun = Instant::now();
    let end = begun + Duration::from_millis(milliseconds);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| compute_until(end));
        }
    });
    let used = measure::usage()?.cpu.saturating_sub(before);
    Some(used.as_secs_f64() / begun.elapsed().as_secs_f64())
}

fn compute_until(end: Instant) {
    let mut state = 1_u64;
    while Instant::now() < end {
        for _ in 0..STEPS {
            state = std::hint::black_box(state.wrapping_mul(0x5851_F42D_4C95_7F2D) ^ 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_has_everything_that_the_system_tells() {
        let round = round().expect("this program can be read");
        for time in [round.call_ns, round.read_1_ns, round.read_4096_ns] {
            assert!(time > 0.0 && time < 1e9, "{round:?}");
        }
        assert!(round.timer_late_p99_us >= round.timer_late_us, "{round:?}");
        // A hundred sleeps, each of which is a wait.
        assert!(round.voluntary_switches.is_none_or(|count| count > 0.0));
    }

    #[test]
    fn a_load_gets_processors_and_no_more_than_there_are() {
        let share = load(1, 50).expect("every system tells");
        // Other tests of this process count as well.
        let all = thread::available_parallelism().map_or(1, usize::from);
        assert!(share > 0.0 && share < all as f64 * 1.5, "{share}");
    }
}
