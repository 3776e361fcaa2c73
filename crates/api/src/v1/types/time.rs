//! Moments on the wire.

use std::fmt;

use jiff::Timestamp;
use outlast_model::RealTime;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A moment, as RFC 3339 in UTC with as many decimals as it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub RealTime);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        timestamp(self.0).fmt(f)
    }
}

/// 64 bits of nanoseconds reach from 1677 to 2262, `Timestamp` from -9999 to
/// 9999.
fn timestamp(time: RealTime) -> Timestamp {
    Timestamp::from_nanosecond(time.unix_nanos().into())
        .expect("64 bits of nanoseconds are within the range of a timestamp")
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let moment: Timestamp = text.parse().map_err(de::Error::custom)?;
        let nanoseconds = i64::try_from(moment.as_nanosecond())
            .map_err(|_| de::Error::custom("the moment is not between 1677 and 2262"))?;
        Ok(Self(RealTime::from_unix_nanos(nanoseconds)))
    }
}
