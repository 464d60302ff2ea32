//! Multinomial logistic regression on sparse rows, by L-BFGS: single-threaded, in `f64` and in a
//! fixed order, so that the same rows give the same weights on every machine.

use std::collections::VecDeque;

/// Corrections that L-BFGS remembers. Ten is the usual choice; more bought nothing here.
const MEMORY: usize = 10;

/// One example: feature numbers with values, its class, and how much it counts.
#[derive(Debug, Clone)]
pub struct Row {
    /// Features that are not zero.
    pub features: Vec<(u32, f32)>,
    /// Its class.
    pub class: usize,
    /// Its weight in the loss.
    pub weight: f64,
}

/// The weights: for each feature one number a class, then one intercept a class.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// How many classes.
    pub classes: usize,
    /// `features × classes`, then `classes` intercepts.
    pub values: Vec<f64>,
}

impl Weights {
    /// The score of each class, before they are made probabilities.
    #[must_use]
    pub fn scores(&self, features: &[(u32, f32)]) -> Vec<f64> {
        let intercepts = self.values.len().saturating_sub(self.classes);
        let mut scores = self.values[intercepts..].to_vec();
        for &(feature, value) in features {
            let at = feature as usize * self.classes;
            if let Some(weights) = self.values[..intercepts].get(at..at + self.classes) {
                for (score, weight) in scores.iter_mut().zip(weights) {
                    *score += weight * f64::from(value);
                }
            }
        }
        scores
    }
}

/// What to fit.
#[derive(Debug, Clone, Copy)]
pub struct Fit {
    /// Features there are.
    pub features: usize,
    /// Classes there are.
    pub classes: usize,
    /// The strength of the pull to zero, on the mean loss.
    pub l2: f64,
    /// Iterations at most.
    pub iterations: usize,
}

/// Fits weights to rows; `told` hears the iteration and the loss.
pub fn fit(rows: &[Row], fit: Fit, told: &mut dyn FnMut(usize, f64)) -> Weights {
    let size = (fit.features + 1) * fit.classes;
    let mut at = vec![0.0; size];
    let (mut loss, mut gradient) = loss_and_gradient(rows, &at, fit);
    let mut memory: VecDeque<Correction> = VecDeque::new();

    for iteration in 1..=fit.iterations {
        let direction = descent(&gradient, &memory);
        let slope = dot(&direction, &gradient);
        // Armijo's rule: halve the step until the loss falls as far as the slope promised.
        let mut step = if memory.is_empty() { 1.0 / norm(&gradient).max(1.0) } else { 1.0 };
        let (next, next_loss, next_gradient) = loop {
            let next: Vec<f64> = at.iter().zip(&direction).map(|(a, d)| a + step * d).collect();
            let (next_loss, next_gradient) = loss_and_gradient(rows, &next, fit);
            if next_loss <= loss + 1e-4 * step * slope || step < 1e-10 {
                break (next, next_loss, next_gradient);
            }
            step /= 2.0;
        };
        let moved: Vec<f64> = next.iter().zip(&at).map(|(a, b)| a - b).collect();
        let turned: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        let curvature = dot(&moved, &turned);
        if curvature > 1e-12 {
            memory.push_back(Correction { moved, turned, scale: 1.0 / curvature });
            if memory.len() > MEMORY {
                memory.pop_front();
            }
        }
        let gained = loss - next_loss;
        (at, loss, gradient) = (next, next_loss, next_gradient);
        told(iteration, loss);
        if gained < 1e-7 * loss.abs().max(1e-9) {
            break;
        }
    }
    Weights { classes: fit.classes, values: at }
}

/// Probabilities from scores, sharpened or softened by `temperature`.
#[must_use]
pub fn softmax(scores: &[f64], temperature: f64) -> Vec<f64> {
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| ((score - top) / temperature).exp()).collect();
    let total: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / total).collect()
}

/// A step that was taken and how the gradient turned on it.
struct Correction {
    moved: Vec<f64>,
    turned: Vec<f64>,
    scale: f64,
}

fn loss_and_gradient(rows: &[Row], at: &[f64], fit: Fit) -> (f64, Vec<f64>) {
    let intercepts = fit.features * fit.classes;
    let weights = Weights { classes: fit.classes, values: at.to_vec() };
    let mut gradient = vec![0.0; at.len()];
    let (mut loss, mut total) = (0.0, 0.0);
    for row in rows {
        let probabilities = softmax(&weights.scores(&row.features), 1.0);
        loss -= row.weight * probabilities[row.class].max(1e-300).ln();
        total += row.weight;
        for (class, probability) in probabilities.iter().enumerate() {
            let error = row.weight * (probability - f64::from(u8::from(class == row.class)));
            gradient[intercepts + class] += error;
            for &(feature, value) in &row.features {
                gradient[feature as usize * fit.classes + class] += error * f64::from(value);
            }
        }
    }
    let total = f64::max(total, 1e-12);
    for slope in &mut gradient {
        *slope /= total;
    }
    loss /= total;
    // Intercepts are free: how common a class is needs no excuse.
    for (slope, weight) in gradient[..intercepts].iter_mut().zip(at) {
        *slope += fit.l2 * weight;
        loss += fit.l2 * weight * weight / 2.0;
    }
    (loss, gradient)
}

/// L-BFGS's two-loop recursion.
fn descent(gradient: &[f64], memory: &VecDeque<Correction>) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
    let mut shares = Vec::with_capacity(memory.len());
    for correction in memory.iter().rev() {
        let share = correction.scale * dot(&correction.moved, &direction);
        add(&mut direction, &correction.turned, -share);
        shares.push(share);
    }
    if let Some(last) = memory.back() {
        let scale = 1.0 / (last.scale * dot(&last.turned, &last.turned));
        for value in &mut direction {
            *value *= scale;
        }
    }
    for (correction, share) in memory.iter().zip(shares.into_iter().rev()) {
        let back = correction.scale * dot(&correction.turned, &direction);
        add(&mut direction, &correction.moved, share - back);
    }
    direction
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

fn add(to: &mut [f64], what: &[f64], times: f64) {
    for (to, what) in to.iter_mut().zip(what) {
        *to += times * what;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_classes_on_a_line_are_told_apart() {
        let rows: Vec<Row> = (0..90)
            .map(|place| Row {
                features: vec![(0, place as f32 / 10.0), (1, (place as f32 / 10.0).powi(2))],
                class: place / 30,
                weight: 1.0,
            })
            .collect();
        let asked = Fit { features: 2, classes: 3, l2: 1e-6, iterations: 200 };
        let weights = fit(&rows, asked, &mut |_, _| {});
        let right = rows
            .iter()
            .filter(|row| {
                let scores = weights.scores(&row.features);
                (0..3).max_by(|a, b| scores[*a].total_cmp(&scores[*b])) == Some(row.class)
            })
            .count();
        assert!(right >= 86, "{right} of 90");
        assert_eq!(weights, fit(&rows, asked, &mut |_, _| {}), "twice the same");
    }
}
