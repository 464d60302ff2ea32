//! Making a digest: values in, [`Digest`] out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::said::host;
use super::told::{self, Ledger};
use super::week::{Stories, Week};
use super::{
    Block, Citation, Digest, Direction, Heard, Listening, Met, Outages, Rising, RisingTold, Told,
    ToldBefore, Useful, Window, accounts, competitors, owner_of, points, quotes, today,
};
use crate::account::Account;
use crate::post::{Author, PostId};
use crate::reader::Reader;
use crate::source::Speaker;
use crate::topic::{Ruleset, Topic, TopicKind};

/// A window is compared with so many windows before it.
pub const BASELINE_WINDOWS: u8 = 4;

/// A window's length.
const WINDOW_DAYS: i32 = 7;

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
    /// How well we could listen; posts and stories are counted here.
    pub listening: Listening,
    /// When which source could not be heard: its silence then says nothing.
    pub outages: &'a Outages,
    /// Today's meetings with accounts: see [`super::met`].
    pub met: &'a [Met],
    /// What was told of those accounts last.
    pub told_before: &'a [ToldBefore],
    /// The topics the last digest knew to rise: [`Digest::rising_told`].
    pub rising_told: &'a [RisingTold],
    /// Of what use what was told before has been.
    pub useful: &'a Useful,
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

/// The date of the digest that is theirs by `now`; none on a day on which they want none.
#[must_use]
pub fn due(reader: &Reader, now: Timestamp) -> Option<Date> {
    reader.rhythm.due(morning(reader, now))
}

/// The stretch a digest looks at: the window and the baseline before it.
#[must_use]
pub fn scope(window: Window) -> Window {
    // A shorter one is compared with the same weekdays of the weeks before (see `trend`), and since when a
    // source is heard is read off what it said in the scope.
    let length = window.until.duration_since(window.from);
    let week = SignedDuration::from_hours(24 * i64::from(WINDOW_DAYS));
    let stretch = length.max(week).saturating_mul(i32::from(BASELINE_WINDOWS) + 1);
    let from = window.until.saturating_sub(stretch).unwrap_or(Timestamp::MIN);
    Window { from, until: window.until }
}

/// The digest. The same values give the same digest, in whatever order they come.
#[must_use]
pub fn make(input: &Input) -> Digest {
    let stories = Stories::of(input.heard, input.window, input.outages);
    make_of(&Week::of(&stories, input.ruleset), input)
}

/// The same from what the readers of its window have in common: `input` is of the window and the ruleset that
/// `week` is of, and what it says was heard is not looked at.
#[must_use]
pub fn make_of(week: &Week, input: &Input) -> Digest {
    let stories = week.stories;
    let date = input.window.until.to_zoned(input.reader.time_zone.clone()).date();
    let ledger = Ledger::before(input.reader, date, input.told);

    let listening = Listening {
        posts: stories.posts,
        stories: stories.told() as u32,
        ..input.listening.clone()
    };
    let news = stories.kinds().flat_map(|(kind, _)| accounts::news(input, stories, kind, &ledger));
    let (mut accounts, more_accounts) = accounts::first(news.collect(), input.met);
    let mut met = input.met.to_vec();
    let reminders = today::remind(&mut met, &accounts, input.told_before);
    let mut blocks = Vec::new();
    for (knowledge, _) in stories.kinds() {
        let points = points::points(input, week, knowledge, &ledger, &mut accounts);
        if !points.is_empty() {
            blocks.push(Block { knowledge, points });
        }
    }
    let competitors = competitors::news(input, stories.public(), &ledger);
    let (rising, rising_told) =
        told::rising(rising_topics(input.reader, week), input.rising_told, date);
    let mut shown = cited(&accounts, &blocks);
    shown.extend(competitors.iter().flat_map(|line| line.stories.iter().flatten()));
    let citations = shown.iter().filter_map(|post| stories.post(*post));
    let citations = citations.map(|heard| (heard.post.id, citation(heard)));
    let reminders = reminders.into_iter().map(|citation| (citation.post, citation));
    let citations: BTreeMap<PostId, Citation> = reminders.chain(citations).collect();

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
        today: met,
        more_accounts,
        competitors,
        rising_told,
    }
}

/// Whether an encoder read the post: what none could read is counted, and speaks for nothing.
pub(super) fn is_read(heard: &Heard) -> bool {
    !heard.embedding.0.is_empty() || heard.verdict.sentiment.probs.is_some()
}

/// What was said in the window or its baseline, each post once, in an order of its own.
pub(super) fn in_scope<'a>(heard: &[Heard<'a>], window: Window) -> Vec<Heard<'a>> {
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
fn rising_topics(reader: &Reader, week: &Week) -> Vec<Rising> {
    let followed =
        |topic: &Topic| topic.kind == TopicKind::Topic && points::follows(reader, &topic.name);
    let mut rising: Vec<Rising> = week
        .trends(followed)
        .filter(|(_, trend)| {
            matches!(trend.direction, Direction::Up | Direction::New) && trend.now >= RISING_STORIES
        })
        .map(|(topic, trend)| Rising { topic: topic.name.clone(), trend: trend.clone() })
        .collect();
    let least = |rising: &Rising| rising.trend.ratio.map_or(0.0, |(lower, _)| lower);
    rising.sort_by(|a, b| least(b).total_cmp(&least(a)).then_with(|| a.topic.cmp(&b.topic)));
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
    let place = heard.source.owner.shown();
    let named = |author: &Author| author.name.clone().or_else(|| author.handle.clone());
    let name = heard.post.said.author.as_ref().and_then(named);
    match name.filter(|name| !name.trim().is_empty()) {
        Some(name) if !name.eq_ignore_ascii_case(place) => format!("{} ({place})", name.trim()),
        None if heard.source.speaker == Speaker::Author => format!("somebody at {place}"),
        _ => place.to_owned(),
    }
}
