//! Texts that people labelled with feelings: an author's, or those towards somebody named.
//!
//! What is held out is held out by the text alone, so that training and measuring always agree on it.

mod copies;
mod effects;
mod named;
mod own;
mod tweets;

use std::fs;
use std::ops::Range;
use std::path::Path;

use serde::Serialize;

use self::copies::KeptApart;
use super::EvalError;

/// Negative, neutral or positive: 0, 1, 2, as in
/// [`CLASSES`](crate::classify::sentiment::CLASSES).
pub type Class = usize;

/// Where a text is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Set {
    /// TweetEval's validation part: never trained on.
    TweetEval,
    /// SemEval-2017 task 4, subtasks A and CE: tweets of 2013 to 2016.
    SemEval,
    /// NewsMTSC: sentences of political news.
    News,
    /// ACL14: tweets about people and products.
    Acl14,
    /// SemEval-2014: reviews of laptops.
    Laptops,
    /// SemEval-2014: reviews of restaurants.
    Restaurants,
    /// Sentences of our own, about suppliers and their customers.
    Own,
    /// Sentences of ours in which the feeling follows from what happened to what.
    Effects,
    /// TweetEval's emotions: anger, joy, optimism, sadness. They help in training.
    Emotions,
}

impl Set {
    /// Whether we wrote it.
    #[must_use]
    pub const fn is_ours(self) -> bool {
        matches!(self, Self::Own | Self::Effects)
    }
}

/// A text with what its readers said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled {
    /// Where it is from.
    pub set: Set,
    /// Kept out of training, to measure on.
    pub held_out: bool,
    /// The text, as it was written.
    pub text: String,
    /// How its author feels.
    pub author: Option<Class>,
    /// Whether it praises one thing and blames another.
    pub mixed: bool,
    /// How the author feels towards each of those.
    pub targets: Vec<Target>,
    /// The author's emotion, by the number it has in its set.
    pub emotion: Option<usize>,
}

/// Somebody or something named in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Where, in bytes; none where the text does not name it.
    pub place: Option<Range<usize>>,
    /// How the author feels about it.
    pub class: Class,
}

impl Labelled {
    /// What all its targets were given; none where they differ, or there is none.
    #[must_use]
    pub fn unanimous(&self) -> Option<Class> {
        let first = self.targets.first()?.class;
        self.targets.iter().all(|target| target.class == first).then_some(first)
    }
}

/// Whether one target is praised and another one blamed.
fn are_mixed(targets: &[Target]) -> bool {
    let any = |class: Class| targets.iter().any(|target| target.class == class);
    any(0) && any(2)
}

/// Everything there is to train and to measure on.
#[derive(Debug, Clone)]
pub struct Material {
    /// Each text once.
    pub texts: Vec<Labelled>,
    /// Tweets that stand in several files, or twice with other signs.
    pub repeated: usize,
    /// Texts dropped because one that is held out holds them, or nearly so.
    pub leaking: usize,
}

/// Reads all sets below the data folder. A set that is not there is left out, but for the tweets.
///
/// # Errors
/// [`EvalError::Data`].
pub fn material(data: &Path) -> Result<Material, EvalError> {
    let (mut texts, repeated) = all(data)?;
    // Ours repeat each other on purpose, and no tweet.
    let of_others = texts.iter().filter(|text| text.held_out && !text.set.is_ours());
    let kept_apart = KeptApart::of(of_others);
    let before = texts.len();
    drop_repeats_of_validation(&mut texts);
    texts.retain(|text| text.held_out || !kept_apart.has(&text.text));
    Ok(Material { leaking: before - texts.len(), texts, repeated })
}

/// What is held out alone: to measure on.
///
/// # Errors
/// [`EvalError::Data`].
pub fn held_out(data: &Path) -> Result<Vec<Labelled>, EvalError> {
    let (mut texts, _) = all(data)?;
    texts.retain(|text| text.held_out);
    drop_repeats_of_validation(&mut texts);
    Ok(texts)
}

/// Every text, and how many stood in the files more than once.
fn all(data: &Path) -> Result<(Vec<Labelled>, usize), EvalError> {
    let mut texts = tweets::validation(data)?;
    let tweets::Gathered { tweets, repeated } = tweets::semeval(data)?;
    texts.extend(tweets);
    texts.extend(named::all(data)?);
    texts.extend(tweets::emotions(data)?);
    texts.extend(own::all());
    texts.extend(effects::all());
    Ok((texts, repeated))
}

fn drop_repeats_of_validation(texts: &mut Vec<Labelled>) {
    let validation = KeptApart::of(texts.iter().filter(|text| text.set == Set::TweetEval));
    texts.retain(|text| text.set == Set::TweetEval || !validation.has(&text.text));
}

fn read(path: &Path) -> Result<String, EvalError> {
    fs::read_to_string(path).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> EvalError {
    EvalError::Data { path: path.display().to_string(), why: error.to_string() }
}
