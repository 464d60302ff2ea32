//! Events that recur: whether they may be on a day, and how often until then.

use calcard::icalendar::{
    ICalendarComponent, ICalendarFrequency, ICalendarProperty, ICalendarRecurrenceRule,
    ICalendarValue,
};
use jiff::ToSpan as _;
use jiff::civil::Date;

/// Weekdays of a name in a month.
const IN_A_MONTH: usize = 5;

/// No rule we follow has more times a year, but for hours.
const DAYS_OF_A_YEAR: usize = 366;

/// Whether an event can be on a day at all: it may have ended for good, or not begun.
pub(super) fn may_be_on(event: &ICalendarComponent, date: Date) -> bool {
    let Some(rule) = event.property(&ICalendarProperty::Rrule).and_then(|rule| rule.values.first())
    else {
        return true;
    };
    let ended = match rule {
        ICalendarValue::RecurrenceRule(rule) => rule.until.as_ref().is_some_and(|until| {
            let (Some(year), Some(month), Some(day)) = (until.year, until.month, until.day) else {
                return false;
            };
            let (Ok(year), Ok(month), Ok(day)) =
                (i16::try_from(year), i8::try_from(month), i8::try_from(day))
            else {
                return false;
            };
            // A day's grace: it is written in a zone of its own.
            Date::new(year, month, day).is_ok_and(|last| last < date.saturating_sub(1.days()))
        }),
        _ => false,
    };
    !ended
}

/// Whether a series is counted out in UTC: its rule begins there (RFC 5545 §3.3.5, form 2), and nothing in it is by its
/// owner's clock. The library counts such a rule out in the zone it is given.
pub(super) fn recur_in_utc(series: &[&ICalendarComponent]) -> bool {
    let start = |event: &&ICalendarComponent| {
        let start = event.property(&ICalendarProperty::Dtstart)?;
        let Some(ICalendarValue::PartialDateTime(at)) = start.values.first() else { return None };
        Some((at.tz_hour.is_some(), start.tz_id().is_some() || !at.has_time()))
    };
    let has_rule =
        |event: &&&ICalendarComponent| event.property(&ICalendarProperty::Rrule).is_some();
    let mut rules = series.iter().filter(has_rule).peekable();
    let is_floating =
        |event: &&ICalendarComponent| start(event).is_none_or(|(utc, placed)| !utc && !placed);
    rules.peek().is_some()
        && rules.all(|event| start(event).is_some_and(|(utc, _)| utc))
        && !series.iter().any(is_floating)
}

/// Whether an event recurs more often than people meet.
pub(super) fn is_storm(event: &ICalendarComponent) -> bool {
    let mut values = event.entries.iter().flat_map(|entry| &entry.values);
    values.any(is_storm_rule)
}

fn is_storm_rule(value: &ICalendarValue) -> bool {
    matches!(value, ICalendarValue::RecurrenceRule(rule)
        if rule.freq >= ICalendarFrequency::Hourly || !rule.bysecond.is_empty())
}

/// The event without a rule by which it would recur more often than people meet, and without its count
/// of edits: an occurrence that was moved has another than its series, and belongs to it all the same.
pub(super) fn without_storms(event: &ICalendarComponent) -> ICalendarComponent {
    let mut event = event.clone();
    event.entries.retain(|entry| {
        entry.name != ICalendarProperty::Sequence && !entry.values.iter().any(is_storm_rule)
    });
    event
}

/// How many times a series has at most, from its beginning to a day: so many are counted out. As it is
/// about what it costs, a generous number is no harm.
pub(super) fn times_until(series: &[&ICalendarComponent], date: Date) -> usize {
    let of_event = |event: &&ICalendarComponent| {
        let of = |name| event.entries.iter().filter(move |entry| entry.name == name);
        let dates = of(ICalendarProperty::Rdate).map(|entry| entry.values.len()).sum::<usize>();
        let days = begins(event).map_or(i64::MAX, |first| {
            // Another zone's day may be the next one.
            (date.saturating_add(2.days()) - first).get_days().into()
        });
        let days = usize::try_from(days).unwrap_or_default();
        let rules = of(ICalendarProperty::Rrule).flat_map(|entry| &entry.values);
        let recurs = rules.map(|rule| match rule {
            ICalendarValue::RecurrenceRule(rule) => times_in(rule, days),
            _ => 0,
        });
        1 + dates + recurs.fold(0, usize::saturating_add)
    };
    series.iter().map(of_event).fold(0, usize::saturating_add)
}

fn begins(event: &ICalendarComponent) -> Option<Date> {
    let start = event.property(&ICalendarProperty::Dtstart)?.values.first()?;
    let ICalendarValue::PartialDateTime(start) = start else { return None };
    let (year, month, day) = (start.year?, start.month?, start.day?);
    Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// How many times a rule has at most in so many days.
fn times_in(rule: &ICalendarRecurrenceRule, days: usize) -> usize {
    let every = usize::from(rule.interval.unwrap_or(1).max(1));
    let parts = rule.byday.len() + rule.bymonthday.len();
    let (length, in_each) = match rule.freq {
        ICalendarFrequency::Weekly => (7, rule.byday.len()),
        ICalendarFrequency::Monthly => (28, rule.byday.len() * IN_A_MONTH + rule.bymonthday.len()),
        ICalendarFrequency::Yearly if parts + rule.byyearday.len() + rule.byweekno.len() == 0 => {
            (365, rule.bymonth.len())
        }
        ICalendarFrequency::Yearly => (365, DAYS_OF_A_YEAR),
        _ => (1, 1),
    };
    let hours = rule.byhour.len().max(1) * rule.byminute.len().max(1);
    (days / length / every + 2).saturating_mul(in_each.max(1) * hours)
}
