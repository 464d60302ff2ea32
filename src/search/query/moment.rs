//! Days and stretches of time, as people write them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, ToSpan as _};

/// What to write.
pub(super) const EXAMPLES: &str = "write 2026-11-01, 2026-11, yesterday, 14d, 2w or 3m";

const HOURS_A_DAY: i64 = 24;

/// A stretch of time that somebody named, in UTC: from its first moment to the first after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

/// Reads a day, a month, or so long ago, which is the moment then.
pub(super) fn read(text: &str, now: Timestamp) -> Option<Stretch> {
    let today = now.to_zoned(TimeZone::UTC).date();
    match text.to_lowercase().as_str() {
        "now" => return Some(Stretch { from: now, until: now }),
        "today" => return day(today),
        "yesterday" => return day(today.checked_sub(1.day()).ok()?),
        _ => {}
    }
    if let Some(from) = ago(text, now) {
        return Some(Stretch { from, until: from });
    }
    let digits = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let parts: Vec<&str> = text.split('-').collect();
    match parts.as_slice() {
        [year, month, of_month] if digits(year, 4) && digits(month, 2) && digits(of_month, 2) => {
            day(text.parse().ok()?)
        }
        [year, month] if digits(year, 4) && digits(month, 2) => {
            let first: Date = format!("{text}-01").parse().ok()?;
            between(first, 1.month())
        }
        [year] if digits(year, 4) => between(format!("{text}-01-01").parse().ok()?, 1.year()),
        _ => None,
    }
}

/// The days somebody may have meant who wrote one as it is written in their country: `14.11.2026`,
/// `11/14/2026`, `2026/11/14`. Two where day and month may be either.
pub(super) fn meant(text: &str) -> Vec<Date> {
    let parts: Vec<&str> = text.split(['.', '/', '-']).collect();
    let [first, second, third] = parts.as_slice() else { return Vec::new() };
    let number = |part: &&str| part.parse::<i16>().ok().filter(|number| *number > 0);
    let (Some(a), Some(b), Some(c)) = (number(first), number(second), number(third)) else {
        return Vec::new();
    };
    let is_year = |part: &str| part.len() == 4;
    let dates = if is_year(first) {
        vec![(a, b, c)]
    } else if is_year(third) && text.contains('/') {
        vec![(c, a, b), (c, b, a)]
    } else if is_year(third) {
        vec![(c, b, a)]
    } else {
        Vec::new()
    };
    let mut dates: Vec<Date> = dates
        .into_iter()
        .filter_map(|(year, month, day)| {
            Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
        })
        .collect();
    dates.dedup();
    dates
}

/// The day a moment lies in.
pub(super) fn day_of(moment: Timestamp) -> Option<Stretch> {
    day(moment.to_zoned(TimeZone::UTC).date())
}

fn day(date: Date) -> Option<Stretch> {
    between(date, 1.day())
}

fn between(first: Date, length: Span) -> Option<Stretch> {
    let midnight = |date: Date| date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let after = first.checked_add(length).ok().and_then(midnight);
    Some(Stretch { from: midnight(first)?, until: after.unwrap_or(Timestamp::MAX) })
}

/// The moment so long ago: "36h", "14d", "2w", "3m", "1y".
fn ago(text: &str, now: Timestamp) -> Option<Timestamp> {
    let unit = text.chars().next_back().filter(char::is_ascii)?.to_ascii_lowercase();
    let number = &text[..text.len() - 1];
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = number.parse().ok()?;
    let hours = |hours: i64| now.checked_sub(SignedDuration::from_hours(hours)).ok();
    let of_calendar = |span: Result<Span, jiff::Error>| {
        let then = now.to_zoned(TimeZone::UTC).checked_sub(span.ok()?).ok()?;
        Some(then.timestamp())
    };
    // Longer ago than there is time is the beginning of time.
    let then = match unit {
        'h' => hours(number.min(i64::from(i32::MAX))),
        'd' => hours(number.min(i64::from(i32::MAX)) * HOURS_A_DAY),
        'w' => hours(number.min(i64::from(i32::MAX)) * 7 * HOURS_A_DAY),
        'm' => of_calendar(Span::new().try_months(number)),
        'y' => of_calendar(Span::new().try_years(number)),
        _ => return None,
    };
    Some(then.unwrap_or(Timestamp::MIN))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: &str = "2026-11-22T18:00:00Z";

    fn told(text: &str) -> Option<String> {
        let Stretch { from, until } = read(text, NOW.parse().unwrap())?;
        Some(format!("{from} {until}"))
    }

    #[test]
    fn days_months_years_and_so_long_ago_are_understood() {
        for (text, stretch) in [
            ("2026-11-01", "2026-11-01T00:00:00Z 2026-11-02T00:00:00Z"),
            ("2026-12", "2026-12-01T00:00:00Z 2027-01-01T00:00:00Z"),
            ("2025", "2025-01-01T00:00:00Z 2026-01-01T00:00:00Z"),
            ("today", "2026-11-22T00:00:00Z 2026-11-23T00:00:00Z"),
            ("Yesterday", "2026-11-21T00:00:00Z 2026-11-22T00:00:00Z"),
            ("36h", "2026-11-21T06:00:00Z 2026-11-21T06:00:00Z"),
            ("14d", "2026-11-08T18:00:00Z 2026-11-08T18:00:00Z"),
            ("2w", "2026-11-08T18:00:00Z 2026-11-08T18:00:00Z"),
            ("3m", "2026-08-22T18:00:00Z 2026-08-22T18:00:00Z"),
            ("1y", "2025-11-22T18:00:00Z 2025-11-22T18:00:00Z"),
        ] {
            assert_eq!(told(text).as_deref(), Some(stretch), "{text}");
        }
    }

    #[test]
    fn a_day_as_another_country_writes_it_is_understood_to_be_one() {
        for (text, days) in [
            ("14.11.2026", "2026-11-14"),
            ("1.2.2026", "2026-02-01"),
            ("11/14/2026", "2026-11-14"),
            ("14/11/2026", "2026-11-14"),
            ("5/11/2026", "2026-05-11 2026-11-05"),
            ("5/5/2026", "2026-05-05"),
            ("2026/11/14", "2026-11-14"),
            ("2026-1-4", "2026-01-04"),
            ("31.02.2026", ""),
            ("14.11.26", ""),
            ("1.5", ""),
            ("99999.1.2026", ""),
        ] {
            let meant: Vec<String> = meant(text).iter().map(ToString::to_string).collect();
            assert_eq!(meant.join(" "), days, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none_and_too_long_ago_is_the_beginning() {
        for text in
            ["", "d", "14", "2026-13-01", "2026-02-30", "1.5d", "-3d", "é", "14 d", "20261101"]
        {
            assert_eq!(told(text), None, "{text:?}");
        }
        for text in ["99999999d", "9999999999999y", "9999999m"] {
            let stretch = read(text, NOW.parse().unwrap());
            assert!(stretch.is_none_or(|stretch| stretch.from == Timestamp::MIN), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_a_stretch_goes_forward(text in "\\PC{0,12}|[0-9]{1,12}[hdwmy]|[0-9]{4}-[0-9]{2}(-[0-9]{2})?") {
            if let Some(Stretch { from, until }) = read(&text, NOW.parse().unwrap()) {
                prop_assert!(from <= until);
            }
        }
    }
}
