//! What a reader has been told, and whether it has moved since.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::evidence::Voiced;
use super::points::SAME_POINT;
use super::{Digest, window};
use crate::post::PostId;
use crate::reader::Reader;
use crate::source::Owner;

/// What a reader has already been told.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
    /// What this digest tells its reader, each post once, by id: what a ledger has to remember. Of erased
    /// posts nothing: they are not heard again.
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
        told.retain(|post, _| !self.is_erased(*post));
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
pub(super) struct Ledger<'r> {
    reader: &'r Reader,
    last: BTreeMap<PostId, Date>,
}

impl<'r> Ledger<'r> {
    /// What was told before `date`: a digest of the same date, made again, does not silence itself.
    pub(super) fn before(reader: &'r Reader, date: Date, told: &[Told]) -> Self {
        let mut last: BTreeMap<PostId, Date> = BTreeMap::new();
        for told in told.iter().filter(|told| told.date < date) {
            let known = last.entry(told.post).or_insert(told.date);
            *known = told.date.max(*known);
        }
        Self { reader, last }
    }

    /// How news stands that `said` support and `denied` deny. It has moved where somebody new spoke
    /// after the window that was last told: who had spoken by then and was left out is no news.
    pub(super) fn novelty(&self, said: &[&Voiced], denied: &[&Voiced]) -> Novelty {
        // A claim whose deniers were told is the other side of a point that was told.
        let against = denied.iter().filter(|story| self.told(story).is_some());
        let again = against.count() as f64 >= SAME_POINT * (said.len() + denied.len()) as f64;
        let other_side = if again { denied } else { &[] };
        let told = said.iter().chain(other_side).filter_map(|story| self.told(story));
        let Some(date) = told.max() else { return Novelty::New };
        let until = window(self.reader, date).until;
        let since = date.strftime("%A %-d %B");
        let by_then = |stories: &[&Voiced]| -> BTreeSet<Owner> {
            let spoke =
                stories.iter().filter(|story| self.told(story).is_some() || story.when < until);
            spoke.map(|story| story.owner.clone()).collect()
        };
        let known = by_then(said).len();
        let all = said.iter().map(|story| &story.owner).collect::<BTreeSet<_>>().len();
        if known == 0 {
            return Novelty::New;
        }
        let more = all - known;
        if more >= known.div_ceil(NEWS_IN).max(1) {
            let voices = if more == 1 { "voice" } else { "voices" };
            return Novelty::Moved(format!(
                "{more} more {voices} since {since}: {known} then, {all} now"
            ));
        }
        if !denied.is_empty() && by_then(denied).is_empty() {
            return Novelty::Moved(format!("the first voice against it since {since}"));
        }
        Novelty::Known
    }

    /// When a story was told last.
    fn told(&self, story: &Voiced) -> Option<Date> {
        story.posts.iter().filter_map(|heard| self.last.get(&heard.post.id)).max().copied()
    }
}
