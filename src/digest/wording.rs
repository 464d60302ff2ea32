//! A claim in words: the sides taken, the sentence that says it, its evidence, quotes, and dissent.

use std::collections::BTreeSet;

use super::dissent::{self, Claimed, Stance};
use super::evidence::{Voiced, weigh};
use super::quotes::{self, Matter};
use super::rarity::Rarity;
use super::trend::Baseline;
use super::{Evidence, Sentence};

/// By what a claim is put into words.
#[derive(Clone, Copy)]
pub(super) struct Wording<'w> {
    /// How rare each term is.
    pub(super) rarity: &'w Rarity,
    /// Terms somebody asked for: a sentence that has them is to be preferred. None for a digest.
    pub(super) asked: &'w BTreeSet<String>,
    /// What is usual.
    pub(super) baseline: &'w Baseline,
}

/// A claim in words.
#[derive(Debug)]
pub(super) struct Worded<'v, 'a> {
    /// The sentence that says it.
    pub(super) said: Sentence,
    /// The story it is from.
    pub(super) by: &'v Voiced<'a>,
    /// The stories that say it.
    pub(super) support: Vec<&'v Voiced<'a>>,
    /// Those that deny it, or feel the opposite, as they were said.
    pub(super) against: Vec<&'v Voiced<'a>>,
    /// What stands behind it.
    pub(super) evidence: Evidence,
    /// Quotes by others, the best first, and more than are shown.
    pub(super) quotes: Vec<Sentence>,
    /// The strongest dissent.
    pub(super) dissent: Option<Sentence>,
}

impl Wording<'_> {
    /// What the stories `now` say, of which `stance` is what most of them take; with `denials` by stories
    /// too far from them to be among them, and `earlier` ones for what is usual. None where nobody's words
    /// can be shown.
    pub(super) fn of<'v, 'a>(
        &self,
        now: &[&'v Voiced<'a>],
        earlier: &[&'v Voiced<'a>],
        denials: &[&'v Voiced<'a>],
        stance: &Stance,
    ) -> Option<Worded<'v, 'a>> {
        let (mut support, mut against): (Vec<&Voiced>, Vec<&Voiced>) =
            now.iter().partition(|story| stance.is_shared_by(story));
        against.extend(denials);
        dissent::settle(&mut support, &mut against);
        let mut matter = self.matter(&support);
        let (mut said, mut by) = quotes::claim(&support, &matter)?;
        // That something is not so is the claim of those who say that it is not: of most, or it is none.
        if !stance.is_denial() && dissent::is_turned(&said.text) {
            let turned: Vec<&Voiced> =
                support.iter().copied().filter(|story| dissent::turns(story, &said.text)).collect();
            if dissent::owners(&turned) * 2 < dissent::owners(&support) {
                (said, by) = quotes::plain_claim(&support, &matter).unwrap_or((said, by));
            }
        }
        let claimed = Claimed::of(&said.text);
        let is_negating = |s: &&Voiced| s.owner != by.owner && claimed.is_negated_by(s);
        let negating: Vec<&Voiced> = support.iter().copied().filter(is_negating).collect();
        // A minority that says "not so" denies the claim; a majority shows that the claim was misread.
        if !negating.is_empty() && negating.len() * 2 < support.len() {
            support.retain(|story| !negating.iter().any(|other| std::ptr::eq(*other, *story)));
            against.extend(negating);
            dissent::settle(&mut support, &mut against);
            matter = self.matter(&support);
            (said, by) = quotes::claim(&support, &matter)?;
        }
        // A claim that something is not so: who says it plainly is against it, and who denies it is for it. Of what
        // was asked alone: who "could not sign in" says the same as who tells of an outage.
        if !self.asked.is_empty() && dissent::is_turned(&said.text) && !stance.is_denial() {
            let is_plain = |story: &&Voiced| dissent::affirms(story, &said.text);
            let (plain, turned): (Vec<&Voiced>, Vec<&Voiced>) =
                support.iter().copied().partition(is_plain);
            if dissent::owners(&plain) > dissent::owners(&turned) {
                (support, against) = (plain, against.into_iter().chain(turned).collect());
                dissent::settle(&mut support, &mut against);
                matter = self.matter(&support);
                (said, by) = quotes::claim(&support, &matter)?;
            } else {
                let (same, other): (Vec<&Voiced>, Vec<&Voiced>) =
                    against.into_iter().partition(|story| stance.is_denied_by(story));
                support = turned.into_iter().chain(same).collect();
                against = other.into_iter().chain(plain).collect();
                dissent::settle(&mut support, &mut against);
                matter = self.matter(&support);
                if !support.iter().any(|story| std::ptr::eq(*story, by)) {
                    (said, by) = quotes::claim(&support, &matter)?;
                }
            }
        }
        let claimed = Claimed::of(&said.text);
        // Who denies something else that is said of the matter is not against this.
        let is_against = |story: &&Voiced| {
            stance.is_denial()
                || !stance.is_denied_by(story)
                || dissent::contradicts(story, &said.text)
                || support.iter().any(|of| dissent::contradicts_headline(story, of))
                || claimed.is_negated_by(story)
        };
        against.retain(is_against);
        against.sort_by_key(|story| (story.when, story.lead().post.id));

        // What is usual is how often this side was taken, whoever was in the majority then.
        let before = earlier
            .iter()
            .filter(|story| stance.is_shared_by(story) && !claimed.is_negated_by(story));
        let counted: Vec<&Voiced> = support.iter().chain(before).copied().collect();
        let evidence = weigh(&support, &against, self.baseline.trend(&counted));
        let quotes = quotes::quotes(&support, &matter, &said, &by.owner);
        let dissent = quotes::strongest_dissent(&against, &said.text);
        Some(Worded { said, by, support, against, evidence, quotes, dissent })
    }

    fn matter(&self, stories: &[&Voiced]) -> Matter {
        Matter::of(stories, self.rarity).towards(self.asked, self.rarity)
    }
}
