//! The digest: evidence, selection, points. Pure: values in, [`Digest`] out.

mod accounts;
mod answer;
mod apart;
mod competitors;
mod direction;
mod dissent;
mod erased;
mod evidence;
mod foremost;
mod make;
mod pointed;
mod points;
mod poisson;
mod question;
mod quotes;
mod rank;
mod rarity;
mod relevance;
pub mod report;
mod said;
mod today;
mod told;
mod trend;
pub mod useful;
mod week;
mod wording;

pub use answer::{Answer, Beside, Looked, Said, answer, scope as answer_scope};
pub use competitors::CompetitorNews;
pub use evidence::{owner_of, strength};
pub use make::{BASELINE_WINDOWS, Input, due, make, make_of, morning, scope, window};
pub use pointed::Pointed;
pub use poisson::rate_ratio;
pub use question::{Lean, NotAQuestion, Question, Understood};
pub use rank::{Reason, Weighed};
pub use said::{Proven, Unsaid, refuse_unsaid};
pub use today::{Before, Met, ToldBefore, met};
pub use told::{RisingTold, Told};
pub use trend::Outages;
pub use useful::Useful;
pub use week::{Stories, Week};

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::post::{Post, PostId};
use crate::source::{Knowledge, Owner, Source, Voice};
use crate::topic::{Offer, RulesetId};
use crate::verdict::{Embedding, Verdict};

/// A post with everything we know of it: what the digest is made from.
#[derive(Debug, Clone, Copy)]
pub struct Heard<'a> {
    /// The post.
    pub post: &'a Post,
    /// What the classifier says of it.
    pub verdict: &'a Verdict,
    /// Its place in the encoder's space.
    pub embedding: &'a Embedding,
    /// Where it was heard.
    pub source: &'a Source,
}

/// A verbatim passage of a post. A digest says nothing about the world that is not one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// The words, exactly as they stand in the post (white space folded).
    pub text: String,
    /// The post they stand in.
    pub post: PostId,
}

impl Sentence {
    /// Whether who reads it reads the other.
    fn says(&self, other: &Self) -> bool {
        self.post == other.post && self.text.contains(&other.text)
    }
}

/// A post as a digest shows it: enough to link to it and to name who spoke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// The post.
    pub post: PostId,
    /// Its URL, where it has one.
    pub url: Option<String>,
    /// Its title, or the beginning of its text, or its URL's host where it has no words.
    pub title: String,
    /// Who said it, as a person would write it: "Ada (example.social)", "The Daily Rack".
    pub speaker: String,
    /// The independent owner it counts as.
    pub owner: Owner,
    /// The kind of voice.
    pub voice: Voice,
    /// When it was said.
    pub when: Timestamp,
}

/// How much stands behind a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// One owner.
    Anecdote,
    /// Two to four owners, or more of one kind of voice.
    Emerging,
    /// Five or more owners and at least two kinds of voice.
    Pattern,
}

/// How this window compares with those before it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More, and the interval excludes no change.
    Up,
    /// Fewer, and the interval excludes no change.
    Down,
    /// No change can be excluded.
    Steady,
    /// Never seen before, though we were listening.
    New,
    /// We have not listened for long enough to say.
    TooEarly,
}

/// A trend, with the counts and the interval it rests on.
///
/// Only stories from sources that were heard in the baseline too are counted: a source that is new
/// to us makes no trend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trend {
    /// What may be said.
    pub direction: Direction,
    /// Stories in this window: the number of `counted`.
    pub now: u32,
    /// Stories in the baseline: the number of `earlier`.
    pub before: u32,
    /// The lead posts of the stories counted in this window.
    pub counted: Vec<PostId>,
    /// The lead posts of the stories counted in the baseline.
    pub earlier: Vec<PostId>,
    /// How many windows long the baseline was, for one of this window: by it the interval is told.
    pub baseline_windows: f64,
    /// How many windows long the baseline was by the clock; 0 in digests of before this was kept.
    #[serde(default)]
    pub windows_before: f64,
    /// The 95 % interval of the rate now over the rate before; the upper end may be infinite (absent).
    pub ratio: Option<(f64, Option<f64>)>,
}

/// What stands behind a point. Every number can be recounted from the posts it lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its label.
    pub strength: Strength,
    /// Independent owners who support it.
    pub owners: Vec<Owner>,
    /// Kinds of voice among them, most owners first; an owner counts once, as what it spoke as first.
    pub voices: Vec<(Voice, u32)>,
    /// The stories: each the ids of its posts, the one that speaks for it first.
    pub stories: Vec<Vec<PostId>>,
    /// Owners who deny it, or feel the opposite, in the latest story of theirs.
    pub dissenting: Vec<Owner>,
    /// The posts they do it in.
    pub dissent: Vec<PostId>,
    /// Supporting owners by how they feel.
    pub positive: u32,
    /// See `positive`.
    pub neutral: u32,
    /// See `positive`.
    pub negative: u32,
    /// Whether it is more or less than before.
    pub trend: Trend,
}

/// A talking point: the stories of one window that make one claim under one topic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The topic's name.
    pub topic: String,
    /// The most central sentence.
    pub claim: Sentence,
    /// What stands behind it.
    pub evidence: Evidence,
    /// One or two quotes of at most 40 words, by other owners than the claim's where there are any.
    pub quotes: Vec<Sentence>,
    /// The strongest dissent.
    pub dissent: Option<Sentence>,
    /// Why this reader gets it: "you follow cloud cost", "names your account Acme".
    pub why_you: String,
    /// The question to ask back.
    pub ask: Option<String>,
    /// What to offer.
    pub offer: Option<Offer>,
    /// What changed since the reader was last told, where they were.
    pub moved: Option<String>,
    /// Why it stands where it does among the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rank: Vec<Weighed>,
}

/// What was heard of one of the reader's accounts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccountNews {
    /// The account's name.
    pub account: String,
    /// The signals it showed, by name.
    pub signals: Vec<String>,
    /// What the posts say of these signals, in their own words: how much, who, from what to what.
    #[serde(default)]
    pub details: Vec<Detail>,
    /// What was said.
    pub sentence: Sentence,
    /// The stories behind it.
    pub stories: Vec<Vec<PostId>>,
    /// Independent owners who say it.
    pub owners: Vec<Owner>,
    /// Which kind of knowledge it is.
    pub knowledge: Knowledge,
    /// What changed since the reader was last told, where they were.
    pub moved: Option<String>,
    /// The strongest word to the contrary.
    #[serde(default)]
    pub dissent: Option<Sentence>,
    /// Owners who deny it, or feel the opposite; they are not among `owners`.
    #[serde(default)]
    pub dissenting: Vec<Owner>,
    /// Owners of both sides who plainly speak well of it.
    #[serde(default)]
    pub positive: u32,
    /// See `positive`: badly.
    #[serde(default)]
    pub negative: u32,
    /// The point that says the same, and is therefore not told below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covers: Option<Covered>,
}

/// What is left of a point that says no more than the news of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// The topic's name.
    pub topic: String,
    /// The question to ask back.
    pub ask: Option<String>,
    /// What to offer.
    pub offer: Option<Offer>,
}

impl AccountNews {
    /// Whether its reader reads a sentence there.
    fn says(&self, sentence: &Sentence) -> bool {
        self.sentence.says(sentence)
            || self.dissent.as_ref().is_some_and(|said| said.says(sentence))
    }
}

/// What a post says of a signal, in its own words: "$42M", "Series B".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// The signal's name.
    pub signal: String,
    /// The words, in the order a person would say them.
    pub said: Vec<Sentence>,
}

/// A topic of which more is heard than before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rising {
    /// The topic's name.
    pub topic: String,
    /// By how much, and the posts it rests on.
    pub trend: Trend,
}

/// The points of one kind of knowledge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// Which kind.
    pub knowledge: Knowledge,
    /// Best first; at most five of public talk, at most three of each other kind.
    pub points: Vec<Point>,
}

/// A stretch of time, `[from, until)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first moment in it.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

/// How well we could listen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listening {
    /// Sources that are to be read.
    pub sources: u32,
    /// Of these, sources heard in the window.
    pub heard: u32,
    /// Sources that failed at the last visit: name and sentence.
    pub failing: Vec<(String, String)>,
    /// Posts in the window.
    pub posts: u32,
    /// Stories in the window.
    pub stories: u32,
    /// Of the posts, those that were not judged, by language: the encoder was not trained for it, or there
    /// was nothing to read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub not_judged: BTreeMap<String, u32>,
    /// Whether nothing is known of how their authors feel: no encoder that judged them has a sentiment
    /// branch.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_sentiment: bool,
    /// Why the reader's calendar could not be read, in a sentence, where they have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
}

/// What one reader gets for one window. Kept whole, and rendered identically for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    /// The reader's id.
    pub reader: String,
    /// What the digest calls them.
    pub name: String,
    /// The reader's local date the digest is for.
    pub date: jiff::civil::Date,
    /// Their time zone's IANA name.
    pub time_zone: String,
    /// The window.
    pub window: Window,
    /// When it was made.
    pub made: Timestamp,
    /// By which rules.
    pub ruleset: RulesetId,
    /// The reader's accounts first.
    pub accounts: Vec<AccountNews>,
    /// What others say, by kind of knowledge.
    pub blocks: Vec<Block>,
    /// Topics of which more is heard than before.
    pub rising: Vec<Rising>,
    /// How well we could listen.
    pub listening: Listening,
    /// Every post of the accounts and points, by id; those that only a trend counts are not listed.
    pub citations: Vec<Citation>,
    /// Of the posts it speaks of those that were erased since, by id: their passages are empty, and their
    /// citations name nobody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub erased: Vec<PostId>,
    /// Today's meetings with accounts, by when they begin. What is new of these stands among `accounts`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub today: Vec<Met>,
    /// Accounts with news for which there was no room.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more_accounts: Vec<String>,
    /// A line on each of those who compete with the reader's accounts, of whom something was heard.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub competitors: Vec<CompetitorNews>,
    /// Topics that still rise, with when their reader was told so: the ledger of `rising`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rising_told: Vec<RisingTold>,
}

impl Digest {
    /// The post as the digest shows it.
    #[must_use]
    pub fn citation(&self, post: PostId) -> Option<&Citation> {
        let at = self.citations.binary_search_by_key(&post, |citation| citation.post).ok()?;
        self.citations.get(at)
    }

    /// Whether anything in it goes beyond one voice, concerns an account, or was learnt from the
    /// field, a survey or an expert.
    #[must_use]
    pub fn is_solid(&self) -> bool {
        !self.accounts.is_empty()
            || !self.competitors.is_empty()
            || self.blocks.iter().any(|block| {
                block.points.iter().any(|point| {
                    block.knowledge != Knowledge::Public
                        || point.evidence.strength > Strength::Anecdote
                })
            })
    }
}
