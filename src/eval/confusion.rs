//! What was said where something else, or the same, was true; and what the probabilities were worth.

use serde::Serialize;

use crate::classify::sentiment::{CLASSES, labelled, likeliest};
use crate::verdict::{Probs, SentimentLabel};

/// Bins of the calibration error: the usual number.
const BINS: usize = 15;

/// How well three classes were told apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// Texts or targets it was measured on.
    pub judged: usize,
    /// The mean recall of the three classes, taking the likeliest class of each.
    pub macro_recall: f64,
    /// The same where "unsure", "mixed" and "unknown" count as wrong.
    pub macro_recall_as_labelled: f64,
    /// The mean F1 of the three classes.
    pub macro_f1: f64,
    /// The share that is right.
    pub accuracy: f64,
    /// Recall of negative, neutral, positive.
    pub recalls: [f64; 3],
    /// For each true class how often each class was said.
    pub confusion: [[usize; 3]; 3],
    /// Expected calibration error: how far the probability of the likeliest class is from the share
    /// that is right, on average.
    pub calibration_error: f64,
    /// The share labelled "unsure".
    pub unsure: f64,
    /// The share labelled "mixed".
    pub mixed: f64,
}

/// Scores what was said of each, beside its true class; what was not read counts as neutral, and as
/// wrong in the labels.
pub(super) fn score(all: &[(usize, Option<Probs>)]) -> Score {
    let mut confusion = [[0_usize; 3]; 3];
    let mut right_as_labelled = [0_usize; 3];
    let (mut unsure, mut mixed) = (0, 0);
    let mut bins = [(0.0_f64, 0.0_f64, 0.0_f64); BINS];
    for (truth, probs) in all {
        let (said, sure) = probs.as_ref().map_or((SentimentLabel::Neutral, 0.0), likeliest);
        let class = CLASSES.iter().position(|class| *class == said).unwrap_or(1);
        confusion[*truth][class] += 1;
        let label = labelled(*probs).label;
        unsure += usize::from(label == SentimentLabel::Unsure);
        mixed += usize::from(label == SentimentLabel::Mixed);
        right_as_labelled[*truth] += usize::from(label == CLASSES[*truth]);
        let place = (1..BINS).take_while(|bin| *bin as f32 <= sure * BINS as f32).count();
        let bin = &mut bins[place];
        bin.0 += 1.0;
        bin.1 += f64::from(sure);
        bin.2 += f64::from(u8::from(class == *truth));
    }
    let of = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
    let true_ones = confusion.map(|row| row.iter().sum::<usize>());
    let recalls = [0, 1, 2].map(|class| of(confusion[class][class], true_ones[class]));
    let f1s = [0, 1, 2].map(|class| {
        let said: usize = confusion.iter().map(|row| row[class]).sum();
        of(2 * confusion[class][class], said + true_ones[class])
    });
    let as_labelled = [0, 1, 2].map(|class| of(right_as_labelled[class], true_ones[class]));
    // A class that a set does not have is no failure.
    let present = true_ones.iter().filter(|count| **count > 0).count().max(1) as f64;
    let mean = |of: [f64; 3]| of.iter().sum::<f64>() / present;
    Score {
        judged: all.len(),
        macro_recall: mean(recalls),
        macro_recall_as_labelled: mean(as_labelled),
        macro_f1: mean(f1s),
        accuracy: of((0..3).map(|class| confusion[class][class]).sum(), all.len()),
        recalls,
        confusion,
        calibration_error: bins.iter().map(|(_, sure, right)| (sure - right).abs()).sum::<f64>()
            / all.len().max(1) as f64,
        unsure: of(unsure, all.len()),
        mixed: of(mixed, all.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_counted_as_its_names_say() {
        let said = |negative, neutral, positive| Some(Probs { positive, neutral, negative });
        let score = score(&[
            (0, said(0.8, 0.1, 0.1)),
            (0, said(0.1, 0.8, 0.1)),
            (1, said(0.32, 0.36, 0.32)),
            (2, said(0.45, 0.1, 0.45)),
            (2, None),
        ]);
        assert_eq!(score.confusion, [[1, 1, 0], [0, 1, 0], [0, 1, 1]]);
        let twice: Vec<i32> = score.recalls.iter().map(|recall| (recall * 2.0) as i32).collect();
        assert_eq!(twice, [1, 2, 1]);
        assert!((score.macro_recall - 2.0 / 3.0).abs() < 1e-9, "{score:?}");
        assert!((score.macro_recall_as_labelled - 0.5 / 3.0).abs() < 1e-9, "{score:?}");
        assert!((score.accuracy - 0.6).abs() < 1e-9 && (score.unsure - 0.2).abs() < 1e-9);
        assert!((score.mixed - 0.2).abs() < 1e-9);
        assert!((score.macro_f1 - (2.0 / 3.0 + 0.5 + 2.0 / 3.0) / 3.0).abs() < 1e-9, "{score:?}");
        let wanted = (0.2 + 0.8 + 0.64 + 0.55 + 0.0) / 5.0;
        assert!((score.calibration_error - wanted).abs() < 0.25, "{score:?}");
    }
}
