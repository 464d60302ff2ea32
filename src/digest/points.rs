//! Talking points: which claims a reader gets, and why.

use std::collections::BTreeSet;

use super::evidence::{Voiced, strength};
use super::quotes;
use super::told::{Ledger, Novelty};
use super::week::{Claim, Week};
use super::wording::Worded;
use super::{Direction, Evidence, Input, Point, Strength, Window};
use crate::post::PostId;
use crate::reader::Reader;
use crate::source::{Knowledge, Voice};
use crate::topic::Topic;

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
    week: &Week,
    knowledge: Knowledge,
    ledger: &Ledger,
    covered: &BTreeSet<PostId>,
) -> Vec<Point> {
    let reader = input.reader;
    let mine: Vec<&Voiced> =
        reader.accounts.iter().flat_map(|name| week.stories.naming(knowledge, name)).collect();
    let wanted = |topic: &Topic| {
        follows(reader, &topic.name) || mine.iter().any(|story| story.is_about(&topic.name))
    };
    let mut claims: Vec<(f64, &Claim)> = week
        .claims(knowledge, wanted)
        .filter_map(|claim| {
            let names = named_accounts(reader, claim);
            let followed = follows(reader, &claim.topic.name);
            (followed || !names.is_empty()).then(|| {
                let chosen = !reader.topics.is_empty() && followed;
                (first_score(week.stories.window, claim, &names, chosen), claim)
            })
        })
        .collect();
    claims.sort_by(|(a, one), (b, other)| {
        b.total_cmp(a).then_with(|| one.first_post().cmp(&other.first_post()))
    });
    claims.truncate(WORDED);

    let worded = claims.iter().filter_map(|(score, claim)| {
        put(input, week, knowledge, ledger, claim).map(|(rank, point)| (score + rank, point))
    });
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

/// Rank by strength, owners, fit with the reader, sureness of the topic, and freshness.
fn first_score(window: Window, claim: &Claim, names: &BTreeSet<&str>, chosen: bool) -> f64 {
    let strong = match strength(claim.owners, claim.voices) {
        Strength::Anecdote => 0.0,
        Strength::Emerging => 2.0,
        Strength::Pattern => 4.0,
    };
    let age_days = window.until.duration_since(claim.newest).as_secs_f64() / 86_400.0;
    let fit = if names.is_empty() { 0.0 } else { 1.5 } + if chosen { 0.5 } else { 0.0 };
    let fresh = 0.5 * (-age_days / FRESH_DAYS).exp();
    strong + (claim.owners as f64).ln() + fit + claim.sure + fresh
}

/// A claim in words for one reader, and what that adds to its rank. None where nobody's words can be shown, or
/// where the reader knows it and it has not moved.
fn put<'w, 'a>(
    input: &Input,
    week: &Week<'w, 'a>,
    knowledge: Knowledge,
    ledger: &Ledger,
    claim: &Claim<'w, 'a>,
) -> Option<(f64, Point)> {
    let Worded { said, by, support, against, evidence, quotes, dissent } =
        week.worded(claim, knowledge)?;
    let moved = match ledger.novelty(support, against) {
        Novelty::New => None,
        Novelty::Moved(how) => Some(how),
        Novelty::Known => return None,
    };
    let mut quotes = quotes.clone();
    if by.voice == Voice::Survey {
        quotes.extend(quotes::method(by, said));
    }
    let rank = last_score(evidence, moved.is_some());
    let point = Point {
        topic: claim.topic.name.clone(),
        quotes,
        dissent: dissent.clone(),
        why_you: why(input.reader, claim),
        ask: claim.topic.ask.clone(),
        offer: claim.topic.offer.first().cloned(),
        claim: said.clone(),
        evidence: evidence.clone(),
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
    let names: Vec<&str> = named_accounts(reader, claim).into_iter().take(NAMES).collect();
    let topic = &claim.topic.name;
    match names.as_slice() {
        [] if reader.topics.is_empty() => format!("you hear of every topic; this is {topic}"),
        [] => format!("you follow {topic}"),
        [name] => format!("names your account {name}"),
        names => format!("names your accounts {}", names.join(" and ")),
    }
}

/// The reader's accounts that the claim's stories name.
fn named_accounts<'r>(reader: &'r Reader, claim: &Claim) -> BTreeSet<&'r str> {
    reader.accounts.iter().map(String::as_str).filter(|account| claim.names(account)).collect()
}
