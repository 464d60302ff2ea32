//! What the service does next, and when: pure, for whoever says what time it is.
//!
//! Whatever is waited for, the clock is looked at again within a minute: one that is set forward, back, or
//! sleeps with its machine delays nothing by more. What was noted at a moment that has not come yet, by
//! such a clock, is taken for noted now.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::digest;
use crate::reader::Reader;

/// The longest wait before the clock and the files are looked at again.
pub const LOOK: Duration = Duration::from_mins(1);

/// The shortest time from the end of a round to the next: a source whose host is left alone stays due.
const BETWEEN_ROUNDS: SignedDuration = SignedDuration::from_mins(1);

/// After a round that failed, doubled with each that does…
const FIRST_PATIENCE: SignedDuration = SignedDuration::from_mins(1);

/// …up to this: somebody may have mended it.
const LONGEST_PATIENCE: SignedDuration = SignedDuration::from_mins(30);

/// A night's work that was begun a little early, or took long, is of the night all the same.
const ALMOST: SignedDuration = SignedDuration::from_hours(12);

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Visit what is due, judge what is new, write the digests whose morning has come.
    Round,
    /// Compact and back up.
    Night,
    /// Nothing, for so long.
    Wait(Duration),
}

/// When what is due.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agenda {
    /// When the first source may be visited; none where there is none.
    pub visit: Option<Timestamp>,
    /// When the next reader's morning comes; none where there is no reader.
    pub morning: Option<Timestamp>,
    /// When something is to be sent, or sent again; none where nothing waits.
    pub send: Option<Timestamp>,
    /// When the night's work is due.
    pub night: Option<Timestamp>,
    /// Whether something changed that a round is to take up: files, labels.
    pub has_changed: bool,
    last: Option<LastRound>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct LastRound {
    at: Timestamp,
    /// Rounds that failed since the last that did not.
    failures: u32,
}

impl Agenda {
    /// What to do at `now`.
    #[must_use]
    pub fn next(&mut self, now: Timestamp) -> Doing {
        if let Some(last) = &mut self.last {
            last.at = last.at.min(now);
        }
        let round = self.round().map(|due| due.max(self.not_before()));
        if round.is_some_and(|round| round <= now) {
            return Doing::Round;
        }
        if self.night.is_some_and(|night| night <= now) {
            return Doing::Night;
        }
        let wait = round.into_iter().chain(self.night).min();
        let wait = wait.map_or(SignedDuration::MAX, |moment| moment.duration_since(now));
        Doing::Wait(Duration::try_from(wait).unwrap_or_default().min(LOOK))
    }

    /// Notes that a round has ended; how many have failed by now, one after the other.
    pub fn ended(&mut self, now: Timestamp, has_failed: bool) -> u32 {
        let before = self.last.map_or(0, |last| last.failures);
        let failures = if has_failed { before.saturating_add(1) } else { 0 };
        self.has_changed = false;
        self.last = Some(LastRound { at: now, failures });
        failures
    }

    /// Notes that a round could not even begin, for what made the last one fail still stands; whether that is
    /// news. It is tried again as soon as after the last: nobody was asked in vain.
    pub fn postponed(&mut self, now: Timestamp) -> bool {
        let before = self.last.map_or(0, |last| last.failures);
        self.last = Some(LastRound { at: now, failures: before.max(1) });
        before == 0
    }

    /// Notes that somebody wants a round at once.
    pub fn hurry(&mut self) {
        self.last = None;
    }

    /// When the next round may begin after the last.
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        let Some(last) = self.last else { return Timestamp::MIN };
        let wait = match last.failures {
            0 => BETWEEN_ROUNDS,
            failures => FIRST_PATIENCE
                .saturating_mul(2_i32.saturating_pow(failures.min(16) - 1))
                .min(LONGEST_PATIENCE),
        };
        later(last.at, wait)
    }

    /// When a round is due, whatever the last did; at once where there was none, or it failed.
    fn round(&self) -> Option<Timestamp> {
        let at_once = self.has_changed || self.last.is_none_or(|last| last.failures > 0);
        let at_once = at_once.then_some(Timestamp::MIN);
        at_once.or_else(|| self.visit.into_iter().chain(self.morning).chain(self.send).min())
    }
}

/// When the next morning of any of these readers comes.
#[must_use]
pub fn next_morning(readers: &[Reader], now: Timestamp) -> Option<Timestamp> {
    let next = |reader: &Reader| {
        let today = now.to_zoned(reader.time_zone.clone()).date();
        let days = reader.rhythm.from(today);
        days.map(|date| digest::window(reader, date).until).find(|until| *until > now)
    };
    readers.iter().filter_map(next).min()
}

/// When the night's work is due that follows the one of `last`; where that is a moment still to come, of a
/// clock that was wrong, the one that follows `now`.
#[must_use]
pub fn next_night(hour: i8, zone: &TimeZone, last: Timestamp, now: Timestamp) -> Timestamp {
    let last = last.min(now);
    let first = last.to_zoned(zone.clone()).date();
    let nights = (0..=2).filter_map(|days| {
        let hour = first.saturating_add(days.days()).at(hour, 0, 0, 0);
        Some(hour.to_zoned(zone.clone()).ok()?.timestamp())
    });
    nights.into_iter().find(|night| *night > last).unwrap_or(Timestamp::MAX)
}

/// Whether a backup is due in a night, when the last was made then and one is to be made every so many
/// nights.
#[must_use]
pub fn is_backup_due(nights: u8, last: Option<Timestamp>, now: Timestamp) -> bool {
    let Some(last) = last.filter(|last| *last <= now) else { return true };
    let time = SignedDuration::from_hours(24).saturating_mul(i32::from(nights));
    now.duration_since(last) + ALMOST >= time
}

fn later(moment: Timestamp, wait: SignedDuration) -> Timestamp {
    moment.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    fn reader(zone: &str, hour: i8) -> Reader {
        Reader {
            id: "ada".into(),
            name: "Ada".into(),
            email: None,
            topics: vec![],
            accounts: vec![],
            time_zone: TimeZone::get(zone).unwrap(),
            at: jiff::civil::time(hour, 30, 0, 0),
            rhythm: crate::reader::Rhythm::default(),
            send: vec![],
            calendar: None,
            renewed: None,
        }
    }

    /// After a round at eight.
    fn after_a_round() -> Agenda {
        let mut agenda = Agenda {
            visit: Some(at("2026-11-22T08:20:00Z")),
            morning: Some(at("2026-11-23T06:00:00Z")),
            night: Some(at("2026-11-23T03:00:00Z")),
            ..Agenda::default()
        };
        agenda.ended(at("2026-11-22T08:00:00Z"), false);
        agenda
    }

    #[test]
    fn it_begins_with_a_round_and_then_waits_for_what_comes_first() {
        assert_eq!(Agenda::default().next(at("2026-11-22T08:00:00Z")), Doing::Round);
        let mut agenda = after_a_round();
        assert_eq!(agenda.next(at("2026-11-22T08:00:30Z")), Doing::Wait(LOOK));
        let soon = Doing::Wait(Duration::from_secs(10));
        assert_eq!(agenda.next(at("2026-11-22T08:19:50Z")), soon);
        assert_eq!(agenda.next(at("2026-11-22T08:20:00Z")), Doing::Round);
        agenda.visit = None;
        assert_eq!(agenda.next(at("2026-11-23T03:00:00Z")), Doing::Night);
        agenda.night = None;
        assert_eq!(agenda.next(at("2026-11-23T05:59:59Z")), Doing::Wait(Duration::from_secs(1)));
        assert_eq!(agenda.next(at("2026-11-23T06:00:00Z")), Doing::Round);
        agenda.morning = None;
        assert_eq!(agenda.next(at("2027-11-23T06:00:00Z")), Doing::Wait(LOOK));
    }

    #[test]
    fn what_stays_due_is_tried_once_a_minute_and_a_change_is_taken_up_as_soon() {
        let mut agenda = after_a_round();
        agenda.visit = Some(at("2026-11-22T07:00:00Z"));
        assert_eq!(agenda.next(at("2026-11-22T08:00:40Z")), Doing::Wait(Duration::from_secs(20)));
        assert_eq!(agenda.next(at("2026-11-22T08:01:00Z")), Doing::Round);
        let mut agenda = after_a_round();
        agenda.has_changed = true;
        assert_eq!(agenda.next(at("2026-11-22T08:01:00Z")), Doing::Round);
        agenda.ended(at("2026-11-22T08:01:09Z"), false);
        assert_eq!(agenda.next(at("2026-11-22T08:02:10Z")), Doing::Wait(LOOK));
    }

    #[test]
    fn a_round_that_fails_is_tried_again_ever_later_and_keeps_the_night_from_nothing() {
        let mut agenda = after_a_round();
        let waits = [1, 2, 4, 8, 16, 30, 30];
        for (place, minutes) in waits.into_iter().enumerate() {
            assert_eq!(agenda.ended(at("2026-11-23T01:00:00Z"), true), 1 + place as u32);
            let next = agenda.not_before();
            assert_eq!(next, at("2026-11-23T01:00:00Z") + SignedDuration::from_mins(minutes));
            assert_eq!(agenda.next(next), Doing::Round);
        }
        agenda.ended(at("2026-11-23T02:55:00Z"), true);
        assert_eq!(agenda.next(at("2026-11-23T03:01:00Z")), Doing::Night);
        agenda.night = None;
        assert_eq!(agenda.ended(at("2026-11-23T04:00:00Z"), false), 0);
        assert_eq!(agenda.next(at("2026-11-23T04:00:30Z")), Doing::Wait(Duration::from_secs(30)));
    }

    #[test]
    fn a_round_that_cannot_begin_is_tried_again_every_minute_and_said_once() {
        let mut agenda = after_a_round();
        agenda.ended(at("2026-11-22T08:01:00Z"), true);
        for minute in 2..50 {
            let now = at(&format!("2026-11-22T08:{minute:02}:00Z"));
            assert_eq!(agenda.next(now), Doing::Round);
            assert!(!agenda.postponed(now), "the round that failed said it");
        }
        agenda.hurry();
        assert!(agenda.postponed(at("2026-11-22T09:00:00Z")));
    }

    #[test]
    fn who_asks_for_a_round_need_not_wait() {
        let mut agenda = after_a_round();
        agenda.ended(at("2026-11-22T08:01:00Z"), true);
        agenda.hurry();
        assert_eq!(agenda.next(at("2026-11-22T08:01:01Z")), Doing::Round);
    }

    #[test]
    fn a_clock_that_is_set_back_delays_no_round_by_more_than_a_wait() {
        let mut agenda = after_a_round();
        agenda.visit = Some(at("2026-11-20T08:00:00Z"));
        agenda.ended(at("2031-01-01T00:00:00Z"), true);
        let now = at("2026-11-22T08:00:00Z");
        assert_eq!(agenda.next(now), Doing::Wait(LOOK));
        assert_eq!(agenda.next(at("2026-11-22T08:01:00Z")), Doing::Round);
    }

    #[test]
    fn the_next_morning_is_the_first_of_any_reader_also_where_the_clocks_change() {
        let readers = [reader("Europe/Berlin", 7), reader("America/New_York", 6)];
        let next = |now| next_morning(&readers, at(now));
        assert_eq!(next("2026-11-22T05:00:00Z"), Some(at("2026-11-22T06:30:00Z")));
        assert_eq!(next("2026-11-22T06:30:00Z"), Some(at("2026-11-22T11:30:00Z")));
        assert_eq!(next("2026-11-22T12:00:00Z"), Some(at("2026-11-23T06:30:00Z")));
        assert_eq!(next_morning(&[], at("2026-11-22T12:00:00Z")), None);
        // 2:30 is not there on 29 March, and twice on 25 October.
        let early = [reader("Europe/Berlin", 2)];
        let next = |now| next_morning(&early, at(now)).unwrap();
        assert_eq!(next("2026-03-28T12:00:00Z"), at("2026-03-29T01:30:00Z"));
        assert_eq!(next("2026-03-29T01:30:00Z"), at("2026-03-30T00:30:00Z"));
        assert_eq!(next("2026-10-24T12:00:00Z"), at("2026-10-25T00:30:00Z"));
        assert_eq!(next("2026-10-25T00:30:00Z"), at("2026-10-26T01:30:00Z"), "once a date");
    }

    #[test]
    fn there_is_one_night_a_date_also_where_the_clocks_change() {
        let night = |hour, last, now| next_night(hour, &berlin(), at(last), at(now));
        let now = "2026-12-01T00:00:00Z";
        assert_eq!(night(3, "2026-11-21T23:30:00Z", now), at("2026-11-22T02:00:00Z"));
        assert_eq!(night(3, "2026-11-22T02:00:00Z", now), at("2026-11-23T02:00:00Z"));
        // What was missed while the machine was off is due at once.
        assert!(night(3, "2026-11-22T02:00:00Z", now) < at(now));
        assert_eq!(night(2, "2026-03-28T12:00:00Z", now), at("2026-03-29T01:00:00Z"));
        assert_eq!(night(2, "2026-10-24T12:00:00Z", now), at("2026-10-25T00:00:00Z"));
        assert_eq!(night(2, "2026-10-25T00:00:00Z", now), at("2026-10-26T01:00:00Z"));
        // A clock that was years ahead for a while.
        assert_eq!(night(3, "2031-01-01T00:00:00Z", now), at("2026-12-01T02:00:00Z"));
    }

    #[test]
    fn a_backup_is_due_in_its_night_whenever_in_it_the_last_was_made() {
        let due =
            |nights, last: &str| is_backup_due(nights, Some(at(last)), at("2026-11-22T03:00:00Z"));
        assert!(is_backup_due(7, None, at("2026-11-22T03:00:00Z")));
        assert!(due(1, "2026-11-21T04:10:00Z"), "the last took an hour");
        assert!(!due(1, "2026-11-22T02:00:00Z"), "somebody made one just now");
        assert!(!due(7, "2026-11-16T03:00:00Z"));
        assert!(due(7, "2026-11-15T03:20:00Z"));
        assert!(due(1, "2031-01-01T00:00:00Z"), "a clock was wrong");
    }

    proptest! {
        #[test]
        fn it_never_waits_longer_than_a_look_and_never_forgets_what_is_due(
            now in 0_i64..4_000_000_000,
            visit in proptest::option::of(0_i64..4_000_000_000),
            ended in 0_i64..4_000_000_000,
            failures in 0_u32..40,
        ) {
            let moment = |second| Timestamp::from_second(second).unwrap();
            let mut agenda = Agenda { visit: visit.map(moment), ..Agenda::default() };
            agenda.ended(moment(ended), false);
            for _ in 0..failures {
                agenda.ended(moment(ended), true);
            }
            match agenda.next(moment(now)) {
                Doing::Wait(wait) => prop_assert!(wait <= LOOK),
                Doing::Round => prop_assert!(failures > 0 || visit.is_some_and(|visit| visit <= now)),
                Doing::Night => prop_assert!(false, "there is none"),
            }
            let much_later = moment(now.max(ended) + 3_600);
            let is_due = failures > 0 || visit.is_some_and(|visit| visit <= now);
            prop_assert_eq!(!is_due || agenda.next(much_later) == Doing::Round, true);
        }
    }
}
