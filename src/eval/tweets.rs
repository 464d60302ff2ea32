//! The labelled tweets: SemEval-2017 task 4 (subtask A, to train on) and TweetEval's validation
//! part (to measure on).

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use super::EvalError;
use crate::classify::readable::readable;
use crate::verdict::SentimentLabel;

/// Words in a row that two tweets share only if one repeats the other.
const SHINGLE: usize = 8;

/// A tweet with the class its readers gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tweet {
    /// Its text, readable.
    pub text: String,
    /// Its class.
    pub label: SentimentLabel,
}

/// What there is to train on, and how much was left out.
#[derive(Debug, Clone)]
pub struct Training {
    /// Tweets, each once, in the order of the files.
    pub tweets: Vec<Tweet>,
    /// Tweets that stand in several files, or twice with other signs.
    pub repeated: usize,
    /// Tweets that were dropped because the validation part holds them or nearly so.
    pub leaking: usize,
}

/// TweetEval's validation part, below the data folder.
///
/// # Errors
/// [`EvalError::Data`].
pub fn validation(data: &Path) -> Result<Vec<Tweet>, EvalError> {
    let folder = data.join("sentiment/tweeteval/datasets/sentiment");
    let texts = read(&folder.join("val_text.txt"))?;
    let labels = read(&folder.join("val_labels.txt"))?;
    Ok(texts
        .lines()
        .zip(labels.lines())
        .filter_map(|(text, label)| {
            let label = match label.trim() {
                "0" => SentimentLabel::Negative,
                "1" => SentimentLabel::Neutral,
                "2" => SentimentLabel::Positive,
                _ => return None,
            };
            Some(Tweet { text: readable(&unescaped(text)), label })
        })
        .collect())
}

/// SemEval's tweets without any that stands in `validation`.
///
/// # Errors
/// [`EvalError::Data`].
pub fn training(data: &Path, validation: &[Tweet]) -> Result<Training, EvalError> {
    let folder = data.join("sentiment/semeval2017_task4/dataset/Subtask_A/downloaded");
    let mut files: Vec<_> = fs::read_dir(&folder)
        .map_err(|error| failed(&folder, &error))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "tsv"))
        .collect();
    files.sort();

    let kept_apart: HashSet<String> = validation.iter().map(|tweet| bare(&tweet.text)).collect();
    let shingles: HashSet<String> =
        validation.iter().flat_map(|tweet| shingles(&tweet.text)).collect();
    let mut seen = HashSet::new();
    let mut training = Training { tweets: Vec::new(), repeated: 0, leaking: 0 };
    for file in files {
        for line in read(&file)?.lines() {
            let mut fields = line.split('\t').skip(1);
            let (Some(label), Some(text)) = (fields.next(), fields.next()) else { continue };
            let label = match label {
                "negative" => SentimentLabel::Negative,
                "neutral" => SentimentLabel::Neutral,
                "positive" => SentimentLabel::Positive,
                _ => continue,
            };
            let text = readable(&unescaped(text));
            let key = bare(&text);
            if kept_apart.contains(&key)
                || self::shingles(&text).iter().any(|words| shingles.contains(words))
            {
                training.leaking += 1;
            } else if seen.insert(key) {
                training.tweets.push(Tweet { text, label });
            } else {
                training.repeated += 1;
            }
        }
    }
    Ok(training)
}

/// Letters and digits only, without handles and addresses: what two copies of a tweet share.
fn bare(text: &str) -> String {
    plain(text).concat()
}

fn shingles(text: &str) -> Vec<String> {
    plain(text).windows(SHINGLE).map(|words| words.join(" ")).collect()
}

fn plain(text: &str) -> Vec<String> {
    text.split_whitespace()
        .filter(|word| !word.contains("@user") && *word != "http")
        .map(|word| word.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>())
        .filter(|word| !word.is_empty() && word != "rt")
        .collect()
}

/// Undoes what the sets' makers did to special characters: `\u2019`, `&amp;`, doubled quotes.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\\u") {
        plain.push_str(&rest[..at]);
        let code = rest.get(at + 2..at + 6).and_then(|code| u32::from_str_radix(code, 16).ok());
        if let Some(character) = code.and_then(char::from_u32) {
            plain.push(character);
            rest = &rest[at + 6..];
        } else {
            plain.push_str("\\u");
            rest = &rest[at + 2..];
        }
    }
    plain.push_str(rest);
    [
        ("\\\"", "\""),
        ("\\'", "'"),
        ("\"\"", "\""),
        ("&amp;", "&"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
    ]
    .iter()
    .fold(plain, |text, (from, to)| text.replace(from, to))
}

fn read(path: &Path) -> Result<String, EvalError> {
    fs::read_to_string(path).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> EvalError {
    EvalError::Data { path: path.display().to_string(), why: error.to_string() }
}
