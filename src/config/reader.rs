//! One `[[reader]]`.

use std::path::PathBuf;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use url::Url;

use super::fields::Fields;
use super::reading::OWNER_OF_ACCOUNTS;
use crate::reader::{Calendar, Reader};

/// What a reader names, whether or not the rest of the entry can be used: each a kind of table, the
/// key, and the names.
pub(super) type Wishes = [(&'static str, &'static str, Vec<String>); 3];

/// Parses a reader; none where anything is wrong with it.
pub(super) fn parse(fields: &mut Fields<'_>) -> (Option<Reader>, Wishes) {
    let id = id(fields);
    let name = fields.needed("name", "write whom the digest is for");
    let email = fields.text("email");
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
    let calendar = calendar(fields);
    let wishes = [
        ("topic", "topics", topics.clone()),
        ("account", "accounts", accounts.clone()),
        (OWNER_OF_ACCOUNTS, "accounts_of", of),
    ];
    let reader = match (id, name, time_zone, at) {
        (Some(id), Some(name), Ok(time_zone), Ok(at)) => {
            Some(Reader { id, name, email, topics, accounts, time_zone, at, calendar })
        }
        _ => None,
    };
    (reader, wishes)
}

fn calendar(fields: &mut Fields<'_>) -> Option<Calendar> {
    let written = fields.text("calendar")?;
    // As calendars hand it out: the same address, to be subscribed to.
    let address = written.strip_prefix("webcal://").map(|rest| format!("https://{rest}"));
    let address = address.as_deref().unwrap_or(&written);
    if !address.contains("://") {
        return Some(Calendar::File(PathBuf::from(written)));
    }
    match Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https")) {
        Some(url) => Some(Calendar::Url(url)),
        None => {
            // The address is a secret: what is wrong with it is said without it.
            let what = "is no address of a calendar; write https://… or the path of an .ics file";
            fields.wrong("calendar", what);
            None
        }
    }
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
