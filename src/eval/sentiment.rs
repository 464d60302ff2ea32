//! Sentiment, measured: of a text's author, and towards somebody it names.

use std::ops::Range;
use std::path::Path;

use serde::Serialize;

use super::EvalError;
use super::confusion::{Score, score};
use super::feelings::{self, Labelled, Set};
use crate::classify::language::Languages;
use crate::classify::sentiment::pieces::Pieces;
use crate::classify::sentiment::{Feelings, labelled, relief};
use crate::classify::{Encoder, EncoderError, Reading, language, readable};
use crate::verdict::SentimentLabel;

/// Texts read between two lines of progress.
const STRETCH: usize = 1_024;

/// Tweets of one feeling that make one long post.
const TWEETS_A_POST: usize = 15;

/// How well we do on one set's held-out part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SetReport {
    /// Which set.
    pub set: String,
    /// How the author feels. Where a set has labels for targets only, of the texts whose targets all
    /// have the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<Score>,
    /// How the author feels towards each target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<Score>,
    /// Texts that praise one target and blame another: how many there are, and how many of them, and
    /// of all others, are labelled "mixed".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mixed: Option<(usize, usize, usize)>,
    /// Texts taken for another language than English, which the product would not judge.
    pub not_english: usize,
}

/// Measures the encoder's sentiment branch on what was held out of its training. `progress` hears a
/// line now and then.
///
/// # Errors
/// [`EvalError`] where the data cannot be read or the model fails.
pub fn measure(
    data: &Path,
    encoder: &dyn Encoder,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<SetReport>, EvalError> {
    let texts = feelings::held_out(data)?;
    let read = feelings_of(&texts, encoder, progress)?;
    let sets = [
        Set::TweetEval,
        Set::SemEval,
        Set::News,
        Set::Acl14,
        Set::Laptops,
        Set::Restaurants,
        Set::Own,
        Set::Effects,
    ];
    let mut reports = Vec::new();
    for set in sets {
        let of_set: Vec<(&Labelled, &Feelings)> =
            texts.iter().zip(&read).filter(|(text, _)| text.set == set).collect();
        if !of_set.is_empty() {
            reports.push(report(set, &of_set));
        }
    }
    let long = long_posts(&texts);
    let read = feelings_of(&long, encoder, progress)?;
    let of_long: Vec<(&Labelled, &Feelings)> = long.iter().zip(&read).collect();
    if !of_long.is_empty() {
        let report = report(Set::SemEval, &of_long);
        reports.push(SetReport { set: format!("long posts of {TWEETS_A_POST} tweets"), ..report });
    }
    Ok(reports)
}

fn report(set: Set, texts: &[(&Labelled, &Feelings)]) -> SetReport {
    let has_authors = set.is_ours() || matches!(set, Set::TweetEval | Set::SemEval);
    let authors: Vec<_> = texts
        .iter()
        .filter_map(|(text, read)| {
            let class = if has_authors { text.author } else { text.unanimous() };
            Some((class?, read.author))
        })
        .collect();
    let targets: Vec<_> = texts
        .iter()
        .flat_map(|(text, read)| {
            let classes = text.targets.iter().map(|target| target.class);
            // A target that the text does not name is judged by the text as a whole.
            classes.zip(&read.targets).map(|(class, probs)| (class, probs.or(read.author)))
        })
        .collect();
    let is_said_mixed = |read: &Feelings| labelled(read.author).label == SentimentLabel::Mixed;
    let (both, one): (Vec<_>, Vec<_>) = texts.iter().partition(|(text, _)| text.mixed);
    let english = Languages::default();
    let said = |texts: &[&(&Labelled, &Feelings)]| {
        texts.iter().filter(|(_, read)| is_said_mixed(read)).count()
    };
    SetReport {
        set: format!("{set:?}"),
        author: (!authors.is_empty()).then(|| score(&authors)),
        targets: (!targets.is_empty()).then(|| score(&targets)),
        mixed: (!both.is_empty()).then(|| (both.len(), said(&both), said(&one))),
        not_english: texts
            .iter()
            .filter(|(text, _)| !english.judge(&language::detect(&text.text, None)))
            .count(),
    }
}

fn feelings_of(
    texts: &[Labelled],
    encoder: &dyn Encoder,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Feelings>, EncoderError> {
    let mut feelings = Vec::with_capacity(texts.len());
    for stretch in texts.chunks(STRETCH) {
        let prepared: Vec<(String, Pieces)> = stretch
            .iter()
            .map(|text| (readable::readable(&text.text), Pieces::of(&text.text, &places(text))))
            .collect();
        let readings: Vec<Reading<'_>> =
            prepared.iter().map(|(text, pieces)| Reading { text, pieces: Some(pieces) }).collect();
        let read = encoder.read(&readings)?.into_iter().map(|read| read.feelings);
        feelings.extend(stretch.iter().zip(read).map(|(labelled, read)| Feelings {
            author: relief::weighed(&labelled.text, read.author),
            ..read
        }));
        progress(&format!("{} of {} read", feelings.len(), texts.len()));
    }
    Ok(feelings)
}

/// Where each target stands; an empty stretch for one that is not named.
pub(super) fn places(text: &Labelled) -> Vec<Range<usize>> {
    text.targets.iter().map(|target| target.place.clone().unwrap_or(0..0)).collect()
}

/// Posts of several sequences, of tweets that feel the same.
fn long_posts(texts: &[Labelled]) -> Vec<Labelled> {
    (0..3)
        .flat_map(|class| {
            let of_class: Vec<&Labelled> = texts
                .iter()
                .filter(|text| text.set == Set::SemEval && text.author == Some(class))
                .collect();
            of_class
                .chunks_exact(TWEETS_A_POST)
                .map(|tweets| Labelled {
                    text: tweets.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join("\n"),
                    targets: Vec::new(),
                    ..tweets[0].clone()
                })
                .collect::<Vec<_>>()
        })
        .collect()
}
