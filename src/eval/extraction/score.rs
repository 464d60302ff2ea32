//! Scores.

use std::collections::HashMap;
use std::fmt;

use sha2::{Digest as _, Sha256};
use unicode_segmentation::UnicodeSegmentation;

use super::reading::Reading;
use super::set::{Case, Expected, OneOrMore, Passages};
use crate::text::html::fold;

/// Words in a run. Single words agree by chance, long runs punish a single changed letter.
const RUN: usize = 4;

/// Precision, recall and F1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Score {
    /// Of what we took, the share that was wanted.
    pub precision: f64,
    /// Of what was wanted, the share we took.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
}

impl Score {
    fn of(hits: f64, taken: f64, wanted: f64) -> Self {
        let ratio = |whole: f64| if whole > 0.0 { hits / whole } else { 0.0 };
        let f1 = if taken + wanted > 0.0 { 2.0 * hits / (taken + wanted) } else { 0.0 };
        Self { precision: ratio(taken), recall: ratio(wanted), f1 }
    }

    fn mean(scores: &[Self]) -> Self {
        let mean = |part: fn(&Self) -> f64| {
            scores.iter().map(part).sum::<f64>() / scores.len().max(1) as f64
        };
        Self { precision: mean(|s| s.precision), recall: mean(|s| s.recall), f1: mean(|s| s.f1) }
    }
}

/// The score of what was read: passages counted over all pages, whole texts averaged.
pub(super) fn score(pages: &[(&Case, &Reading)]) -> Score {
    let (mut found, mut wrong, mut wanted) = (0, 0, 0);
    let mut whole = Vec::new();
    for (case, reading) in pages {
        match &case.expected {
            Expected::Passages(passages) => {
                let text = one_line(&reading.text);
                let within = |passages: &[String]| {
                    passages.iter().filter(|passage| text.contains(&one_line(passage))).count()
                };
                found += within(&passages.with);
                wrong += within(&passages.without);
                wanted += passages.with.len();
            }
            Expected::Whole(text) => whole.push(agreement(text, &reading.text)),
        }
    }
    if whole.is_empty() {
        Score::of(
            f64::from(count(found)),
            f64::from(count(found + wrong)),
            f64::from(count(wanted)),
        )
    } else {
        Score::mean(&whole)
    }
}

/// Which of two halves a page belongs to.
pub(super) fn half_of(id: &str) -> u8 {
    Sha256::digest(id)[0] % 2
}

/// How often what pages say of themselves was read right.
#[derive(Default)]
pub(super) struct Stated {
    pub(super) title: Tally,
    pub(super) author: Tally,
    pub(super) date: Tally,
}

/// Right ones, of the pages that say it.
#[derive(Default)]
pub(super) struct Tally {
    right: usize,
    all: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.all == 0 { f.write_str("-") } else { write!(f, "{}/{}", self.right, self.all) }
    }
}

impl Tally {
    pub(super) const fn is_empty(&self) -> bool {
        self.all == 0
    }

    fn take(&mut self, wanted: Option<&OneOrMore>, found: &str) {
        let wanted = wanted.map(|wanted| bare(&wanted.joined())).unwrap_or_default();
        if !wanted.is_empty() {
            self.right += usize::from(bare(found) == wanted);
            self.all += 1;
        }
    }
}

impl Stated {
    pub(super) fn of(pages: &[(&Case, &Reading)]) -> Self {
        let mut stated = Self::default();
        for (case, reading) in pages {
            if let Expected::Passages(Passages { title, author, date, .. }) = &case.expected {
                stated.title.take(title.as_ref(), &reading.title);
                stated.author.take(author.as_ref(), &reading.author);
                stated.date.take(date.as_ref(), &reading.day);
            }
        }
        stated
    }
}

fn agreement(wanted: &str, taken: &str) -> Score {
    let (wanted, taken) = (runs(wanted), runs(taken));
    let hits: usize = wanted.iter().map(|(run, n)| *n.min(taken.get(run).unwrap_or(&0))).sum();
    let all = |runs: &HashMap<String, usize>| f64::from(count(runs.values().sum()));
    Score::of(f64::from(count(hits)), all(&taken), all(&wanted))
}

/// A count as a float takes it: no page has more words than this.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text by its letters and digits alone.
fn bare(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn runs(text: &str) -> HashMap<String, usize> {
    let words: Vec<String> = text.unicode_words().map(str::to_lowercase).collect();
    let mut runs = HashMap::new();
    for run in words.windows(RUN.min(words.len()).max(1)) {
        *runs.entry(run.join(" ")).or_default() += 1;
    }
    runs
}
