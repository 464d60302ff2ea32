//! Names of months, days and zones in the dates of feeds.

use jiff::SignedDuration;
use jiff::civil::Weekday;

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
    ("at", -240),
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
    ("met", 60),
    ("mez", 60),
    ("cest", 120),
    ("mest", 120),
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

/// Days of the week by the beginnings of their English names: where numbers alone do not tell the day
/// from the month, it is English that is written.
const WEEKDAYS: &[(&str, Weekday)] = &[
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// The month that `word` names, 1 to 12.
pub(super) fn month_of(word: &str) -> Option<i16> {
    let word = word.to_lowercase();
    let word = word.trim_end_matches('.');
    let longest = MONTHS.iter().enumerate().flat_map(|(index, names)| {
        names.iter().filter(|name| word.starts_with(**name)).map(move |name| (name.len(), index))
    });
    longest.max().and_then(|(_, index)| i16::try_from(index + 1).ok())
}

/// The day of the week that `text` begins with.
pub(super) fn weekday(text: &str) -> Option<Weekday> {
    let head = text.trim_start().get(..3)?.to_ascii_lowercase();
    WEEKDAYS.iter().find(|(name, _)| *name == head).map(|(_, weekday)| *weekday)
}

/// The offset of the zone called `name`, in lower case.
pub(super) fn zone(name: &str) -> Option<SignedDuration> {
    let named = ZONES.iter().find(|(known, _)| *known == name);
    named.map(|(_, minutes)| SignedDuration::from_mins(i64::from(*minutes)))
}
