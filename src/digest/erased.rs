//! What is left of a digest when posts it speaks of were erased: its shape and its numbers.
//!
//! A passage of an erased post is empty, and its citation names nobody and leads nowhere. The ids stay,
//! so that every number can be recounted: an id is a hash, and holds no word. The digest names them in
//! [`Digest::erased`], so that a view can say plainly why a passage is missing.

use std::collections::BTreeSet;

use super::{Citation, Digest, Sentence};
use crate::post::PostId;
use crate::source::Owner;

/// Stands for an owner of whom nothing else is in a digest any more.
const NOBODY: &str = "somebody erased";

impl Digest {
    /// The digest without the words of these posts, and without the names of who spoke in no others; none
    /// where it speaks of none of them, or was made so before.
    #[must_use]
    pub fn without(&self, posts: &BTreeSet<PostId>) -> Option<Self> {
        let known: BTreeSet<PostId> = self.erased.iter().copied().collect();
        let fresh: BTreeSet<PostId> =
            self.spoken_of().filter(|id| posts.contains(id) && !known.contains(id)).collect();
        if fresh.is_empty() {
            return None;
        }
        let all: BTreeSet<PostId> = known.union(&fresh).copied().collect();
        let gone = self.owners_only_of(&all);
        let mut digest = self.clone();
        for sentence in digest.passages_mut().filter(|sentence| all.contains(&sentence.post)) {
            sentence.text.clear();
        }
        for detail in digest.accounts.iter_mut().flat_map(|news| &mut news.details) {
            detail.said.retain(|sentence| !all.contains(&sentence.post));
        }
        for owner in digest.owners_mut().filter(|owner| gone.contains(owner)) {
            *owner = Owner::named(NOBODY);
        }
        for citation in digest.citations.iter_mut().filter(|cited| all.contains(&cited.post)) {
            nameless(citation);
        }
        digest.erased = all.into_iter().collect();
        Some(digest)
    }

    /// Whether a post it speaks of was erased.
    #[must_use]
    pub fn is_erased(&self, post: PostId) -> bool {
        self.erased.binary_search(&post).is_ok()
    }

    /// Every post of which it shows words or a link, some more than once.
    fn spoken_of(&self) -> impl Iterator<Item = PostId> {
        let cited = self.citations.iter().map(|citation| citation.post);
        let said = super::said::passages(self).map(|sentence| sentence.post);
        let told = self.accounts.iter().flat_map(|news| news.stories.iter().flatten().copied());
        let points = self.blocks.iter().flat_map(|block| &block.points);
        let behind = points.flat_map(|point| {
            point.evidence.stories.iter().flatten().chain(&point.evidence.dissent).copied()
        });
        let lines = self.competitors.iter().flat_map(|line| line.stories.iter().flatten().copied());
        cited.chain(said).chain(told).chain(behind).chain(lines)
    }

    /// The owners that are cited with these posts alone.
    fn owners_only_of(&self, posts: &BTreeSet<PostId>) -> BTreeSet<Owner> {
        let (theirs, others): (Vec<&Citation>, Vec<&Citation>) =
            self.citations.iter().partition(|citation| posts.contains(&citation.post));
        let elsewhere: BTreeSet<&Owner> = others.iter().map(|citation| &citation.owner).collect();
        let owners = theirs.iter().map(|citation| &citation.owner);
        owners.filter(|owner| !elsewhere.contains(owner)).cloned().collect()
    }

    fn passages_mut(&mut self) -> impl Iterator<Item = &mut Sentence> {
        let news = self.accounts.iter_mut();
        let of_accounts =
            news.flat_map(|news| std::iter::once(&mut news.sentence).chain(&mut news.dissent));
        let points = self.blocks.iter_mut().flat_map(|block| &mut block.points);
        let of_points = points.flat_map(|point| {
            std::iter::once(&mut point.claim).chain(&mut point.quotes).chain(&mut point.dissent)
        });
        let reminders = self.today.iter_mut().filter_map(|met| met.before.as_mut());
        let others = reminders.map(|before| &mut before.sentence);
        let others = others.chain(self.competitors.iter_mut().map(|line| &mut line.sentence));
        of_accounts.chain(of_points).chain(others)
    }

    fn owners_mut(&mut self) -> impl Iterator<Item = &mut Owner> {
        let of_accounts = self
            .accounts
            .iter_mut()
            .flat_map(|news| news.owners.iter_mut().chain(&mut news.dissenting));
        let points = self.blocks.iter_mut().flat_map(|block| &mut block.points);
        let of_points = points.flat_map(|point| {
            point.evidence.owners.iter_mut().chain(&mut point.evidence.dissenting)
        });
        let of_lines = self.competitors.iter_mut().flat_map(|line| line.owners.iter_mut());
        of_accounts.chain(of_points).chain(of_lines)
    }
}

fn nameless(citation: &mut Citation) {
    citation.url = None;
    citation.title.clear();
    citation.speaker.clear();
    citation.owner = Owner::named(NOBODY);
}
