//! News of the reader's accounts: what is said of them, and the signals they show.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jiff::Timestamp;

use super::evidence::Voiced;
use super::points::SURE;
use super::quotes;
use super::told::{Ledger, Novelty};
use super::{AccountNews, Input};
use crate::post::PostId;
use crate::source::{Knowledge, Owner};
use crate::story::claims::{self, SAME_CLAIM};
use crate::verdict::{Band, Embedding};

/// News of one account.
const OF_AN_ACCOUNT: usize = 3;
/// News of all of them.
const IN_ALL: usize = 8;

/// An item with what it is ranked by.
pub(super) struct Ranked {
    signals: usize,
    owners: usize,
    newest: Timestamp,
    news: AccountNews,
}

/// What one kind of knowledge has on the reader's accounts.
pub(super) fn news(
    input: &Input,
    knowledge: Knowledge,
    stories: &[Voiced],
    ledger: &Ledger,
) -> Vec<Ranked> {
    let names: BTreeSet<&str> = input.reader.accounts.iter().map(String::as_str).collect();
    let known = input.accounts.iter().map(|account| account.name.as_str());
    let mine: BTreeSet<&str> = known.filter(|name| names.contains(name)).collect();
    mine.into_iter().flat_map(|name| of_account(input, name, knowledge, stories, ledger)).collect()
}

/// The items that are shown: signals first, then what most owners say, then the newest.
pub(super) fn first(mut ranked: Vec<Ranked>) -> Vec<AccountNews> {
    ranked.sort_by(|a, b| {
        let key = |r: &Ranked| {
            (Reverse(r.signals.min(1)), Reverse(r.owners), Reverse(r.newest), r.news.sentence.post)
        };
        key(a).cmp(&key(b)).then_with(|| a.news.account.cmp(&b.news.account))
    });
    let mut shown: Vec<AccountNews> = Vec::new();
    for Ranked { news, .. } in ranked {
        let of_account = shown.iter().filter(|known| known.account == news.account).count();
        // One story that names two accounts is told once, under the one with more behind it.
        let told = |post: &PostId| {
            shown.iter().any(|known| known.stories.iter().flatten().any(|p| p == post))
        };
        let again = news.stories.iter().flatten().all(told);
        if shown.len() < IN_ALL && of_account < OF_AN_ACCOUNT && !again {
            shown.push(news);
        }
    }
    shown
}

fn of_account(
    input: &Input,
    name: &str,
    knowledge: Knowledge,
    stories: &[Voiced],
    ledger: &Ledger,
) -> Vec<Ranked> {
    let about: Vec<(&Voiced, &str)> = stories
        .iter()
        .filter(|story| story.is_in(input.window))
        .filter_map(|story| {
            let named = &story.lead().verdict.accounts;
            let named = named.iter().find(|named| named.name == name && named.score >= SURE)?;
            Some((story, named.mention.as_str()))
        })
        .collect();
    let embeddings: Vec<&Embedding> = about.iter().map(|(s, _)| s.lead().embedding).collect();
    let groups = claims::claims(&embeddings, SAME_CLAIM);
    let items = groups.into_iter().map(|group| group.into_iter().map(|m| about[m]).collect());
    items.filter_map(|group: Vec<_>| item(name, knowledge, &group, ledger)).collect()
}

fn item(
    name: &str,
    knowledge: Knowledge,
    group: &[(&Voiced, &str)],
    ledger: &Ledger,
) -> Option<Ranked> {
    let owners: BTreeSet<&Owner> = group.iter().map(|(story, _)| &story.owner).collect();
    let said: Vec<&Voiced> = group.iter().map(|(story, _)| *story).collect();
    let moved = match ledger.novelty(&said, &[]) {
        Novelty::New => None,
        Novelty::Moved(how) => Some(how),
        Novelty::Known => return None,
    };
    let mut signals: Vec<String> = Vec::new();
    for (story, _) in group {
        for signal in &story.lead().verdict.signals {
            if signal.band == Band::Yes && !signals.contains(&signal.name) {
                signals.push(signal.name.clone());
            }
        }
    }
    let sentence = quotes::telling(group)?;
    Some(Ranked {
        signals: signals.len(),
        owners: owners.len(),
        newest: group.iter().map(|(story, _)| story.when).max()?,
        news: AccountNews {
            account: name.to_owned(),
            signals,
            sentence,
            stories: group.iter().map(|(story, _)| story.ids()).collect(),
            owners: owners.into_iter().cloned().collect(),
            knowledge,
            moved,
        },
    })
}
