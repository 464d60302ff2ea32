//! What the readers of one window have in common: the stories, the claims they make, and how these are put
//! into words. Each is found out once, when the first reader needs it, and told to as many as there are.

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use jiff::Timestamp;

use super::dissent::Stance;
use super::evidence::{Voiced, voiced};
use super::make::{in_scope, is_read};
use super::rarity::Rarity;
use super::trend::Baseline;
use super::wording::{Worded, Wording};
use super::{Heard, Outages, Trend, Window};
use crate::post::PostId;
use crate::side_by_side;
use crate::source::{Knowledge, Owner, SourceId, Voice};
use crate::story::claims::{self, SAME_CLAIM};
use crate::topic::{Ruleset, Topic};
use crate::verdict::Embedding;

/// Public talk first, then what is asked, noted and known.
const KINDS: [Knowledge; 4] =
    [Knowledge::Public, Knowledge::Field, Knowledge::Survey, Knowledge::Expert];

/// A denial this near to the centre of a claim denies that claim.
const NEAR_DENIAL: f32 = 0.5;

/// From this score on an account is named.
pub(super) const SURE: f32 = 0.5;

/// What was heard in a window and before it, as stories.
#[derive(Debug)]
pub struct Stories<'a> {
    /// The window.
    pub(super) window: Window,
    /// Posts in the window, whether they could be read or not.
    pub(super) posts: u32,
    /// What is usual.
    pub(super) baseline: Baseline,
    heard: HashMap<PostId, Heard<'a>>,
    kinds: [Kind<'a>; 4],
}

/// The stories of one kind of knowledge.
#[derive(Debug)]
struct Kind<'a> {
    stories: Vec<Voiced<'a>>,
    /// Those of the window that name an account, by its name.
    naming: HashMap<&'a str, Vec<usize>>,
    /// Those about a topic, by its name.
    about: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Stories<'a> {
    /// Finds the stories in `heard`, which comes in any order. `outages` say when a source could not be heard.
    #[must_use]
    pub fn of(heard: &[Heard<'a>], window: Window, outages: &Outages) -> Self {
        let heard = in_scope(heard, window);
        let posts = heard.iter().filter(|heard| heard.post.when() >= window.from).count() as u32;
        let heard: Vec<Heard> = heard.into_iter().filter(is_read).collect();
        let kinds = KINDS.map(|knowledge| Kind::of(voiced(&heard, knowledge), window));
        Self {
            window,
            posts,
            baseline: Baseline::of(&heard, window, outages),
            heard: heard.into_iter().map(|heard| (heard.post.id, heard)).collect(),
            kinds,
        }
    }

    /// The stories of each kind of knowledge, oldest first.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (Knowledge, &[Voiced<'a>])> {
        KINDS.into_iter().zip(&self.kinds).map(|(kind, told)| (kind, told.stories.as_slice()))
    }

    /// The stories of the window and a kind of knowledge that name an account.
    pub(super) fn naming(&self, knowledge: Knowledge, account: &str) -> Vec<&Voiced<'a>> {
        let kind = &self.kinds[place(knowledge)];
        let named = kind.naming.get(account).into_iter().flatten();
        named.map(|&story| &kind.stories[story]).collect()
    }

    /// The stories of a kind of knowledge about a topic.
    fn about(&self, knowledge: Knowledge, topic: &str) -> Vec<&Voiced<'a>> {
        let kind = &self.kinds[place(knowledge)];
        let about = kind.about.get(topic).into_iter().flatten();
        about.map(|&story| &kind.stories[story]).collect()
    }

    /// What is said in public.
    pub(super) fn public(&self) -> &[Voiced<'a>] {
        &self.kinds[place(Knowledge::Public)].stories
    }

    /// A post that was heard.
    pub(super) fn post(&self, id: PostId) -> Option<Heard<'a>> {
        self.heard.get(&id).copied()
    }

    /// Stories that began in the window.
    pub(super) fn told(&self) -> usize {
        let stories = self.kinds.iter().flat_map(|kind| &kind.stories);
        stories.filter(|story| story.is_in(self.window)).count()
    }
}

impl<'a> Kind<'a> {
    fn of(stories: Vec<Voiced<'a>>, window: Window) -> Self {
        let mut naming: HashMap<&'a str, Vec<usize>> = HashMap::new();
        for (index, story) in stories.iter().enumerate().filter(|(_, story)| story.is_in(window)) {
            let named: BTreeSet<&'a str> = accounts_of(story.lead()).collect();
            for name in named {
                naming.entry(name).or_default().push(index);
            }
        }
        let mut about: HashMap<&'a str, Vec<usize>> = HashMap::new();
        for (index, story) in stories.iter().enumerate() {
            let topics: BTreeSet<&'a str> = story.topics().collect();
            for topic in topics {
                about.entry(topic).or_default().push(index);
            }
        }
        Self { stories, naming, about }
    }
}

/// The accounts a post surely names.
fn accounts_of(heard: Heard<'_>) -> impl Iterator<Item = &str> {
    let named = heard.verdict.accounts.iter().filter(|named| named.score >= SURE);
    named.map(|named| named.name.as_str())
}

fn place(knowledge: Knowledge) -> usize {
    KINDS.iter().position(|&kind| kind == knowledge).unwrap_or_default()
}

/// The claims of a window by the rules in force.
#[derive(Debug)]
pub struct Week<'w, 'a> {
    /// What was heard.
    pub(super) stories: &'w Stories<'a>,
    topics: Vec<OfTopic<'w, 'a>>,
    rarity: [OnceLock<Rarity>; 4],
}

/// What is said under one topic.
#[derive(Debug)]
struct OfTopic<'w, 'a> {
    topic: &'w Topic,
    grouped: [OnceLock<Grouped<'w, 'a>>; 4],
    trend: OnceLock<Trend>,
}

/// The stories about a topic of one kind of knowledge.
#[derive(Debug, Default)]
struct Grouped<'w, 'a> {
    stories: Vec<&'w Voiced<'a>>,
    claims: Vec<Claim<'w, 'a>>,
}

/// Stories that make one claim under one topic.
#[derive(Debug)]
pub(super) struct Claim<'w, 'a> {
    pub(super) topic: &'w Topic,
    pub(super) now: Vec<&'w Voiced<'a>>,
    /// Where the topic stands among the topics.
    at: usize,
    earlier: Vec<&'w Voiced<'a>>,
    /// Its stories, as places among those about the topic, and what they have in common.
    group: Vec<usize>,
    centre: Embedding,
    /// Independent owners in the window.
    pub(super) owners: usize,
    /// Kinds of voice among them.
    pub(super) voices: usize,
    /// How sure its stories are to be about the topic, on average.
    pub(super) sure: f64,
    /// When the newest of its stories began.
    pub(super) newest: Timestamp,
    worded: OnceLock<Option<Worded<'w, 'a>>>,
}

impl<'w, 'a> Week<'w, 'a> {
    /// What is said in `stories` by the topics of `ruleset`.
    #[must_use]
    pub fn of(stories: &'w Stories<'a>, ruleset: &'w Ruleset) -> Self {
        let topics = ruleset.topics.iter().map(|topic| OfTopic {
            topic,
            grouped: [const { OnceLock::new() }; 4],
            trend: OnceLock::new(),
        });
        Self { stories, topics: topics.collect(), rarity: [const { OnceLock::new() }; 4] }
    }

    /// The claims under the topics that `wanted` says yes to, in the order of the topics.
    pub(super) fn claims(
        &self,
        knowledge: Knowledge,
        wanted: impl Fn(&Topic) -> bool,
    ) -> impl Iterator<Item = &Claim<'w, 'a>> {
        let wanted: Vec<usize> =
            (0..self.topics.len()).filter(|at| wanted(self.topics[*at].topic)).collect();
        let grouped = side_by_side::map(&wanted, |&at| self.grouped(at, knowledge));
        grouped.into_iter().flat_map(|grouped| &grouped.claims)
    }

    /// All the stories about a claim's topic, of the window and before it.
    pub(super) fn beside(&self, claim: &Claim, knowledge: Knowledge) -> &[&'w Voiced<'a>] {
        &self.grouped(claim.at, knowledge).stories
    }

    /// A claim in words; none where nobody's words can be shown.
    pub(super) fn worded<'c>(
        &self,
        claim: &'c Claim<'w, 'a>,
        knowledge: Knowledge,
    ) -> Option<&'c Worded<'w, 'a>> {
        let worded = claim.worded.get_or_init(|| {
            let stance = Stance::of(&claim.now);
            let denials = self.denials(claim, knowledge, &stance);
            let wording = Wording {
                rarity: self.rarity(knowledge),
                asked: &BTreeSet::new(),
                baseline: &self.stories.baseline,
            };
            wording.of(&claim.now, &claim.earlier, &denials, &stance)
        });
        worded.as_ref()
    }

    /// Puts claims into words, side by side: [`Week::worded`] has them then.
    pub(super) fn put_into_words(&self, claims: &[&Claim<'w, 'a>], knowledge: Knowledge) {
        side_by_side::map(claims, |claim| self.worded(claim, knowledge).is_some());
    }

    /// Denials of a claim that are too far from it to be grouped with it.
    fn denials(
        &self,
        claim: &Claim<'w, 'a>,
        knowledge: Knowledge,
        stance: &Stance,
    ) -> Vec<&'w Voiced<'a>> {
        let others = self.grouped(claim.at, knowledge).stories.iter().enumerate();
        let outside = others.filter(|(place, story)| {
            claim.group.binary_search(place).is_err()
                && story.is_in(self.stories.window)
                && claim.centre.cosine(story.lead().embedding) >= NEAR_DENIAL
        });
        outside.map(|(_, story)| *story).filter(|story| stance.is_opposed_by(story)).collect()
    }

    /// How much is heard of each topic, beside what is usual.
    pub(super) fn trends(
        &self,
        wanted: impl Fn(&Topic) -> bool,
    ) -> impl Iterator<Item = (&'w Topic, &Trend)> {
        let wanted: Vec<&OfTopic> = self.topics.iter().filter(|of| wanted(of.topic)).collect();
        let trends = side_by_side::map(&wanted, |of| {
            of.trend.get_or_init(|| {
                let told = self.stories.about(Knowledge::Public, &of.topic.name);
                self.stories.baseline.trend(&told)
            })
        });
        wanted.into_iter().map(|of| of.topic).zip(trends)
    }

    /// How rare each term is in what was said in the window.
    fn rarity(&self, knowledge: Knowledge) -> &Rarity {
        self.rarity[place(knowledge)].get_or_init(|| {
            let stories = &self.stories.kinds[place(knowledge)].stories;
            let told = stories.iter().filter(|story| story.is_in(self.stories.window));
            Rarity::of(told.map(|story| story.lead().post))
        })
    }

    fn grouped(&self, at: usize, knowledge: Knowledge) -> &Grouped<'w, 'a> {
        let of = &self.topics[at];
        of.grouped[place(knowledge)].get_or_init(|| {
            let stories = self.stories.about(knowledge, &of.topic.name);
            let is_new = |story: &&Voiced| story.is_in(self.stories.window);
            if !stories.iter().any(is_new) {
                return Grouped::default();
            }
            let embeddings: Vec<&Embedding> =
                stories.iter().map(|story| story.lead().embedding).collect();
            let groups = claims::claims(&embeddings, SAME_CLAIM).into_iter();
            let claims = groups.filter_map(|group| {
                let (now, earlier): (Vec<&Voiced>, Vec<&Voiced>) =
                    group.iter().map(|&member| stories[member]).partition(is_new);
                let centre = claims::centre(&embeddings, &group);
                Claim::of((at, of.topic), now, earlier, group, centre)
            });
            let claims = claims.collect();
            Grouped { stories, claims }
        })
    }
}

impl<'w, 'a> Claim<'w, 'a> {
    /// None where nothing of it is in the window.
    fn of(
        (at, topic): (usize, &'w Topic),
        now: Vec<&'w Voiced<'a>>,
        earlier: Vec<&'w Voiced<'a>>,
        group: Vec<usize>,
        centre: Embedding,
    ) -> Option<Self> {
        let newest = now.iter().map(|story| story.when).max()?;
        // Stories under two topics are told under the one they are surer to be about.
        let sure: f32 = now.iter().map(|story| story.sureness(&topic.name)).sum();
        let owners: BTreeSet<&Owner> = now.iter().map(|story| &story.owner).collect();
        let voices: BTreeSet<Voice> = now.iter().map(|story| story.voice).collect();
        Some(Self {
            topic,
            at,
            sure: f64::from(sure) / now.len().max(1) as f64,
            owners: owners.len(),
            voices: voices.len(),
            newest,
            now,
            earlier,
            group,
            centre,
            worded: OnceLock::new(),
        })
    }
}

impl Claim<'_, '_> {
    /// The first post of it in the window.
    pub(super) fn first_post(&self) -> Option<PostId> {
        self.now.first().map(|story| story.lead().post.id)
    }

    /// Where its stories in the window were heard.
    pub(super) fn sources(&self) -> impl Iterator<Item = &SourceId> {
        self.now.iter().map(|story| &story.lead().post.source)
    }

    /// Whether a story of it in the window surely names the account.
    pub(super) fn names(&self, account: &str) -> bool {
        self.now.iter().any(|story| accounts_of(story.lead()).any(|named| named == account))
    }
}
