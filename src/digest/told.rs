//! What a reader has been told, and whether it has moved since.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use super::evidence::Voiced;
use super::points::SAME_POINT;
use super::{Digest, Rising, window};
use crate::post::PostId;
use crate::reader::Reader;
use crate::source::Owner;
use crate::verdict::SentimentLabel;

/// What a reader has already been told.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Told {
    /// The post.
    pub post: PostId,
    /// In the digest of which date.
    pub date: Date,
    /// Owners the story had then.
    pub owners: u32,
}

/// A topic that rises, and when its reader was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RisingTold {
    /// The topic's name.
    pub topic: String,
    /// In the digest of which date.
    pub date: Date,
    /// The stories it was told with.
    pub stories: u32,
}

/// Rising topics shown.
const RISING: usize = 5;

/// A topic that rises is told again with half as many stories again.
const RISEN: (u32, u32) = (3, 2);

/// After so many days it is told again in any case: nobody remembers.
const RISING_DAYS: i32 = 28;

/// The rising topics that are told on `date`: those that are new to their reader, or have moved; and what
/// the next digest has to know. One that rises no more is known for as long: to and fro is no news.
pub(super) fn rising(
    all: Vec<Rising>,
    told: &[RisingTold],
    date: Date,
) -> (Vec<Rising>, Vec<RisingTold>) {
    let oldest = date.saturating_sub(RISING_DAYS.days());
    let (mut shown, mut known): (Vec<Rising>, Vec<RisingTold>) = (Vec::new(), Vec::new());
    for rising in all {
        let before = told.iter().find(|told| told.topic == rising.topic && told.date >= oldest);
        let has_moved =
            before.is_none_or(|told| rising.trend.now * RISEN.1 >= told.stories * RISEN.0);
        if !has_moved {
            known.extend(before.cloned());
        } else if shown.len() < RISING {
            let stories = rising.trend.now;
            known.push(RisingTold { topic: rising.topic.clone(), date, stories });
            shown.push(rising);
        }
    }
    let is_known = |told: &RisingTold| known.iter().any(|known| known.topic == told.topic);
    let rests: Vec<_> =
        told.iter().filter(|told| told.date >= oldest && !is_known(told)).cloned().collect();
    known.extend(rests);
    (shown, known)
}

/// One more voice in so many is news; to hear of each single one among many is not.
const NEWS_IN: usize = 5;

impl Digest {
    /// What this digest tells its reader, each post once, by id: what a ledger has to remember. Of erased
    /// posts nothing: they are not heard again.
    #[must_use]
    pub fn told(&self) -> Vec<Told> {
        let mut told: BTreeMap<PostId, u32> = BTreeMap::new();
        let mut tell = |post: PostId, owners: usize| {
            let owners = u32::try_from(owners).unwrap_or(u32::MAX);
            let known = told.entry(post).or_insert(owners);
            *known = owners.max(*known);
        };
        for news in &self.accounts {
            news.stories.iter().flatten().for_each(|&post| tell(post, news.owners.len()));
        }
        for point in self.blocks.iter().flat_map(|block| &block.points) {
            let evidence = &point.evidence;
            evidence.stories.iter().flatten().for_each(|&post| tell(post, evidence.owners.len()));
            evidence.dissent.iter().for_each(|&post| tell(post, evidence.dissenting.len()));
        }
        for line in &self.competitors {
            line.stories.iter().flatten().for_each(|&post| tell(post, line.owners.len()));
        }
        told.retain(|post, _| !self.is_erased(*post));
        told.into_iter().map(|(post, owners)| Told { post, date: self.date, owners }).collect()
    }
}

/// What a reversal of what most say begins with.
pub(super) const REVERSAL: &str = "a reversal";

/// How news stands to what its reader knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Novelty {
    /// Never told.
    New,
    /// Told, and more has come since: what, in words.
    Moved(String),
    /// Told, and as it was.
    Known,
}

/// The ledger of one reader, as it was before the digest of a date.
#[derive(Debug)]
pub(super) struct Ledger<'r> {
    reader: &'r Reader,
    last: BTreeMap<PostId, Date>,
}

impl<'r> Ledger<'r> {
    /// What was told before `date`: a digest of the same date, made again, does not silence itself.
    pub(super) fn before(reader: &'r Reader, date: Date, told: &[Told]) -> Self {
        let mut last: BTreeMap<PostId, Date> = BTreeMap::new();
        for told in told.iter().filter(|told| told.date < date) {
            let known = last.entry(told.post).or_insert(told.date);
            *known = told.date.max(*known);
        }
        Self { reader, last }
    }

    /// How news stands that `said` support and `denied` deny. It has moved where somebody new was heard
    /// after the window that was last told: who had been heard by then and was left out is no news.
    pub(super) fn novelty(&self, said: &[&Voiced], denied: &[&Voiced]) -> Novelty {
        // A claim whose deniers were told is the other side of a point that was told.
        let against = denied.iter().filter(|story| self.told(story).is_some());
        let again = against.count() as f64 >= SAME_POINT * (said.len() + denied.len()) as f64;
        let other_side = if again { denied } else { &[] };
        let told = said.iter().chain(other_side).filter_map(|story| self.told(story));
        let Some(date) = told.max() else { return Novelty::New };
        let until = window(self.reader, date).until;
        let since = date.strftime("%A %-d %B");
        let by_then = |stories: &[&Voiced]| -> BTreeSet<Owner> {
            let spoke = stories
                .iter()
                .filter(|story| self.told(story).is_some() || story.was_heard_before(until));
            spoke.map(|story| story.owner.clone()).collect()
        };
        let known = by_then(said).len();
        let denied_then = by_then(denied).len();
        let all = said.iter().map(|story| &story.owner).collect::<BTreeSet<_>>().len();
        let against = denied.iter().map(|story| &story.owner).collect::<BTreeSet<_>>().len();
        // What most say now, most denied then: nothing moves more.
        if denied_then > known && all > against {
            return Novelty::Moved(format!(
                "{REVERSAL} since {since}: then most said otherwise ({denied_then} of {}), now {all} of {} \
                 say this",
                denied_then + known,
                all + against
            ));
        }
        if known == 0 {
            return Novelty::New;
        }
        let more = all - known;
        if more >= known.div_ceil(NEWS_IN).max(1) {
            let voices = if more == 1 { "voice" } else { "voices" };
            return Novelty::Moved(format!(
                "{more} more {voices} since {since}: {known} then, {all} now"
            ));
        }
        if !denied.is_empty() && by_then(denied).is_empty() {
            return Novelty::Moved(format!("the first voice against it since {since}"));
        }
        Novelty::Known
    }

    /// Where most of those who feel anything felt the opposite by the moment of the last digest that told
    /// of it: how many, then and now. Of all the stories, whichever side they take.
    pub(super) fn turned(&self, said: &[&Voiced]) -> Option<String> {
        let date = said.iter().filter_map(|story| self.told(story)).max()?;
        let until = window(self.reader, date).until;
        let since = date.strftime("%A %-d %B");
        let feel = |stories: &[&Voiced], label: SentimentLabel| {
            let alike = stories.iter().filter(|story| story.feeling() == label);
            alike.map(|story| &story.owner).collect::<BTreeSet<_>>().len()
        };
        let spoken = |story: &&&Voiced| self.told(story).is_some() || story.was_heard_before(until);
        let then: Vec<&Voiced> = said.iter().filter(spoken).copied().collect();
        // Each feels as in their latest story.
        let then = latest(&then);
        let now = latest(said);
        let sides = |stories: &[&Voiced]| {
            (feel(stories, SentimentLabel::Positive), feel(stories, SentimentLabel::Negative))
        };
        let ((well_then, badly_then), (well, badly)) = (sides(&then), sides(&now));
        if well_then > badly_then && badly > well {
            return Some(format!(
                "a change of mood since {since}: then most spoke well of it ({well_then} to {badly_then}), now most badly ({badly} to {well})"
            ));
        }
        if badly_then > well_then && well > badly {
            return Some(format!(
                "a change of mood since {since}: then most spoke badly of it ({badly_then} to {well_then}), now most well ({well} to {badly})"
            ));
        }
        None
    }

    /// Days before `until` since the reader was told of any of these; none where they never were, as far
    /// as is known.
    pub(super) fn rested_days(&self, stories: &[&Voiced], until: Timestamp) -> Option<f64> {
        let last = stories.iter().filter_map(|story| self.told(story)).max()?;
        let told = window(self.reader, last).until;
        Some(until.duration_since(told).as_secs_f64() / 86_400.0)
    }

    /// Whether a post was told.
    pub(super) fn was_told(&self, post: PostId) -> bool {
        self.last.contains_key(&post)
    }

    /// When a story was told last.
    pub(super) fn told(&self, story: &Voiced) -> Option<Date> {
        story.posts.iter().filter_map(|heard| self.last.get(&heard.post.id)).max().copied()
    }
}

/// The latest story of each owner.
fn latest<'v, 'a>(stories: &[&'v Voiced<'a>]) -> Vec<&'v Voiced<'a>> {
    let mut last: BTreeMap<&Owner, &'v Voiced<'a>> = BTreeMap::new();
    for story in stories {
        let known = last.entry(&story.owner).or_insert(story);
        if story.when > known.when {
            *known = story;
        }
    }
    last.into_values().collect()
}
