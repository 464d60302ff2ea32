//! Anchors: what a topic is known by: its description, then its examples; after those of all topics,
//! everyday talk.

use std::ops::Range;

use super::dense::cosine;
use crate::topic::{Ruleset, TopicKind};
use crate::verdict::Embedding;

/// The anchors of a ruleset and of everyday talk.
#[derive(Debug)]
pub(super) struct Anchors {
    embeddings: Vec<Embedding>,
    /// For each topic, where its own stand; the description comes first.
    pub(super) ranges: Vec<Range<usize>>,
    /// For each topic, its kind.
    pub(super) kinds: Vec<TopicKind>,
}

impl Anchors {
    /// The anchors of a ruleset, with their embeddings in the order of [`super::anchors`].
    pub(super) fn of(ruleset: &Ruleset, embeddings: Vec<Embedding>) -> Self {
        let mut from = 0;
        let range = |examples: usize| {
            let range = from..from + 1 + examples;
            from = range.end;
            range
        };
        let ranges = ruleset.topics.iter().map(|topic| topic.examples.len()).map(range).collect();
        let kinds = ruleset.topics.iter().map(|topic| topic.kind).collect();
        Self { embeddings, ranges, kinds }
    }

    /// How near a text is to each of them.
    pub(super) fn cosines(&self, text: &Embedding) -> Vec<f32> {
        self.embeddings.iter().map(|anchor| cosine(&anchor.0, &text.0)).collect()
    }

    /// How near each of them is to each.
    pub(super) fn gram(&self) -> Vec<Vec<f32>> {
        self.embeddings.iter().map(|anchor| self.cosines(anchor)).collect()
    }

    /// The topics of the same kind as one of them, itself included.
    pub(super) fn of_its_kind(&self, place: usize) -> impl Iterator<Item = usize> {
        let kind = self.kinds[place];
        (0..self.kinds.len()).filter(move |other| self.kinds[*other] == kind)
    }
}

/// The value below which a share of the sorted values lie; none where there are none.
pub(super) fn quantile(sorted: &[f32], share: f32) -> Option<f32> {
    let last = sorted.len().saturating_sub(1) as f32;
    #[expect(clippy::cast_sign_loss, reason = "both factors are at least 0")]
    let place = (last * share).round() as usize;
    sorted.get(place).copied()
}
