//! Today's meetings: which accounts the reader meets, and with whom.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{AccountNews, Citation, Sentence};
use crate::account::{Account, is_shared};
use crate::calendar::{Guest, Meeting};
use crate::reader::Reader;
use crate::text::words;

/// Meetings shown.
const MEETINGS: usize = 8;

/// Accounts of one meeting.
const ACCOUNTS: usize = 2;

/// Guests named.
const NAMED: usize = 4;

/// A name of fewer letters is looked for as it is written: "it" is no company.
const SHORT_NAME: usize = 4;

/// A meeting with an account, today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Met {
    /// When it begins.
    pub from: Timestamp,
    /// Whether it has no hour.
    pub all_day: bool,
    /// The account that is met.
    pub account: String,
    /// Who of theirs comes, by name; some of them, where many do.
    pub with: Vec<String>,
    /// Where nothing new was heard of it: what the reader was told last, if ever.
    #[serde(default)]
    pub before: Option<Before>,
}

/// What was told of an account before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// In the digest of which date.
    pub date: Date,
    /// What was said.
    pub sentence: Sentence,
}

/// What the reader's earlier digests told of an account last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldBefore {
    /// Which.
    pub account: String,
    /// In the digest of which date.
    pub date: Date,
    /// What was said.
    pub sentence: Sentence,
    /// Who said it.
    pub citation: Citation,
}

/// The meetings with accounts, by when they begin: by the domains of the guests' addresses, else by a name
/// in what the meeting is called. Never by an address at a site many people share, nor by the reader's own
/// company.
#[must_use]
pub fn met(reader: &Reader, accounts: &[Account], meetings: &[Meeting]) -> Vec<Met> {
    let own = reader.email.as_deref().and_then(|email| email.rsplit_once('@'));
    let own = own.map(|(_, domain)| domain.to_lowercase());
    let mut found: Vec<Met> = Vec::new();
    for meeting in meetings {
        let is_theirs = |guest: &&Guest| {
            let of_own = own.as_deref().is_some_and(|own| is_below(&guest.domain, own));
            !of_own && !is_shared(&guest.domain)
        };
        let guests: Vec<&Guest> = meeting.guests.iter().filter(is_theirs).collect();
        let by_domain =
            accounts.iter().filter(|account| guests.iter().any(|guest| is_of(guest, account)));
        let mut matched: Vec<&Account> = by_domain.collect();
        if matched.is_empty() {
            let is_own = |account: &Account| {
                let domain = account.domain.as_deref();
                domain.is_some_and(|domain| own.as_deref().is_some_and(|own| is_below(domain, own)))
            };
            let named = accounts
                .iter()
                .filter(|account| !is_own(account) && is_named(account, &meeting.summary));
            matched = named.collect();
        }
        // Their own accounts first; the others are met for a colleague.
        matched.sort_by_key(|account| (!reader.accounts.contains(&account.name), &account.name));
        for account in matched.into_iter().take(ACCOUNTS) {
            let of_account = guests.iter().filter(|guest| is_of(guest, account));
            let names: BTreeSet<&str> = of_account.filter_map(|g| g.name.as_deref()).collect();
            let met = Met {
                from: meeting.from,
                all_day: meeting.all_day,
                account: account.name.clone(),
                with: names.into_iter().take(NAMED).map(str::to_owned).collect(),
                before: None,
            };
            let again = |known: &Met| known.account == met.account && known.from == met.from;
            if !found.iter().any(again) {
                found.push(met);
            }
        }
    }
    found.truncate(MEETINGS);
    found
}

/// Puts what was told before beside the meetings of whose account there is no news. The posts it is from.
pub(super) fn remind(met: &mut [Met], news: &[AccountNews], told: &[ToldBefore]) -> Vec<Citation> {
    let mut shown = Vec::new();
    for met in met.iter_mut().filter(|met| news.iter().all(|news| news.account != met.account)) {
        if let Some(told) = told.iter().find(|told| told.account == met.account) {
            met.before = Some(Before { date: told.date, sentence: told.sentence.clone() });
            shown.push(told.citation.clone());
        }
    }
    shown
}

fn is_of(guest: &Guest, account: &Account) -> bool {
    account.domain.as_deref().is_some_and(|domain| is_below(&guest.domain, domain))
}

/// Whether a host is a domain or below it.
fn is_below(host: &str, domain: &str) -> bool {
    let domain = domain.strip_prefix("www.").unwrap_or(domain);
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether a text names an account as a whole word, and none of the words that tell it apart.
fn is_named(account: &Account, text: &str) -> bool {
    let plain: Vec<&str> = words::words(text).collect();
    let folded: Vec<Cow<'_, str>> = words::folded(text).collect();
    let says = |name: &str| {
        let letters = name.chars().filter(|c| c.is_alphanumeric()).count();
        if letters < SHORT_NAME {
            let name: Vec<&str> = words::words(name).collect();
            !name.is_empty() && plain.windows(name.len()).any(|window| window == name)
        } else {
            let name: Vec<Cow<'_, str>> = words::folded(name).collect();
            !name.is_empty() && folded.windows(name.len()).any(|window| window == name)
        }
    };
    let is_other = account.not.iter().any(|word| says(word));
    !is_other && std::iter::once(&account.name).chain(&account.aliases).any(|name| says(name))
}
