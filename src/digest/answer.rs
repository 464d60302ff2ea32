//! An answer: what was said about a question, with the evidence of a point of the digest.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::direction;
use super::evidence::{Voiced, voiced};
use super::foremost::foremost;
use super::make::{citation, is_read};
use super::quotes::QUOTES;
use super::rarity::{Rarity, Terms, beginning};
use super::relevance::{may_speak, names, relevance};
use super::trend::Baseline;
use super::wording::{Worded, Wording};
use super::{
    BASELINE_WINDOWS, Citation, Direction, Evidence, Heard, Outages, Sentence, Strength, Trend,
    Understood, Window, owner_of,
};
use crate::post::PostId;
use crate::source::{Knowledge, Owner, SourceId, Voice};
use crate::text::words;
use crate::verdict::Band;

/// From this relevance on a post is about what was asked: see [`relevance`]. By `overheard eval ask`.
const ABOUT: f32 = 0.53;

/// Where one is, so are others from this relevance on.
const ABOUT_TOO: f32 = 0.45;

/// [`ABOUT`] of a post that names the account asked about: what it is held against is the rest of the question.
const ABOUT_ACCOUNT: f32 = 0.4;

/// What is counted to compare this week with those before is a little wider: nothing is "new" that was nearly
/// said before.
const NEARLY: f32 = 0.1;

/// Other claims shown.
const ALSO: usize = 1;

/// Owners of another claim that is shown.
const ALSO_OWNERS: usize = 2;

/// Related topics named.
const RELATED: usize = 3;

/// Owners that have to speak of a topic for it to be related.
const RELATED_OWNERS: usize = 2;

/// What is compared with what: a week with the four before it, as in the digest.
const TREND: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What an answer is made from.
#[derive(Debug, Clone)]
pub struct Looked<'a> {
    /// The question.
    pub understood: &'a Understood,
    /// What it is narrowed to besides: posts that name this account.
    pub account: Option<&'a str>,
    /// And those that the account itself wrote, where it is known to be this owner.
    pub own: Option<&'a Owner>,
    /// Posts about this topic.
    pub topic: Option<&'a str>,
    /// This kind of voice.
    pub voice: Option<Voice>,
    /// Of when it asks.
    pub window: Window,
    /// The posts near in meaning, each with its likeness, of the window and of [`scope`].
    pub near: &'a [(Heard<'a>, f32)],
    /// Posts of the window that were looked at.
    pub looked_at: usize,
    /// Since when each source is heard, in the scope.
    pub since: &'a BTreeMap<SourceId, Timestamp>,
}

/// What was said about a question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// What was understood.
    pub understood: Understood,
    /// The account it is narrowed to.
    pub account: Option<String>,
    /// The topic it is narrowed to.
    pub topic: Option<String>,
    /// The kind of voice it is narrowed to.
    pub voice: Option<Voice>,
    /// Of when.
    pub window: Window,
    /// Posts of the window that were looked at.
    pub looked_at: usize,
    /// How much the post that is most about it is: 0 to about 1.3.
    pub best: f32,
    /// Posts of them that are about what was asked, reprints among them.
    pub about: usize,
    /// The stories they tell: reprints are one.
    pub stories: usize,
    /// What most say; none where nobody said anything that can be shown.
    pub said: Option<Said>,
    /// What others say about it besides, and how many independent owners.
    pub also: Vec<Beside>,
    /// What the other kinds of knowledge have on it.
    pub beside: Vec<Beside>,
    /// Topics that those who speak of it speak of, too.
    pub related: Vec<String>,
    /// Every post it names, by id.
    pub citations: Vec<Citation>,
}

/// What most say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Said {
    /// Which kind of knowledge it is.
    pub knowledge: Knowledge,
    /// The most central sentence.
    pub claim: Sentence,
    /// Whether it says that what was asked to rise falls, or the other way round.
    pub opposite: bool,
    /// What stands behind it.
    pub evidence: Evidence,
    /// Quotes by others.
    pub quotes: Vec<Sentence>,
    /// The strongest dissent.
    pub dissent: Option<Sentence>,
}

/// What is said besides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Beside {
    /// Which kind of knowledge it is.
    pub knowledge: Knowledge,
    /// In whose words.
    pub sentence: Sentence,
    /// Independent owners who say it.
    pub owners: usize,
}

impl Answer {
    /// Whether it goes beyond one voice, or was learnt from the field, a survey or an expert.
    #[must_use]
    pub fn is_solid(&self) -> bool {
        self.said.as_ref().is_some_and(|said| {
            said.knowledge != Knowledge::Public || said.evidence.strength > Strength::Anecdote
        })
    }

    /// The post as the answer shows it.
    #[must_use]
    pub fn citation(&self, post: PostId) -> Option<&Citation> {
        let at = self.citations.binary_search_by_key(&post, |citation| citation.post).ok()?;
        self.citations.get(at)
    }

    /// Every passage it shows.
    pub(super) fn passages(&self) -> impl Iterator<Item = &Sentence> {
        let said = self.said.iter().flat_map(|said| {
            std::iter::once(&said.claim).chain(&said.quotes).chain(said.dissent.as_ref())
        });
        said.chain(self.also.iter().chain(&self.beside).map(|beside| &beside.sentence))
    }
}

/// The stretch to look at for a question about `window`: it, and the weeks the last one is compared with.
#[must_use]
pub fn scope(window: Window) -> Window {
    let weeks = TREND.saturating_mul(i32::from(BASELINE_WINDOWS) + 1);
    let from = window.until.saturating_sub(weeks).unwrap_or(Timestamp::MIN);
    Window { from: from.min(window.from), until: window.until }
}

/// The answer. The same values give the same answer, in whatever order they come.
#[must_use]
pub fn answer(looked: &Looked) -> Answer {
    let said: HashMap<PostId, Terms> =
        looked.near.iter().map(|(heard, _)| (heard.post.id, beginning(heard.post))).collect();
    let rarity = Rarity::of_beginnings(said_by(&said, looked.near.iter().map(|(heard, _)| heard)));
    let none = HashSet::new();
    let relevance_of = |heard: &Heard, likeness: f32| {
        relevance(looked, heard, likeness, said.get(&heard.post.id).unwrap_or(&none), &rarity)
    };
    let mut relevant: Vec<(Heard, f32)> = looked
        .near
        .iter()
        .filter(|(heard, _)| is_read(heard) && may_speak(looked, heard))
        .map(|(heard, likeness)| (*heard, relevance_of(heard, *likeness)))
        .collect();
    let best = relevant.iter().map(|(_, relevance)| *relevance).fold(0.0, f32::max);
    let (first, least) = match looked.account {
        Some(_) => (ABOUT_ACCOUNT, ABOUT_ACCOUNT),
        None => (ABOUT, ABOUT_TOO),
    };
    let is_about = best >= first;
    // Where nothing is said of a company about what was asked, what else is said of it is worth a line.
    let is_of_one = looked.account.is_some() || looked.understood.name.is_some();
    let instead = is_of_one && !is_about;
    let nearly: Vec<Heard> = relevant
        .iter()
        .filter(|(_, relevance)| *relevance >= least - NEARLY)
        .map(|(heard, _)| *heard)
        .collect();
    relevant.retain(
        |(heard, relevance)| {
            if is_about { *relevance >= least } else { instead && names(looked, heard) }
        },
    );
    relevant.sort_by_key(|(heard, _)| (heard.post.when(), heard.post.id));
    relevant.dedup_by_key(|(heard, _)| heard.post.id);
    let sure: BTreeMap<PostId, f32> =
        relevant.iter().map(|(heard, relevance)| (heard.post.id, *relevance)).collect();
    let heard: Vec<Heard> = relevant.into_iter().map(|(heard, _)| heard).collect();
    let in_window = heard.iter().filter(|heard| is_in(looked.window, heard.post.when())).count();
    let about = if is_about { in_window } else { 0 };

    let week = Window {
        from: looked.window.until.saturating_sub(TREND).unwrap_or(Timestamp::MIN),
        until: looked.window.until,
    };
    let baseline = Baseline::since(looked.since, week, &Outages::default());
    let rarity = Rarity::of_beginnings(said_by(&said, heard.iter()));
    let wording = Wording { rarity: &rarity, asked: &looked.understood.terms, baseline: &baseline };
    // Public talk first; then those of whom one is the rule.
    let kinds = [Knowledge::Public, Knowledge::Expert, Knowledge::Survey, Knowledge::Field];
    let (mut said, mut also, mut beside, mut told) = (None, Vec::new(), Vec::new(), 0);
    let mut related: BTreeMap<String, BTreeSet<Owner>> = BTreeMap::new();
    for knowledge in kinds {
        let stories = voiced(&heard, knowledge);
        note_topics(looked, &stories, &mut related);
        told += stories.iter().filter(|story| story.is_in(looked.window)).count();
        let mut claims = foremost(looked, &stories, &sure, &wording, 1 + ALSO).into_iter();
        let Some(first) = claims.next() else { continue };
        let owners = first.evidence.owners.len();
        if instead {
            also.push(Beside { knowledge, sentence: first.said, owners });
            break;
        }
        if said.is_none() {
            let Worded { said: claim, mut evidence, mut quotes, dissent, .. } = first;
            quotes.truncate(QUOTES);
            // Of the subject, not of this claim alone: how it is put changes from week to week.
            evidence.trend = trend(&baseline, &stories, &voiced(&nearly, knowledge));
            let opposite = direction::are_opposite(&looked.understood.about, &claim.text);
            said = Some(Said { knowledge, claim, opposite, evidence, quotes, dissent });
            let more = claims.filter(|claim| claim.evidence.owners.len() >= ALSO_OWNERS);
            also.extend(more.take(ALSO).map(|claim| Beside {
                knowledge,
                owners: claim.evidence.owners.len(),
                sentence: claim.said,
            }));
        } else {
            beside.push(Beside { knowledge, sentence: first.said, owners });
        }
    }
    let mut answer = Answer {
        understood: looked.understood.clone(),
        account: looked.account.map(str::to_owned),
        topic: looked.topic.map(str::to_owned),
        voice: looked.voice,
        window: looked.window,
        looked_at: looked.looked_at,
        best,
        about,
        stories: if is_about { told } else { 0 },
        said,
        also,
        beside,
        related: ranked(related),
        citations: Vec::new(),
    };
    let shown = cited(&answer);
    let citations = heard.iter().filter(|heard| shown.contains(&heard.post.id));
    let citations: BTreeMap<PostId, Citation> =
        citations.map(|heard| (heard.post.id, citation(*heard))).collect();
    answer.citations = citations.into_values().collect();
    answer
}

/// What these posts begin with.
fn said_by<'s, 'a: 's>(
    said: &'s HashMap<PostId, Terms<'a>>,
    heard: impl Iterator<Item = &'s Heard<'a>>,
) -> impl Iterator<Item = &'s Terms<'a>> {
    heard.filter_map(|heard| said.get(&heard.post.id))
}

/// How talk of a subject changes, by the stories that are about it. Nothing is new that was nearly said
/// before.
fn trend(baseline: &Baseline, about: &[Voiced], nearly: &[Voiced]) -> Trend {
    let of = |stories: &[Voiced]| baseline.trend(&stories.iter().collect::<Vec<_>>());
    let trend = of(about);
    if trend.direction == Direction::New && of(nearly).direction != Direction::New {
        return Trend { direction: Direction::TooEarly, ..trend };
    }
    trend
}

/// Notes who speaks of which topic in the window, but for those that were asked about.
fn note_topics(
    looked: &Looked,
    stories: &[Voiced],
    related: &mut BTreeMap<String, BTreeSet<Owner>>,
) {
    for story in stories.iter().filter(|story| story.is_in(looked.window)) {
        let lead = story.lead();
        for topic in lead.verdict.topics.iter().filter(|topic| topic.band == Band::Yes) {
            let asked = looked.topic == Some(topic.name.as_str())
                || words::terms(&topic.name)
                    .all(|term| looked.understood.terms.contains(term.as_ref()));
            if !asked {
                related.entry(topic.name.clone()).or_default().insert(owner_of(&lead));
            }
        }
    }
}

fn ranked(related: BTreeMap<String, BTreeSet<Owner>>) -> Vec<String> {
    let mut related: Vec<(String, usize)> = related
        .into_iter()
        .map(|(topic, owners)| (topic, owners.len()))
        .filter(|(_, owners)| *owners >= RELATED_OWNERS)
        .collect();
    related.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    related.into_iter().take(RELATED).map(|(topic, _)| topic).collect()
}

fn cited(answer: &Answer) -> BTreeSet<PostId> {
    let mut shown: BTreeSet<PostId> = answer.passages().map(|sentence| sentence.post).collect();
    if let Some(said) = &answer.said {
        shown.extend(said.evidence.stories.iter().flatten());
        shown.extend(&said.evidence.dissent);
    }
    shown
}

fn is_in(window: Window, when: Timestamp) -> bool {
    window.from <= when && when < window.until
}
