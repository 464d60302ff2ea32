//! Talking points: which claims a reader gets, and why.

use std::collections::BTreeSet;

use super::dissent::Stance;
use super::evidence::{Voiced, strength};
use super::quotes;
use super::rank::{self, Weighed};
use super::rarity::Rarity;
use super::told::{Ledger, Novelty};
use super::trend::Baseline;
use super::wording::{Worded, Wording};
use super::{Input, Point, Strength};
use crate::post::PostId;
use crate::reader::Reader;
use crate::source::{Knowledge, Owner, Voice};
use crate::story::claims::{self, SAME_CLAIM};
use crate::topic::Topic;
use crate::verdict::Embedding;

/// Points of public talk: what is read in two minutes.
const POINTS: usize = 5;
/// Points of each other kind of knowledge: they stand in blocks of their own, below.
const OTHER_POINTS: usize = 3;
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
    let topics = input.ruleset.topics.iter();
    let mut claims: Vec<Claim> =
        topics.flat_map(|topic| of_topic(input, topic, stories, ledger)).collect();
    claims.sort_by(|a, b| {
        b.score.total_cmp(&a.score).then_with(|| a.first_post().cmp(&b.first_post()))
    });
    claims.truncate(WORDED);
    let worded = claims.iter().flat_map(|claim| claim.now.iter()).map(|story| story.lead().post);
    let rarity = Rarity::of(worded);

    let worded = claims.iter().filter_map(|claim| put(input, claim, &rarity, baseline, ledger));
    let ranked = worded.map(|mut point| {
        point.rank.extend(rank::told(rank::Told {
            direction: point.evidence.trend.direction,
            is_disputed: !point.evidence.dissenting.is_empty(),
            has_moved: point.moved.is_some(),
            is_told_above: is_told_above(&point, covered),
        }));
        (rank::sum(&point.rank), point)
    });
    let mut ranked: Vec<(f64, Point)> = ranked.collect();
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
    /// What of its rank is known before it is put into words, and the sum.
    rank: Vec<Weighed>,
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
    ledger: &Ledger,
) -> Vec<Claim<'v, 'a>> {
    let members: Vec<&Voiced> =
        stories.iter().filter(|story| story.is_about(&topic.name)).collect();
    if !members.iter().any(|story| story.is_in(input.window)) {
        return Vec::new();
    }
    let embeddings: Vec<&Embedding> = members.iter().map(|story| story.lead().embedding).collect();
    let followed = follows(input.reader, &topic.name);
    let rested_days = ledger.rested_days(&members, input.window.until);
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
        let is_chosen = !input.reader.topics.is_empty() && followed;
        let owners: BTreeSet<&Owner> = now.iter().map(|story| &story.owner).collect();
        let voices: BTreeSet<Voice> = now.iter().map(|story| story.voice).collect();
        // Stories under two topics are told under the one they are surer to be about.
        let sure: f32 = now.iter().map(|story| story.sureness(&topic.name)).sum();
        let newest = now.iter().map(|story| story.when).max().unwrap_or(input.window.from);
        let sources = now.iter().map(|story| &story.lead().post.source);
        let rank = rank::claimed(&rank::Claimed {
            strength: strength(owners.len(), voices.len()),
            owners: owners.len(),
            names_account: !names.is_empty(),
            is_chosen,
            sureness: f64::from(sure) / now.len().max(1) as f64,
            age_days: input.window.until.duration_since(newest).as_secs_f64() / 86_400.0,
            rested_days,
            useful: input.useful.of(&topic.name, sources),
        });
        let score = rank::sum(&rank);
        found.push(Claim { topic, now, earlier, denials, stance, rank, score });
    }
    found
}

/// Puts a claim into words, with its evidence. None where nobody's words can be shown, or where the
/// reader knows it and it has not moved.
fn put(
    input: &Input,
    claim: &Claim,
    rarity: &Rarity,
    baseline: &Baseline,
    ledger: &Ledger,
) -> Option<Point> {
    let wording = Wording { rarity, asked: &BTreeSet::new(), baseline };
    let Claim { now, earlier, denials, stance, .. } = claim;
    let worded = wording.of(now, earlier, denials, stance)?;
    let Worded { said, by, support, against, evidence, mut quotes, dissent } = worded;
    let turned = ledger.turned(now);
    let moved = match ledger.novelty(&support, &against) {
        Novelty::New => turned,
        Novelty::Moved(how) => turned.or(Some(how)),
        Novelty::Known => Some(turned?),
    };
    if by.voice == Voice::Survey {
        quotes.extend(quotes::method(by, &said));
    }
    Some(Point {
        topic: claim.topic.name.clone(),
        quotes,
        dissent,
        why_you: why(input.reader, claim),
        ask: claim.topic.ask.clone(),
        offer: claim.topic.offer.first().cloned(),
        claim: said,
        evidence,
        moved,
        rank: claim.rank.clone(),
    })
}

/// Whether most of it is told under the reader's accounts: the room is for other news. A pattern is worth
/// telling as what it is.
fn is_told_above(point: &Point, covered: &BTreeSet<PostId>) -> bool {
    let leads = point.evidence.stories.iter().filter_map(|story| story.first());
    let told = leads.filter(|post| covered.contains(post)).count();
    told * 2 >= point.evidence.stories.len() && point.evidence.strength < Strength::Pattern
}

/// Takes the best that do not say the same again.
fn select(ranked: impl Iterator<Item = Point>, knowledge: Knowledge) -> Vec<Point> {
    let most = if knowledge == Knowledge::Public { POINTS } else { OTHER_POINTS };
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
        } else if chosen.len() < most {
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
