//! On which days a reader gets a digest. Pure: dates in, dates out.

use std::ops::RangeInclusive;

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

/// Days between two digests of whoever wants one a week.
const WEEK: i32 = 7;

/// A rhythm that has no day for so long has none.
const LOOK_AHEAD_DAYS: i32 = 400;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Every {
    /// On each day that is one of theirs.
    #[default]
    Day,
    /// Once a week, on the first of their days (a Monday where they name none) that is not quiet.
    Week,
}

/// On which days, by the reader's own calendar.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rhythm {
    /// How often.
    pub every: Every,
    /// The days of the week; none means all of them.
    pub days: Vec<Weekday>,
    /// Holidays and the like: on none of these days a digest is made or sent.
    pub quiet: Vec<RangeInclusive<Date>>,
}

impl Rhythm {
    /// Whether a digest of this date is made.
    #[must_use]
    pub fn has(&self, date: Date) -> bool {
        match self.every {
            Every::Day => !self.is_silent_on(date),
            Every::Week => {
                // The first of the week, counted from their day on, that is not quiet.
                let first = self.days.first().copied().unwrap_or(Weekday::Monday);
                let since = i32::from(first.until(date.weekday()));
                !self.is_quiet(date)
                    && (1..=since).all(|days| self.is_quiet(date.saturating_sub(days.days())))
            }
        }
    }

    /// Whether nothing is sent on this date, even late.
    #[must_use]
    pub fn is_silent_on(&self, date: Date) -> bool {
        let is_theirs = self.every == Every::Week
            || self.days.is_empty()
            || self.days.contains(&date.weekday());
        self.is_quiet(date) || !is_theirs
    }

    /// The date of the digest that is theirs when the last morning was that of `last`: none where that was
    /// a silent one. One a week can still be had later in it: the machine may have been off.
    #[must_use]
    pub fn due(&self, last: Date) -> Option<Date> {
        if self.is_silent_on(last) {
            return None;
        }
        let back = match self.every {
            Every::Day => 1,
            Every::Week => WEEK,
        };
        (0..back).map(|days| last.saturating_sub(days.days())).find(|date| self.has(*date))
    }

    /// The next dates of digests from this one on, itself included.
    pub fn from(&self, date: Date) -> impl Iterator<Item = Date> {
        (0..LOOK_AHEAD_DAYS)
            .map(move |days| date.saturating_add(days.days()))
            .filter(|date| self.has(*date))
    }

    fn is_quiet(&self, date: Date) -> bool {
        self.quiet.iter().any(|days| days.contains(&date))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const WORK: [Weekday; 5] =
        [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

    fn at_work() -> Rhythm {
        let christmas = date(2026, 12, 24)..=date(2027, 1, 2);
        Rhythm { every: Every::Day, days: WORK.to_vec(), quiet: vec![christmas] }
    }

    fn weekly(days: &[Weekday]) -> Rhythm {
        Rhythm { every: Every::Week, days: days.to_vec(), ..at_work() }
    }

    #[test]
    fn whoever_says_nothing_gets_one_each_day() {
        let rhythm = Rhythm::default();
        assert!(rhythm.has(date(2026, 11, 22)));
        assert_eq!(rhythm.due(date(2026, 11, 22)), Some(date(2026, 11, 22)));
    }

    #[test]
    fn on_a_quiet_day_there_is_none_and_the_next_has_its_own_date() {
        let rhythm = at_work();
        // 2026-11-20 is a Friday.
        assert_eq!(rhythm.due(date(2026, 11, 20)), Some(date(2026, 11, 20)));
        assert_eq!(rhythm.due(date(2026, 11, 21)), None);
        assert_eq!(rhythm.due(date(2026, 11, 23)), Some(date(2026, 11, 23)));
        assert_eq!(rhythm.due(date(2026, 12, 24)), None);
        assert_eq!(rhythm.from(date(2026, 12, 23)).nth(1), Some(date(2027, 1, 4)));
    }

    #[test]
    fn one_a_week_comes_on_its_day_or_the_first_after_it_that_is_not_quiet() {
        let rhythm = weekly(&[]);
        assert!(rhythm.has(date(2026, 11, 23)) && !rhythm.has(date(2026, 11, 24)));
        // Missed on Monday, for the machine was off: Thursday still has it.
        assert_eq!(rhythm.due(date(2026, 11, 26)), Some(date(2026, 11, 23)));
        // Monday 28 December is quiet, as is all until Saturday 2 January: Sunday has it.
        assert_eq!(rhythm.from(date(2026, 12, 22)).next(), Some(date(2027, 1, 3)));
        assert_eq!(weekly(&[Weekday::Thursday]).due(date(2026, 11, 25)), Some(date(2026, 11, 19)));
        assert_eq!(weekly(&[]).due(date(2026, 12, 25)), None);
    }

    #[test]
    fn a_rhythm_without_a_day_has_none() {
        let never = Rhythm { quiet: vec![Date::MIN..=Date::MAX], ..Rhythm::default() };
        assert_eq!(never.from(date(2026, 11, 22)).next(), None);
        assert_eq!(never.due(date(2026, 11, 22)), None);
    }

    proptest! {
        #[test]
        fn no_digest_is_of_a_silent_day_and_a_week_has_one_at_most(
            day in 0_i32..3_000,
            quiet in proptest::collection::vec((0_i32..3_000, 0_i32..20), 0..5),
            first in 0_usize..5,
            is_weekly in any::<bool>(),
        ) {
            let nth = |days: i32| date(2026, 1, 1).saturating_add(days.days());
            let quiet = quiet.iter().map(|(from, length)| nth(*from)..=nth(from + length)).collect();
            let every = if is_weekly { Every::Week } else { Every::Day };
            let days = if is_weekly { vec![WORK[first]] } else { WORK[first..].to_vec() };
            let rhythm = Rhythm { every, days, quiet };
            let today = nth(day);
            if let Some(due) = rhythm.due(today) {
                prop_assert!(!rhythm.is_silent_on(today));
                prop_assert!(rhythm.has(due) && !rhythm.is_silent_on(due));
                prop_assert!(due <= today && due.saturating_add(7.days()) > today);
                prop_assert!(is_weekly || due == today);
            }
            if is_weekly {
                let start = rhythm.days[0];
                let into = i32::from(start.until(today.weekday()));
                let week = (0..7).map(|n| nth(day - into + n)).filter(|date| rhythm.has(*date));
                prop_assert!(week.count() <= 1);
            }
        }
    }
}
