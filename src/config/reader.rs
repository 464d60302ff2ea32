//! One `[[reader]]`.

use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::fields::Fields;
use super::reading::OWNER_OF_ACCOUNTS;
use crate::reader::Reader;

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
    let wishes = [
        ("topic", "topics", topics.clone()),
        ("account", "accounts", accounts.clone()),
        (OWNER_OF_ACCOUNTS, "accounts_of", of),
    ];
    let reader = match (id, name, time_zone, at) {
        (Some(id), Some(name), Ok(time_zone), Ok(at)) => {
            Some(Reader { id, name, email, topics, accounts, time_zone, at })
        }
        _ => None,
    };
    (reader, wishes)
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
