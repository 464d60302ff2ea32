//! Talking points: which claims a reader gets, and why.

use std::collections::BTreeSet;

use super::dissent::Stance;
use super::evidence::{Voiced, strength};
use super::quotes;
use super::rarity::Rarity;
use super::told::{Ledger, Novelty};
use super::trend::Baseline;
use super::wording::{Worded, Wording};
use super::{Direction, Evidence, Input, Point, Strength};
use crate::post::PostId;
use crate::reader::Reader;
use crate::source::{Knowledge, Owner, Voice};
use crate::story::claims::{self, SAME_CLAIM};
use crate::topic::Topic;
use crate::verdict::Embedding;

/// Points of one kind of knowledge.
const POINTS: usize = 5;
/// Points under one topic.
const POINTS_OF_A_TOPIC: usize = 2;
/// One voice is no pattern: shown only where there are fewer solid points than [`ENOUGH_SOLID`].
const ANECDOTES: usize = 2;
/// See [`ANECDOTES`].
const ENOUGH_SOLID: usize = 3;
/// Claims put into words; the others rank too low to be shown.
const WORDED: usize = 40;
/// A denial this near to the centre of a claim denies that claim.
const NEAR_DENIAL: f32 = 0.5;
/// Two points that have this share of stories in common are one.
pub(super) const SAME_POINT: f64 = 0.34;
/// Days in which news loses about two thirds of its freshness.
const FRESH_DAYS: f64 = 3.0;
/// What a point loses where most of it is told under the reader's accounts: its fit with them, and a
/// little more.
const TOLD_ABOVE: f64 = 2.0;
/// Account names in one sentence of "why you".
const NAMES: usize = 2;

/// Whether the reader talks about the topic called `name`; one who names none talks about all.
pub(super) fn follows(reader: &Reader, name: &str) -> bool {
    reader.topics.is_empty() || reader.topics.iter().any(|topic| topic == name)
}

/// The points of one kind of knowledge for one reader, best first. What one voice says is left out
/// where its posts are `covered` already, by the news of the reader's accounts.
pub(super) fn points(
    input: &Input,
    knowledge: Knowledge,
    stories: &[Voiced],
    baseline: &Baseline,
    ledger: &Ledger,
    covered: &BTreeSet<PostId>,
) -> Vec<Point> {
    let mut claims: Vec<Claim> =
        input.ruleset.topics.iter().flat_map(|topic| of_topic(input, topic, stories)).collect();
    claims.sort_by(|a, b| {
        b.score.total_cmp(&a.score).then_with(|| a.first_post().cmp(&b.first_post()))
    });
    claims.truncate(WORDED);
    let worded = claims.iter().flat_map(|claim| claim.now.iter()).map(|story| story.lead().post);
    let rarity = Rarity::of(worded);

    let worded = claims.iter().filter_map(|claim| put(input, claim, &rarity, baseline, ledger));
    let mut ranked: Vec<(f64, Point)> =
        worded.map(|(rank, point)| (rank - repetition(&point, covered), point)).collect();
    ranked.sort_by(|a, b| {
        b.0.total_cmp(&a.0)
            .then_with(|| (a.1.claim.post, &a.1.topic).cmp(&(b.1.claim.post, &b.1.topic)))
    });
    let said_before = |point: &Point| {
        let mut posts = point.evidence.stories.iter().flatten();
        point.evidence.strength == Strength::Anecdote && posts.all(|post| covered.contains(post))
    };
    let points = ranked.into_iter().map(|(_, point)| point);
    select(points.filter(|point| !said_before(point)), knowledge)
}

/// Stories that make one claim under one topic.
struct Claim<'v, 'a> {
    topic: &'v Topic,
    now: Vec<&'v Voiced<'a>>,
    earlier: Vec<&'v Voiced<'a>>,
    /// Denials of it that are too far from it to be grouped with it.
    denials: Vec<&'v Voiced<'a>>,
    /// What most of those in the window say.
    stance: Stance,
    /// What of its rank is known before it is put into words.
    score: f64,
}

impl Claim<'_, '_> {
    fn first_post(&self) -> Option<PostId> {
        self.now.first().map(|story| story.lead().post.id)
    }
}

fn of_topic<'v, 'a>(
    input: &Input,
    topic: &'v Topic,
    stories: &'v [Voiced<'a>],
) -> Vec<Claim<'v, 'a>> {
    let members: Vec<&Voiced> =
        stories.iter().filter(|story| story.is_about(&topic.name)).collect();
    if !members.iter().any(|story| story.is_in(input.window)) {
        return Vec::new();
    }
    let embeddings: Vec<&Embedding> = members.iter().map(|story| story.lead().embedding).collect();
    let followed = follows(input.reader, &topic.name);
    let mut found = Vec::new();
    for group in claims::claims(&embeddings, SAME_CLAIM) {
        let (now, earlier): (Vec<&Voiced>, Vec<&Voiced>) =
            group.iter().map(|&member| members[member]).partition(|s| s.is_in(input.window));
        let names = named_accounts(input.reader, &now);
        if now.is_empty() || (!followed && names.is_empty()) {
            continue;
        }
        let centre = claims::centre(&embeddings, &group);
        let outside = members.iter().enumerate().filter(|(index, story)| {
            !group.contains(index)
                && story.is_in(input.window)
                && centre.cosine(embeddings[*index]) >= NEAR_DENIAL
        });
        let stance = Stance::of(&now);
        let denials =
            outside.map(|(_, story)| *story).filter(|story| stance.is_opposed_by(story)).collect();
        let score =
            first_score(input, topic, &now, &names, !input.reader.topics.is_empty() && followed);
        found.push(Claim { topic, now, earlier, denials, stance, score });
    }
    found
}

/// Rank by strength, owners, fit with the reader, sureness of the topic, and freshness.
fn first_score(
    input: &Input,
    topic: &Topic,
    now: &[&Voiced],
    names: &BTreeSet<&str>,
    chosen: bool,
) -> f64 {
    // Stories under two topics are told under the one they are surer to be about.
    let sure: f32 = now.iter().map(|story| story.sureness(&topic.name)).sum();
    let sure = f64::from(sure) / now.len().max(1) as f64;
    let owners: BTreeSet<&Owner> = now.iter().map(|story| &story.owner).collect();
    let voices: BTreeSet<Voice> = now.iter().map(|story| story.voice).collect();
    let strong = match strength(owners.len(), voices.len()) {
        Strength::Anecdote => 0.0,
        Strength::Emerging => 2.0,
        Strength::Pattern => 4.0,
    };
    let newest = now.iter().map(|story| story.when).max().unwrap_or(input.window.from);
    let age_days = input.window.until.duration_since(newest).as_secs_f64() / 86_400.0;
    let fit = if names.is_empty() { 0.0 } else { 1.5 } + if chosen { 0.5 } else { 0.0 };
    let score =
        strong + (owners.len() as f64).ln() + fit + sure + 0.5 * (-age_days / FRESH_DAYS).exp();
    let sources: BTreeSet<_> = now.iter().map(|story| &story.lead().source.id).collect();
    score * input.useful.point(&topic.name, sources.into_iter())
}

/// Puts a claim into words, with its evidence. None where nobody's words can be shown, or where the
/// reader knows it and it has not moved.
fn put(
    input: &Input,
    claim: &Claim,
    rarity: &Rarity,
    baseline: &Baseline,
    ledger: &Ledger,
) -> Option<(f64, Point)> {
    let wording = Wording { rarity, asked: &BTreeSet::new(), baseline };
    let Claim { now, earlier, denials, stance, .. } = claim;
    let worded = wording.of(now, earlier, denials, stance)?;
    let Worded { said, by, support, against, evidence, mut quotes, dissent } = worded;
    let moved = match ledger.novelty(&support, &against) {
        Novelty::New => None,
        Novelty::Moved(how) => Some(how),
        Novelty::Known => return None,
    };
    if by.voice == Voice::Survey {
        quotes.extend(quotes::method(by, &said));
    }
    let rank = claim.score + last_score(&evidence, moved.is_some());
    let point = Point {
        topic: claim.topic.name.clone(),
        quotes,
        dissent,
        why_you: why(input.reader, claim),
        ask: claim.topic.ask.clone(),
        offer: claim.topic.offer.first().cloned(),
        claim: said,
        evidence,
        moved,
    };
    Some((rank, point))
}

fn last_score(evidence: &Evidence, moved: bool) -> f64 {
    let trend = match evidence.trend.direction {
        Direction::Up => 1.0,
        Direction::New => 0.3,
        _ => 0.0,
    };
    let disputed = if evidence.dissenting.is_empty() { 0.0 } else { 0.2 };
    trend + disputed - if moved { 0.5 } else { 0.0 }
}

/// What a point loses by being told already, under the reader's accounts: the room is for other news.
/// A pattern is worth telling as what it is.
fn repetition(point: &Point, covered: &BTreeSet<PostId>) -> f64 {
    let leads = point.evidence.stories.iter().filter_map(|story| story.first());
    let told = leads.filter(|post| covered.contains(post)).count();
    let mostly_told = told * 2 >= point.evidence.stories.len();
    if mostly_told && point.evidence.strength < Strength::Pattern { TOLD_ABOVE } else { 0.0 }
}

/// Takes the best that do not say the same again.
fn select(ranked: impl Iterator<Item = Point>, knowledge: Knowledge) -> Vec<Point> {
    let (mut chosen, mut anecdotes): (Vec<Point>, Vec<Point>) = (Vec::new(), Vec::new());
    for point in ranked {
        let all = || chosen.iter().chain(&anecdotes);
        let of_topic = all().filter(|known| known.topic == point.topic).count();
        let again = all().any(|known| overlap(known, &point) >= SAME_POINT);
        if of_topic >= POINTS_OF_A_TOPIC || again {
            continue;
        }
        // One survey, one expert, one colleague is the rule there, not a weakness.
        if knowledge == Knowledge::Public && point.evidence.strength == Strength::Anecdote {
            anecdotes.push(point);
        } else if chosen.len() < POINTS {
            chosen.push(point);
        }
    }
    if chosen.len() < ENOUGH_SOLID {
        chosen.extend(anecdotes.into_iter().take(ANECDOTES));
    }
    chosen
}

/// The share of the smaller point's stories that the other has too, denied or supported.
fn overlap(a: &Point, b: &Point) -> f64 {
    let posts = |point: &Point| -> BTreeSet<PostId> {
        let leads = point.evidence.stories.iter().filter_map(|story| story.first());
        leads.chain(&point.evidence.dissent).copied().collect()
    };
    let (a, b) = (posts(a), posts(b));
    a.intersection(&b).count() as f64 / a.len().min(b.len()).max(1) as f64
}

fn why(reader: &Reader, claim: &Claim) -> String {
    let names: Vec<&str> = named_accounts(reader, &claim.now).into_iter().take(NAMES).collect();
    let topic = &claim.topic.name;
    match names.as_slice() {
        [] if reader.topics.is_empty() => format!("you hear of every topic; this is {topic}"),
        [] => format!("you follow {topic}"),
        [name] => format!("names your account {name}"),
        names => format!("names your accounts {}", names.join(" and ")),
    }
}

/// The reader's accounts that the stories name.
fn named_accounts<'r>(reader: &'r Reader, stories: &[&Voiced]) -> BTreeSet<&'r str> {
    let names = |account: &&'r String| {
        stories.iter().any(|story| {
            story
                .lead()
                .verdict
                .accounts
                .iter()
                .any(|named| named.name == **account && named.score >= SURE)
        })
    };
    reader.accounts.iter().filter(names).map(String::as_str).collect()
}

/// From this score on an account is named.
pub(super) const SURE: f32 = 0.5;
