//! The same orders to each half, in turns.

use std::hash::{BuildHasher as _, RandomState};

use outlast_os::host;

use super::document::{self, Attempt, Got, Mode, Round};
use super::half::Half;
use super::order::{Answer, Order};
use crate::failure::Failure;

/// Long enough for the scheduler to give each its share, short enough to be repeated.
const LOAD_MILLISECONDS: u64 = 1000;

/// A half that takes part.
pub(crate) struct Participant {
    pub(crate) half: Half,
    pub(crate) mode: Mode,
    /// How it was started, for people.
    pub(crate) how: String,
}

/// Measures all `participants` so many times. Takes about one and a half seconds a round.
pub(crate) async fn measure(
    participants: &mut [Participant],
    rounds: u32,
) -> Result<Vec<document::Half>, Failure> {
    let key = key();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut halves = Vec::new();
    for participant in &mut *participants {
        halves.push(begun(participant, &key).await?);
    }
    let count = participants.len();
    for half in &mut halves {
        half.side_by_side = count > 1;
    }
    for number in 0..rounds {
        for index in turns(count, number) {
            let round = measured(&mut participants[index].half).await?;
            halves[index].rounds.push(round);
        }
        let order = Order::Load {
            threads,
            milliseconds: LOAD_MILLISECONDS,
        };
        // Both have it before either answers.
        for index in turns(count, number) {
            participants[index].half.give(&order).await?;
        }
        for (participant, half) in participants.iter_mut().zip(&mut halves) {
            let processors = loaded(&mut participant.half).await?;
            if let Some(round) = half.rounds.last_mut() {
                round.processors = processors;
            }
        }
    }
    Ok(halves)
}

/// Who comes first changes with every round.
fn turns(count: usize, round: u32) -> Vec<usize> {
    if round.is_multiple_of(2) {
        (0..count).collect()
    } else {
        (0..count).rev().collect()
    }
}

/// Chosen anew for each comparison, by the randomness that protects the standard
/// library's tables.
fn key() -> String {
    let half = || RandomState::new().hash_one(std::process::id());
    format!("{:016x}{:016x}", half(), half())
}

async fn begun(participant: &mut Participant, key: &str) -> Result<document::Half, Failure> {
    let got = told(&mut participant.half, key).await?;
    let attempts = attempted(&mut participant.half).await?;
    Ok(document::Half {
        mode: participant.mode,
        how: participant.how.clone(),
        machine: host::name(),
        system: std::env::consts::OS.to_owned(),
        side_by_side: false,
        rounds: Vec::new(),
        got,
        attempts,
    })
}

async fn told(half: &mut Half, key: &str) -> Result<Got, Failure> {
    let key = key.to_owned();
    match half.ask(&Order::Tell { key }).await? {
        Answer::Got(got) => Ok(got),
        _ => Err(half.beside_the_point()),
    }
}

async fn attempted(half: &mut Half) -> Result<Vec<Attempt>, Failure> {
    match half.ask(&Order::Attempt).await? {
        Answer::Attempts(attempts) => Ok(attempts),
        _ => Err(half.beside_the_point()),
    }
}

async fn measured(half: &mut Half) -> Result<Round, Failure> {
    match half.ask(&Order::Measure).await? {
        Answer::Round(round) => Ok(round),
        _ => Err(half.beside_the_point()),
    }
}

async fn loaded(half: &mut Half) -> Result<Option<f64>, Failure> {
    match half.answer().await? {
        Answer::Load(processors) => Ok(processors),
        _ => Err(half.beside_the_point()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_half_is_always_the_first() {
        assert_eq!(turns(2, 0), [0, 1]);
        assert_eq!(turns(2, 1), [1, 0]);
        assert_eq!(turns(1, 1), [0]);
    }

    #[test]
    fn every_comparison_has_a_key_of_its_own() {
        assert_ne!(key(), key());
    }
}
