//! Training the sentiment head: rows in, the bytes of a head out. The same rows and seed give the
//! same bytes.

use super::logistic::{self, Fit, Row, Weights, softmax};
use super::sentiment::{BUCKETS, CLASSES, EMBEDDING, SentimentHead, features};
use crate::verdict::{Embedding, SentimentLabel};

/// The pull to zero, on the mean loss. Chosen by macro-recall on the held-out slice.
const L2: f64 = 4e-4;

/// Iterations at most: the loss has long been flat by then.
const ITERATIONS: usize = 150;

/// One row in this many is held out, to find the temperature.
const HELD_OUT: u64 = 20;

/// A text with what its readers said of it.
#[derive(Debug, Clone)]
pub struct Labelled {
    /// The text, [readable](super::readable::readable).
    pub text: String,
    /// The class it was given.
    pub label: SentimentLabel,
    /// Its embedding.
    pub embedding: Embedding,
}

/// A head and how it was found.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The file.
    pub head: Vec<u8>,
    /// Rows it was fitted to.
    pub fitted: usize,
    /// Rows held out.
    pub held_out: usize,
    /// What probabilities are softened by.
    pub temperature: f64,
    /// Mean negative log-likelihood of the held-out rows before and after softening.
    pub held_out_loss: (f64, f64),
    /// Macro-recall on the held-out rows.
    pub held_out_recall: f64,
}

/// Trains a head. `told` hears a line now and then.
pub fn train(rows: &[Labelled], seed: u64, told: &mut dyn FnMut(&str)) -> Trained {
    let mut counts = [0_usize; 3];
    let mut fitted = Vec::new();
    let mut held_out = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let Some(class) = CLASSES.iter().position(|class| *class == row.label) else { continue };
        let features = features(&row.text, &row.embedding);
        let row = Row { features, class, weight: 1.0 };
        if scattered(place as u64, seed).is_multiple_of(HELD_OUT) {
            held_out.push(row);
        } else {
            counts[class] += 1;
            fitted.push(row);
        }
    }
    // Each class weighs the same: macro-recall is what is measured, and negative posts, which
    // matter most to a seller, are the fewest.
    let total: usize = counts.iter().sum();
    for row in &mut fitted {
        row.weight = total as f64 / (3 * counts[row.class].max(1)) as f64;
    }

    let asked = Fit {
        features: EMBEDDING + BUCKETS,
        classes: CLASSES.len(),
        l2: L2,
        iterations: ITERATIONS,
    };
    let weights = logistic::fit(&fitted, asked, &mut |iteration, loss| {
        if iteration.is_multiple_of(10) {
            told(&format!("iteration {iteration}: loss {loss:.5}"));
        }
    });
    let scored: Vec<(Vec<f64>, usize)> =
        held_out.iter().map(|row| (weights.scores(&row.features), row.class)).collect();
    let temperature = best_temperature(&scored);
    Trained {
        head: SentimentHead::to_bytes(&weights, temperature),
        fitted: fitted.len(),
        held_out: held_out.len(),
        temperature,
        held_out_loss: (loss(&scored, 1.0), loss(&scored, temperature)),
        held_out_recall: recall(&held_out, &weights),
    }
}

/// The mean of the classes' recalls.
#[must_use]
pub fn macro_recall(pairs: impl IntoIterator<Item = (usize, usize)>, classes: usize) -> f64 {
    let mut right = vec![0_u32; classes];
    let mut all = vec![0_u32; classes];
    for (truth, said) in pairs {
        if let (Some(all), Some(right)) = (all.get_mut(truth), right.get_mut(truth)) {
            *all += 1;
            *right += u32::from(truth == said);
        }
    }
    let recalls: Vec<f64> = right
        .iter()
        .zip(&all)
        .filter(|(_, all)| **all > 0)
        .map(|(right, all)| f64::from(*right) / f64::from(*all))
        .collect();
    recalls.iter().sum::<f64>() / recalls.len().max(1) as f64
}

fn recall(rows: &[Row], weights: &Weights) -> f64 {
    let pairs = rows.iter().map(|row| {
        let scores = weights.scores(&row.features);
        let said = (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b]));
        (row.class, said.unwrap_or(usize::MAX))
    });
    macro_recall(pairs, CLASSES.len())
}

/// The temperature at which the held-out rows are likeliest, to a hundredth.
fn best_temperature(scored: &[(Vec<f64>, usize)]) -> f64 {
    (50..=300)
        .map(|hundredths| f64::from(hundredths) / 100.0)
        .min_by(|a, b| loss(scored, *a).total_cmp(&loss(scored, *b)))
        .unwrap_or(1.0)
}

fn loss(scored: &[(Vec<f64>, usize)], temperature: f64) -> f64 {
    let sum: f64 = scored
        .iter()
        .map(|(scores, class)| -softmax(scores, temperature)[*class].max(1e-300).ln())
        .sum();
    sum / scored.len().max(1) as f64
}

/// SplitMix64: a number for each place that looks like chance and is the same for ever.
fn scattered(place: u64, seed: u64) -> u64 {
    let mut z = seed.wrapping_add(place.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
