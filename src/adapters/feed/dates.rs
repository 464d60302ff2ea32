//! Dates as feeds write them. A date that cannot be read is none, never a wrong one.

mod names;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use self::names::month_of;

/// The moment that `text` names; without a zone, UTC is meant.
#[must_use]
pub fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    // The longest date is a weekday and a month in words with a zone; no date is longer.
    if text.is_empty() || text.len() > 100 {
        return None;
    }
    iso(text)
        .or_else(|| hungarian(text))
        .or_else(|| worded(text))
        .or_else(|| slashed(text))
        .or_else(|| unix(text))
}

/// ISO 8601 in all its breadth: `2003`, `2003-12`, `20031231`, `2003-365`, `2003-W52-3`, with or
/// without a time, with or without a zone.
fn iso(text: &str) -> Option<Timestamp> {
    let split = text.find(['T', 't', ' ']).unwrap_or(text.len());
    let (date, rest) = text.split_at(split);
    let date = iso_date(date.trim_end_matches(['Z', 'z']))?;
    timed(date, rest.trim_start_matches(['T', 't', ' ']).trim())
}

/// `2004-július-13T9:15-05:00`: ISO 8601 with the month in words.
fn hungarian(text: &str) -> Option<Timestamp> {
    let (day, rest) = text.rsplit_once('T').unwrap_or((text, ""));
    let mut parts = day.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let month = if year.len() == 4 { names::month_of(month)? } else { return None };
    timed(date(year.parse().ok()?, month, day.trim().parse().ok()?)?, rest.trim())
}

/// `date` at the time and in the zone that `rest` names; at midnight UTC where there is none.
fn timed(date: Date, rest: &str) -> Option<Timestamp> {
    if rest.is_empty() {
        return at(date, Time::midnight(), SignedDuration::ZERO);
    }
    let zone_at = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | ',')));
    let (clock, zone) = rest.split_at(zone_at.unwrap_or(rest.len()));
    let (time, carry) = clock_time(clock)?;
    let offset = offset(zone.trim()).unwrap_or_default();
    at(date, time, carry - offset)
}

fn iso_date(text: &str) -> Option<Date> {
    let digits = |part: &str| -> Option<i16> {
        (!part.is_empty() && part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse().ok())?
    };
    let parts: Vec<&str> = text.split('-').collect();
    match parts.as_slice() {
        [whole] if text.is_ascii() => match whole.len() {
            4 => Date::new(digits(whole)?, 1, 1).ok(),
            7 => day_of_year(digits(&whole[..4])?, digits(&whole[4..])?),
            8 => date(digits(&whole[..4])?, digits(&whole[4..6])?, digits(&whole[6..])?),
            6 => date(full_year(digits(&whole[..2])?), digits(&whole[2..4])?, digits(&whole[4..])?),
            _ => None,
        },
        [year, rest] if year.len() == 4 && rest.len() == 3 => {
            day_of_year(digits(year)?, digits(rest)?)
        }
        [year, month] if year.len() == 4 => date(digits(year)?, digits(month)?, 1),
        [year, week, day] if week.starts_with(['W', 'w']) => {
            let week = i8::try_from(digits(&week[1..])?).ok()?;
            let day = jiff::civil::Weekday::from_monday_one_offset(digits(day)?.try_into().ok()?);
            jiff::civil::ISOWeekDate::new(digits(year)?, week, day.ok()?).ok().map(Date::from)
        }
        [year, month, day] if year.len() == 4 => date(digits(year)?, digits(month)?, digits(day)?),
        [year, month, day] if year.len() == 2 && day.len() == 2 => {
            date(full_year(digits(year)?), digits(month)?, digits(day)?)
        }
        _ => None,
    }
}

/// RFC 822 and its like: words and numbers in any order, a weekday that may be wrong.
fn worded(text: &str) -> Option<Timestamp> {
    let mut day = None;
    let mut month = None;
    let mut year = None;
    let mut clock = None;
    let mut zone = None;
    let mut afternoon = None;
    let spaced = text.replace(',', " ");
    // Whether the month was the first word, and so perhaps a day of the week.
    let mut begun = false;
    let words = spaced.split_whitespace().flat_map(|word| split_dashes(word));
    for (position, word) in words.enumerate() {
        let first = word.chars().next()?;
        if clock.is_none() && first.is_ascii_digit() && word.contains(':') {
            let end = word
                .find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.')))
                .unwrap_or(word.len());
            clock = Some(clock_time(&word[..end])?);
            match word[end..].to_ascii_lowercase().as_str() {
                "" => {}
                "am" => afternoon = Some(false),
                "pm" => afternoon = Some(true),
                rest => zone = offset(rest),
            }
        } else if matches!(first, '+' | '-') && clock.is_some() {
            zone = offset(word).or(zone);
        } else if first.is_ascii_digit() {
            let digits = word.trim_end_matches(|c: char| !c.is_ascii_digit());
            let number: i16 = digits.parse().ok()?;
            // The day stands before the year, but for `2003 Dec 31`.
            if digits.len() > 2 && year.is_none() {
                begun = false;
                year = Some(number);
            } else if day.is_none() && (1..=31).contains(&number) {
                day = Some(number);
            } else if year.is_none() {
                year = Some(if digits.len() <= 2 { full_year(number) } else { number });
            }
        } else if let Some(found) = month_of(word).filter(|_| month.is_none() || begun) {
            // `mar., 01 déc. 2020`: Tuesday, and no March.
            begun = month.is_none() && position == 0;
            month = Some(found);
        } else if clock.is_some() {
            match word.to_ascii_lowercase().trim_end_matches('.') {
                "am" | "a.m" => afternoon = Some(false),
                "pm" | "p.m" => afternoon = Some(true),
                name => zone = zone.or_else(|| offset(name)),
            }
        }
    }
    let (mut time, carry) = clock.unwrap_or((Time::midnight(), SignedDuration::ZERO));
    match afternoon {
        Some(true) if time.hour() < 12 => {
            time = Time::new(time.hour() + 12, time.minute(), time.second(), 0).ok()?;
        }
        Some(false) if time.hour() == 12 => {
            time = Time::new(0, time.minute(), time.second(), 0).ok()?;
        }
        _ => {}
    }
    at(date(year?, month?, day?)?, time, carry - zone.unwrap_or_default())
}

/// `31-Dec-03` and `31-Dec-2003` as three words; anything else as one.
fn split_dashes(word: &str) -> Vec<&str> {
    let parts: Vec<&str> = word.split('-').collect();
    if parts.len() == 3 && parts.iter().all(|part| !part.is_empty()) { parts } else { vec![word] }
}

/// `12/31/2003 10:14:55` as in the United States, `31.12.2003` as on the continent, `2003/12/31`, and
/// Korean and Chinese dates with their signs for year, month and day.
fn slashed(text: &str) -> Option<Timestamp> {
    let dotted = text.contains('.') && !text.contains('/');
    // Dates with Korean signs are Korean, and so is their time.
    let korean = text.contains(|c: char| matches!(c, '\u{ac00}'..='\u{d7a3}'));
    let spaced: String =
        text.chars().map(|c| if c.is_ascii_digit() || c == ':' { c } else { ' ' }).collect();
    let pm =
        text.to_ascii_lowercase().contains("pm") || text.contains("오후") || text.contains("下午");
    let mut words = spaced.split_whitespace();
    let (first, second, third) = (words.next()?, words.next()?, words.next()?);
    if [first, second, third].iter().any(|word| word.len() > 4 || word.contains(':')) {
        return None;
    }
    let number = |word: &str| word.parse::<i16>().ok();
    let (one, two, three) = (number(first)?, number(second)?, number(third)?);
    let date = if first.len() == 4 {
        date(one, two, three)
    } else {
        let year = if third.len() == 4 { three } else { full_year(three) };
        let (day_first, month_first) = (date(year, two, one), date(year, one, two));
        let stated = names::weekday(text);
        let is_stated = |date: &Date| stated == Some(date.weekday());
        let usual = if dotted { day_first.or(month_first) } else { month_first.or(day_first) };
        day_first.filter(is_stated).or(month_first.filter(is_stated)).or(usual)
    }?;
    let (mut time, carry) =
        words.next().map_or(Some((Time::midnight(), SignedDuration::ZERO)), |clock| {
            clock_time(clock).filter(|_| clock.contains(':'))
        })?;
    if pm && time.hour() < 12 {
        time = Time::new(time.hour() + 12, time.minute(), time.second(), 0).ok()?;
    }
    let zone = text.rsplit(' ').next().and_then(offset);
    let zone = zone.or_else(|| if korean { names::zone("kst") } else { None }).unwrap_or_default();
    at(date, time, carry - zone)
}

/// Seconds since 1970, from 2001 on: ten digits.
fn unix(text: &str) -> Option<Timestamp> {
    (text.len() == 10).then(|| text.parse().ok())?.and_then(|s| Timestamp::from_second(s).ok())
}

/// `10:14:55.5`, `1014`, `24:00`; the second part is what goes over into the next day.
fn clock_time(text: &str) -> Option<(Time, SignedDuration)> {
    let text = text.trim_end_matches(['.', ',']);
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let parts: Vec<&str> = if whole.contains(':') {
        whole.split(':').collect()
    } else {
        (0..whole.len()).step_by(2).map(|at| &whole[at..whole.len().min(at + 2)]).collect()
    };
    let number =
        |index: usize| -> Option<i8> { parts.get(index).map_or(Some(0), |part| part.parse().ok()) };
    if parts.is_empty() || parts.len() > 3 {
        return None;
    }
    let (hour, minute, second) = (number(0)?, number(1)?, number(2)?);
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let nanosecond: i32 = digits.parse().ok()?;
    let carry = if hour == 24 { SignedDuration::from_hours(24) } else { SignedDuration::ZERO };
    // A leap second is read as the second before it: no clock of ours has it.
    let time = Time::new(hour % 24, minute, second.min(59), nanosecond).ok()?;
    (hour <= 24).then_some((time, carry))
}

/// `Z`, `+01:00`, `-0500`, `+1`, `GMT+2`, a named zone.
fn offset(text: &str) -> Option<SignedDuration> {
    let text = text.trim_matches(['(', ')']).to_ascii_lowercase();
    let signed = text.find(['+', '-']);
    if let Some(at) = signed {
        let negative = text.as_bytes()[at] == b'-';
        let digits: String = text[at + 1..].chars().filter(char::is_ascii_digit).collect();
        let (hours, minutes) = match digits.len() {
            1 | 2 => (digits.as_str(), "0"),
            3 => (&digits[..1], &digits[1..]),
            4 => (&digits[..2], &digits[2..]),
            _ => return None,
        };
        let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
        let offset = SignedDuration::from_mins(if negative { -minutes } else { minutes });
        // Beyond what any clock on earth shows, it is a misprint.
        return (minutes <= 15 * 60).then_some(offset);
    }
    names::zone(&text)
}

/// RFC 2822: two digits below 50 are of this century; three count from 1900.
const fn full_year(year: i16) -> i16 {
    match year {
        0..50 => year + 2000,
        50..1000 => year + 1900,
        _ => year,
    }
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    // Feeds with 31 April exist; the last day of the month is what they mean.
    let month = i8::try_from(month).ok()?;
    let day = i8::try_from(day).ok()?;
    let first = Date::new(year, month, 1).ok()?;
    (1..=31).contains(&day).then(|| Date::new(year, month, day.min(first.days_in_month())).ok())?
}

fn day_of_year(year: i16, day: i16) -> Option<Date> {
    Date::new(year, 1, 1).ok()?.with().day_of_year(day).build().ok()
}

fn at(date: Date, time: Time, shift: SignedDuration) -> Option<Timestamp> {
    let civil = DateTime::from_parts(date, time);
    Offset::UTC.to_timestamp(civil).ok()?.checked_add(shift).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let found = read(text).map_or_else(|| "none".to_owned(), |at| at.to_string());
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn rfc_822_and_what_passes_for_it() {
        for text in [
            "Thu, 01 Jan 2004 19:48:21 GMT",
            "Sat, 01 Jan 2004 19:48:21 GMT",
            "Thursday, 1 January 2004 19:48:21 +0000",
            "01 Jan 04 19:48:21 GMT",
            "Thu, 01 Jan 2004 14:48:21 EST",
            "Thu, 01 Jan 2004 20:48:21 +01:00",
            "Thu Jan 01 19:48:21 2004",
            "Jan 1, 2004 7:48:21 PM",
            "Thu, 01-Jan-2004 19:48:21 GMT",
            "Do, 1. Januar 2004 20:48:21 CET",
            "jeu., 1 janv. 2004 19:48:21 GMT",
            "Thu, 01 Jan 2004 19:48:21",
            "2004 Jan 1 19:48:21",
        ] {
            check(text, "2004-01-01T19:48:21Z");
        }
        check("Thu, 31 Dec 2003 24:00:00 GMT", "2004-01-01T00:00:00Z");
        check("Wed, 31 Feb 2004 10:00 GMT", "2004-02-29T10:00:00Z");
        check("Mon, 15 Mrt 2004 12:00:00 +0200", "2004-03-15T10:00:00Z");
        check("01 Jan 2004", "2004-01-01T00:00:00Z");
    }

    #[test]
    fn iso_with_parts_left_out() {
        check("2003-12-31T10:14:55Z", "2003-12-31T10:14:55Z");
        check("2003-12-31T10:14:55.25-08:00", "2003-12-31T18:14:55.25Z");
        check("2003-12-31 10:14:55", "2003-12-31T10:14:55Z");
        check("2003-12-31T10:14", "2003-12-31T10:14:00Z");
        check("20031231", "2003-12-31T00:00:00Z");
        check("2003-12", "2003-12-01T00:00:00Z");
        check("2003", "2003-01-01T00:00:00Z");
        check("2003-365", "2003-12-31T00:00:00Z");
        check("2004-W01-4", "2004-01-01T00:00:00Z");
        check("2003-12-31T10:14:55+0100", "2003-12-31T09:14:55Z");
        check("2003-12-31T10:14:55 GMT", "2003-12-31T10:14:55Z");
    }

    #[test]
    fn local_habits() {
        check("12/31/2003 10:14:55 PM", "2003-12-31T22:14:55Z");
        check("31.12.2003 10:14", "2003-12-31T10:14:00Z");
        check("2004-05-28 오후 11:31:58", "2004-05-28T14:31:58Z");
        check("2004년 05월 28일 01:31:15", "2004-05-27T16:31:15Z");
        check("2004-július-13T9:15-05:00", "2004-07-13T14:15:00Z");
        check("Mon, 03/30/2020 - 19:19", "2020-03-30T19:19:00Z");
        check("Κυρ, 11 Ιούλ 2004 12:00:00 EEST", "2004-07-11T09:00:00Z");
        check("1072865695", "2003-12-31T10:14:55Z");
    }

    #[test]
    fn a_day_of_the_week_is_no_month_and_tells_day_from_month() {
        check("mar., 01 déc. 2020 16:11:02 +0000", "2020-12-01T16:11:02Z");
        check("mar. 3 mars 2020", "2020-03-03T00:00:00Z");
        check("March 3, 2020 by Augusta", "2020-03-03T00:00:00Z");
        check("Mar 03 2020 10:00", "2020-03-03T10:00:00Z");
        check("Sat, 11 04 2020 08:51:49 +0100", "2020-04-11T07:51:49Z");
        check("Wed, 11/04/2020", "2020-11-04T00:00:00Z");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "yesterday",
            "0000-00-00",
            "99/99/9999",
            "::::",
            "-",
            "2003-13-45",
            "+",
            "2013-01-28T09:xx:00Z",
            "2013-01-27-01",
        ] {
            check(text, "none");
        }
    }
}
