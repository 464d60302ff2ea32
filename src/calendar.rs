//! Calendars: the meetings of one day, and whole days, out of an iCalendar file (RFC 5545). Pure.
//!
//! Whoever can invite somebody writes into their calendar, so it is read like any stranger's file: what is
//! longer, recurs more often or has more guests than people's meetings do is left out.

mod recurring;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::str::FromStr as _;

use calcard::common::timezone::Tz;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarEntry, ICalendarParameterName, ICalendarProperty,
    ICalendarStatus, ICalendarValue,
};
use calcard::{Entry, Parser};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use self::recurring::{is_storm, may_be_on, recur_in_utc, times_until, without_storms};

/// Bytes that are read: ten years of a busy person's meetings are about half of it.
pub const BYTES: usize = 10_000_000;

/// Events that are looked at.
const EVENTS: usize = 50_000;

/// Events that recur and may still do so on the day: each may take a tenth of a second to count out, where
/// its rule fits no day at all.
const RECURRING: usize = 400;

/// Times one event recurs before the day at most: daily since 2000.
const RECURRENCES: usize = 10_000;

/// The same of all events together.
const ALL_RECURRENCES: usize = 400_000;

/// Meetings of one day.
const MEETINGS: usize = 50;

/// Times a holiday recurs: each week for fifty years.
const RECURRENCES_OF_A_HOLIDAY: usize = 2_600;

/// Guests that are read of one meeting: one with more is a webinar.
const GUESTS: usize = 100;

/// Characters of a summary or a name.
const CHARS: usize = 200;

/// Time zones a calendar may define.
const ZONES: usize = 200;

/// Whose day it is.
#[derive(Debug, Clone)]
pub struct Day<'a> {
    /// The date.
    pub date: Date,
    /// Where they are: what has no zone of its own is by their clock.
    pub zone: &'a TimeZone,
    /// Their own address: a meeting they declined is none of theirs.
    pub email: Option<&'a str>,
}

/// A meeting of the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// When it begins.
    pub from: Timestamp,
    /// Whether it has no hour.
    pub all_day: bool,
    /// What it is called.
    pub summary: String,
    /// Who is invited, or invites.
    pub guests: Vec<Guest>,
}

/// Somebody who is invited, or invites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// Their name, where the calendar tells.
    pub name: Option<String>,
    /// The domain of their mail address, in lower case.
    pub domain: String,
}

/// The meetings of a day, by when they begin, and then by name. What is no calendar has none.
#[must_use]
pub fn meetings(text: &str, day: &Day) -> Vec<Meeting> {
    read(text, day).0
}

/// The same, and whether so many meetings recur that not all were looked at.
#[must_use]
pub fn read(text: &str, day: &Day) -> (Vec<Meeting>, bool) {
    let Some(stretch) = Stretch::of(day) else { return (Vec::new(), false) };
    let mut found: BTreeMap<(Timestamp, String), Meeting> = BTreeMap::new();
    let mut are_too_many = false;
    for calendar in calendars(text) {
        let (events, more) = stretch.events(&calendar, day);
        are_too_many |= more;
        for occurrence in events {
            if let Some(meeting) = meeting(&occurrence, day) {
                found.entry((meeting.from, meeting.summary.clone())).or_insert(meeting);
            }
        }
    }
    are_too_many |= found.len() > MEETINGS;
    (found.into_values().take(MEETINGS).collect(), are_too_many)
}

/// The stretches of whole days of a calendar, called off or not there left out, in their order: holidays.
#[must_use]
pub fn whole_days(text: &str) -> Vec<RangeInclusive<Date>> {
    let ever = Stretch { from: Timestamp::MIN, until: Timestamp::MAX, zone: Tz::UTC };
    let mut found: Vec<(Date, Date)> = Vec::new();
    for calendar in calendars(text) {
        let events = calendar.components.iter().filter(|event| event.component_type.is_event());
        let mut by_id: BTreeMap<&str, Vec<&ICalendarComponent>> = BTreeMap::new();
        for event in events.take(EVENTS).filter(|event| has_no_hour(event) && !is_storm(event)) {
            by_id.entry(event.uid().unwrap_or_default()).or_default().push(event);
        }
        for series in by_id.into_values() {
            let (recurring, alone): (Vec<_>, Vec<_>) =
                series.into_iter().partition(|event| event.is_recurrent_or_override());
            let days = ever.expanded(&calendar, &recurring, RECURRENCES_OF_A_HOLIDAY);
            found.extend(days.iter().chain(&ever.expanded(&calendar, &alone, EVENTS)).filter_map(
                |occurrence| {
                    let is_off = occurrence.event.status() == Some(&ICalendarStatus::Cancelled);
                    let date = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
                    let (from, until) = (date(occurrence.from), date(occurrence.until));
                    // The end is the first day after it; none, or none later, is one day.
                    (!is_off).then(|| (from, from.max(until.saturating_sub(1.days()))))
                },
            ));
        }
    }
    found.sort_unstable();
    let mut days: Vec<RangeInclusive<Date>> = Vec::new();
    for (from, until) in found {
        match days.last_mut().filter(|last| from <= last.end().saturating_add(1.days())) {
            Some(last) => *last = *last.start()..=until.max(*last.end()),
            None => days.push(from..=until),
        }
    }
    days
}

/// Whether a text holds a calendar at all.
#[must_use]
pub fn is_calendar(text: &str) -> bool {
    text.trim_start_matches('\u{feff}')
        .trim_start()
        .get(..15)
        .is_some_and(|beginning| beginning.eq_ignore_ascii_case("BEGIN:VCALENDAR"))
}

/// The events of a calendar that are left out, or taken for others' hours, for somebody wrote them wrong.
#[must_use]
pub fn doubts(text: &str) -> Vec<String> {
    let mut doubts = Vec::new();
    for calendar in calendars(text) {
        let zones: BTreeSet<&str> = calendar
            .timezones()
            .filter_map(|zone| zone.property(&ICalendarProperty::Tzid)?.values.first()?.as_text())
            .collect();
        let events = calendar.components.iter().filter(|event| event.component_type.is_event());
        for event in events.take(EVENTS) {
            let summary = event.property(&ICalendarProperty::Summary);
            let summary = summary.and_then(|summary| summary.values.first()?.as_text());
            let summary = summary.map(short).unwrap_or_default();
            let start = event.property(&ICalendarProperty::Dtstart);
            if !start.is_some_and(has_date) {
                doubts
                    .push(format!("{summary:?} has no DTSTART that can be read, and is left out"));
            } else if let Some(zone) = start.and_then(ICalendarEntry::tz_id)
                && !zones.contains(zone)
                && Tz::from_str(zone).is_err()
            {
                let zone = short(zone);
                doubts.push(format!(
                    "{summary:?} is in a time zone that nobody knows, {zone:?}: it is told by its reader's clock"
                ));
            }
        }
    }
    doubts
}

fn has_date(start: &ICalendarEntry) -> bool {
    let Some(ICalendarValue::PartialDateTime(start)) = start.values.first() else { return false };
    let number = |part: Option<u8>| i8::try_from(part?).ok();
    let date = start.year.zip(number(start.month)).zip(number(start.day));
    date.is_some_and(|((year, month), day)| {
        i16::try_from(year).is_ok_and(|year| Date::new(year, month, day).is_ok())
    })
}

fn calendars(text: &str) -> Vec<ICalendar> {
    let mut end = text.len().min(BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = text[..end].trim_start_matches('\u{feff}');
    let mut parser = Parser::new(text);
    let mut found = Vec::new();
    loop {
        match parser.entry() {
            Entry::ICalendar(calendar) => found.push(calendar),
            Entry::Eof => return found,
            _ => {}
        }
    }
}

/// One time at which an event is.
struct Occurrence<'c> {
    from: Timestamp,
    until: Timestamp,
    /// Whether it has no hour.
    all_day: bool,
    event: &'c ICalendarComponent,
}

/// A day, from its first moment to the first after it, by its owner's clock.
struct Stretch {
    from: Timestamp,
    until: Timestamp,
    zone: Tz,
}

impl Stretch {
    fn of(day: &Day) -> Option<Self> {
        let begin = |date: Date| date.to_zoned(day.zone.clone()).ok().map(|at| at.timestamp());
        let zone = day.zone.iana_name().and_then(|name| Tz::from_str(name).ok());
        Some(Self {
            from: begin(day.date)?,
            until: begin(day.date.checked_add(1.days()).ok()?)?,
            zone: zone.unwrap_or(Tz::UTC),
        })
    }

    /// The events that are in it, and whether more recur than are looked at.
    fn events<'c>(&self, calendar: &'c ICalendar, day: &Day) -> (Vec<Occurrence<'c>>, bool) {
        let events =
            calendar.components.iter().filter(|component| component.component_type.is_event());
        let mut by_id: BTreeMap<&str, Vec<&ICalendarComponent>> = BTreeMap::new();
        let (mut alone, mut recurring) = (Vec::new(), Vec::new());
        for event in events.take(EVENTS) {
            match event.uid() {
                Some(id) if event.is_recurrent_or_override() && !is_storm(event) => {
                    by_id.entry(id).or_default().push(event);
                }
                _ => alone.push(event),
            }
        }
        for series in by_id.into_values() {
            let may_recur = |event: &&ICalendarComponent| may_be_on(event, day.date);
            if series.iter().any(may_recur) {
                recurring.push(series);
            }
        }
        // Whoever sends hundreds of invitations pushes out others' and not what its owner agreed to.
        recurring.sort_by_key(|series| !series.iter().any(|event| is_agreed(event, day)));
        let mut are_too_many = recurring.len() > RECURRING;
        recurring.truncate(RECURRING);
        let mut budget = ALL_RECURRENCES;
        let mut found = self.expanded(calendar, &alone, EVENTS);
        for series in recurring {
            let times = times_until(&series, day.date).min(RECURRENCES);
            match budget.checked_sub(times) {
                Some(left) => {
                    budget = left;
                    found.extend(self.expanded(calendar, &series, times));
                }
                None => are_too_many = true,
            }
        }
        (found, are_too_many)
    }

    /// One series, or what does not recur, counted out by the rules of its calendar.
    fn expanded<'c>(
        &self,
        calendar: &ICalendar,
        events: &[&'c ICalendarComponent],
        limit: usize,
    ) -> Vec<Occurrence<'c>> {
        let named: BTreeSet<&str> = events
            .iter()
            .flat_map(|event| &event.entries)
            .filter_map(|entry| entry.tz_id())
            .collect();
        let zones = calendar.timezones().filter(|zone| {
            let id = zone.property(&ICalendarProperty::Tzid).and_then(|id| id.values.first());
            id.and_then(ICalendarValue::as_text).is_some_and(|id| named.contains(id))
        });
        let mut components: Vec<ICalendarComponent> = zones.take(ZONES).cloned().collect();
        let first = components.len();
        components.extend(events.iter().map(|event| without_storms(event)));
        let alone = ICalendar { components };
        let zone = if recur_in_utc(events) { Tz::UTC } else { self.zone };
        let expanded = alone.expand_dates(zone, limit);
        let told = expanded.events.into_iter().filter_map(|event| {
            let source = *events.get((event.comp_id as usize).checked_sub(first)?)?;
            let from = Timestamp::from_second(event.start.timestamp()).ok()?;
            let all_day = has_no_hour(source);
            let until = match event.end {
                calcard::icalendar::dates::TimeOrDelta::Time(end) => {
                    Timestamp::from_second(end.timestamp()).ok()?
                }
                calcard::icalendar::dates::TimeOrDelta::Delta(length) => Timestamp::from_second(
                    event.start.timestamp().checked_add(length.num_seconds())?,
                )
                .ok()?,
            };
            let begins = self.from <= from && from < self.until;
            let lasts = all_day && from < self.until && self.from < until;
            (begins || lasts).then_some(Occurrence { from, until, all_day, event: source })
        });
        told.collect()
    }
}

/// Whether its owner made an event, or said that they come.
fn is_agreed(event: &ICalendarComponent, day: &Day) -> bool {
    let is_own = |entry: &ICalendarEntry| {
        let address = entry.calendar_address().map(str::trim);
        address.zip(day.email).is_some_and(|(address, own)| address.eq_ignore_ascii_case(own))
    };
    let of = |name| event.entries.iter().filter(move |entry| entry.name == name);
    let accepts = |entry: &ICalendarEntry| {
        let said = entry.parameter(&ICalendarParameterName::Partstat);
        said.and_then(|said| said.as_text())
            .is_some_and(|said| said.eq_ignore_ascii_case("ACCEPTED"))
    };
    of(ICalendarProperty::Organizer).next().is_none()
        || of(ICalendarProperty::Organizer).any(is_own)
        || of(ICalendarProperty::Attendee).any(|entry| is_own(entry) && accepts(entry))
}

fn has_no_hour(event: &ICalendarComponent) -> bool {
    let start = event.property(&ICalendarProperty::Dtstart).and_then(|start| start.values.first());
    matches!(start, Some(ICalendarValue::PartialDateTime(start)) if !start.has_time())
}

/// The meeting, unless it was called off or its owner declined.
fn meeting(occurrence: &Occurrence<'_>, day: &Day) -> Option<Meeting> {
    let &Occurrence { from, all_day, event, .. } = occurrence;
    if event.status() == Some(&ICalendarStatus::Cancelled) {
        return None;
    }
    let invited = event.entries.iter().filter(|entry| {
        matches!(entry.name, ICalendarProperty::Attendee | ICalendarProperty::Organizer)
    });
    let mut guests: Vec<Guest> = Vec::new();
    for entry in invited.take(GUESTS) {
        let Some(address) = entry.calendar_address() else { continue };
        let Some((_, domain)) = address.trim().rsplit_once('@') else { continue };
        let has = |name, value: &str| {
            let said = entry.parameter(&name).and_then(|parameter| parameter.as_text());
            said.is_some_and(|said| said.eq_ignore_ascii_case(value))
        };
        let is_own = day.email.is_some_and(|own| own.eq_ignore_ascii_case(address.trim()));
        if is_own && has(ICalendarParameterName::Partstat, "DECLINED") {
            return None;
        }
        let is_thing = ["ROOM", "RESOURCE"];
        let is_thing = is_thing.iter().any(|kind| has(ICalendarParameterName::Cutype, kind));
        if is_own || is_thing {
            continue;
        }
        let name = entry.parameter(&ICalendarParameterName::Cn).and_then(|name| name.as_text());
        let name = name.map(short).filter(|name| !name.is_empty() && !name.contains('@'));
        let guest = Guest { name, domain: domain.trim_matches('.').to_lowercase() };
        if !guests.contains(&guest) {
            guests.push(guest);
        }
    }
    let summary =
        event.property(&ICalendarProperty::Summary).and_then(|entry| entry.values.first());
    let summary = summary.and_then(ICalendarValue::as_text).map(short).unwrap_or_default();
    Some(Meeting { from, all_day, summary, guests })
}

fn short(text: &str) -> String {
    crate::text::words::fold_space(&text.chars().take(CHARS).collect::<String>())
}
