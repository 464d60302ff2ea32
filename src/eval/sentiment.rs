//! Sentiment: training the head, and macro-recall on TweetEval's validation part.

use std::path::Path;

use serde::Serialize;

use super::EvalError;
use super::tweets::{self, Tweet};
use crate::classify::sentiment::{CLASSES, SentimentHead};
use crate::classify::train::{Labelled, Trained, macro_recall, train};
use crate::classify::{Encoder, EncoderError};
use crate::verdict::{Sentiment, SentimentLabel};

/// Texts encoded between two lines of progress.
const STRETCH: usize = 2_048;

/// How well a head does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SentimentReport {
    /// Tweets it was measured on.
    pub tweets: usize,
    /// The mean recall of the three classes, taking the likeliest class of each tweet.
    pub macro_recall: f64,
    /// The same where "unsure" counts as wrong.
    pub macro_recall_as_labelled: f64,
    /// Recall of negative, neutral, positive.
    pub recalls: [f64; 3],
    /// The share of tweets labelled "unsure".
    pub unsure: f64,
}

/// How a head was trained, and how well it does.
#[derive(Debug, Clone)]
pub struct TrainReport {
    /// The head and its calibration.
    pub trained: Trained,
    /// Tweets dropped because the validation part holds them or nearly so.
    pub leaking: usize,
    /// Tweets that stood in the files more than once.
    pub repeated: usize,
    /// How well it does on the validation part.
    pub validation: SentimentReport,
}

/// Trains the sentiment head on SemEval's tweets and writes it to `out`. `progress` hears a line
/// now and then. The same data, encoder and seed give the same file.
///
/// # Errors
/// [`EvalError`] where the data cannot be read, the model fails, or `out` cannot be written.
pub fn train_sentiment(
    data: &Path,
    encoder: &dyn Encoder,
    seed: u64,
    out: &Path,
    progress: &mut dyn FnMut(&str),
) -> Result<TrainReport, EvalError> {
    let validation = tweets::validation(data)?;
    let training = tweets::training(data, &validation)?;
    progress(&format!(
        "{} tweets to train on; {} dropped that the validation part holds",
        training.tweets.len(),
        training.leaking
    ));
    let rows = encoded(&training.tweets, encoder, progress)?;
    let trained = train(&rows, seed, progress);
    std::fs::write(out, &trained.head).map_err(|error| EvalError::Data {
        path: out.display().to_string(),
        why: error.to_string(),
    })?;
    let head = SentimentHead::from_bytes(&trained.head).map_err(|error| EvalError::Data {
        path: out.display().to_string(),
        why: error.to_string(),
    })?;
    let rows = encoded(&validation, encoder, progress)?;
    let report = TrainReport {
        trained,
        leaking: training.leaking,
        repeated: training.repeated,
        validation: measured(&rows, &head),
    };
    Ok(report)
}

/// Measures a head on TweetEval's validation part.
///
/// # Errors
/// [`EvalError`] where the data cannot be read or the model fails.
pub fn measure(
    data: &Path,
    encoder: &dyn Encoder,
    head: &SentimentHead,
) -> Result<SentimentReport, EvalError> {
    let tweets = tweets::validation(data)?;
    Ok(measured(&encoded(&tweets, encoder, &mut |_| {})?, head))
}

fn encoded(
    tweets: &[Tweet],
    encoder: &dyn Encoder,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Labelled>, EncoderError> {
    let mut rows = Vec::with_capacity(tweets.len());
    for stretch in tweets.chunks(STRETCH) {
        let texts: Vec<&str> = stretch.iter().map(|tweet| tweet.text.as_str()).collect();
        let embeddings = encoder.encode(&texts)?;
        rows.extend(stretch.iter().zip(embeddings).map(|(tweet, embedding)| Labelled {
            text: tweet.text.clone(),
            label: tweet.label,
            embedding,
        }));
        progress(&format!("{} of {} encoded", rows.len(), tweets.len()));
    }
    Ok(rows)
}

fn measured(rows: &[Labelled], head: &SentimentHead) -> SentimentReport {
    let class = |label: SentimentLabel| {
        CLASSES.iter().position(|class| *class == label).unwrap_or(usize::MAX)
    };
    let judged: Vec<(usize, Sentiment)> =
        rows.iter().map(|row| (class(row.label), head.judge(&row.text, &row.embedding))).collect();
    let likeliest: Vec<(usize, usize)> =
        judged.iter().map(|(truth, said)| (*truth, class(likeliest(said)))).collect();
    let recalls = [0, 1, 2].map(|of| {
        macro_recall(likeliest.iter().copied().filter(|(truth, _)| *truth == of), CLASSES.len())
    });
    let unsure = judged.iter().filter(|(_, said)| said.label == SentimentLabel::Unsure).count();
    SentimentReport {
        tweets: rows.len(),
        macro_recall: macro_recall(likeliest, CLASSES.len()),
        macro_recall_as_labelled: macro_recall(
            judged.iter().map(|(truth, said)| (*truth, class(said.label))),
            CLASSES.len(),
        ),
        recalls,
        unsure: unsure as f64 / rows.len().max(1) as f64,
    }
}

fn likeliest(said: &Sentiment) -> SentimentLabel {
    let Some(probs) = said.probs else { return SentimentLabel::Unknown };
    [
        (probs.negative, SentimentLabel::Negative),
        (probs.neutral, SentimentLabel::Neutral),
        (probs.positive, SentimentLabel::Positive),
    ]
    .into_iter()
    .max_by(|a, b| a.0.total_cmp(&b.0))
    .map_or(SentimentLabel::Unknown, |(_, label)| label)
}
