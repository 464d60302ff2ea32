//! A claim in words: the sides taken, the sentence that says it, its evidence, quotes, and dissent.

use std::collections::BTreeSet;

use super::dissent::{self, Claimed, Denials, Headlines, Stance};
use super::evidence::{Voiced, weigh};
use super::quotes::{self, Matter};
use super::rarity::Rarity;
use super::trend::Baseline;
use super::{Evidence, Sentence};
use crate::text::words;

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
        let (support, mut against): (Vec<&Voiced>, Vec<&Voiced>) =
            now.iter().partition(|story| stance.is_shared_by(story));
        against.extend(denials);
        let mut sides = Sides::of(*self, support, against, stance)?;
        // What rises for some and falls for others is said by those of whom there are more; of equals, by who is
        // most central.
        let mut opposed = dissent::opposing(&sides.support, &sides.said.text);
        let is_outdated = opposed.iter().any(|story| story.owner == sides.by.owner);
        if dissent::owners(&opposed) * 2 > dissent::owners(&sides.support) {
            opposed.retain(|story| dissent::is_opposite(story, &sides.said.text));
            (sides.said, sides.by) = claim(&opposed, &sides.matter, stance)?;
            opposed = dissent::opposing(&sides.support, &sides.said.text);
        } else if is_outdated {
            // Who says otherwise by now does not speak for the others any more.
            let mut others = sides.support.clone();
            others.retain(|story| !is_among(story, &opposed));
            (sides.said, sides.by) = claim(&others, &sides.matter, stance)?;
            opposed = dissent::opposing(&sides.support, &sides.said.text);
        }
        opposed.retain(|story| story.owner != sides.by.owner);
        sides.turn_away(&opposed)?;
        let claimed = Claimed::of(&sides.said.text);
        let is_negating = |s: &&Voiced| s.owner != sides.by.owner && claimed.is_negated_by(s);
        let negating: Vec<&Voiced> = sides.support.iter().copied().filter(is_negating).collect();
        // A minority that says "not so" denies the claim; a majority shows that the claim was misread.
        if negating.len() * 2 < sides.support.len() {
            sides.turn_away(&negating)?;
        }
        // A claim that something is not so: who says it plainly is against it, and who denies it is for it. Of what
        // was asked alone: who "could not sign in" says the same as who tells of an outage.
        if !self.asked.is_empty() && dissent::is_turned(&sides.said.text) && !stance.is_denial() {
            let is_plain = |story: &&Voiced| dissent::affirms(story, &sides.said.text);
            let (plain, turned): (Vec<&Voiced>, Vec<&Voiced>) =
                sides.support.iter().copied().partition(is_plain);
            if dissent::owners(&plain) > dissent::owners(&turned) {
                sides.turn_away(&turned)?;
            } else {
                sides.turn_away(&plain)?;
                sides.call_back(|story| stance.is_denied_by(story))?;
            }
        }
        let Sides { said, by, support, mut against, matter, .. } = sides;
        let claimed = Claimed::of(&said.text);
        let (terms, headlines) = (words::terms(&said.text).collect(), Headlines::of(&support));
        // Who denies something else that is said of the matter is not against this.
        let is_against = |story: &&Voiced| {
            if stance.is_denial() || !stance.is_denied_by(story) || claimed.is_negated_by(story) {
                return true;
            }
            let denials = Denials::of(story);
            denials.contradict(&terms) || denials.contradict_any(&headlines)
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
}

/// The two sides of a claim, and the sentence that says it.
struct Sides<'s, 'v, 'a> {
    wording: Wording<'s>,
    stance: &'s Stance,
    support: Vec<&'v Voiced<'a>>,
    against: Vec<&'v Voiced<'a>>,
    matter: Matter,
    said: Sentence,
    by: &'v Voiced<'a>,
}

impl<'s, 'v, 'a> Sides<'s, 'v, 'a> {
    fn of(
        wording: Wording<'s>,
        mut support: Vec<&'v Voiced<'a>>,
        mut against: Vec<&'v Voiced<'a>>,
        stance: &'s Stance,
    ) -> Option<Self> {
        dissent::settle(&mut support, &mut against);
        let matter = wording.matter(&support);
        let (said, by) = claim(&support, &matter, stance)?;
        Some(Self { wording, stance, support, against, matter, said, by })
    }

    /// Stories turn out to be against it.
    fn turn_away(&mut self, stories: &[&'v Voiced<'a>]) -> Option<()> {
        self.support.retain(|story| !is_among(story, stories));
        self.against.extend(stories.iter().copied());
        self.settle(!stories.is_empty())
    }

    /// Stories that are against it turn out to be for it.
    fn call_back(&mut self, are: impl Fn(&Voiced) -> bool) -> Option<()> {
        let (same, other): (Vec<&Voiced>, Vec<&Voiced>) =
            std::mem::take(&mut self.against).into_iter().partition(|story| are(story));
        self.against = other;
        let has_moved = !same.is_empty();
        self.support.extend(same);
        self.settle(has_moved)
    }

    /// An owner stands on one side, and the claim is the words of one who says it.
    fn settle(&mut self, has_moved: bool) -> Option<()> {
        if has_moved {
            dissent::settle(&mut self.support, &mut self.against);
            self.matter = self.wording.matter(&self.support);
            if !is_among(self.by, &self.support) {
                (self.said, self.by) = claim(&self.support, &self.matter, self.stance)?;
            }
        }
        Some(())
    }
}

fn is_among(story: &Voiced, stories: &[&Voiced]) -> bool {
    stories.iter().any(|other| std::ptr::eq(*other, story))
}

/// The most central sentence. That something is not so is the claim of those who say that it is not: of most of
/// them, or it is none.
fn claim<'v, 'a>(
    support: &[&'v Voiced<'a>],
    matter: &Matter,
    stance: &Stance,
) -> Option<(Sentence, &'v Voiced<'a>)> {
    let (said, by) = quotes::claim(support, matter)?;
    if !stance.is_denial() && dissent::is_turned(&said.text) {
        let turned: Vec<&Voiced> =
            support.iter().copied().filter(|story| dissent::turns(story, &said.text)).collect();
        if dissent::owners(&turned) * 2 < dissent::owners(support) {
            return Some(quotes::plain_claim(support, matter).unwrap_or((said, by)));
        }
    }
    Some((said, by))
}

impl Wording<'_> {
    fn matter(&self, stories: &[&Voiced]) -> Matter {
        Matter::of(stories, self.rarity).towards(self.asked, self.rarity)
    }
}
