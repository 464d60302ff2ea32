//! Talking points: which claims a reader gets, and why.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Voiced, strength};
use super::quotes::{self, QUOTES};
use super::rank::{self, Weighed};
use super::told::{Ledger, Novelty, REVERSAL};
use super::week::{Claim, Week};
use super::wording::Worded;
use super::{AccountNews, Covered, Direction, Input, Point, Sentence, Strength};
use crate::post::PostId;
use crate::reader::Reader;
use crate::source::{Knowledge, Voice};
use crate::topic::Topic;

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
/// Claims put into words at a time: most mornings the first few are enough.
const WORDED_AT_ONCE: usize = 10;
/// Two points that have this share of stories in common are one.
pub(super) const SAME_POINT: f64 = 0.34;
/// Account names in one sentence of "why you".
const NAMES: usize = 2;

/// Whether the reader talks about the topic called `name`; one who names none talks about all.
pub(super) fn follows(reader: &Reader, name: &str) -> bool {
    reader.topics.is_empty() || reader.topics.iter().any(|topic| topic == name)
}

/// The points of one kind of knowledge for one reader, best first. What is told `above` already, by the news of the
/// reader's accounts, is left out: what one voice says there, and a point that has nothing a news does not say, which
/// then covers it.
pub(super) fn points(
    input: &Input,
    week: &Week,
    knowledge: Knowledge,
    ledger: &Ledger,
    above: &mut [AccountNews],
) -> Vec<Point> {
    let reader = input.reader;
    let covered: BTreeSet<PostId> =
        above.iter().flat_map(|news| news.stories.iter().flatten()).copied().collect();
    let mine: Vec<&Voiced> =
        reader.accounts.iter().flat_map(|name| week.stories.naming(knowledge, name)).collect();
    let wanted = |topic: &Topic| {
        follows(reader, &topic.name) || mine.iter().any(|story| story.is_about(&topic.name))
    };
    let mut rested: BTreeMap<&str, Option<f64>> = BTreeMap::new();
    let mut claims: Vec<Weighted> = Vec::new();
    for claim in week.claims(knowledge, wanted) {
        let names = named_accounts(reader, claim);
        let followed = follows(reader, &claim.topic.name);
        if !followed && names.is_empty() {
            continue;
        }
        let until = input.window.until;
        let rested_days = *rested
            .entry(&claim.topic.name)
            .or_insert_with(|| ledger.rested_days(week.beside(claim, knowledge), until));
        let rank = rank::claimed(&rank::Claimed {
            strength: strength(claim.owners, claim.voices),
            owners: claim.owners,
            names_account: !names.is_empty(),
            is_chosen: !reader.topics.is_empty() && followed,
            sureness: claim.sure,
            age_days: until.duration_since(claim.newest).as_secs_f64() / 86_400.0,
            rested_days,
            useful: input.useful.point(&claim.topic.name, claim.sources()),
        });
        claims.push(Weighted { score: rank::sum(&rank), rank, claim });
    }
    claims.sort_by(|a, b| {
        b.score.total_cmp(&a.score).then_with(|| a.claim.first_post().cmp(&b.claim.first_post()))
    });
    claims.truncate(WORDED);

    let said_before = |point: &Point| {
        let mut posts = point.evidence.stories.iter().flatten();
        point.evidence.strength == Strength::Anecdote && posts.all(|post| covered.contains(post))
    };
    // What a news may cover is put into words whatever its rank: the news has its question and its offer.
    let is_told = |story: &&Voiced| covered.contains(&story.lead().post.id);
    let (within, others): (Vec<Weighted>, Vec<Weighted>) =
        claims.into_iter().partition(|weighted| weighted.claim.now.iter().all(is_told));
    let mut ranked = worded(input, week, knowledge, ledger, &within, above);
    ranked.retain(|point| !cover(above, point));
    let mut ranked: Vec<(f64, Point)> =
        ranked.into_iter().map(|point| weighed(point, &covered)).collect();
    let mut rest = others.as_slice();
    loop {
        let (next, after) = rest.split_at(rest.len().min(WORDED_AT_ONCE));
        let next = worded(input, week, knowledge, ledger, next, above).into_iter();
        ranked.extend(next.map(|point| weighed(point, &covered)));
        ranked.sort_by(|a, b| {
            b.0.total_cmp(&a.0)
                .then_with(|| (a.1.claim.post, &a.1.topic).cmp(&(b.1.claim.post, &b.1.topic)))
        });
        // What is not in words yet cannot come before a point that it does not outrank at its best.
        let best = after.first().map_or(f64::NEG_INFINITY, |next| next.score + rank::MOST_TOLD);
        let certain = ranked.iter().take_while(|(score, _)| *score > best);
        let certain = certain.map(|(_, point)| point);
        let points = select(certain.filter(|point| !said_before(point)), knowledge);
        if after.is_empty() || points.len() == most(knowledge) {
            return points;
        }
        rest = after;
    }
}

/// A claim, with what of its rank is known before it is put into words, and the sum.
struct Weighted<'c, 'w, 'a> {
    claim: &'c Claim<'w, 'a>,
    rank: Vec<Weighed>,
    score: f64,
}

/// Claims in words for one reader.
fn worded<'w, 'a>(
    input: &Input,
    week: &Week<'w, 'a>,
    knowledge: Knowledge,
    ledger: &Ledger,
    some: &[Weighted<'_, 'w, 'a>],
    above: &[AccountNews],
) -> Vec<Point> {
    let claims: Vec<&Claim> = some.iter().map(|weighted| weighted.claim).collect();
    week.put_into_words(&claims, knowledge);
    some.iter().filter_map(|one| put(input, week, knowledge, ledger, one, above)).collect()
}

/// A claim in words for one reader. None where nobody's words can be shown, or where the reader knows it and it
/// has not moved.
fn put<'w, 'a>(
    input: &Input,
    week: &Week<'w, 'a>,
    knowledge: Knowledge,
    ledger: &Ledger,
    weighted: &Weighted<'_, 'w, 'a>,
    above: &[AccountNews],
) -> Option<Point> {
    let claim = weighted.claim;
    let Worded { said, by, support, against, evidence, quotes, dissent } =
        week.worded(claim, knowledge)?;
    let turned = ledger.turned(&claim.now);
    let moved = match ledger.novelty(support, against) {
        Novelty::New => turned,
        // What most say weighs more than how they feel, and both more than how many they are.
        Novelty::Moved(how) if how.starts_with(REVERSAL) => Some(how),
        Novelty::Moved(how) => turned.or(Some(how)),
        Novelty::Known => Some(turned?),
    };
    let mut quotes = unsaid(quotes, above);
    if moved.is_some() {
        // What moved it is what is new.
        quotes.sort_by_key(|quote| ledger.was_told(quote.post));
    }
    quotes.truncate(QUOTES);
    if by.voice == Voice::Survey {
        quotes.extend(quotes::method(by, said));
    }
    Some(Point {
        topic: claim.topic.name.clone(),
        quotes,
        dissent: dissent.clone(),
        why_you: why(input.reader, claim),
        ask: claim.topic.ask.clone(),
        offer: claim.topic.offer.first().cloned(),
        claim: said.clone(),
        evidence: evidence.clone(),
        moved,
        rank: rank::found(&weighted.rank, evidence.strength, evidence.owners.len()),
    })
}

/// A point with what is known of its rank now that it is in words, and the sum.
fn weighed(mut point: Point, covered: &BTreeSet<PostId>) -> (f64, Point) {
    point.rank.extend(rank::told(rank::Told {
        direction: point.evidence.trend.direction,
        is_disputed: !point.evidence.dissenting.is_empty(),
        has_moved: point.moved.is_some(),
        is_told_above: is_told_above(&point, covered),
    }));
    (rank::sum(&point.rank), point)
}

/// The quotes that are not read under the reader's accounts already.
fn unsaid(quotes: &[Sentence], above: &[AccountNews]) -> Vec<Sentence> {
    let is_read = |quote: &&Sentence| above.iter().any(|news| news.says(quote));
    quotes.iter().filter(|quote| !is_read(quote)).cloned().collect()
}

/// Whether most of it is told under the reader's accounts: the room is for other news. A pattern is worth
/// telling as what it is.
fn is_told_above(point: &Point, covered: &BTreeSet<PostId>) -> bool {
    let leads = point.evidence.stories.iter().filter_map(|story| story.first());
    let told = leads.filter(|post| covered.contains(post)).count();
    told * 2 >= point.evidence.stories.len() && point.evidence.strength < Strength::Pattern
}

/// Whether a news says all that a point does: its claim word for word, with all of its voices on either side. That
/// news then has what is left of the point.
fn cover(above: &mut [AccountNews], point: &Point) -> bool {
    let Point { claim, evidence, .. } = point;
    let says = |news: &&mut AccountNews| {
        let told: BTreeSet<&PostId> = news.stories.iter().flatten().collect();
        let mut posts = evidence.stories.iter().flatten().chain(&evidence.dissent);
        news.sentence.says(claim)
            && posts.all(|post| told.contains(post))
            && evidence.owners.iter().all(|owner| news.owners.contains(owner))
            && evidence.dissenting.iter().all(|owner| news.dissenting.contains(owner))
            && (point.moved.is_none() || news.moved.is_some())
            && !matches!(evidence.trend.direction, Direction::Up | Direction::Down)
            && evidence.strength < Strength::Pattern
    };
    let Some(news) = above.iter_mut().find(says) else { return false };
    news.covers.get_or_insert_with(|| Covered {
        topic: point.topic.clone(),
        ask: point.ask.clone(),
        offer: point.offer.clone(),
    });
    true
}

/// Takes the best that do not say the same again.
fn select<'p>(ranked: impl Iterator<Item = &'p Point>, knowledge: Knowledge) -> Vec<Point> {
    let (mut chosen, mut anecdotes): (Vec<&Point>, Vec<&Point>) = (Vec::new(), Vec::new());
    for point in ranked {
        let all = || chosen.iter().chain(&anecdotes).copied();
        let of_topic = all().filter(|known| known.topic == point.topic).count();
        let again = all().any(|known| overlap(known, point) >= SAME_POINT);
        if of_topic >= POINTS_OF_A_TOPIC || again {
            continue;
        }
        // One survey, one expert, one colleague is the rule there, not a weakness.
        if knowledge == Knowledge::Public && point.evidence.strength == Strength::Anecdote {
            anecdotes.push(point);
        } else if chosen.len() < most(knowledge) {
            chosen.push(point);
        }
    }
    if chosen.len() < ENOUGH_SOLID {
        chosen.extend(anecdotes.into_iter().take(ANECDOTES));
    }
    chosen.into_iter().cloned().collect()
}

/// Points of a kind of knowledge at most: so many are solid, where there are so many.
const fn most(knowledge: Knowledge) -> usize {
    if matches!(knowledge, Knowledge::Public) { POINTS } else { OTHER_POINTS }
}

/// The share of the smaller point's stories that the other has too, denied or supported.
pub(super) fn overlap(a: &Point, b: &Point) -> f64 {
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
        [] if reader.topics.is_empty() => "you chose no topics, so you hear of all".to_owned(),
        [] => format!("you follow {topic}"),
        [name] => format!("names your account {name}"),
        names => format!("names your accounts {}", names.join(" and ")),
    }
}

/// The reader's accounts that the claim's stories name.
fn named_accounts<'r>(reader: &'r Reader, claim: &Claim) -> BTreeSet<&'r str> {
    reader.accounts.iter().map(String::as_str).filter(|account| claim.names(account)).collect()
}
