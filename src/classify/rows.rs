//! What a network says of sequences, and what the sequences of one text say together.

use super::passes::Pass;
use super::sentiment::{Feelings, mean, softened};
use super::{Read, Reading};
use crate::verdict::{Embedding, Probs};

/// What comes of one sequence.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// The mean of its tokens' states, at unit length; empty where it was not asked for.
    pub(super) mean: Vec<f32>,
    /// What the sentiment branch says; none where it was not asked.
    pub(super) scores: Option<Scores>,
}

/// Scores of negative, neutral, positive; not yet probabilities.
pub(super) type Score = [f32; 3];

/// What the heads of the sentiment branch say of one sequence.
#[derive(Debug, Default)]
pub(super) struct Scores {
    /// How the author feels.
    pub(super) author: Score,
    /// Towards each target in it, by the target's number.
    pub(super) targets: Vec<(usize, Score)>,
}

/// What a text says as a whole: the mean over its sequences, each by its length. `temperatures` are
/// those of authors' and of targets' scores.
pub(super) fn together(
    readings: &[Reading<'_>],
    answers: Vec<(Pass, Vec<Row>)>,
    temperatures: [f64; 2],
) -> Vec<Read> {
    let mut heard: Vec<Heard> = readings.iter().map(|_| Heard::default()).collect();
    for (pass, rows) in answers {
        for (chunk, row) in pass.chunks.into_iter().zip(rows) {
            heard[chunk.text].add(row, chunk.tokens.len() as f32, temperatures);
        }
    }
    readings.iter().zip(heard).map(|(reading, heard)| heard.of(reading)).collect()
}

/// What came of a text's chunks so far.
#[derive(Debug, Default)]
struct Heard {
    sum: Vec<f32>,
    author: Vec<(Probs, f32)>,
    targets: Vec<(usize, Probs)>,
}

impl Heard {
    fn add(&mut self, row: Row, length: f32, [author, target]: [f64; 2]) {
        if !row.mean.is_empty() {
            self.sum.resize(row.mean.len(), 0.0);
            for (sum, value) in self.sum.iter_mut().zip(&row.mean) {
                *sum += value * length;
            }
        }
        if let Some(scores) = row.scores {
            self.author.push((softened(scores.author, author), length));
            let targets = scores.targets.into_iter();
            self.targets.extend(targets.map(|(number, score)| (number, softened(score, target))));
        }
    }

    fn of(self, reading: &Reading<'_>) -> Read {
        let feelings = reading.pieces.map(|pieces| {
            let mut targets = vec![None; pieces.targets.len()];
            for (number, probs) in self.targets {
                targets[number] = Some(probs);
            }
            Feelings { author: mean(&self.author), targets }
        });
        Read { embedding: unit(self.sum), feelings: feelings.unwrap_or_default() }
    }
}

fn unit(mut sum: Vec<f32>) -> Embedding {
    let norm = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
    if norm.is_normal() {
        for value in &mut sum {
            *value /= norm;
        }
        Embedding(sum)
    } else {
        Embedding::default()
    }
}
