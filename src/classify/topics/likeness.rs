//! Likeness: how near a text is to a topic, next to how near it is to the topic's rivals. It needs no
//! example, and is all there is where only a description was written.
//!
//! Cosines are not comparable between topics: a broad one is near to everything. Each topic's
//! likeness is therefore measured against what is *not* the topic (the other topics' descriptions
//! and examples, and everyday talk) and against its own examples, each left out in turn.

use super::anchors::{Anchors, quantile};

/// Likeness that is worth one unit of log-odds. Tuned, with the thresholds' bounds below, on parts
/// of banking77 and Reuters R8 and on the project's own labelled posts.
const LIKENESS_UNIT: f32 = 0.05;

/// Where a topic's threshold may lie, whatever its examples say.
const THRESHOLD_BOUNDS: (f32, f32) = (0.20, 0.42);

/// How much of its likeness to the nearest other topics of the same kind counts against a topic.
/// Average precision with 4 examples, at 0 and at 0.5: banking77 0.722 and 0.751, Reuters R8 0.668
/// and 0.757. More helps sets with one label a text, and hurts posts that are about two topics.
const RIVALRY: f32 = 0.5;

/// How many of the nearest others are its rivals.
const RIVALS: usize = 3;

/// How far the threshold lies from what is not the topic towards the topic's own examples.
const OWN_SHARE: f32 = 0.6;

/// How far above what is not the topic the threshold is at least: two or three examples that have
/// little in common would otherwise let everything in.
const LEAST_GAP: f32 = 0.03;

/// The same where there are too few examples to leave one out: what descriptions of one sentence were
/// found to need.
const GAP_OF_A_FEW: f32 = 0.08;

/// Topics overlap, so that a few of the others' examples are rightly near: the very nearest are not
/// held against a topic.
const STRANGE_SHARE: f32 = 0.98;

/// For each topic: how long the sum of its anchors is, and where its threshold lies.
#[derive(Debug)]
pub(super) struct Likeness {
    lengths: Vec<f32>,
    thresholds: Vec<f32>,
}

impl Likeness {
    /// As the anchors have it, `gram` being how near each is to each.
    pub(super) fn of(anchors: &Anchors, gram: &[Vec<f32>]) -> Self {
        let lengths = anchors.ranges.iter().map(|range| length(gram, range)).collect();
        let mut likeness = Self { lengths, thresholds: Vec::new() };
        let plain: Vec<Vec<f32>> = gram.iter().map(|row| likeness.plain(anchors, row)).collect();
        likeness.thresholds = (0..anchors.ranges.len())
            .map(|place| threshold(place, anchors, gram, &plain))
            .collect();
        likeness
    }

    /// The log-odds that a text with these cosines is about each topic.
    pub(super) fn odds(&self, anchors: &Anchors, cosines: &[f32]) -> Vec<f32> {
        let plain = self.plain(anchors, cosines);
        self.thresholds
            .iter()
            .enumerate()
            .map(|(place, threshold)| {
                (against_rivals(place, anchors, &plain) - threshold) / LIKENESS_UNIT
            })
            .collect()
    }

    fn plain(&self, anchors: &Anchors, cosines: &[f32]) -> Vec<f32> {
        let near = |(range, length): (&std::ops::Range<usize>, &f32)| {
            let own = cosines.get(range.clone()).unwrap_or_default();
            nearness(own.iter().copied(), *length)
        };
        anchors.ranges.iter().zip(&self.lengths).map(near).collect()
    }
}

/// Half the nearest anchor, half the centre of all: one good example counts, one odd one does not
/// decide.
fn nearness(cosines: impl Iterator<Item = f32> + Clone, length: f32) -> f32 {
    let nearest = cosines.clone().fold(0.0, f32::max);
    let centre = if length > 0.0 { cosines.sum::<f32>() / length } else { 0.0 };
    f32::midpoint(nearest, centre)
}

/// How long the sum of some anchors is.
fn length(gram: &[Vec<f32>], places: &(impl Iterator<Item = usize> + Clone)) -> f32 {
    let rows = places.clone().map(|a| places.clone().map(|b| gram[a][b]).sum::<f32>());
    rows.sum::<f32>().max(0.0).sqrt()
}

fn against_rivals(place: usize, anchors: &Anchors, plain: &[f32]) -> f32 {
    let mut rivals: Vec<f32> = anchors
        .of_its_kind(place)
        .filter(|other| *other != place)
        .map(|other| plain[other])
        .collect();
    rivals.sort_by(|a, b| b.total_cmp(a));
    rivals.truncate(RIVALS);
    let rivals = rivals.iter().sum::<f32>() / rivals.len().max(1) as f32;
    plain[place] - RIVALRY * rivals
}

/// Between what is not the topic and what is, as far as its own examples tell.
fn threshold(place: usize, anchors: &Anchors, gram: &[Vec<f32>], plain: &[Vec<f32>]) -> f32 {
    let range = &anchors.ranges[place];
    let mut strange: Vec<f32> = (0..gram.len())
        .filter(|anchor| !range.contains(anchor))
        .map(|anchor| against_rivals(place, anchors, &plain[anchor]))
        .collect();
    strange.sort_by(f32::total_cmp);
    let strange = quantile(&strange, STRANGE_SHARE).unwrap_or(THRESHOLD_BOUNDS.0);

    let own: Vec<f32> = range
        .clone()
        .map(|left_out| {
            let rest = range.clone().filter(move |anchor| *anchor != left_out);
            let cosines = rest.clone().map(|anchor| gram[left_out][anchor]);
            let mut without = plain[left_out].clone();
            without[place] = nearness(cosines, length(gram, &rest));
            against_rivals(place, anchors, &without)
        })
        .collect();
    let middle = if own.len() < 3 {
        strange + GAP_OF_A_FEW
    } else {
        let own = own.iter().sum::<f32>() / own.len() as f32;
        strange + (OWN_SHARE * (own - strange)).max(LEAST_GAP)
    };
    middle.clamp(THRESHOLD_BOUNDS.0, THRESHOLD_BOUNDS.1)
}
