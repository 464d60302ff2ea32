//! Topics from few examples: the project's own scoring rule on sets that others labelled.
//!
//! Each class becomes a topic with its name as the description and a few of its texts as examples, drawn
//! by chance from one half of the class; texts of the other half are judged, and what is over the
//! threshold is compared with their one label.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use super::EvalError;
use crate::classify::topics::{Topics, anchors};
use crate::classify::words::Folded;
use crate::classify::{Encoder, EncoderError};
use crate::topic::{Ruleset, Topic, TopicKind};
use crate::verdict::{Band, Embedding};

/// A set of texts with one label each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// 77 intents of bank customers, training part.
    Banking77,
    /// 8 subjects of Reuters news, training part.
    ReutersR8,
}

/// What to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'a> {
    /// On which set.
    pub set: Set,
    /// Examples a topic gets, one report each; 0 judges by the description alone.
    pub examples: &'a [usize],
    /// How often other examples are drawn.
    pub draws: u64,
    /// Texts judged at most: every n-th of those set apart, so that each class is there.
    pub texts: usize,
}

/// How well the scoring rule does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TopicReport {
    /// Examples a topic got; fewer where half of its class is fewer.
    pub examples: usize,
    /// Topics there were.
    pub topics: usize,
    /// Texts judged, with each draw.
    pub texts: usize,
    /// Draws.
    pub draws: usize,
    /// The share of texts whose best topic is the right one.
    pub best_is_right: OverDraws,
    /// Of the topics over the threshold, the share that is right.
    pub precision: OverDraws,
    /// Of the right topics, the share over the threshold.
    pub recall: OverDraws,
    /// The harmonic mean of the two.
    pub f1: OverDraws,
}

/// What several draws gave.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OverDraws {
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation; 0 for a single one.
    pub deviation: f64,
}

impl OverDraws {
    fn of(values: &[f64]) -> Self {
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = (squares / values.len().saturating_sub(1).max(1) as f64).sqrt();
        Self { mean, deviation }
    }
}

/// Measures the scoring rule.
///
/// # Errors
/// [`EvalError`] where the data cannot be read or the model fails.
pub fn measure(
    data: &Path,
    encoder: &dyn Encoder,
    asked: Asked<'_>,
) -> Result<Vec<TopicReport>, EvalError> {
    let texts = read(data, asked.set)?;
    let material = Material::of(&texts, asked.texts);
    let most = asked.examples.iter().copied().max().unwrap_or(0);
    let drawn: Vec<Vec<Vec<usize>>> =
        (0..asked.draws).map(|draw| material.drawn(draw, most)).collect();

    // Each text is embedded once, however often it is drawn.
    let wanted: BTreeSet<usize> =
        drawn.iter().flatten().flatten().chain(&material.judged).copied().collect();
    let words: Vec<&str> = wanted.iter().map(|place| texts[*place].1.as_str()).collect();
    let embedded: BTreeMap<usize, Embedding> =
        wanted.iter().copied().zip(encoder.encode(&words)?).collect();
    let bare = Ruleset::of(material.classes.keys().map(|label| named(label)).collect());
    // The descriptions, then everyday talk.
    let mut descriptions = encoder.encode(&anchors(&bare))?;
    let background = descriptions.split_off(bare.topics.len().min(descriptions.len()));

    let mut reports = Vec::new();
    for &examples in asked.examples {
        let mut scores: [Vec<f64>; 4] = Default::default();
        for draw in &drawn {
            let (mut topics, mut embeddings) = (bare.topics.clone(), Vec::new());
            for ((topic, description), of_class) in topics.iter_mut().zip(&descriptions).zip(draw) {
                let chosen = &of_class[..examples.min(of_class.len())];
                topic.examples = chosen.iter().map(|place| texts[*place].1.clone()).collect();
                embeddings.push(description.clone());
                embeddings.extend(chosen.iter().map(|place| embedded[place].clone()));
            }
            embeddings.extend(background.iter().cloned());
            let topics =
                Topics::new(&Ruleset::of(topics), embeddings).map_err(EncoderError::Failed)?;
            let judged = material.judged.iter().map(|place| {
                let (label, text) = &texts[*place];
                (label.as_str(), text.as_str(), &embedded[place])
            });
            for (scores, score) in scores.iter_mut().zip(counted(&topics, judged)) {
                scores.push(score);
            }
            if examples == 0 {
                break;
            }
        }
        let [best, precision, recall, f1] = &scores;
        reports.push(TopicReport {
            examples,
            topics: bare.topics.len(),
            texts: material.judged.len(),
            draws: best.len(),
            best_is_right: OverDraws::of(best),
            precision: OverDraws::of(precision),
            recall: OverDraws::of(recall),
            f1: OverDraws::of(f1),
        });
    }
    Ok(reports)
}

/// Half of each class to draw examples from; of the other half, texts to judge.
struct Material<'a> {
    classes: BTreeMap<&'a str, Vec<usize>>,
    judged: Vec<usize>,
}

impl<'a> Material<'a> {
    fn of(texts: &'a [(String, String)], most: usize) -> Self {
        let mut classes: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, (label, _)) in texts.iter().enumerate() {
            classes.entry(label).or_default().push(place);
        }
        let mut rest = Vec::new();
        for places in classes.values_mut() {
            shuffle(places, u64::MAX);
            rest.extend(places.split_off(places.len() / 2));
        }
        let step = rest.len().div_ceil(most.max(1)).max(1);
        Self { classes, judged: rest.into_iter().step_by(step).collect() }
    }

    /// For each class, up to `most` of its texts.
    fn drawn(&self, draw: u64, most: usize) -> Vec<Vec<usize>> {
        let of_class = |places: &Vec<usize>| {
            let mut places = places.clone();
            shuffle(&mut places, draw);
            places.truncate(most);
            places
        };
        self.classes.values().map(of_class).collect()
    }
}

/// Fisher and Yates' shuffle; the same seed gives the same order for ever.
fn shuffle(places: &mut [usize], seed: u64) {
    let mut state = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    for last in (1..places.len()).rev() {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let other = (z ^ (z >> 31)) % (last as u64 + 1);
        places.swap(last, usize::try_from(other).unwrap_or(0));
    }
}

/// The share whose best is right, precision, recall and F1.
fn counted<'t>(
    topics: &Topics,
    judged: impl Iterator<Item = (&'t str, &'t str, &'t Embedding)>,
) -> [f64; 4] {
    let (mut texts, mut best, mut right, mut said) = (0_usize, 0_usize, 0_usize, 0_usize);
    for (label, text, embedding) in judged {
        texts += 1;
        let verdicts = topics.judge(&Folded::new(text), embedding);
        let name = label.replace(['_', '-'], " ");
        best += usize::from(verdicts.first().is_some_and(|(_, verdict)| verdict.name == name));
        for (_, verdict) in verdicts.iter().filter(|(_, verdict)| verdict.score >= Band::THRESHOLD)
        {
            said += 1;
            right += usize::from(verdict.name == name);
        }
    }
    let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
    let (precision, recall) = (share(right, said), share(right, texts));
    let f1 = 2.0 * precision * recall / f64::max(precision + recall, 1e-9);
    [share(best, texts), precision, recall, f1]
}

fn named(label: &str) -> Topic {
    let name = label.replace(['_', '-'], " ");
    Topic {
        description: match label {
            // Reuters' own abbreviations say nothing to a reader.
            "acq" => "mergers and acquisitions of companies".to_owned(),
            "earn" => "earnings, profits and dividends of a company".to_owned(),
            "crude" => "crude oil and fuel".to_owned(),
            "money-fx" => "foreign exchange and money markets".to_owned(),
            "interest" => "interest rates".to_owned(),
            "ship" => "shipping and ports".to_owned(),
            _ => name.clone(),
        },
        name,
        kind: TopicKind::Topic,
        examples: Vec::new(),
        any: Vec::new(),
        all: Vec::new(),
        none: Vec::new(),
        ask: None,
        offer: Vec::new(),
    }
}

fn read(data: &Path, set: Set) -> Result<Vec<(String, String)>, EvalError> {
    let path = data.join(match set {
        Set::Banking77 => "topics/banking77/banking_data/train.csv",
        Set::ReutersR8 => "topics/reuters_r8_20ng_labels/data/R8/train.txt",
    });
    let content = std::fs::read_to_string(&path).map_err(|error| EvalError::Data {
        path: path.display().to_string(),
        why: error.to_string(),
    })?;
    let pair = |line: &str| match set {
        // The label is the last column and holds no comma; a text may, and is quoted then.
        Set::Banking77 => line
            .rsplit_once(',')
            .map(|(text, label)| (label.to_owned(), text.trim_matches('"').replace("\"\"", "\""))),
        Set::ReutersR8 => {
            line.split_once('\t').map(|(label, text)| (label.to_owned(), text.to_owned()))
        }
    };
    let header = usize::from(set == Set::Banking77);
    let pairs = content.lines().skip(header).filter_map(pair);
    // A few quoted texts hold a line break and a comma before it: no label holds a space.
    Ok(pairs.filter(|(label, _)| !label.contains(' ')).collect())
}
