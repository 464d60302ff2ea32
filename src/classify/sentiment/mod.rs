//! How an author feels, and how they feel about somebody they name.
//!
//! The probabilities come from the encoder's sentiment branch, which this project trained
//! (`models/sentiment.md` has the data, the numbers and the failures). What it takes for blame and is none is weighed by
//! a rule of ours ([`relief`]). Here they become labels.

pub mod branch;
pub mod pieces;
pub mod relief;
pub mod spoken;

use crate::verdict::{Probs, Sentiment, SentimentLabel};

/// A label needs at least this probability; below it the answer is "unsure". Three classes that know
/// nothing have a third each: higher up, half of what was withheld was right.
const SURE: f32 = 0.38;

/// Where praise and blame both have at least this probability, the feeling is mixed.
const BOTH: f32 = 0.4;

/// The classes, in the order of the branch's numbers.
pub const CLASSES: [SentimentLabel; 3] =
    [SentimentLabel::Negative, SentimentLabel::Neutral, SentimentLabel::Positive];

/// What the sentiment branch says of a text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Feelings {
    /// How its author feels; none where nothing was read.
    pub author: Option<Probs>,
    /// Towards each target, in order; none for one that was not read.
    pub targets: Vec<Option<Probs>>,
}

/// The label for these probabilities; unknown where there are none.
#[must_use]
pub fn labelled(probs: Option<Probs>) -> Sentiment {
    let Some(probs) = probs else { return Sentiment::unknown() };
    let (likeliest, score) = likeliest(&probs);
    let label = if probs.negative.min(probs.positive) >= BOTH {
        SentimentLabel::Mixed
    } else if score < SURE {
        SentimentLabel::Unsure
    } else {
        likeliest
    };
    let score =
        if label == SentimentLabel::Mixed { probs.negative + probs.positive } else { score };
    Sentiment { label, score, probs: Some(probs) }
}

/// The likeliest class and its probability.
#[must_use]
pub fn likeliest(probs: &Probs) -> (SentimentLabel, f32) {
    CLASSES
        .into_iter()
        .zip([probs.negative, probs.neutral, probs.positive])
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .unwrap_or((SentimentLabel::Unknown, 0.0))
}

/// The probabilities of three scores, softened by a temperature.
#[must_use]
pub fn softened(scores: [f32; 3], temperature: f64) -> Probs {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers = scores.map(|score| (f64::from(score - largest) / temperature).exp());
    let sum: f64 = powers.iter().sum();
    let [negative, neutral, positive] = powers.map(|power| (power / sum) as f32);
    Probs { positive, neutral, negative }
}

/// The mean of probabilities, each by its weight; none where nothing weighs anything.
#[must_use]
pub fn mean(weighted: &[(Probs, f32)]) -> Option<Probs> {
    let total: f32 = weighted.iter().map(|(_, weight)| weight).sum();
    let mean = |of: fn(&Probs) -> f32| {
        weighted.iter().map(|(probs, weight)| of(probs) * weight).sum::<f32>() / total
    };
    (total > 0.0).then(|| Probs {
        positive: mean(|probs| probs.positive),
        neutral: mean(|probs| probs.neutral),
        negative: mean(|probs| probs.negative),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(negative: f32, neutral: f32, positive: f32) -> SentimentLabel {
        labelled(Some(Probs { positive, neutral, negative })).label
    }

    #[test]
    fn a_label_says_what_is_likely_and_owns_up_where_nothing_is() {
        assert_eq!(label(0.8, 0.1, 0.1), SentimentLabel::Negative);
        assert_eq!(label(0.1, 0.5, 0.4), SentimentLabel::Neutral);
        assert_eq!(label(0.33, 0.37, 0.3), SentimentLabel::Unsure);
        assert_eq!(label(0.45, 0.1, 0.45), SentimentLabel::Mixed);
        assert_eq!(labelled(None), Sentiment::unknown());
    }

    #[test]
    fn scores_become_probabilities_whatever_their_size() {
        let probs = softened([1_000.0, -1_000.0, 999.0], 1.0);
        assert!((probs.negative - 0.731_058_6).abs() < 1e-6, "{probs:?}");
        assert!((probs.negative + probs.neutral + probs.positive - 1.0).abs() < 1e-6);
        assert!(softened([1.0, 0.0, 0.0], 2.0).negative < softened([1.0, 0.0, 0.0], 1.0).negative);
    }

    #[test]
    fn a_longer_stretch_of_a_text_weighs_more() {
        let (bad, good) = (softened([9.0, 0.0, 0.0], 1.0), softened([0.0, 0.0, 9.0], 1.0));
        let both = mean(&[(bad, 3.0), (good, 1.0)]).unwrap();
        assert!((both.negative - 0.75).abs() < 0.01, "{both:?}");
        assert_eq!(mean(&[]), None);
    }
}
