//! What a reader has been told, and whether it has moved since.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::Digest;
use crate::post::PostId;
use crate::source::Owner;

/// What a reader has already been told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The post.
    pub post: PostId,
    /// In the digest of which date.
    pub date: Date,
    /// Owners the story had then.
    pub owners: u32,
}

/// One more voice in so many is news; to hear of each single one among many is not.
const NEWS_IN: usize = 5;

impl Digest {
    /// What this digest tells its reader, each post once, by id: what a ledger has to remember.
    #[must_use]
    pub fn told(&self) -> Vec<Told> {
        let mut told: BTreeMap<PostId, u32> = BTreeMap::new();
        let mut tell = |post: PostId, owners: usize| {
            let owners = u32::try_from(owners).unwrap_or(u32::MAX);
            let known = told.entry(post).or_insert(owners);
            *known = owners.max(*known);
        };
        for news in &self.accounts {
            news.stories.iter().flatten().for_each(|&post| tell(post, news.owners.len()));
        }
        for point in self.blocks.iter().flat_map(|block| &block.points) {
            let evidence = &point.evidence;
            evidence.stories.iter().flatten().for_each(|&post| tell(post, evidence.owners.len()));
            evidence.dissent.iter().for_each(|&post| tell(post, evidence.dissenting.len()));
        }
        told.into_iter().map(|(post, owners)| Told { post, date: self.date, owners }).collect()
    }
}

/// How news stands to what its reader knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Novelty {
    /// Never told.
    New,
    /// Told, and more has come since: what, in words.
    Moved(String),
    /// Told, and as it was.
    Known,
}

/// The ledger of one reader, as it was before the digest of a date.
#[derive(Debug)]
pub(super) struct Ledger {
    last: BTreeMap<PostId, Date>,
}

impl Ledger {
    /// What was told before `date`: a digest of the same date, made again, does not silence itself.
    pub(super) fn before(date: Date, told: &[Told]) -> Self {
        let mut last: BTreeMap<PostId, Date> = BTreeMap::new();
        for told in told.iter().filter(|told| told.date < date) {
            let known = last.entry(told.post).or_insert(told.date);
            *known = told.date.max(*known);
        }
        Self { last }
    }

    /// How news stands that `said` (each owner with a post it speaks in) and `denied` make up.
    pub(super) fn novelty(&self, said: &[(Owner, PostId)], denied: &[PostId]) -> Novelty {
        let known: BTreeSet<&Owner> =
            said.iter().filter(|(_, post)| self.last.contains_key(post)).map(|(o, _)| o).collect();
        let Some(when) = said.iter().filter_map(|(_, post)| self.last.get(post)).max() else {
            return Novelty::New;
        };
        let all: BTreeSet<&Owner> = said.iter().map(|(owner, _)| owner).collect();
        let more = all.len() - known.len();
        let since = when.strftime("%A %-d %B");
        if more >= known.len().div_ceil(NEWS_IN).max(1) {
            let voices = if more == 1 { "voice" } else { "voices" };
            return Novelty::Moved(format!(
                "{more} more {voices} since {since}: {} then, {} now",
                known.len(),
                all.len()
            ));
        }
        if !denied.is_empty() && !denied.iter().any(|post| self.last.contains_key(post)) {
            return Novelty::Moved(format!("the first voice against it since {since}"));
        }
        Novelty::Known
    }
}
