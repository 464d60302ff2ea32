//! Topics from few examples: the project's own scoring rule on sets that others labelled.
//!
//! Each class becomes a topic with its name as the description and a few of its texts as examples;
//! every other text is judged, and what is over the threshold is compared with its one label.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::EvalError;
use crate::classify::topics::{THRESHOLD, Topics, anchors};
use crate::classify::words::Folded;
use crate::classify::{Encoder, EncoderError};
use crate::topic::{Ruleset, Topic, TopicKind};
use crate::verdict::Embedding;

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
pub struct Asked {
    /// On which set.
    pub set: Set,
    /// Examples a topic gets; 0 judges by the description alone.
    pub examples: usize,
    /// Texts judged at most: every n-th of the set, so that each class is there.
    pub texts: usize,
}

/// How well the scoring rule does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TopicReport {
    /// Topics there were.
    pub topics: usize,
    /// Texts judged.
    pub texts: usize,
    /// The share of texts whose best topic is the right one.
    pub best_is_right: f64,
    /// Of the topics over the threshold, the share that is right.
    pub precision: f64,
    /// Of the right topics, the share over the threshold.
    pub recall: f64,
    /// The harmonic mean of the two.
    pub f1: f64,
}

/// Measures the scoring rule.
///
/// # Errors
/// [`EvalError`] where the data cannot be read or the model fails.
pub fn measure(data: &Path, encoder: &dyn Encoder, asked: Asked) -> Result<TopicReport, EvalError> {
    let texts = read(data, asked.set)?;
    let mut topics: BTreeMap<&str, Topic> = BTreeMap::new();
    let mut rest = Vec::new();
    for (label, text) in &texts {
        let topic = topics.entry(label).or_insert_with(|| named(label));
        if topic.examples.len() < asked.examples {
            topic.examples.push(text.clone());
        } else {
            rest.push((label.as_str(), text.as_str()));
        }
    }
    let ruleset = Ruleset::of(topics.into_values().collect());
    let step = rest.len().div_ceil(asked.texts.max(1)).max(1);
    let judged: Vec<(&str, &str)> = rest.into_iter().step_by(step).collect();

    let topics =
        Topics::new(&ruleset, encoder.encode(&anchors(&ruleset))?).map_err(EncoderError::Failed)?;
    let words: Vec<&str> = judged.iter().map(|(_, text)| *text).collect();
    let embeddings = encoder.encode(&words)?;
    Ok(counted(&topics, &judged, &embeddings, ruleset.topics.len()))
}

fn counted(
    topics: &Topics,
    judged: &[(&str, &str)],
    embeddings: &[Embedding],
    count: usize,
) -> TopicReport {
    let (mut best, mut right, mut said) = (0_usize, 0_usize, 0_usize);
    for ((label, text), embedding) in judged.iter().zip(embeddings) {
        let verdicts = topics.judge(&Folded::new(text), embedding);
        let name = label.replace(['_', '-'], " ");
        best += usize::from(verdicts.first().is_some_and(|(_, verdict)| verdict.name == name));
        for (_, verdict) in verdicts.iter().filter(|(_, verdict)| verdict.score >= THRESHOLD) {
            said += 1;
            right += usize::from(verdict.name == name);
        }
    }
    let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
    let (precision, recall) = (share(right, said), share(right, judged.len()));
    TopicReport {
        topics: count,
        texts: judged.len(),
        best_is_right: share(best, judged.len()),
        precision,
        recall,
        f1: 2.0 * precision * recall / f64::max(precision + recall, 1e-9),
    }
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
