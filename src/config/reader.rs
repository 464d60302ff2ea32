//! One `[[reader]]`.

use std::ops::RangeInclusive;
use std::path::Path;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use url::Url;

use super::address;
use super::fields::Fields;
use super::reading::{CHANNEL, HOLIDAYS, OWNER_OF_ACCOUNTS};
use crate::channel::{FOLDER, MAIL};
use crate::reader::{Calendar, Every, Reader, Rhythm};

/// What a reader names, whether or not the rest of the entry can be used: each a kind of table, the
/// key, and the names.
pub(super) type Wishes = [(&'static str, &'static str, Vec<String>); 5];

/// Days of the week as they are written.
const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// Parses a reader of this file; none where anything is wrong with it.
pub(super) fn parse(fields: &mut Fields<'_>, file: &Path) -> (Option<Reader>, Wishes) {
    let id = id(fields);
    let name = fields.needed("name", "write whom the digest is for");
    let email = fields.text("email");
    if let Some(Err(why)) = email.as_deref().map(address::check) {
        fields.wrong("email", &why);
    }
    let send = fields.texts("send");
    if send.iter().any(|channel| channel == MAIL) && email.is_none() {
        fields.wrong("send", "\"mail\" needs an address: write email = \"ada@example.com\", too");
    }
    let rhythm = rhythm(fields);
    let holidays = fields.texts("holidays");
    let topics = fields.texts("topics");
    let accounts = fields.texts("accounts");
    let of = fields.texts("accounts_of");
    let zone = fields.text("time_zone").unwrap_or_else(|| "UTC".to_owned());
    let time_zone = TimeZone::get(&zone).map_err(|_| {
        fields.wrong("time_zone", &format!("no time zone {zone:?}; write Europe/Berlin"));
    });
    let at = fields.text("at").unwrap_or_else(|| "07:00".to_owned());
    let at = at.parse::<Time>().map_err(|_| {
        fields.wrong("at", &format!("{at:?} is no time of day; write \"07:00\""));
    });
    let calendar = calendar(fields, file.parent().unwrap_or(Path::new("")));
    let renewed = fields.text("renewed").and_then(|day| {
        let date = day.parse().ok();
        if date.is_none() {
            fields.wrong("renewed", &format!("{day:?} is no date; write \"2027-05-01\""));
        }
        date
    });
    let wishes = [
        ("topic", "topics", topics.clone()),
        ("account", "accounts", accounts.clone()),
        (OWNER_OF_ACCOUNTS, "accounts_of", of),
        (HOLIDAYS, "holidays", holidays),
        (
            CHANNEL,
            "send",
            send.iter().filter(|name| ![MAIL, FOLDER].contains(&name.as_str())).cloned().collect(),
        ),
    ];
    let reader = match (id, name, time_zone, at) {
        (Some(id), Some(name), Ok(time_zone), Ok(at)) => Some(Reader {
            id,
            name,
            email,
            topics,
            accounts,
            time_zone,
            at,
            rhythm,
            send,
            calendar,
            renewed,
        }),
        _ => None,
    };
    (reader, wishes)
}

fn rhythm(fields: &mut Fields<'_>) -> Rhythm {
    let every = fields.one_of("every", &[("day", Every::Day), ("week", Every::Week)]);
    let mut days = Vec::new();
    for name in fields.texts("days") {
        match DAYS.iter().find(|(day, _)| *day == name.to_lowercase()) {
            Some((_, day)) => days.push(*day),
            None => fields.wrong(
                "days",
                &format!("there is no day {name:?}; they are mon, tue, wed, thu, fri, sat, sun"),
            ),
        }
    }
    let every = every.unwrap_or_default();
    if every == Every::Week && days.len() > 1 {
        fields.wrong("days", "of one digest a week there is one day: write days = [\"mon\"]");
    }
    let mut quiet = Vec::new();
    for stretch in fields.texts("quiet") {
        match days_of(&stretch) {
            Ok(days) => quiet.push(days),
            Err(why) => fields.wrong("quiet", &why),
        }
    }
    Rhythm { every, days, quiet }
}

/// "2026-12-24..2027-01-02", both days included, or "2027-05-01".
fn days_of(text: &str) -> Result<RangeInclusive<Date>, String> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let date = |text: &str| {
        text.trim().parse::<Date>().map_err(|_| {
            format!("{text:?} is no date; write \"2027-05-01\", or \"2026-12-24..2027-01-02\"")
        })
    };
    let (first, last) = (date(first)?, date(last)?);
    if last < first {
        return Err(format!("{text:?} ends before it begins: write the earlier day first"));
    }
    Ok(first..=last)
}

fn calendar(fields: &mut Fields<'_>, near: &Path) -> Option<Calendar> {
    let written = fields.text("calendar")?;
    // As calendars hand it out: the same address, to be subscribed to.
    let address = written.strip_prefix("webcal://").map(|rest| format!("https://{rest}"));
    let address = address.as_deref().unwrap_or(&written);
    if !address.contains("://") {
        return Some(Calendar::File(near.join(written)));
    }
    let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    if url.is_none() {
        // The address is a secret: what is wrong with it is said without it.
        let what = "is no address of a calendar; write https://… or the path of an .ics file";
        fields.wrong("calendar", what);
    }
    url.map(Calendar::Url)
}

fn id(fields: &mut Fields<'_>) -> Option<String> {
    let id = fields.needed("id", "give it a short name, like \"ada\"")?;
    let fits = id.len() <= 64
        && id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'))
        && !id.starts_with('.');
    if fits {
        return Some(id);
    }
    let what = format!("{id:?} cannot be a reader's id; use 1 to 64 of a-z, 0-9, '-', '_', '.'");
    fields.wrong("id", &what);
    None
}
