//! A line that was printed, and what stands before its message.

use outlast_model::RealTime;
use outlast_model::record::Stream;

/// A line of output, or of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it was printed; `None`: that is not known, as in a log file.
    pub stream: Option<Stream>,
    /// When it arrived; `None`: nobody has noted it.
    pub at: Option<RealTime>,
    /// The text, without the line end.
    pub text: String,
}
