//! The answer to a query, as a person is shown it: posts with the words around what was found, reprints
//! folded into the one that is told, and what the posts are about, counted.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::counted::{COUNTED, Counted};
use super::error::WordsError;
use super::query::{Query, Wanted};
use super::words::{Found, Sort, Words, moment};
use crate::config::Market;
use crate::digest::Heard;
use crate::post::{Post, PostId};
use crate::source::{SourceId, Voice};
use crate::store::{Judged, Store, side_by_side};
use crate::story;
use crate::verdict::{TopicVerdict, Verdict};

/// So many posts are looked at for each that is shown: the others may be its reprints.
const LOOKED_AT: usize = 3;

/// But at most this many: each is read from the store, and compared with the others.
const MOST_LOOKED_AT: usize = 300;

/// Parts of a query that are tried without each other.
const MOST_LOOSENED: usize = 12;

/// Values of a field that are counted by name.
const MOST_NAMED: usize = 10;

/// Weeks that are counted, up to the last: a quarter.
const WEEKS: usize = 13;

/// How somebody wants to be answered.
#[derive(Debug, Clone, Copy)]
pub struct Ask {
    /// In which order.
    pub sort: Sort,
    /// How many posts.
    pub limit: usize,
    /// Which counts.
    pub counts: Counts,
}

/// What is counted beside the posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// How many there are.
    Total,
    /// What they are about, too.
    Facets,
}

/// The answer to a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Posts that are wanted, reprints among them.
    pub total: u64,
    /// The first of them.
    pub hits: Vec<Hit>,
    /// What all of them are about, where that was asked.
    pub facets: Option<Facets>,
}

/// A post that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The post, without its markup.
    pub post: Post,
    /// Its verdict, if it has one.
    pub verdict: Option<Verdict>,
    /// Whose voice it is; none where its source is listened to no more.
    pub voice: Option<Voice>,
    /// How well it fits; 0 where it is only newest.
    pub score: f32,
    /// Posts that report the same thing, and were found behind it.
    pub reprints: Vec<Reprint>,
    /// Why it is filed under what was asked for: of its verdict, in its words.
    pub why: Vec<String>,
}

/// A post that is folded into another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reprint {
    /// Which.
    pub id: PostId,
    /// Where it was heard.
    pub source: SourceId,
    /// Where it is.
    pub url: Option<String>,
}

/// How many posts there are by what they are about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Facets {
    /// By topic, most first.
    pub topics: Tally,
    /// By signal.
    pub signals: Tally,
    /// By account.
    pub accounts: Tally,
    /// By voice.
    pub voices: Tally,
    /// By source.
    pub sources: Tally,
    /// By sentiment.
    pub sentiments: Tally,
    /// By language.
    pub languages: Tally,
    /// By the week they were said in: the last weeks, without a gap.
    pub weeks: Vec<Week>,
}

/// Posts by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// The most frequent, most first.
    pub named: Vec<Named>,
    /// How many more names there are.
    pub more: usize,
}

/// Posts of a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// The name.
    pub name: String,
    /// How many.
    pub posts: u64,
}

/// Posts of a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Week {
    /// The day it begins, UTC.
    pub monday: Date,
    /// How many.
    pub posts: u64,
}

/// A part of a query, and how many posts there are without it, or by it alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looser {
    /// Where it stands in what was typed, in bytes.
    pub at: Range<usize>,
    /// How many.
    pub posts: u64,
}

/// Answers a query.
///
/// # Errors
/// [`WordsError`].
pub fn answer(
    words: &Words,
    store: &dyn Store,
    market: &Market,
    query: &Query,
    ask: &Ask,
) -> Result<Answer, WordsError> {
    let most = ask.limit.saturating_mul(LOOKED_AT).min(ask.limit.max(MOST_LOOKED_AT));
    let (counted, found) = words.matched(query, ask.sort, most, ask.counts)?;
    let total = counted.total;
    let facets = (ask.counts == Counts::Facets).then(|| facets(counted, market));
    let mut hits = told(store, market, query, &found, ask.limit)?;
    if ask.sort == Sort::Newest {
        // A reprint was found where its original is not.
        hits.sort_by_key(|hit| Reverse(hit.post.when()));
    }
    Ok(Answer { total, hits, facets })
}

/// What to leave out of a query that finds nothing: for each part how many posts there are without it,
/// those only where there are any.
///
/// # Errors
/// [`WordsError`].
pub fn loosened(words: &Words, query: &Query) -> Result<Vec<Looser>, WordsError> {
    let mut looser = Vec::new();
    if query.parts.len() < 2 {
        return Ok(looser);
    }
    for (n, part) in query.parts.iter().enumerate().take(MOST_LOOSENED) {
        let posts = words.count(&query.without(n))?;
        if posts > 0 {
            looser.push(Looser { at: part.at.clone(), posts });
        }
    }
    looser.sort_by_key(|looser| std::cmp::Reverse(looser.posts));
    Ok(looser)
}

/// How many posts there are by each part of a query alone.
///
/// # Errors
/// [`WordsError`].
pub fn apart(words: &Words, query: &Query) -> Result<Vec<Looser>, WordsError> {
    let parts = query.parts.iter().take(MOST_LOOSENED);
    parts
        .map(|part| {
            let posts = words.count(&Query { parts: vec![part.clone()] })?;
            Ok(Looser { at: part.at.clone(), posts })
        })
        .collect()
}

/// The posts that were found, reprints folded.
fn told(
    store: &dyn Store,
    market: &Market,
    query: &Query,
    found: &[Found],
    limit: usize,
) -> Result<Vec<Hit>, WordsError> {
    let ids: Vec<PostId> = found.iter().map(|found| found.id).collect();
    let (posts, judged) = side_by_side(|| store.posts(&ids), || store.still_judged(&ids));
    let (posts, judged) = (posts?, judged?);
    let mut read: Vec<(Post, Option<Judged>, f32)> = Vec::with_capacity(ids.len());
    for ((found, post), judged) in found.iter().zip(posts).zip(judged) {
        // One that was dropped since the index was written is not told.
        if let Some(mut post) = post {
            // A third of the longest posts, and of no use here.
            post.said.html = None;
            read.push((post, judged, found.score));
        }
    }
    let told_by = told_by(market, &read);
    let mut hits: Vec<Hit> = Vec::new();
    let mut place_of: HashMap<usize, usize> = HashMap::new();
    for (n, (post, judged, score)) in read.into_iter().enumerate() {
        if told_by[n] != n {
            let place = place_of.get(&told_by[n]).and_then(|place| hits.get_mut(*place));
            if let Some(hit) = place {
                let mut reprint = post;
                // Whoever said it first is shown, whichever was found first.
                if reprint.when() < hit.post.when() {
                    std::mem::swap(&mut hit.post, &mut reprint);
                    hit.verdict = judged.map(|judged| judged.verdict);
                    hit.why = hit.verdict.as_ref().map_or_else(Vec::new, |v| why(query, v));
                    hit.voice = market.source(&hit.post.source).map(|source| source.voice);
                }
                let Post { id, source, said, .. } = reprint;
                hit.reprints.push(Reprint { id, source, url: said.url });
            }
            continue;
        }
        if hits.len() == limit {
            continue;
        }
        place_of.insert(n, hits.len());
        let verdict = judged.map(|judged| judged.verdict);
        let why = verdict.as_ref().map_or_else(Vec::new, |verdict| why(query, verdict));
        let voice = market.source(&post.source).map(|source| source.voice);
        hits.push(Hit { post, verdict, voice, score, reprints: Vec::new(), why });
    }
    Ok(hits)
}

/// For each post the first one found that reports the same thing: itself, or one before it.
fn told_by(market: &Market, read: &[(Post, Option<Judged>, f32)]) -> Vec<usize> {
    let mut told_by: Vec<usize> = (0..read.len()).collect();
    let (mut heard, mut places) = (Vec::new(), Vec::new());
    for (n, (post, judged, _)) in read.iter().enumerate() {
        // What is not judged, or whose source is gone, stands for itself.
        if let (Some(judged), Some(source)) = (judged, market.source(&post.source)) {
            let Judged { verdict, embedding } = judged;
            heard.push(Heard { post, verdict, embedding, source });
            places.push(n);
        }
    }
    for story in story::stories(&heard) {
        let first = story.posts.iter().map(|&post| places[post]).min();
        for &post in &story.posts {
            told_by[places[post]] = first.unwrap_or(places[post]);
        }
    }
    told_by
}

/// Why the verdict puts the post under what was asked for.
fn why(query: &Query, verdict: &Verdict) -> Vec<String> {
    let mut why = Vec::new();
    query.each_wanted(&mut |wanted| {
        let told = match wanted {
            Wanted::Topic(name) => of_topic("topic", name, &verdict.topics),
            Wanted::Signal(name) => of_topic("signal", name, &verdict.signals),
            Wanted::Account(name) => {
                let named = verdict.accounts.iter().find(|account| account.name == *name);
                named.map(|account| {
                    format!(
                        "account {name} {:.2}: “{}”; {}",
                        account.score, account.mention, account.why
                    )
                })
            }
            _ => None,
        };
        why.extend(told);
    });
    why
}

fn of_topic(what: &str, name: &str, topics: &[TopicVerdict]) -> Option<String> {
    let topic = topics.iter().find(|topic| topic.name == name)?;
    Some(format!("{what} {name} {:.2}: {}", topic.score, topic.why))
}

fn facets(counted: Counted, market: &Market) -> Facets {
    let Counted { values, weeks, .. } = counted;
    let mut voices: HashMap<String, u64> = HashMap::new();
    let of = |name: &str| COUNTED.iter().position(|counted| *counted == name);
    for (id, posts) in of("source").map(|place| &values[place]).into_iter().flatten() {
        let source = id.parse().ok().and_then(|id: SourceId| market.source(&id));
        let voice = source.map_or("not listened to any more", |source| source.voice.name());
        *voices.entry(voice.to_owned()).or_default() += posts;
    }
    let [topics, signals, accounts, sources, sentiments, languages] = values.map(tally);
    let weeks = weeks.into_iter().filter_map(|(second, posts)| Some((monday(second)?, posts)));
    let weeks = without_gaps(weeks.collect());
    Facets {
        topics,
        signals,
        accounts,
        voices: tally(voices),
        sources,
        sentiments,
        languages,
        weeks,
    }
}

fn tally(values: HashMap<String, u64>) -> Tally {
    let mut named: Vec<Named> =
        values.into_iter().map(|(name, posts)| Named { name, posts }).collect();
    named.sort_by(|a, b| b.posts.cmp(&a.posts).then_with(|| a.name.cmp(&b.name)));
    let more = named.len().saturating_sub(MOST_NAMED);
    named.truncate(MOST_NAMED);
    Tally { named, more }
}

fn monday(second: i64) -> Option<Date> {
    moment(second).map(|moment: Timestamp| moment.to_zoned(TimeZone::UTC).date())
}

/// The last weeks, those without a post among them.
fn without_gaps(weeks: Vec<(Date, u64)>) -> Vec<Week> {
    let (Some((first, _)), Some((last, _))) = (weeks.first(), weeks.last()) else {
        return Vec::new();
    };
    let (first, last) = (*first, *last);
    let posts: HashMap<Date, u64> = weeks.into_iter().collect();
    let back = (0..WEEKS).filter_map(|n| {
        let back = jiff::Span::new().try_weeks(i64::try_from(n).ok()?).ok()?;
        last.checked_sub(back).ok().filter(|week| *week >= first)
    });
    let mut weeks: Vec<Week> = back
        .map(|monday| Week { monday, posts: posts.get(&monday).copied().unwrap_or(0) })
        .collect();
    weeks.reverse();
    weeks
}
