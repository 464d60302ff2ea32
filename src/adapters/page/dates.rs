//! The moments pages write down, as people and machines write them.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::temporal::Pieces;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

/// A date longer than this (bytes) is a sentence.
const LONGEST: usize = 120;

/// Month names as blogs in the languages of our sources write them; a word matches by its first
/// letters, so that "Sept." and "septembre" are one.
const MONTHS: &[(&str, i8)] = &[
    ("jan", 1),
    ("ene", 1),
    ("gen", 1),
    ("jän", 1),
    ("styc", 1),
    ("feb", 2),
    ("fév", 2),
    ("fev", 2),
    ("lut", 2),
    ("mar", 3),
    ("mär", 3),
    ("maa", 3),
    ("mrt", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("kwi", 4),
    ("may", 5),
    ("mai", 5),
    ("mag", 5),
    ("mei", 5),
    ("maj", 5),
    ("jun", 6),
    ("juin", 6),
    ("giu", 6),
    ("cze", 6),
    ("jul", 7),
    ("juil", 7),
    ("lug", 7),
    ("lip", 7),
    ("aug", 8),
    ("août", 8),
    ("aout", 8),
    ("ago", 8),
    ("sie", 8),
    ("sep", 9),
    ("set", 9),
    ("wrz", 9),
    ("oct", 10),
    ("okt", 10),
    ("ott", 10),
    ("out", 10),
    ("paź", 10),
    ("nov", 11),
    ("lis", 11),
    ("dec", 12),
    ("dez", 12),
    ("déc", 12),
    ("dic", 12),
    ("gru", 12),
];

/// The moment `text` names, in `format` (strftime) where one is given. Without a zone it is taken
/// as UTC, without a time as midnight.
#[must_use]
pub fn moment(text: &str, format: Option<&str>) -> Option<Timestamp> {
    match format {
        Some(format) => formatted(bounded(text)?, format),
        None => stated(text).map(|stated| stated.timestamp()),
    }
}

/// The moment `text` names, with the offset it names.
#[must_use]
pub(super) fn stated(text: &str) -> Option<Zoned> {
    let text = bounded(text)?;
    machine(text).or_else(|| written(text))
}

/// The day a URL's path files its page under: `/2026/03/14/`, or `/2026-03-14-` where a name begins.
#[must_use]
pub(super) fn filed_under(path: &str) -> Option<Zoned> {
    let segments: Vec<&str> = path.split('/').collect();
    let folders = segments.windows(3).find_map(|three| {
        let [year, month, day] = three else { return None };
        let is_short = |text: &str| (1..=2).contains(&text.len());
        (year.len() == 4 && is_short(month) && is_short(day)).then(|| numeric(year, month, day))?
    });
    let begins_with_it = || {
        segments.iter().find_map(|name| {
            let day = name.get(..10)?;
            let ends = name[10..].starts_with(['-', '_', '.']) || name.len() == 10;
            let is_dated = ends && [4, 7].iter().all(|at| day.as_bytes().get(*at) == Some(&b'-'));
            is_dated.then(|| in_path(day))?
        })
    };
    folders.or_else(begins_with_it)
}

/// The date in a URL's path: `/2026/03/14/`, `/2026-03-14-` or `/14-03-2026`; a month alone is not
/// enough.
#[must_use]
pub(super) fn in_path(path: &str) -> Option<Zoned> {
    let numbers: Vec<&str> = path.split(|c: char| !c.is_ascii_digit()).collect();
    let is_short = |number: &str| (1..=2).contains(&number.len());
    numbers.windows(3).find_map(|three| {
        let [a, b, c] = three else { return None };
        if a.len() == 4 && is_short(b) && is_short(c) {
            numeric(a, b, c)
        } else if a.len() == 2 && b.len() == 2 && c.len() == 4 {
            numeric(c, b, a).or_else(|| numeric(c, a, b))
        } else {
            None
        }
    })
}

fn bounded(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty() && text.len() <= LONGEST).then_some(text)
}

fn formatted(text: &str, format: &str) -> Option<Timestamp> {
    let broken_down = jiff::fmt::strtime::parse(format, text).ok()?;
    if let Ok(timestamp) = broken_down.to_timestamp() {
        return Some(timestamp);
    }
    let at = match broken_down.to_datetime() {
        Ok(date_time) => utc(date_time),
        Err(_) => utc(broken_down.to_date().ok()?.into()),
    };
    at.map(|at| at.timestamp())
}

fn machine(text: &str) -> Option<Zoned> {
    if let Ok(pieces) = Pieces::parse(text) {
        let at = pieces.date().to_datetime(pieces.time().unwrap_or_else(Time::midnight));
        let offset = pieces.to_numeric_offset().unwrap_or(Offset::UTC);
        return at.to_zoned(TimeZone::fixed(offset)).ok();
    }
    if let Ok(zoned) = jiff::fmt::rfc2822::DateTimeParser::new().parse_zoned(text) {
        return Some(zoned);
    }
    // "+0200" without its colon is what strftime's %z gives.
    Zoned::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text).ok()
}

/// A date as people write it, wherever it stands in `text`.
fn written(text: &str) -> Option<Zoned> {
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    if let Some(found) =
        words.iter().enumerate().find_map(|(at, word)| with_month(&words, at, month(word)?))
    {
        return Some(found);
    }
    let digits = |word: &str| word.bytes().all(|b| b.is_ascii_digit());
    words.windows(3).filter(|three| three.iter().all(|word| digits(word))).find_map(|three| {
        let [a, b, c] = three else { return None };
        match (a.len(), c.len()) {
            (4, _) => numeric(a, b, c),
            // 14.03.2026 is a day first everywhere; with slashes Americans put the month first.
            (1..=2, 4) if lower.contains('/') => numeric(c, a, b).or_else(|| numeric(c, b, a)),
            (1..=2, 4) => numeric(c, b, a),
            _ => None,
        }
    })
}

/// "14 March 2026", "March 14th, 2026", "14 de marzo de 2026", around the month at `at`.
fn with_month(words: &[&str], at: usize, month: i8) -> Option<Zoned> {
    let before =
        words[..at].iter().rev().find(|word| !matches!(**word, "de" | "of" | "d")).copied();
    let mut after =
        words[at + 1..].iter().filter(|word| !matches!(**word, "de" | "of" | "del")).copied();
    let next = after.next();
    let (day, year) = match (before.and_then(day), next) {
        (Some(day), Some(year)) if year.len() == 4 => (day, year),
        _ => (day(next?)?, after.next()?),
    };
    let year: i16 = year.parse().ok().filter(|year| (1_990..=2_200).contains(year))?;
    midnight(Date::new(year, month, day).ok()?)
}

fn month(word: &str) -> Option<i8> {
    // The longest name first: "juil" is July though "jui" alone is not, "mai" before "mar".
    let long_enough = word.chars().count() >= 3 && word.chars().all(char::is_alphabetic);
    let fits = MONTHS.iter().filter(|(name, _)| long_enough && word.starts_with(name));
    fits.max_by_key(|(name, _)| name.len()).map(|(_, number)| *number)
}

fn day(word: &str) -> Option<i8> {
    let ends = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let (number, ending) = word.split_at(ends);
    let ordinal = matches!(ending, "" | "st" | "nd" | "rd" | "th" | "er");
    if ordinal { number.parse().ok().filter(|day| (1..=31).contains(day)) } else { None }
}

fn numeric(year: &str, month: &str, day: &str) -> Option<Zoned> {
    let year: i16 = year.parse().ok().filter(|year| (1_990..=2_200).contains(year))?;
    midnight(Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()?)
}

fn midnight(date: Date) -> Option<Zoned> {
    utc(date.into())
}

fn utc(date_time: DateTime) -> Option<Zoned> {
    date_time.to_zoned(TimeZone::UTC).ok()
}

#[cfg(test)]
mod tests {
    use super::{in_path, moment, stated};

    fn check(text: &str, expect: &str) {
        let found = moment(text, None).map(|moment| moment.to_string());
        assert_eq!(found.as_deref(), Some(expect), "{text}");
    }

    #[test]
    fn machines_write_iso_with_and_without_a_zone() {
        check("2026-03-14T09:26:53+01:00", "2026-03-14T08:26:53Z");
        check("2026-03-14T09:26:53+0100", "2026-03-14T08:26:53Z");
        check("2026-03-14T09:26", "2026-03-14T09:26:00Z");
        check("2026-03-14 09:26:53", "2026-03-14T09:26:53Z");
        check("2026-03-14", "2026-03-14T00:00:00Z");
        check("2026-03-14T23:26:53-0500", "2026-03-15T04:26:53Z");
        check("Sat, 14 Mar 2026 09:26:53 +0000", "2026-03-14T09:26:53Z");
    }

    #[test]
    fn a_moment_keeps_the_day_of_the_clock_it_was_read_off() {
        for text in ["2026-03-14T23:26:53-05:00", "2026-03-14T23:26:53-0500", "2026-03-14"] {
            assert_eq!(stated(text).unwrap().date().to_string(), "2026-03-14", "{text}");
        }
    }

    #[test]
    fn people_write_months_as_words_in_their_own_language() {
        for text in [
            "March 14, 2026",
            "Posted on Mar 14th, 2026 by Ada",
            "14 mars 2026",
            "14. März 2026",
            "14 de marzo de 2026",
            "sábado, 14 de março de 2026",
            "14 maart 2026",
            "14 marca 2026",
        ] {
            check(text, "2026-03-14T00:00:00Z");
        }
        check("1er juillet 2026", "2026-07-01T00:00:00Z");
        check("3 juin 2026", "2026-06-03T00:00:00Z");
    }

    #[test]
    fn numbers_are_a_day_first_but_for_american_slashes() {
        check("14.03.2026", "2026-03-14T00:00:00Z");
        check("4.3.2026", "2026-03-04T00:00:00Z");
        check("3/14/2026", "2026-03-14T00:00:00Z");
        check("14/3/2026", "2026-03-14T00:00:00Z");
        check("2026/03/14", "2026-03-14T00:00:00Z");
    }

    #[test]
    fn a_format_is_obeyed() {
        let found = moment("14-03-26", Some("%d-%m-%y")).map(|moment| moment.to_string());
        assert_eq!(found.as_deref(), Some("2026-03-14T00:00:00Z"));
        assert_eq!(moment("March 14, 2026", Some("%d-%m-%y")), None);
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in ["", "5 min read", "May the force be with you", "31 June 2026", "99/99/2026"] {
            assert_eq!(moment(text, None), None, "{text}");
        }
    }

    #[test]
    fn a_path_gives_a_whole_date_only() {
        let found = in_path("/blog/2026/03/14/pi-day").map(|at| at.date().to_string());
        assert_eq!(found.as_deref(), Some("2026-03-14"));
        let day_first = in_path("/news/14-03-2026").map(|at| at.date().to_string());
        assert_eq!(day_first.as_deref(), Some("2026-03-14"));
        assert_eq!(in_path("/2026/03/pi-day"), None);
        assert_eq!(in_path("/p/1234-56-78"), None);
    }
}
