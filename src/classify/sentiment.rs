//! How an author feels: a head this project trained, on the embedding and on hashed word pairs.
//!
//! The embedding knows what a text is about better than how it is meant ("not bad", "bad"); the
//! word pairs say the rest. `models/sentiment.md` has the data, the numbers and the failures.

use sha2::{Digest as _, Sha256};

use super::logistic::{Weights, softmax};
use super::tensors::{self, Tensor};
use crate::verdict::{Embedding, Probs, Sentiment, SentimentLabel};

/// Numbers in an embedding of the encoder the head was trained on.
pub const EMBEDDING: usize = 384;

/// Buckets that words and word pairs are hashed to.
pub const BUCKETS: usize = 1 << 15;

/// How much an embedding weighs beside the words: its numbers are small, about 1/√384.
const EMBEDDING_SCALE: f32 = 20.0;

/// How much the words weigh: their numbers are 1/√count.
const WORDS_SCALE: f32 = 3.0;

/// A label needs at least this probability; below it the answer is "unsure".
const SURE: f32 = 0.42;

/// Words of a text that are read: the mood of a long article is in its beginning as much as later.
const MOST_WORDS: usize = 1_000;

/// The classes, in the order of the weights.
pub const CLASSES: [SentimentLabel; 3] =
    [SentimentLabel::Negative, SentimentLabel::Neutral, SentimentLabel::Positive];

/// The head that was committed with this version.
const COMMITTED: &[u8] = include_bytes!("../../models/sentiment-head.safetensors");

/// A trained head.
#[derive(Debug, Clone, PartialEq)]
pub struct SentimentHead {
    weights: Weights,
    temperature: f64,
    digits: String,
}

/// A file that is no sentiment head.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the sentiment head: {0}; train it again or restore models/sentiment-head.safetensors")]
pub struct NotAHead(String);

impl SentimentHead {
    /// The head that was committed with this version.
    ///
    /// # Errors
    /// [`NotAHead`], if this version was built from a damaged file.
    pub fn committed() -> Result<Self, NotAHead> {
        Self::from_bytes(COMMITTED)
    }

    /// The head in a safetensors file.
    ///
    /// # Errors
    /// [`NotAHead`] says which part is missing or of another shape.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAHead> {
        let tensors = tensors::read(bytes).map_err(NotAHead)?;
        let read = |name: &str, length: usize| {
            tensors
                .iter()
                .find(|tensor| tensor.name == name && tensor.values.len() == length)
                .map(|tensor| tensor.values.iter().map(|value| f64::from(*value)))
                .ok_or_else(|| NotAHead(format!("it has no `{name}` of {length} numbers")))
        };
        let classes = CLASSES.len();
        let mut values: Vec<f64> = read("embedding", EMBEDDING * classes)?.collect();
        let scales: Vec<f64> = read("words_scale", classes)?.collect();
        let words = read("words", BUCKETS * classes)?;
        values.extend(words.zip(scales.iter().cycle()).map(|(value, scale)| value * scale));
        values.extend(read("intercept", classes)?);
        let temperature = read("temperature", 1)?.next().unwrap_or(1.0);
        if !(temperature.is_normal() && temperature > 0.0 && values.iter().all(|v| v.is_finite())) {
            return Err(NotAHead("it holds numbers that are none".to_owned()));
        }
        let digits = Sha256::digest(bytes)
            .iter()
            .take(4)
            .fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"));
        Ok(Self { weights: Weights { classes, values }, temperature, digits })
    }

    /// The file of a head: word weights as bytes, everything else as it is.
    #[must_use]
    pub fn to_bytes(weights: &Weights, temperature: f64) -> Vec<u8> {
        let classes = CLASSES.len();
        let (embedding, rest) = weights.values.split_at(EMBEDDING * classes);
        let (words, intercept) = rest.split_at(BUCKETS * classes);
        let scales: Vec<f64> = (0..classes)
            .map(|class| {
                let largest = words
                    .iter()
                    .skip(class)
                    .step_by(classes)
                    .fold(0.0, |a, b| f64::max(a, b.abs()));
                f64::max(largest / 127.0, 1e-9)
            })
            .collect();
        let rounded: Vec<f32> = words
            .iter()
            .zip(scales.iter().cycle())
            .map(|(weight, scale)| (weight / scale).round() as f32)
            .collect();
        let floats = |values: &[f64]| values.iter().map(|value| *value as f32).collect::<Vec<_>>();
        tensors::write(&[
            Tensor::floats("embedding", &[EMBEDDING, classes], floats(embedding)),
            Tensor::bytes("words", &[BUCKETS, classes], rounded),
            Tensor::floats("words_scale", &[classes], floats(&scales)),
            Tensor::floats("intercept", &[classes], floats(intercept)),
            Tensor::floats("temperature", &[1], vec![temperature as f32]),
        ])
    }

    /// The first eight digits of the file's checksum.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// How the author of a [`readable`](super::readable::readable) text feels; unknown where there
    /// is no embedding or no word.
    #[must_use]
    pub fn judge(&self, readable: &str, embedding: &Embedding) -> Sentiment {
        if embedding.0.len() != EMBEDDING || !readable.chars().any(char::is_alphabetic) {
            return Sentiment::unknown();
        }
        let scores = self.weights.scores(&features(readable, embedding));
        let probabilities = softmax(&scores, self.temperature);
        let [negative, neutral, positive] = probabilities[..] else {
            return Sentiment::unknown();
        };
        let (label, score) = CLASSES
            .into_iter()
            .zip(&probabilities)
            .max_by(|a, b| a.1.total_cmp(b.1))
            .map_or((SentimentLabel::Unknown, 0.0), |(label, score)| (label, *score as f32));
        let probs =
            Probs { positive: positive as f32, neutral: neutral as f32, negative: negative as f32 };
        let label = if score < SURE { SentimentLabel::Unsure } else { label };
        Sentiment { label, score, probs: Some(probs) }
    }
}

/// What the head sees of a text: the embedding, then its words and word pairs, hashed.
#[must_use]
pub fn features(readable: &str, embedding: &Embedding) -> Vec<(u32, f32)> {
    let mut features: Vec<(u32, f32)> = embedding
        .0
        .iter()
        .enumerate()
        .map(|(place, value)| (place as u32, value * EMBEDDING_SCALE))
        .collect();
    let words = words(readable);
    let mut buckets: Vec<u32> = Vec::with_capacity(words.len() * 2);
    buckets.extend(words.iter().map(|word| bucket(&[word])));
    buckets.extend(words.windows(2).map(|pair| bucket(&[&pair[0], &pair[1]])));
    buckets.sort_unstable();
    buckets.dedup();
    let value = WORDS_SCALE / (buckets.len().max(1) as f32).sqrt();
    features.extend(buckets.into_iter().map(|bucket| (EMBEDDING as u32 + bucket, value)));
    features
}

/// Lower-case words, runs of signs (":)", "!!"), single emoji.
fn words(readable: &str) -> Vec<String> {
    #[derive(PartialEq, Clone, Copy)]
    enum Kind {
        Word,
        Sign,
        Picture,
        Space,
    }
    let kind_of = |c: char| match c {
        c if c.is_alphanumeric() || c == '\'' || c == '@' => Kind::Word,
        c if c.is_whitespace() => Kind::Space,
        c if c.is_ascii() => Kind::Sign,
        '\u{2000}'..='\u{206f}' => Kind::Sign,
        _ => Kind::Picture,
    };
    let mut words: Vec<String> = Vec::new();
    let mut last = Kind::Space;
    for c in readable.to_lowercase().replace('\u{2019}', "'").chars() {
        let kind = kind_of(c);
        let goes_on = kind == last && kind != Kind::Picture;
        match words.last_mut() {
            Some(word) if goes_on && kind != Kind::Space => {
                // "soooo" and "!!!!" say no more than "soo" and "!!".
                let repeated = word.chars().rev().take(2).filter(|before| *before == c).count();
                if repeated < 2 {
                    word.push(c);
                }
            }
            _ if kind != Kind::Space => {
                if words.len() == MOST_WORDS {
                    break;
                }
                words.push(c.to_string());
            }
            _ => {}
        }
        last = kind;
    }
    words
}

/// FNV-1a over the words with a break after each: stable for ever, unlike the standard hasher.
fn bucket(words: &[&str]) -> u32 {
    let mut hash: u32 = 0x811c_9dc5;
    for byte in words.iter().flat_map(|word| word.bytes().chain([0])) {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    // The low bits of FNV are its weakest: fold the high ones in.
    ((hash >> 15) ^ hash) % BUCKETS as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_pictures_are_words_too() {
        assert_eq!(
            words("I LOVE it :) sooooo good!!!! 🔥🔥"),
            ["i", "love", "it", ":)", "soo", "good", "!!", "🔥", "🔥"]
        );
    }

    #[test]
    fn a_head_survives_its_file() {
        let size = (EMBEDDING + BUCKETS + 1) * CLASSES.len();
        let values = (0..size).map(|place| f64::from((place % 255) as u8) - 127.0).collect();
        let weights = Weights { classes: CLASSES.len(), values };
        let bytes = SentimentHead::to_bytes(&weights, 1.5);
        let head = SentimentHead::from_bytes(&bytes).unwrap();
        assert!((head.temperature - 1.5).abs() < 1e-9);
        let worst = head
            .weights
            .values
            .iter()
            .zip(&weights.values)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        assert!(worst < 0.51, "{worst}");
        for cut in [0, 7, 8, 100, bytes.len() - 1] {
            assert!(SentimentHead::from_bytes(&bytes[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn the_committed_head_opens() {
        assert_eq!(SentimentHead::committed().unwrap().digits().len(), 8);
    }
}
