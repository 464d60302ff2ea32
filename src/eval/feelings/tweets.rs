//! The labelled tweets: SemEval-2017 task 4 and TweetEval.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::copies::{bare, is_one_in};
use super::{EvalError, Labelled, Set, Target, failed, read};

/// One tweet in so many is held out.
const HELD_OUT: u32 = 20;

/// The tweets of SemEval.
pub(super) struct Gathered {
    pub(super) tweets: Vec<Labelled>,
    pub(super) repeated: usize,
}

pub(super) fn validation(data: &Path) -> Result<Vec<Labelled>, EvalError> {
    let folder = data.join("sentiment/tweeteval/datasets/sentiment");
    let rows = numbered(&folder, "val")?;
    let labelled = |(text, class)| Labelled { author: Some(class), ..tweet(Set::TweetEval, text) };
    let held_out = |text| Labelled { held_out: true, ..text };
    Ok(rows.into_iter().filter(|(_, class)| *class < 3).map(labelled).map(held_out).collect())
}

/// TweetEval's emotions; nothing where they are not there.
pub(super) fn emotions(data: &Path) -> Result<Vec<Labelled>, EvalError> {
    let folder = data.join("sentiment/tweeteval/datasets/emotion");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let labelled = |(text, emotion)| Labelled {
        emotion: Some(emotion),
        held_out: false,
        ..tweet(Set::Emotions, text)
    };
    Ok(numbered(&folder, "train")?.into_iter().map(labelled).collect())
}

/// SemEval's tweets, each once, with what is said of their topics in subtask CE.
pub(super) fn semeval(data: &Path) -> Result<Gathered, EvalError> {
    let folder = data.join("sentiment/semeval2017_task4/dataset");
    let mut tweets: Vec<Labelled> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut repeated = 0;
    for file in tables(&folder.join("Subtask_A/downloaded"))? {
        for line in read(&file)?.lines() {
            let mut fields = line.split('\t').skip(1);
            let (Some(label), Some(text)) = (fields.next(), fields.next()) else { continue };
            let class = match label {
                "negative" => 0,
                "neutral" => 1,
                "positive" => 2,
                _ => continue,
            };
            let tweet = Labelled { author: Some(class), ..tweet(Set::SemEval, unescaped(text)) };
            let key = bare(&tweet.text);
            match places.entry(key) {
                Entry::Occupied(_) => repeated += 1,
                Entry::Vacant(place) => {
                    place.insert(tweets.len());
                    tweets.push(tweet);
                }
            }
        }
    }
    let towards = folder.join("Subtask_CE/downloaded");
    let files = if towards.is_dir() { tables(&towards)? } else { Vec::new() };
    for file in files {
        for line in read(&file)?.lines() {
            let mut fields = line.split('\t').skip(1);
            let (Some(topic), Some(points), Some(text)) =
                (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            let Ok(points) = points.parse::<i8>() else { continue };
            let class = (points.signum() + 1).unsigned_abs().into();
            let text = unescaped(text);
            let place = *places.entry(bare(&text)).or_insert_with(|| {
                tweets.push(tweet(Set::SemEval, text));
                tweets.len() - 1
            });
            let tweet = &mut tweets[place];
            tweet.targets.push(Target { place: named(&tweet.text, topic), class });
        }
    }
    Ok(Gathered { tweets, repeated })
}

fn tweet(set: Set, text: String) -> Labelled {
    let held_out = is_one_in(HELD_OUT, &bare(&text));
    Labelled { set, held_out, text, author: None, mixed: false, targets: Vec::new(), emotion: None }
}

/// Where a tweet names a topic: as it is, as a hashtag, or as a handle.
fn named(text: &str, topic: &str) -> Option<Range<usize>> {
    let text = text.to_ascii_lowercase();
    let topic = topic.trim().to_ascii_lowercase();
    let bare = topic.trim_start_matches(['@', '#']);
    [bare.to_owned(), bare.replace(' ', ""), bare.replace('-', " "), bare.replace('\'', "")]
        .iter()
        .filter(|form| !form.is_empty())
        .find_map(|form| text.find(form).map(|at| at..at + form.len()))
}

fn numbered(folder: &Path, part: &str) -> Result<Vec<(String, usize)>, EvalError> {
    let texts = read(&folder.join(format!("{part}_text.txt")))?;
    let labels = read(&folder.join(format!("{part}_labels.txt")))?;
    Ok(texts
        .lines()
        .zip(labels.lines())
        .filter_map(|(text, label)| Some((unescaped(text), label.trim().parse().ok()?)))
        .collect())
}

fn tables(folder: &Path) -> Result<Vec<PathBuf>, EvalError> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(|error| failed(folder, &error))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "tsv"))
        .collect();
    files.sort();
    Ok(files)
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
