//! Evidence: posts → stories → independent owners → kinds of voice.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::OnceLock;

use jiff::Timestamp;

use super::direction::Move;
use super::{Evidence, Heard, Strength, Trend, Window, dissent, quotes};
use crate::post::{Author, PostId};
use crate::source::{Knowledge, Owner, Speaker, Voice};
use crate::story::{self, Story};
use crate::text::sentences;
use crate::verdict::{Band, SentimentLabel};

/// From this many owners on, and [`PATTERN_VOICES`] kinds of voice, it is a pattern.
const PATTERN_OWNERS: usize = 5;
/// See [`PATTERN_OWNERS`].
const PATTERN_VOICES: usize = 2;

/// The label of what so many owners of so many kinds of voice say.
#[must_use]
pub const fn strength(owners: usize, voices: usize) -> Strength {
    if owners >= PATTERN_OWNERS && voices >= PATTERN_VOICES {
        Strength::Pattern
    } else if owners >= 2 {
        Strength::Emerging
    } else {
        Strength::Anecdote
    }
}

/// Whom a post counts as: the source's owner, or on a social or community source its author.
/// Authors who give no name are all one.
#[must_use]
pub fn owner_of(heard: &Heard) -> Owner {
    let author = match heard.source.speaker {
        Speaker::Owner => None,
        Speaker::Author => heard.post.said.author.as_ref().and_then(Author::identity),
    };
    author
        .filter(|name| !name.is_empty())
        .map_or_else(|| heard.source.owner.clone(), |name| Owner::named(&name))
}

/// A story, and who speaks for it: the owner of its original, or of the first reprint. Those who
/// reprint it, pass it on or quote it add no voice.
#[derive(Debug, Clone)]
pub(super) struct Voiced<'a> {
    /// Its posts, the lead first, then as they were said.
    pub(super) posts: Vec<Heard<'a>>,
    /// Who speaks.
    pub(super) owner: Owner,
    /// As what.
    pub(super) voice: Voice,
    /// When it was first said.
    pub(super) when: Timestamp,
    /// What of it can be shown; this and what follows is found when it is asked for first.
    passages: OnceLock<Vec<String>>,
    beginning: OnceLock<Vec<Range<usize>>>,
    may_deny: OnceLock<bool>,
    may_negate: OnceLock<bool>,
    moves: OnceLock<Vec<Move>>,
}

impl<'a> Voiced<'a> {
    /// The post that speaks for it.
    pub(super) fn lead(&self) -> Heard<'a> {
        self.posts[0]
    }

    /// The names of the topics it is about, and of the signals it carries.
    pub(super) fn topics(&self) -> impl Iterator<Item = &'a str> {
        let verdict = self.lead().verdict;
        let judged = verdict.topics.iter().chain(&verdict.signals);
        judged.filter(|topic| topic.band == Band::Yes).map(|topic| topic.name.as_str())
    }

    /// Whether it is about the topic, or carries the signal, called `name`.
    pub(super) fn is_about(&self, name: &str) -> bool {
        self.topics().any(|topic| topic == name)
    }

    /// How sure it is about the topic, or carries the signal, called `name`: 0 to 1.
    pub(super) fn sureness(&self, name: &str) -> f32 {
        let verdict = self.lead().verdict;
        let mut judged = verdict.topics.iter().chain(&verdict.signals);
        judged.find(|topic| topic.name == name).map_or(0.0, |topic| topic.score)
    }

    /// The passages of the post that speaks for it that can be shown: see [`quotes::passages`].
    pub(super) fn passages(&self) -> &[String] {
        self.passages.get_or_init(|| quotes::passages(self.lead()))
    }

    /// The first sentences of its text, in which a denial is looked for.
    pub(super) fn beginning(&self) -> impl Iterator<Item = &'a str> {
        let text = self.lead().post.said.text.as_str();
        // As places in the text: a story that held parts of it could not be looked at for a shorter time.
        let places = self.beginning.get_or_init(|| {
            let place = |part: &str| part.as_ptr().addr() - text.as_ptr().addr();
            let first = sentences::one_by_one(text).take(dissent::SENTENCES);
            first.map(|part| place(part)..place(part) + part.len()).collect()
        });
        places.iter().filter_map(move |place| text.get(place.clone()))
    }

    /// Whether it contradicts anything at all: see [`dissent::may_deny`].
    pub(super) fn may_deny(&self) -> bool {
        *self.may_deny.get_or_init(|| dissent::may_deny(self.lead().post))
    }

    /// Whether its text turns anything round: see [`dissent::may_negate`].
    pub(super) fn may_negate(&self) -> bool {
        *self.may_negate.get_or_init(|| dissent::may_negate(&self.lead().post.said.text))
    }

    /// What it says rises or falls.
    pub(super) fn moves(&self) -> &[Move] {
        self.moves.get_or_init(|| {
            let title = self.lead().post.said.title.as_deref();
            title.into_iter().chain(self.beginning()).filter_map(Move::of).collect()
        })
    }

    /// How its author feels.
    pub(super) fn feeling(&self) -> SentimentLabel {
        self.lead().verdict.sentiment.label
    }

    /// Whether we had heard it by then: what was said earlier may reach us later.
    pub(super) fn was_heard_before(&self, moment: Timestamp) -> bool {
        self.lead().post.heard < moment
    }

    /// Whether it was first said in `window`.
    pub(super) fn is_in(&self, window: Window) -> bool {
        window.from <= self.when && self.when < window.until
    }

    /// The ids of its posts, the lead's first.
    pub(super) fn ids(&self) -> Vec<PostId> {
        self.posts.iter().map(|heard| heard.post.id).collect()
    }
}

/// The stories of one kind of knowledge that somebody speaks for, oldest first. Kinds of knowledge
/// are told apart before stories are found, so that they never mix.
pub(super) fn voiced<'a>(heard: &[Heard<'a>], knowledge: Knowledge) -> Vec<Voiced<'a>> {
    let of_kind: Vec<Heard<'a>> =
        heard.iter().filter(|h| h.source.voice.knowledge() == knowledge).copied().collect();
    let stories = story::stories(&of_kind);
    stories.iter().filter_map(|story| spoken(&of_kind, story)).collect()
}

fn spoken<'a>(heard: &[Heard<'a>], story: &Story) -> Option<Voiced<'a>> {
    let lead = heard[story.lead];
    if !story::speaks(&lead) {
        return None;
    }
    let others = story.posts.iter().filter(|&&post| post != story.lead);
    Some(Voiced {
        posts: std::iter::once(lead).chain(others.map(|&post| heard[post])).collect(),
        owner: owner_of(&lead),
        voice: lead.source.voice,
        when: lead.post.when(),
        passages: OnceLock::new(),
        beginning: OnceLock::new(),
        may_deny: OnceLock::new(),
        may_negate: OnceLock::new(),
        moves: OnceLock::new(),
    })
}

/// What `support` and `dissent` amount to; no owner is on both sides (see `dissent::settle`).
pub(super) fn weigh(support: &[&Voiced], dissent: &[&Voiced], trend: Trend) -> Evidence {
    let mut first: BTreeMap<&Owner, &Voiced> = BTreeMap::new();
    let mut spoken: Vec<&Voiced> = support.to_vec();
    spoken.sort_by_key(|story| (story.when, story.lead().post.id));
    for story in &spoken {
        first.entry(&story.owner).or_insert(story);
    }
    let mut by_voice: BTreeMap<Voice, u32> = BTreeMap::new();
    for story in first.values() {
        *by_voice.entry(story.voice).or_default() += 1;
    }
    let mut voices: Vec<(Voice, u32)> = by_voice.into_iter().collect();
    let shown = |voice: Voice| Voice::ALL.iter().position(|&known| known == voice);
    voices.sort_by_key(|&(voice, owners)| (std::cmp::Reverse(owners), shown(voice)));

    let dissenting: BTreeSet<&Owner> = dissent.iter().map(|story| &story.owner).collect();
    let feel = |label| first.values().filter(|story| story.feeling() == label).count() as u32;
    let (positive, negative) = (feel(SentimentLabel::Positive), feel(SentimentLabel::Negative));
    Evidence {
        strength: strength(first.len(), voices.len()),
        neutral: first.len() as u32 - positive - negative,
        positive,
        negative,
        stories: spoken.iter().map(|story| story.ids()).collect(),
        dissent: dissent.iter().map(|story| story.lead().post.id).collect(),
        dissenting: dissenting.into_iter().cloned().collect(),
        owners: first.into_keys().cloned().collect(),
        voices,
        trend,
    }
}
