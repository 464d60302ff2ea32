//! Dates as feeds write them. A date that cannot be read is none, never a wrong one.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// Month names and their beginnings. Three letters of English are enough; other languages are
/// listed as they were met (German, French, Spanish, Portuguese, Italian, Dutch, Polish, Swedish,
/// Danish, Hungarian, Greek, Russian).
const MONTHS: [&[&str]; 12] = [
    &["jan", "janv", "ene", "gen", "sty", "ιαν", "янв", "januar", "január", "oca"],
    &["feb", "fév", "fev", "lut", "φεβ", "фев", "şub"],
    &["mar", "mär", "maer", "mrz", "mrt", "maa", "márc", "μάρ", "μαρ", "мар"],
    &["apr", "avr", "abr", "kwi", "ápr", "απρ", "апр", "nis"],
    &["may", "mai", "mag", "mei", "maj", "máj", "μάϊ", "μαϊ", "μάι", "мая", "май"],
    &["jun", "juin", "giu", "cze", "jún", "ιούν", "ιουν", "июн", "haz"],
    &["jul", "juil", "lug", "lip", "júl", "ιούλ", "ιουλ", "июл", "tem"],
    &["aug", "aoû", "aou", "ago", "sie", "augus", "αύγ", "αυγ", "авг", "ağu"],
    &["sep", "set", "wrz", "szep", "σεπ", "сен", "eyl"],
    &["oct", "okt", "out", "ott", "paź", "οκτ", "окт", "eki"],
    &["nov", "lis", "νοέ", "νοε", "ноя", "kas"],
    &["dec", "dez", "déc", "dic", "gru", "δεκ", "дек", "ara"],
];

/// Named zones and their offsets in minutes. RFC 822's, and those that feeds were seen to use.
/// A military letter other than Z says nothing (RFC 2822, 4.3), and is read as UTC.
const ZONES: &[(&str, i32)] = &[
    ("z", 0),
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("wet", 0),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
    ("ast", -240),
    ("adt", -180),
    ("akst", -540),
    ("akdt", -480),
    ("hst", -600),
    ("nst", -210),
    ("ndt", -150),
    ("bst", 60),
    ("west", 60),
    ("cet", 60),
    ("mez", 60),
    ("cest", 120),
    ("mesz", 120),
    ("eet", 120),
    ("eest", 180),
    ("msk", 180),
    ("ist", 330),
    ("sgt", 480),
    ("hkt", 480),
    ("awst", 480),
    ("jst", 540),
    ("kst", 540),
    ("aest", 600),
    ("aedt", 660),
    ("acst", 570),
    ("acdt", 630),
    ("nzst", 720),
    ("nzdt", 780),
    ("et", -300),
    ("ct", -360),
    ("mt", -420),
    ("pt", -480),
];

/// The moment that `text` names; without a zone, UTC is meant.
#[must_use]
pub fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    // The longest date is a weekday and a month in words with a zone; no date is longer.
    if text.is_empty() || text.len() > 100 {
        return None;
    }
    iso(text).or_else(|| worded(text)).or_else(|| slashed(text)).or_else(|| unix(text))
}

/// ISO 8601 in all its breadth: `2003`, `2003-12`, `20031231`, `2003-365`, `2003-W52-3`, with or
/// without a time, with or without a zone.
fn iso(text: &str) -> Option<Timestamp> {
    let split = text.find(['T', 't', ' ']).unwrap_or(text.len());
    let (date, rest) = text.split_at(split);
    let date = iso_date(date.trim_end_matches(['Z', 'z']))?;
    let rest = rest.trim_start_matches(['T', 't', ' ']).trim();
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
    for word in spaced.split_whitespace().flat_map(|word| split_dashes(word)) {
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
                year = Some(number);
            } else if day.is_none() && (1..=31).contains(&number) {
                day = Some(number);
            } else if year.is_none() {
                year = Some(if digits.len() <= 2 { full_year(number) } else { number });
            }
        } else if let (None, Some(found)) = (month, month_of(word)) {
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

fn month_of(word: &str) -> Option<i16> {
    let word = word.to_lowercase();
    let word = word.trim_end_matches('.');
    let longest = MONTHS.iter().enumerate().flat_map(|(index, names)| {
        names.iter().filter(|name| word.starts_with(**name)).map(move |name| (name.len(), index))
    });
    longest.max().and_then(|(_, index)| i16::try_from(index + 1).ok())
}

/// `12/31/2003 10:14:55` as in the United States, `31.12.2003` as on the continent, `2003/12/31`, and
/// Korean and Chinese dates with their signs for year, month and day.
fn slashed(text: &str) -> Option<Timestamp> {
    let dotted = text.contains('.') && !text.contains('/');
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
    } else if dotted || one > 12 {
        date(if third.len() == 4 { three } else { full_year(three) }, two, one)
    } else {
        date(if third.len() == 4 { three } else { full_year(three) }, one, two)
    }?;
    let (mut time, carry) =
        words.next().map_or(Some((Time::midnight(), SignedDuration::ZERO)), clock_time)?;
    if pm && time.hour() < 12 {
        time = Time::new(time.hour() + 12, time.minute(), time.second(), 0).ok()?;
    }
    let zone = text.rsplit(' ').next().and_then(offset).unwrap_or_default();
    at(date, time, carry - zone)
}

/// Seconds since 1970, from 2001 on: ten digits.
fn unix(text: &str) -> Option<Timestamp> {
    (text.len() == 10).then(|| text.parse().ok())?.and_then(|s| Timestamp::from_second(s).ok())
}

/// `10:14:55.5`, `1014`, `24:00`; the second part is what goes over into the next day.
fn clock_time(text: &str) -> Option<(Time, SignedDuration)> {
    let text = text.trim_end_matches(['.', ',', ':']);
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
    let named = ZONES.iter().find(|(name, _)| *name == text);
    named.map(|(_, minutes)| SignedDuration::from_mins(i64::from(*minutes)))
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
        check("2004-05-28 오후 11:31:58", "2004-05-28T23:31:58Z");
        check("Κυρ, 11 Ιούλ 2004 12:00:00 EEST", "2004-07-11T09:00:00Z");
        check("1072865695", "2003-12-31T10:14:55Z");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in ["", "yesterday", "0000-00-00", "99/99/9999", "::::", "-", "2003-13-45", "+"] {
            check(text, "none");
        }
    }
}
