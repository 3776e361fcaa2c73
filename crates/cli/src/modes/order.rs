//! What a half is told to do, and what it answers: one order, one answer, both as
//! JSON in a frame.

use std::io::{self, Read, Write};

use outlast_api::frame::{MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES};
use serde::{Deserialize, Serialize};

use super::document::{Attempt, Got, Round};
use super::{attempts, telling, workload};

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Order {
    /// To tell what it got. Of secrets only what this key makes of them.
    Tell { key: String },
    /// To attempt everything that is forbidden.
    Attempt,
    /// To measure once.
    Measure,
    /// To compute for so long, on so many threads.
    Load { threads: usize, milliseconds: u64 },
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    Got(Got),
    Attempts(Vec<Attempt>),
    Round(Round),
    /// How many processors it got; `None`: unknown.
    Load(Option<f64>),
    /// It could not be done.
    Failed(String),
}

/// The standard input of the session is not that of the child, which has a pipe.
pub(crate) type Input = Option<String>;

/// Does as `order` says. Blocks for as long as that takes.
fn done(order: &Order, input: &Input) -> Answer {
    match order {
        Order::Tell { key } => Answer::Got(telling::got(key, input.as_deref())),
        Order::Attempt => Answer::Attempts(attempts::all()),
        Order::Measure => match workload::round() {
            Ok(round) => Answer::Round(round),
            Err(error) => Answer::Failed(error.to_string()),
        },
        Order::Load {
            threads,
            milliseconds,
        } => Answer::Load(workload::load(*threads, *milliseconds)),
    }
}

/// The answer to the order in `frame`; `None`: it is none.
pub(crate) fn answer(frame: &[u8], input: &Input) -> Option<Vec<u8>> {
    let order: Order = serde_json::from_slice(frame).ok()?;
    Some(encode(&done(&order, input)))
}

/// What stands in the frame of `value`.
pub(crate) fn encode(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("no map with other keys than text, no failing implementation")
}

/// Reads one frame; `None` at the end of the stream.
pub(crate) fn read_frame(stream: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match stream.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u32::from_be_bytes(length);
    if length > MAX_RESPONSE_BYTES {
        return Err(io::Error::other("a message that is too long"));
    }
    let mut body = Vec::new();
    stream.take(length.into()).read_to_end(&mut body)?;
    if body.len() < length as usize {
        return Ok(None);
    }
    Ok(Some(body))
}

/// Writes one frame.
pub(crate) fn write_frame(stream: &mut impl Write, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len()).map_err(|_| io::ErrorKind::InvalidData)?;
    stream.write_all(&length.to_be_bytes())?;
    stream.write_all(body)?;
    stream.flush()
}

/// The most bytes an order may have.
pub(crate) const LONGEST_ORDER: u32 = MAX_REQUEST_BYTES;
/// The most bytes an answer may have.
pub(crate) const LONGEST_ANSWER: u32 = MAX_RESPONSE_BYTES;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_arrive_whole_or_not_at_all() {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, b"one").expect("memory");
        write_frame(&mut bytes, b"").expect("memory");
        let mut stream = bytes.as_slice();
        assert_eq!(
            read_frame(&mut stream).expect("whole").as_deref(),
            Some(&b"one"[..])
        );
        assert_eq!(
            read_frame(&mut stream).expect("whole").as_deref(),
            Some(&b""[..])
        );
        assert_eq!(read_frame(&mut stream).expect("the end"), None);
        assert_eq!(read_frame(&mut &bytes[..5]).expect("cut off"), None);
        assert!(read_frame(&mut &[0xFF; 8][..]).is_err());
    }

    #[test]
    fn what_is_no_order_has_no_answer() {
        for frame in [&b"{}"[..], b"\"erase\"", b"\xFF", b""] {
            assert_eq!(answer(frame, &None), None, "{frame:?}");
        }
    }
}
