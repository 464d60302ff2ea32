//! What labels teach: a correction of a topic's log-odds, fitted to the labels given to posts.
//!
//! It is the likeliest function of the embedding under a Gaussian process (the regression's kernel and a
//! constant, which moves the topic's threshold) and the logistic likelihood of the labels, on top of
//! what the rules say of each post. With few labels it is near nothing; each pulls where it is, and a
//! further label of a post never makes that post less like what its labels say.

use super::dense::{cosine, dot, solve};
use super::regression::kernel;
use crate::label::Answer;
use crate::verdict::Embedding;

/// Variance of the correction at one post: what one label can do against the rules. It is enough to turn
/// its own post, however sure the rules are. In a trial on classes of banking77 and Reuters R8, in which
/// the posts nearest to the threshold were labelled, anything from 4 to 25 did equally well.
const REACH: f64 = 15.0;

/// Variance of the constant.
const SHIFT: f64 = 1.0;

/// Labels that count, the newest: a fit is quadratic in their number.
pub(super) const MOST: usize = 2_000;

/// Newton's steps at most; it takes five to ten.
const STEPS: usize = 40;

/// Log-odds by which a label must move a text to be named as a reason.
const TELLING: f32 = 0.5;

/// A label with the post it was given to.
#[derive(Debug, Clone)]
pub struct Taught {
    /// Of which topic.
    pub topic: String,
    /// What it says.
    pub answer: Answer,
    /// The post's title and text.
    pub text: String,
    /// The post's embedding.
    pub embedding: Embedding,
}

/// A correction, ready to judge by.
#[derive(Debug, Default)]
pub(super) struct Correction {
    labels: Vec<Taught>,
    weights: Vec<f64>,
}

/// What the labels say of one text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Corrected<'a> {
    /// Added to the log-odds.
    pub(super) odds: f32,
    /// The label that weighs most, where one does.
    pub(super) telling: Option<&'a Taught>,
}

impl Correction {
    /// Fitted to labels, each with the log-odds that the rules give its post.
    pub(super) fn of(labels: Vec<(Taught, f32)>) -> Self {
        let kernels: Vec<Vec<f64>> = labels
            .iter()
            .map(|(a, _)| {
                let near = |(b, _): &(Taught, f32)| alike(&a.embedding, &b.embedding);
                labels.iter().map(near).collect()
            })
            .collect();
        let signs: Vec<f64> = labels.iter().map(|(label, _)| label.answer.sign().into()).collect();
        let rules: Vec<f64> = labels.iter().map(|(_, odds)| f64::from(*odds)).collect();
        let weights = fit(&kernels, &signs, &rules);
        Self { labels: labels.into_iter().map(|(label, _)| label).collect(), weights }
    }

    /// What the labels say of a text.
    pub(super) fn judge(&self, text: &Embedding) -> Corrected<'_> {
        let mut sum = 0.0;
        let mut telling: Option<(f64, &Taught)> = None;
        for (label, weight) in self.labels.iter().zip(&self.weights) {
            let part = weight * alike(&label.embedding, text);
            sum += part;
            if telling.is_none_or(|(most, _)| part.abs() > most) {
                telling = Some((part.abs(), label));
            }
        }
        let telling = telling.filter(|(part, _)| *part >= TELLING.into()).map(|(_, label)| label);
        Corrected { odds: sum as f32, telling }
    }
}

fn alike(a: &Embedding, b: &Embedding) -> f64 {
    // What is at right angles has only the constant in common.
    SHIFT + REACH * f64::from(kernel(cosine(&a.0, &b.0)) - kernel(0.0))
}

/// Newton's method on the posterior, each step shortened until it gains: the likeliest weights.
fn fit(kernels: &[Vec<f64>], signs: &[f64], rules: &[f64]) -> Vec<f64> {
    let times = |v: &[f64]| -> Vec<f64> { kernels.iter().map(|row| dot(row, v)).collect() };
    let margin = |at: usize, moved: f64| signs[at] * (rules[at] + moved);
    // Minus the log-posterior: ½ wᵀKw + Σ log(1 + exp(−margin)).
    let cost = |weights: &[f64], moved: &[f64]| {
        let unlikely = |(at, moved): (usize, &f64)| softplus(-margin(at, *moved));
        dot(weights, moved) / 2.0 + moved.iter().enumerate().map(unlikely).sum::<f64>()
    };
    let mut weights = vec![0.0; signs.len()];
    let mut moved = vec![0.0; signs.len()];
    let mut least = cost(&weights, &moved);
    for _ in 0..STEPS {
        let wrong: Vec<f64> = (0..signs.len()).map(|at| logistic(-margin(at, moved[at]))).collect();
        let roots: Vec<f64> = wrong.iter().map(|p| (p * (1.0 - p)).max(1e-12).sqrt()).collect();
        // (Rasmussen and Williams, algorithm 3.1, with conjugate gradients for Cholesky.)
        let pull: Vec<f64> = (0..signs.len())
            .map(|at| roots[at] * roots[at] * moved[at] + signs[at] * wrong[at])
            .collect();
        let scaled = |v: &[f64]| -> Vec<f64> { v.iter().zip(&roots).map(|(v, r)| v * r).collect() };
        let inner = solve(
            |v| v.iter().zip(scaled(&times(&scaled(v)))).map(|(v, k)| v + k).collect(),
            &scaled(&times(&pull)),
        );
        let target: Vec<f64> = pull.iter().zip(scaled(&inner)).map(|(p, i)| p - i).collect();
        let mut share = 1.0;
        let gained = loop {
            let next: Vec<f64> =
                weights.iter().zip(&target).map(|(w, t)| w + share * (t - w)).collect();
            let next_moved = times(&next);
            let next_cost = cost(&next, &next_moved);
            if next_cost <= least || share < 1e-6 {
                let gained = least - next_cost;
                if gained > 0.0 {
                    (weights, moved, least) = (next, next_moved, next_cost);
                }
                break gained;
            }
            share /= 2.0;
        };
        if gained < 1e-10 {
            break;
        }
    }
    weights
}

fn logistic(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp())
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn taught(direction: &[f32], answer: Answer) -> Taught {
        let length = direction.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-3);
        let embedding = Embedding(direction.iter().map(|x| x / length).collect());
        Taught { topic: "fees".into(), answer, text: String::new(), embedding }
    }

    fn labels() -> impl Strategy<Value = Vec<(Taught, f32)>> {
        let one = (prop::collection::vec(-1.0_f32..1.0, 8), any::<bool>(), -8.0_f32..8.0);
        let one = one.prop_map(|(direction, is, odds)| {
            (taught(&direction, if is { Answer::Is } else { Answer::IsNot }), odds)
        });
        prop::collection::vec(one, 1..24)
    }

    proptest! {
        #[test]
        fn a_further_label_never_makes_its_post_less_like_it(
            labels in labels(), which in any::<prop::sample::Index>(), is in any::<bool>()
        ) {
            let (mut again, rules) = labels[which.index(labels.len())].clone();
            again.answer = if is { Answer::Is } else { Answer::IsNot };
            let post = again.embedding.clone();
            let before = Correction::of(labels.clone()).judge(&post).odds;
            let more = labels.into_iter().chain([(again.clone(), rules)]).collect();
            let after = Correction::of(more).judge(&post).odds;
            prop_assert!((after - before) * again.answer.sign() >= -1e-3, "{before} {after}");
        }

        #[test]
        fn the_order_of_labels_does_not_matter(labels in labels()) {
            let post = labels[0].0.embedding.clone();
            let forth = Correction::of(labels.clone()).judge(&post).odds;
            let back = Correction::of(labels.into_iter().rev().collect()).judge(&post).odds;
            prop_assert!((forth - back).abs() < 1e-3, "{forth} {back}");
        }
    }

    #[test]
    fn without_labels_nothing_is_corrected() {
        let corrected = Correction::default();
        let corrected = corrected.judge(&Embedding(vec![1.0, 0.0]));
        assert!(corrected.odds == 0.0 && corrected.telling.is_none());
    }

    #[test]
    fn a_label_pulls_its_post_over_the_threshold_and_hardly_moves_what_is_far() {
        let near = taught(&[1.0, 0.0, 0.0], Answer::Is);
        let correction = Correction::of(vec![(near.clone(), -2.0)]);
        let of_near = correction.judge(&near.embedding);
        assert!(of_near.odds > 2.5, "{}", of_near.odds);
        assert!(of_near.telling.is_some());
        let far = correction.judge(&Embedding(vec![-0.2, 0.9, 0.3])).odds;
        assert!(far < 0.6 && far > 0.0, "{far}");
    }

    #[test]
    fn many_contrary_labels_are_fitted_without_end_or_nonsense() {
        let both = [Answer::Is, Answer::IsNot];
        let labels =
            (0..60).map(|n| (taught(&[1.0, n as f32 / 30.0], both[n % 2]), 40.0 - n as f32));
        let correction = Correction::of(labels.collect());
        assert!(correction.weights.iter().all(|weight| weight.is_finite()));
    }
}
