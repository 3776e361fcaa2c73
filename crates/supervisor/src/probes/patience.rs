//! A time limit for whoever stands still when the guardian does.
//!
//! A machine that is paused (by its host, a snapshot, a debugger) or has no time
//! to give keeps the asked from answering, and its clock goes on. So a limit is
//! walked in quarters, as a watchdog's is in the engine: one that ends late by half
//! of it does not count.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

const QUARTERS: u32 = 4;

/// So many may not count: then it is a machine that is always late.
const DOUBTS: u32 = 4;

/// What comes of `asked` within `limit`; `None`: it takes longer.
pub(super) async fn within<F: Future>(limit: Duration, asked: F) -> Option<F::Output> {
    let mut asked = pin!(asked);
    let quarter = limit / QUARTERS;
    let (mut counted, mut doubted) = (0, 0);
    while counted < QUARTERS {
        let due = Instant::now() + quarter;
        if let Ok(answer) = timeout_at(due, &mut asked).await {
            return Some(answer);
        }
        if due.elapsed() >= quarter / 2 && doubted < DOUBTS {
            doubted += 1;
        } else {
            counted += 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn};
    use std::task::Poll;

    use tokio::time::{advance, sleep};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn silence_takes_the_limit_and_no_longer() {
        let began = Instant::now();
        assert_eq!(within(SECOND, pending::<()>()).await, None);
        // The timer counts in milliseconds.
        assert!(began.elapsed() < SECOND + Duration::from_millis(10));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_in_time_is_one() {
        let answer = within(SECOND, sleep(Duration::from_millis(990)));
        assert_eq!(answer.await, Some(()));
    }

    /// The machine stands still for a minute; what is asked needs a moment more.
    #[tokio::test(start_paused = true)]
    async fn a_pause_is_no_silence() {
        let answer = async {
            advance(60 * SECOND).await;
            sleep(Duration::from_millis(700)).await;
        };
        assert_eq!(within(SECOND, answer).await, Some(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_machine_that_is_always_late_finds_the_silent_all_the_same() {
        // As if each look at it took a second.
        let mut looks = 0;
        let stalls = poll_fn(|context| {
            looks += 1;
            let waker = context.waker().clone();
            tokio::spawn(async move {
                advance(SECOND).await;
                waker.wake();
            });
            Poll::<()>::Pending
        });
        assert_eq!(within(SECOND, stalls).await, None);
        assert!(looks >= 8, "{looks} looks");
    }
}
