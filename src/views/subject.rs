//! The line by which a reader sees in a full mailbox what is in it.

use super::safe::plain;
use crate::digest::{Digest, Proven};
use crate::text::count::count;

/// Characters of a subject: what a phone shows, and a little more.
const SUBJECT: usize = 78;

/// Accounts and topics that are named.
const NAMED: usize = 3;

/// Characters of a name in it.
const NAME: usize = 28;

/// The subject of a digest: whom and what it is about, in our own and the marketer's words alone.
#[must_use]
pub fn subject(digest: &Proven) -> String {
    let digest = digest.digest();
    let words = words(digest);
    plain(&format!("Overheard: {words}"), SUBJECT)
}

fn words(digest: &Digest) -> String {
    if !digest.is_solid() {
        let date = digest.date.strftime("%A %-d %B");
        return format!("nothing solid to report on {date}");
    }
    let accounts = named(digest.accounts.iter().map(|news| news.account.as_str()));
    let points: Vec<_> = digest.blocks.iter().flat_map(|block| &block.points).collect();
    let topics = named(points.iter().map(|point| point.topic.as_str()));
    let parts: Vec<String> =
        [accounts, topics].into_iter().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        return count(points.len(), "point", "points");
    }
    parts.join(" · ")
}

/// The first few names, each once.
fn named<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut shown: Vec<String> = Vec::new();
    for name in names.map(|name| plain(name, NAME)) {
        if !shown.contains(&name) && shown.len() < NAMED {
            shown.push(name);
        }
    }
    shown.join(", ")
}
