//! A calendar month, UTC: what posts are filed by when they arrive.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A calendar month, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

/// A text that is no month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no month: write it like 2026-11")]
pub struct NotAMonth;

impl Month {
    /// The month a moment lies in.
    #[must_use]
    pub fn of(moment: Timestamp) -> Self {
        let date = moment.to_zoned(TimeZone::UTC).date();
        Self { year: date.year(), month: date.month() }
    }

    /// The moment it ends: the first of the next.
    #[must_use]
    pub fn end(self) -> Timestamp {
        let next = if self.month < 12 {
            Date::new(self.year, self.month + 1, 1)
        } else {
            Date::new(self.year.saturating_add(1), 1, 1)
        };
        let midnight = next.and_then(|date| date.to_zoned(TimeZone::UTC));
        midnight.map_or(Timestamp::MAX, |midnight| midnight.timestamp())
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let (year, month) = text.rsplit_once('-').ok_or(NotAMonth)?;
        let (year, month) = (year.parse(), month.parse());
        let (Ok(year), Ok(month)) = (year, month) else { return Err(NotAMonth) };
        Date::new(year, month, 1).map_err(|_| NotAMonth)?;
        let read = Self { year, month };
        // One way to write each: a folder's name is its month's.
        if read.to_string() == text { Ok(read) } else { Err(NotAMonth) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_month_ends_with_its_last_nanosecond_in_utc() {
        let of = |moment: &str| Month::of(moment.parse().unwrap()).to_string();
        assert_eq!(of("2026-11-30T23:59:59.999999999Z"), "2026-11");
        assert_eq!(of("2026-12-01T00:30:00+01:00"), "2026-11");
        assert_eq!(of("2026-12-01T00:00:00Z"), "2026-12");
    }

    #[test]
    fn a_month_ends_where_the_next_begins() {
        for (month, end) in [("2026-11", "2026-12-01"), ("2026-12", "2027-01-01")] {
            let end = format!("{end}T00:00:00Z").parse().unwrap();
            assert_eq!(month.parse::<Month>().unwrap().end(), end);
        }
        assert_eq!("9999-12".parse::<Month>().unwrap().end(), Timestamp::MAX);
    }

    #[test]
    fn only_a_month_is_read_as_one() {
        for text in
            ["", "2026", "2026-13", "2026-0", "2026-1", "2026-011", "+2026-11", "x-11", "ids"]
        {
            assert_eq!(text.parse::<Month>(), Err(NotAMonth), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn months_come_back_and_sort_as_time_does(
            a in Timestamp::MIN.as_second()..Timestamp::MAX.as_second(),
            b in Timestamp::MIN.as_second()..Timestamp::MAX.as_second(),
        ) {
            let of = |second| Month::of(Timestamp::from_second(second).unwrap());
            prop_assert_eq!(of(a).to_string().parse(), Ok(of(a)));
            let (first, second) = (a.min(b), a.max(b));
            prop_assert!(of(first) <= of(second));
        }
    }
}
