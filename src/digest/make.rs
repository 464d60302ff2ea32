//! Making a digest: values in, [`Digest`] out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use super::evidence::voiced;
use super::said::host;
use super::told::Ledger;
use super::trend::Baseline;
use super::{
    Block, Citation, Digest, Direction, Heard, Listening, Rising, Told, Useful, Window, accounts,
    owner_of, points, quotes,
};
use crate::account::Account;
use crate::post::{Author, PostId};
use crate::reader::Reader;
use crate::source::{Knowledge, Speaker};
use crate::topic::{Ruleset, TopicKind};

/// A window is compared with so many windows before it.
pub const BASELINE_WINDOWS: u8 = 4;

/// Public talk first, then what is asked, noted and known.
const KINDS: [Knowledge; 4] =
    [Knowledge::Public, Knowledge::Field, Knowledge::Survey, Knowledge::Expert];

/// A window's length.
const WINDOW_DAYS: i32 = 7;

/// Rising topics shown.
const RISING: usize = 5;

/// Fewer stories than this are no topic that rises.
const RISING_STORIES: u32 = 3;

/// Characters of a title shown in a citation.
const TITLE_CHARS: usize = 160;

/// What a digest is made from.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    /// Who gets it.
    pub reader: &'a Reader,
    /// The topics and signals in force.
    pub ruleset: &'a Ruleset,
    /// Every account that is known; the reader's are picked by name.
    pub accounts: &'a [Account],
    /// The window: see [`window`].
    pub window: Window,
    /// When it is made.
    pub now: Timestamp,
    /// What was heard in the window and the [`BASELINE_WINDOWS`] before it, in any order.
    pub heard: &'a [Heard<'a>],
    /// What the reader was told in earlier digests.
    pub told: &'a [Told],
    /// How useful topics and sources were to the reader so far.
    pub useful: &'a Useful,
    /// How well we could listen; posts and stories are counted here.
    pub listening: Listening,
}

/// The window of a reader's digest of `date`: the seven days up to their morning, by their clock, so
/// that it is an hour shorter or longer where summer time begins or ends in it.
#[must_use]
pub fn window(reader: &Reader, date: Date) -> Window {
    let morning = |date: Date| {
        let local = date.to_datetime(reader.at);
        let moment = reader.time_zone.to_ambiguous_timestamp(local).compatible();
        moment.unwrap_or(Timestamp::MIN)
    };
    let first = date.saturating_sub(WINDOW_DAYS.days());
    Window { from: morning(first), until: morning(date) }
}

/// The date of the reader's last morning at `now`: the digest that is theirs by now.
#[must_use]
pub fn morning(reader: &Reader, now: Timestamp) -> Date {
    let local = now.to_zoned(reader.time_zone.clone());
    let today = local.date();
    if window(reader, today).until <= now { today } else { today.saturating_sub(1.days()) }
}

/// The stretch a digest looks at: the window and the baseline before it.
#[must_use]
pub fn scope(window: Window) -> Window {
    let length = window.until.duration_since(window.from);
    let baseline = length.saturating_mul(i32::from(BASELINE_WINDOWS));
    let from = window.from.saturating_sub(baseline).unwrap_or(Timestamp::MIN);
    Window { from, until: window.until }
}

/// The digest. The same values give the same digest, in whatever order they come.
#[must_use]
pub fn make(input: &Input) -> Digest {
    let heard = in_scope(input.heard, input.window);
    let posts = heard.iter().filter(|heard| heard.post.when() >= input.window.from).count() as u32;
    let heard: Vec<Heard> = heard.into_iter().filter(is_read).collect();
    let date = input.window.until.to_zoned(input.reader.time_zone.clone()).date();
    let ledger = Ledger::before(input.reader, date, input.told);
    let baseline = Baseline::of(&heard, input.window);

    let by_kind = KINDS.map(|knowledge| (knowledge, voiced(&heard, knowledge)));
    let stories = by_kind.iter().flat_map(|(_, stories)| stories);
    let listening = Listening {
        posts,
        stories: stories.filter(|story| story.is_in(input.window)).count() as u32,
        ..input.listening.clone()
    };
    let news = by_kind.iter().flat_map(|(kind, told)| accounts::news(input, *kind, told, &ledger));
    let accounts = accounts::first(news.collect());
    let covered: BTreeSet<PostId> =
        accounts.iter().flat_map(|news| news.stories.iter().flatten()).copied().collect();
    let mut blocks = Vec::new();
    for (knowledge, stories) in &by_kind {
        let points = points::points(input, *knowledge, stories, &baseline, &ledger, &covered);
        if !points.is_empty() {
            blocks.push(Block { knowledge: *knowledge, points });
        }
    }
    let [(_, public), ..] = &by_kind;
    let rising = rising_topics(input, public, &baseline);
    let shown = cited(&accounts, &blocks);
    let citations = heard.iter().filter(|heard| shown.contains(&heard.post.id));
    let citations: BTreeMap<PostId, Citation> =
        citations.map(|heard| (heard.post.id, citation(*heard))).collect();

    Digest {
        reader: input.reader.id.clone(),
        name: input.reader.name.clone(),
        date,
        time_zone: input.reader.time_zone.iana_name().unwrap_or("UTC").to_owned(),
        window: input.window,
        made: input.now,
        ruleset: input.ruleset.id.clone(),
        accounts,
        blocks,
        rising,
        listening,
        citations: citations.into_values().collect(),
        erased: Vec::new(),
    }
}

/// Whether an encoder read the post: what none could read is counted, and speaks for nothing.
pub(super) fn is_read(heard: &Heard) -> bool {
    !heard.embedding.0.is_empty() || heard.verdict.sentiment.probs.is_some()
}

/// What was said in the window or its baseline, each post once, in an order of its own.
fn in_scope<'a>(heard: &[Heard<'a>], window: Window) -> Vec<Heard<'a>> {
    let Window { from, until } = scope(window);
    let mut heard: Vec<Heard> = heard
        .iter()
        .filter(|heard| from <= heard.post.when() && heard.post.when() < until)
        .copied()
        .collect();
    heard.sort_by_key(|heard| (heard.post.when(), heard.post.id));
    heard.dedup_by_key(|heard| heard.post.id);
    heard
}

/// Topics the reader follows of which more is heard than before.
fn rising_topics(
    input: &Input,
    stories: &[super::evidence::Voiced],
    baseline: &Baseline,
) -> Vec<Rising> {
    let followed = input.ruleset.topics.iter().filter(|topic| {
        topic.kind == TopicKind::Topic && points::follows(input.reader, &topic.name)
    });
    let mut rising: Vec<Rising> = followed
        .map(|topic| {
            let of_topic: Vec<_> =
                stories.iter().filter(|story| story.is_about(&topic.name)).collect();
            Rising { topic: topic.name.clone(), trend: baseline.trend(&of_topic) }
        })
        .filter(|rising| {
            matches!(rising.trend.direction, Direction::Up | Direction::New)
                && rising.trend.now >= RISING_STORIES
        })
        .collect();
    let least = |rising: &Rising| rising.trend.ratio.map_or(0.0, |(lower, _)| lower);
    rising.sort_by(|a, b| least(b).total_cmp(&least(a)).then_with(|| a.topic.cmp(&b.topic)));
    rising.truncate(RISING);
    rising
}

fn cited(accounts: &[super::AccountNews], blocks: &[Block]) -> BTreeSet<PostId> {
    let mut shown: BTreeSet<PostId> = BTreeSet::new();
    for news in accounts {
        shown.extend(news.stories.iter().flatten());
        shown.insert(news.sentence.post);
        shown.extend(news.dissent.as_ref().map(|sentence| sentence.post));
    }
    for point in blocks.iter().flat_map(|block| &block.points) {
        shown.extend(point.evidence.stories.iter().flatten());
        shown.extend(&point.evidence.dissent);
        shown.extend(point.dissent.as_ref().map(|sentence| sentence.post));
    }
    shown
}

pub(super) fn citation(heard: Heard) -> Citation {
    let post = heard.post;
    let words = quotes::opening(heard).map(|sentence| sentence.text);
    let title = words.or_else(|| post.said.url.as_deref().and_then(host)).unwrap_or_default();
    let short: String = title.chars().take(TITLE_CHARS).collect();
    let title = if short.len() < title.len() { format!("{}…", short.trim_end()) } else { title };
    Citation {
        post: post.id,
        url: post.said.url.clone(),
        title,
        speaker: speaker(heard),
        owner: owner_of(&heard),
        voice: heard.source.voice,
        when: post.when(),
    }
}

/// Who said it, as a person would write it.
fn speaker(heard: Heard) -> String {
    let place = heard.source.owner.as_str();
    let named = |author: &Author| author.name.clone().or_else(|| author.handle.clone());
    let name = heard.post.said.author.as_ref().and_then(named);
    match name.filter(|name| !name.trim().is_empty()) {
        Some(name) if !name.eq_ignore_ascii_case(place) => format!("{} ({place})", name.trim()),
        None if heard.source.speaker == Speaker::Author => format!("somebody at {place}"),
        _ => place.to_owned(),
    }
}
