//! Links to an account's domain, and its name on social networks.

use std::collections::HashMap;
use std::ops::Range;

use crate::account::Account;

/// Letters of a network's name for an account that make one of a longer name: “@quill” may be anybody.
const SHORTEST_HANDLE: usize = 4;

/// What companies put around their names on social networks.
const AROUND_HANDLE: [&str; 26] = [
    "hq", "support", "help", "helps", "cares", "care", "news", "uk", "us", "usa", "eu", "inc",
    "co", "corp", "official", "app", "io", "ai", "dev", "careers", "status", "ask", "get", "try",
    "team", "the",
];

/// Addresses looked at of one text.
const MOST: usize = 500;

/// Which account a domain or a handle belongs to.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    domains: HashMap<String, u32>,
    handles: HashMap<String, u32>,
}

impl Addresses {
    pub(super) fn of(accounts: &[Account]) -> Self {
        let mut found = Self::default();
        for (place, account) in accounts.iter().enumerate() {
            let place = place as u32;
            if let Some(domain) = &account.domain {
                let domain = domain.trim().trim_start_matches("www.").to_lowercase();
                if domain.contains('.') {
                    found.domains.entry(domain).or_insert(place);
                }
            }
            let short = super::names::without_legal_form(&account.name);
            for name in [account.name.as_str(), short] {
                let handle = plain_handle(name);
                if handle.chars().count() >= SHORTEST_HANDLE {
                    found.handles.entry(handle).or_insert(place);
                }
            }
            for alias in account.aliases.iter().filter_map(|alias| alias.strip_prefix('@')) {
                found.handles.insert(plain_handle(alias), place);
            }
        }
        found
    }

    /// The accounts a text or its links lead to, each with the address as it is written.
    pub(super) fn find<'a>(
        &self,
        text: &'a str,
        links: &'a [&'a str],
    ) -> impl Iterator<Item = (u32, &'a str)> {
        let written = text.split_whitespace().filter(|word| word.contains('.'));
        links.iter().copied().chain(written).take(MOST).filter_map(|word| {
            let place = self.domain(word)?;
            Some((place, word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/')))
        })
    }

    /// The accounts a text calls by their names on social networks, and where.
    pub(super) fn handles(&self, text: &str) -> impl Iterator<Item = (u32, Range<usize>)> {
        text.match_indices('@').take(MOST).filter_map(move |(at, _)| {
            let before = text[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '.' || c == '_') {
                return None;
            }
            let rest = &text[at + 1..];
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let place = self.handle(&rest[..end])?;
            Some((place, at..at + 1 + end))
        })
    }

    fn domain(&self, word: &str) -> Option<u32> {
        if self.domains.is_empty() {
            return None;
        }
        let address = word.trim_start_matches(|c: char| !c.is_alphanumeric());
        let address = address.split_once("://").map_or(address, |(_, rest)| rest);
        let host = address.split(['/', '?', '#', ':']).next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default();
        let host = host.trim_end_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        let mut rest = host.as_str();
        while rest.contains('.') {
            if let Some(place) = self.domains.get(rest) {
                return Some(*place);
            }
            rest = rest.split_once('.').map_or("", |(_, rest)| rest);
        }
        None
    }

    fn handle(&self, written: &str) -> Option<u32> {
        let handle = plain_handle(written);
        let mut tries = vec![handle.as_str()];
        for around in AROUND_HANDLE {
            tries.extend(handle.strip_suffix(around));
            tries.extend(handle.strip_prefix(around));
        }
        let long = |handle: &&str| handle.len() >= 2;
        tries.into_iter().filter(long).find_map(|handle| self.handles.get(handle)).copied()
    }
}

fn plain_handle(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
