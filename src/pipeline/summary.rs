//! What a run did, in numbers.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;
use serde::Serialize;

use crate::crawl::waiting::Waiting;
use crate::delivery::Delivery;
use crate::source::SourceId;
use crate::store::{Damaged, Kept};
use crate::verdict::SentimentLabel;
use crate::visit::Visit;

/// What a run did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// Every visit of this run.
    pub visits: Vec<Visit>,
    /// Sources that were not due.
    pub not_due: usize,
    /// Sources that were to be visited by name, and were not, with the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<NotVisited>,
    /// What became of the posts that were read.
    pub kept: KeptCounts,
    /// Months that were found to be damaged: what is in them is passed over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub damaged: Vec<Damaged>,
    /// Verdicts made in this run.
    pub verdicts: usize,
    /// Of these, how many of each sentiment.
    pub sentiment: SentimentCounts,
    /// Of these, how many were not judged, by language: the encoder was not trained for it.
    pub not_judged: BTreeMap<String, usize>,
    /// Whether the encoder says nothing of how authors feel: it has no sentiment branch.
    pub no_sentiment: bool,
    /// Digests of this run, or of an earlier one for the same morning.
    pub digests: Vec<Written>,
    /// Readers whose day is a quiet one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quiet: Vec<String>,
    /// Deliveries that were made in this run, or were not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Delivery>,
}

/// A source that was not visited though somebody named it.
#[derive(Debug, Clone, Serialize)]
pub struct NotVisited {
    /// Which.
    pub source: SourceId,
    /// Until when, and why.
    #[serde(flatten)]
    pub waiting: Waiting,
}

/// See [`Kept`].
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct KeptCounts {
    /// Not known before.
    pub new: usize,
    /// Known, and changed since.
    pub updated: usize,
    /// Known, and the same.
    pub same: usize,
    /// Erased, or of somebody who was: not kept.
    pub refused: usize,
}

impl KeptCounts {
    pub(super) fn add(&mut self, kept: Kept) {
        self.new += kept.new;
        self.updated += kept.updated;
        self.same += kept.same;
        self.refused += kept.refused;
    }
}

/// Verdicts by sentiment.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct SentimentCounts {
    /// Positive.
    pub positive: usize,
    /// Neutral.
    pub neutral: usize,
    /// Negative.
    pub negative: usize,
    /// Positive about one thing, negative about another.
    pub mixed: usize,
    /// The model cannot decide.
    pub unsure: usize,
    /// Not told: another language, nothing to judge, or no sentiment branch.
    pub unknown: usize,
}

impl SentimentCounts {
    pub(super) fn count(&mut self, label: SentimentLabel) {
        match label {
            SentimentLabel::Positive => self.positive += 1,
            SentimentLabel::Neutral => self.neutral += 1,
            SentimentLabel::Negative => self.negative += 1,
            SentimentLabel::Mixed => self.mixed += 1,
            SentimentLabel::Unsure => self.unsure += 1,
            SentimentLabel::Unknown => self.unknown += 1,
        }
    }
}

/// A digest and where it was written.
#[derive(Debug, Clone, Serialize)]
pub struct Written {
    /// The reader's id.
    pub reader: String,
    /// The reader's date.
    pub date: Date,
    /// Whether this run made it.
    pub fresh: bool,
    /// Its points.
    pub points: usize,
    /// Stories in its window.
    pub stories: u32,
    /// The files: HTML, text, Markdown.
    pub files: Vec<PathBuf>,
}
