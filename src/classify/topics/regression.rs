//! What examples teach: Gaussian process regression on the embedding. Each anchor is an observation,
//! 1 for its own topic and 0 for every other; everyday talk is 0 for all. Where nothing is near, the
//! description's direction is what is expected; the more examples, the less that weighs.
//!
//! Accuracy with 8 examples a class, in a prototype, beside likeness alone: banking77 0.845 and 0.816,
//! Reuters R8 0.888 and 0.850. The numbers below lie on a plateau: half or double of each moves that by
//! less than a point.

use super::anchors::{Anchors, quantile};
use super::dense::{Inverse, cosine as product};

/// How fast anchors lose their say with distance: `exp(2 (cosine − 1))`.
const NARROWNESS: f32 = 2.0;

/// How far an observation may be off, beside a prior variance of 1.
const NOISE: f64 = 0.2;

/// How much nearness to the description is expected to say.
const PRIOR: f32 = 0.5;

/// Regression that is worth one unit of log-odds.
const UNIT: f32 = 0.1;

/// As for likeness: which share of what is not the topic the threshold lies above…
const STRANGE_SHARE: f32 = 0.98;

/// …how far from there towards the topic's own anchors, each left out in turn…
const OWN_SHARE: f32 = 0.4;

/// …how far at least…
const LEAST_GAP: f32 = 0.04;

/// …and how far where they are too few to tell.
const GAP_OF_A_FEW: f32 = 0.12;

/// For each topic: what each anchor says for it, and where its threshold lies.
#[derive(Debug)]
pub(super) struct Regression {
    weights: Vec<Vec<f32>>,
    thresholds: Vec<f32>,
}

impl Regression {
    /// As the anchors have it, `gram` being how near each is to each.
    pub(super) fn of(anchors: &Anchors, gram: &[Vec<f32>]) -> Self {
        let lower = gram.iter().enumerate().map(|(i, row)| {
            let mut row: Vec<f64> = row[..=i].iter().map(|near| f64::from(kernel(*near))).collect();
            row[i] += NOISE;
            row
        });
        let inverse = Inverse::of(lower.collect());
        let spread = inverse.diagonal();
        let prior: Vec<Vec<f32>> = gram.iter().map(|row| expected(anchors, row)).collect();
        let (mut weights, mut thresholds) = (Vec::new(), Vec::new());
        for (place, range) in anchors.ranges.iter().enumerate() {
            let observed = |anchor: usize| f32::from(u8::from(range.contains(&anchor)));
            let surprise: Vec<f64> = prior
                .iter()
                .enumerate()
                .map(|(anchor, prior)| f64::from(observed(anchor) - prior[place]))
                .collect();
            let learnt = inverse.times(&surprise);
            let left_out =
                |anchor: usize| observed(anchor) - (learnt[anchor] / spread[anchor]) as f32;
            thresholds.push(threshold(
                &range.clone().map(left_out).collect::<Vec<_>>(),
                (0..gram.len()).filter(|anchor| !range.contains(anchor)).map(left_out).collect(),
            ));
            weights.push(learnt.iter().map(|weight| *weight as f32).collect());
        }
        Self { weights, thresholds }
    }

    /// The log-odds that a text with these cosines is about each topic.
    pub(super) fn odds(&self, anchors: &Anchors, cosines: &[f32]) -> Vec<f32> {
        let near: Vec<f32> = cosines.iter().map(|cosine| kernel(*cosine)).collect();
        let prior = expected(anchors, cosines);
        let odds = |((weights, threshold), prior): ((&Vec<f32>, &f32), &f32)| {
            (product(weights, &near) + prior - threshold) / UNIT
        };
        self.weights.iter().zip(&self.thresholds).zip(&prior).map(odds).collect()
    }
}

/// How alike two texts are taken to be, at most 1.
pub(super) fn kernel(cosine: f32) -> f32 {
    (NARROWNESS * (cosine - 1.0)).exp()
}

/// What the descriptions alone let expect of each topic: nearness beyond that to all of the kind.
fn expected(anchors: &Anchors, cosines: &[f32]) -> Vec<f32> {
    let to_description = |place: usize| cosines[anchors.ranges[place].start];
    (0..anchors.ranges.len())
        .map(|place| {
            let others: Vec<f32> = anchors.of_its_kind(place).map(to_description).collect();
            let mean = others.iter().sum::<f32>() / others.len().max(1) as f32;
            PRIOR * (to_description(place) - mean)
        })
        .collect()
}

fn threshold(own: &[f32], mut strange: Vec<f32>) -> f32 {
    strange.sort_by(f32::total_cmp);
    let strange = quantile(&strange, STRANGE_SHARE).unwrap_or(0.0);
    if own.len() < 3 {
        return strange + GAP_OF_A_FEW;
    }
    let own = own.iter().sum::<f32>() / own.len() as f32;
    strange + (OWN_SHARE * (own - strange)).max(LEAST_GAP)
}
