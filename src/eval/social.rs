//! How much of recorded answers of social platforms the adapters read right.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use serde::Deserialize;
use url::Url;

use crate::adapters::{self, Response, Step};
use crate::post::Said;
use crate::text::html;

/// How many items there were, and how many of them were read right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// Items expected.
    pub items: usize,
    /// Read with the expected id (the source's own), URL, author, time and text.
    pub right: usize,
    /// Left out with a reason, such as that they are not public. Not among `right`.
    pub withheld: usize,
}

impl Score {
    /// The share of all items that was read right; absent where there were none.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        (self.items > 0).then(|| self.right as f64 / self.items as f64)
    }

    /// The share read right of those that were not left out on purpose.
    #[must_use]
    pub fn share_of_readable(&self) -> Option<f64> {
        let readable = self.items.saturating_sub(self.withheld);
        (readable > 0).then(|| self.right as f64 / readable as f64)
    }
}

/// The evaluation could not be done.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// A file cannot be read, or the findings cannot be written.
    #[error("{what}: {source}")]
    Io {
        /// Which file.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// A line of the expectations is not what it should be.
    #[error("gold.jsonl, line {line}: {why}")]
    Gold {
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// No adapter reads this platform.
    #[error("no adapter reads the platform {0:?}; known are mastodon and hackernews")]
    Platform(String),
}

/// Reads every recorded body of `platforms` under `data/social/recorded_dev` and compares it with
/// `gold.jsonl` there. Writes a line for each item that is wrong or left out.
///
/// # Errors
/// [`EvalError`] where the material is missing or damaged.
pub fn run(data: &Path, platforms: &[&str], out: &mut dyn Write) -> Result<Score, EvalError> {
    if let Some(unknown) = platforms.iter().find(|name| settings(name).is_none()) {
        return Err(EvalError::Platform((*unknown).to_owned()));
    }
    let folder = data.join("social/recorded_dev");
    let gold = folder.join("gold.jsonl");
    let file = File::open(&gold).map_err(|source| io_error(&gold, source))?;
    let mut score = Score::default();
    for (index, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(|source| io_error(&gold, source))?;
        let recorded: Recorded = serde_json::from_str(&line)
            .map_err(|error| EvalError::Gold { line: index + 1, why: error.to_string() })?;
        if !platforms.contains(&recorded.platform.as_str()) {
            continue;
        }
        let path = folder.join(format!("{}.json", recorded.id));
        let body = std::fs::read(&path).map_err(|source| io_error(&path, source))?;
        for (item, finding) in recorded.items.iter().zip(recorded.compare(&body)) {
            score.items += 1;
            let finding = match finding {
                Finding::Right => {
                    score.right += 1;
                    continue;
                }
                Finding::Withheld(why) => {
                    score.withheld += 1;
                    format!("left out: {why}")
                }
                Finding::Wrong(why) => why,
            };
            writeln!(out, "{} {}: {finding}", recorded.id, item.id)
                .map_err(|source| EvalError::Io { what: "the findings".to_owned(), source })?;
        }
    }
    Ok(score)
}

/// One recorded answer, and what stands in it.
#[derive(Deserialize)]
struct Recorded {
    id: String,
    platform: String,
    url: String,
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    id: String,
    url: Option<String>,
    /// The author's account, name, and whatever else they go by.
    author: Vec<Option<String>>,
    published: Option<String>,
    /// HTML; a title stands on a line before it.
    text: String,
}

enum Finding {
    Right,
    Withheld(String),
    Wrong(String),
}

impl Recorded {
    fn compare(&self, body: &[u8]) -> Vec<Finding> {
        let page = match self.read(body) {
            Ok(page) => page,
            Err(why) => return self.items.iter().map(|_| Finding::Wrong(why.clone())).collect(),
        };
        let find = |item: &Item| {
            if let Some(said) =
                page.posts.iter().find(|said| said.native_id.as_ref() == Some(&item.id))
            {
                let wrong = item.differences(said);
                return if wrong.is_empty() {
                    Finding::Right
                } else {
                    Finding::Wrong(wrong.join("; "))
                };
            }
            match page.skipped.iter().find(|skipped| skipped.place == item.id) {
                Some(skipped) => Finding::Withheld(skipped.why.clone()),
                None => Finding::Wrong("not found".to_owned()),
            }
        };
        self.items.iter().map(find).collect()
    }

    fn read(&self, body: &[u8]) -> Result<adapters::Page, String> {
        let (kind, base, key, value) = settings(&self.platform).ok_or("an unknown platform")?;
        let base = Url::parse(base).map_err(|error| error.to_string())?;
        let url = base.join(&self.url).map_err(|error| error.to_string())?;
        let mut table = toml::Table::new();
        table.insert("server".to_owned(), url.origin().ascii_serialization().into());
        table.insert(key.to_owned(), value.into());
        let kind = adapters::kind(kind).ok_or("no such kind")?;
        let adapter = (kind.open)(table).map_err(|error| error.to_string())?;
        let response = Response {
            step: Step::Listing,
            url: &url,
            content_type: Some("application/json"),
            link: None,
            content_language: None,
            body,
        };
        adapter.read(&response).map_err(|error| error.to_string())
    }
}

impl Item {
    fn differences(&self, said: &Said) -> Vec<String> {
        let mut wrong = Vec::new();
        if said.url != self.url {
            wrong.push(format!("URL {:?}, not {:?}", said.url, self.url));
        }
        let moment = self.published.as_deref().and_then(|text| text.parse().ok());
        if said.published != moment {
            wrong.push(format!("time {:?}, not {:?}", said.published, self.published));
        }
        if !self.names(said) {
            wrong.push(format!("author {:?}, not {:?}", said.author, self.author));
        }
        let expected = html::to_text(&self.text);
        let with_title = format!("{}\n{}", said.title.as_deref().unwrap_or_default(), said.text);
        if !same_words(&expected, &said.text) && !same_words(&expected, &with_title) {
            wrong.push(format!("text {:?}, not {expected:?}", said.text));
        }
        wrong
    }

    fn names(&self, said: &Said) -> bool {
        let Some(author) = &said.author else { return self.author.is_empty() };
        let handle = author.handle.as_deref().unwrap_or_default();
        let account = handle.trim_start_matches("hn:");
        let user = account.split('@').next().unwrap_or_default();
        self.author.iter().flatten().any(|name| {
            !name.is_empty()
                && (name.eq_ignore_ascii_case(account) || name.eq_ignore_ascii_case(user))
        })
    }
}

/// The kind that reads a platform, the server of its relative URLs, and one setting that opens it.
fn settings(platform: &str) -> Option<(&'static str, &'static str, &'static str, &'static str)> {
    match platform {
        "mastodon" => Some(("mastodon", "https://mastodon.example", "tag", "any")),
        "hackernews" => Some(("hacker_news", "https://hn.algolia.com", "query", "any")),
        _ => None,
    }
}

fn same_words(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

fn io_error(path: &Path, source: io::Error) -> EvalError {
    EvalError::Io { what: path.display().to_string(), source }
}
