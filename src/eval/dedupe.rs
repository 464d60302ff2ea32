//! How many planted copies of articles the story finder finds, and how many it makes up.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::digest::Heard;
use crate::post::{Post, Said};
use crate::source::{Owner, Source, SourceId, Speaker, Voice};
use crate::story;
use crate::topic::RulesetId;
use crate::verdict::{Embedding, Language, ModelId, Sentiment, Verdict};

/// Pairs of articles that were found to be one, against those planted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Score {
    /// Articles read.
    pub articles: usize,
    /// Pairs planted.
    pub planted: usize,
    /// Pairs found.
    pub found: usize,
    /// Pairs found that were planted.
    pub right: usize,
    /// What finding them took, one thread.
    pub took: Duration,
    /// The pairs found that were not planted, by name: to be read, for they may be copies all the same.
    pub surplus: Vec<(String, String)>,
}

impl Score {
    /// The share of the pairs found that were planted.
    #[must_use]
    pub fn precision(&self) -> f64 {
        self.right as f64 / self.found.max(1) as f64
    }

    /// The share of the pairs planted that were found.
    #[must_use]
    pub fn recall(&self) -> f64 {
        self.right as f64 / self.planted.max(1) as f64
    }
}

/// Measures on one set of `folder` (`dedupe/minhash_articles/data`): `articles_<size>.train` has a
/// name and an article a line, `articles_<size>.truth` a pair of names.
///
/// # Errors
/// Where the set cannot be read.
pub fn measure(folder: &Path, size: usize) -> io::Result<Score> {
    let articles = fs::read_to_string(folder.join(format!("articles_{size}.train")))?;
    let truth = fs::read_to_string(folder.join(format!("articles_{size}.truth")))?;
    let articles: Vec<(&str, &str)> =
        articles.lines().filter_map(|line| line.split_once(' ')).collect();
    let planted: BTreeSet<(&str, &str)> =
        truth.lines().filter_map(|line| line.trim().split_once(' ')).map(in_order).collect();

    let begun = Instant::now();
    let found = pairs(&articles);
    let took = begun.elapsed();
    let surplus = found.difference(&planted);
    Ok(Score {
        articles: articles.len(),
        planted: planted.len(),
        found: found.len(),
        right: found.intersection(&planted).count(),
        took,
        surplus: surplus.map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
    })
}

/// The pairs of `articles` (name, text) that are in one story, each heard from a source of its own.
fn pairs<'n>(articles: &[(&'n str, &str)]) -> BTreeSet<(&'n str, &'n str)> {
    let sources: Vec<Source> = (0..articles.len()).filter_map(source).collect();
    let posts: Vec<Post> = articles
        .iter()
        .zip(&sources)
        .map(|((name, text), source)| {
            let said =
                Said { key: (*name).to_owned(), text: (*text).to_owned(), ..Said::default() };
            Post::new(&source.id, said, Timestamp::UNIX_EPOCH)
        })
        .collect();
    let (verdicts, embedding) =
        (posts.iter().map(unjudged).collect::<Vec<_>>(), Embedding::default());
    let heard: Vec<Heard> = posts
        .iter()
        .zip(&verdicts)
        .zip(&sources)
        .map(|((post, verdict), source)| Heard { post, verdict, embedding: &embedding, source })
        .collect();
    let mut found = BTreeSet::new();
    for story in story::stories(&heard) {
        for (at, &a) in story.posts.iter().enumerate() {
            for &b in &story.posts[at + 1..] {
                found.insert(in_order((articles[a].0, articles[b].0)));
            }
        }
    }
    found
}

fn in_order<'n>((a, b): (&'n str, &'n str)) -> (&'n str, &'n str) {
    if a <= b { (a, b) } else { (b, a) }
}

fn source(number: usize) -> Option<Source> {
    let id: SourceId = format!("article-{number}").parse().ok()?;
    Some(Source {
        owner: Owner::named(id.as_str()),
        id,
        kind: "feed",
        voice: Voice::Press,
        speaker: Speaker::Owner,
        tags: Vec::new(),
        language: None,
        every: None,
        paused: false,
    })
}

fn unjudged(post: &Post) -> Verdict {
    Verdict {
        post: post.id,
        model: ModelId(String::new()),
        ruleset: RulesetId(String::new()),
        at: Timestamp::UNIX_EPOCH,
        language: Language { code: "und".to_owned(), confidence: 0.0 },
        sentiment: Sentiment::unknown(),
        topics: Vec::new(),
        signals: Vec::new(),
        accounts: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts made by a rule: runs of a long text of numbered words, each its own but for copies.
    fn article(number: usize, words: usize) -> String {
        let word = |at: usize| format!("w{}x{number}", (at * 7 + number * 13) % 997);
        (0..words).map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn planted_copies_are_found_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let mut lines: Vec<String> = (0..50).map(|n| format!("t{n} {}", article(n, 200))).collect();
        lines.push(format!("t50 {}", article(7, 200).replacen("w9", "v9", 4)));
        lines.push(format!("t51 {}", article(9, 60)));
        fs::write(folder.path().join("articles_52.train"), lines.join("\n")).unwrap();
        fs::write(folder.path().join("articles_52.truth"), "t7 t50\nt9 t51\n").unwrap();
        let score = measure(folder.path(), 52).unwrap();
        assert_eq!((score.planted, score.found, score.right), (2, 2, 2), "{:?}", score.surplus);
        assert!((score.recall() - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn twenty_thousand_posts_take_no_more_comparisons_than_a_few_each() {
        let texts: Vec<(String, String)> = (0..20_000)
            .map(|n| {
                (
                    format!("t{n}"),
                    format!("{} for more of this see our standing page of news", article(n, 40)),
                )
            })
            .collect();
        let articles: Vec<(&str, &str)> =
            texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert!(pairs(&articles).is_empty());
    }
}
