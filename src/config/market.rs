//! The market: what the marketer's folder says to listen to, to look for, and to tell whom.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;
use url::Url;

use super::problem::{Problem, Problems, Script};
use super::{read_text, source};
use crate::account::Account;
use crate::adapters::Adapter;
use crate::classify::{accounts, topics};
use crate::crawl::http::Manner;
use crate::reader::Reader;
use crate::source::{Source, SourceId};
use crate::topic::{Ruleset, Topic};

/// A source with the adapter that reads it.
pub struct Listened {
    /// The source.
    pub source: Source,
    /// Its adapter.
    pub adapter: Arc<dyn Adapter>,
    /// As what we come to its listing: a page where its kind is under robots.txt, else a feed.
    pub listing: Manner,
}

/// What the marketer's folder says.
pub struct Market {
    /// The sources, in the order of the files.
    pub sources: Vec<Listened>,
    /// The topics and signals.
    pub ruleset: Ruleset,
    /// The accounts.
    pub accounts: Vec<Account>,
    /// The readers.
    pub readers: Vec<Reader>,
}

/// One file of the folder. Any file may hold any of the four.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    source: Vec<Spanned<toml::Table>>,
    #[serde(default)]
    topic: Vec<Spanned<toml::Table>>,
    #[serde(default)]
    account: Vec<Spanned<toml::Table>>,
    #[serde(default)]
    reader: Vec<Spanned<toml::Table>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawReader {
    id: String,
    name: String,
    email: Option<String>,
    #[serde(default)]
    topics: Vec<String>,
    #[serde(default)]
    accounts: Vec<String>,
    #[serde(default = "utc")]
    time_zone: String,
    #[serde(default = "seven")]
    at: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn seven() -> String {
    "07:00".to_owned()
}

impl Market {
    /// Reads every `*.toml` of a folder (not of folders in it), in the order of their names.
    ///
    /// # Errors
    /// [`Problems`]: everything wrong in any of the files.
    pub fn read(folder: &Path) -> Result<Self, Problems> {
        let files = toml_files(folder).map_err(|problem| Problems(vec![problem]))?;
        let texts = files.into_iter().map(|file| read_text(&file).map(|text| (file, text)));
        let (texts, problems): (Vec<_>, Vec<_>) = texts.partition(Result::is_ok);
        let texts: Vec<_> = texts.into_iter().flatten().collect();
        let problems = problems.into_iter().filter_map(Result::err).collect();
        Reading { problems, ..Reading::default() }.market(&texts)
    }

    /// Reads a market from texts that are already here, each with the name to report it by.
    ///
    /// # Errors
    /// [`Problems`]: everything wrong in any of them.
    pub fn parse(texts: &[(PathBuf, String)]) -> Result<Self, Problems> {
        Reading::default().market(texts)
    }

    /// Reads the `[[topic]]`s of one file.
    ///
    /// # Errors
    /// [`Problems`]: everything wrong in it.
    pub fn read_topics(file: &Path) -> Result<Ruleset, Problems> {
        let text = read_text(file).map_err(|problem| Problems(vec![problem]))?;
        Ok(Self::parse(&[(file.to_owned(), text)])?.ruleset)
    }

    /// A reader by id.
    #[must_use]
    pub fn reader(&self, id: &str) -> Option<&Reader> {
        self.readers.iter().find(|reader| reader.id == id)
    }

    /// A source by id.
    #[must_use]
    pub fn source(&self, id: &SourceId) -> Option<&Source> {
        self.sources.iter().map(|listened| &listened.source).find(|source| source.id == *id)
    }
}

fn toml_files(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let unreadable = |error: std::io::Error| Problem {
        file: folder.to_owned(),
        line: None,
        what: format!("cannot be read: {error}; name the folder of your sources in overheard.toml"),
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|ending| ending == "toml") && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The files as they are read: what was found so far, and where it stands.
#[derive(Default)]
struct Reading {
    sources: Vec<Listened>,
    topics: Vec<Topic>,
    accounts: Vec<Account>,
    readers: Vec<(Reader, PathBuf, usize)>,
    /// Names already taken: ("source", id) → file:line.
    taken: HashMap<(&'static str, String), String>,
    problems: Vec<Problem>,
}

impl Reading {
    fn market(mut self, texts: &[(PathBuf, String)]) -> Result<Market, Problems> {
        for (file, text) in texts {
            let script = Script { file, text };
            match toml::from_str::<File>(text) {
                Ok(content) => self.file(script, content),
                Err(error) => self.problems.push(script.toml_problem(&error)),
            }
        }
        self.check_readers();
        if !self.problems.is_empty() {
            return Err(Problems(self.problems));
        }
        Ok(Market {
            sources: self.sources,
            ruleset: Ruleset::of(self.topics),
            accounts: self.accounts,
            readers: self.readers.into_iter().map(|(reader, ..)| reader).collect(),
        })
    }

    fn file(&mut self, script: Script<'_>, content: File) {
        for table in content.source {
            let span = table.span();
            match source::parse(&table.into_inner()) {
                Ok(listened) => {
                    if self.take("source", listened.source.id.as_str(), script, &span) {
                        self.sources.push(listened);
                    }
                }
                Err(wrong) => {
                    let key = wrong.named.as_deref().unwrap_or(wrong.key);
                    let line = script.line_of(&span, key);
                    self.problems.push(script.problem(Some(line), wrong.what));
                }
            }
        }
        for table in content.topic {
            let span = table.span();
            let Some(topic) = self.typed::<Topic>("topic", script, table) else { continue };
            let mut wrong = topics::problems(std::slice::from_ref(&topic));
            wrong.extend(
                offer_problem(&topic).map(|what| format!("topic “{}”: {what}", topic.name)),
            );
            let line = script.line_of(&span, "name");
            if !wrong.is_empty() {
                let found = wrong.into_iter().map(|what| script.problem(Some(line), what));
                self.problems.extend(found);
            } else if self.take("topic", &topic.name, script, &span) {
                self.topics.push(topic);
            }
        }
        for table in content.account {
            let span = table.span();
            let Some(account) = self.typed::<Account>("account", script, table) else { continue };
            let wrong = accounts::problems(std::slice::from_ref(&account));
            if !wrong.is_empty() {
                let line = script.line_of(&span, "name");
                let found = wrong.into_iter().map(|what| script.problem(Some(line), what));
                self.problems.extend(found);
            } else if self.take("account", &account.name, script, &span) {
                self.accounts.push(account);
            }
        }
        for table in content.reader {
            let span = table.span();
            let Some(raw) = self.typed::<RawReader>("reader", script, table) else { continue };
            let line = script.line_of(&span, "id");
            match reader(raw) {
                Ok(reader) => {
                    if self.take("reader", &reader.id, script, &span) {
                        self.readers.push((reader, script.file.to_owned(), line));
                    }
                }
                Err((key, what)) => {
                    let line = script.line_of(&span, key);
                    self.problems.push(script.problem(Some(line), what));
                }
            }
        }
    }

    fn typed<T: serde::de::DeserializeOwned>(
        &mut self,
        what: &str,
        script: Script<'_>,
        table: Spanned<toml::Table>,
    ) -> Option<T> {
        let span = table.span();
        match table.into_inner().try_into() {
            Ok(value) => Some(value),
            Err(error) => {
                let message = error.message().trim().to_owned();
                // serde names the key at fault between backticks.
                let key = message.split('`').nth(1).unwrap_or_default();
                let line = script.line_of(&span, key);
                self.problems.push(script.problem(Some(line), format!("{what}: {message}")));
                None
            }
        }
    }

    /// Whether the name was free; a problem names both places if it was not.
    fn take(
        &mut self,
        what: &'static str,
        name: &str,
        script: Script<'_>,
        span: &std::ops::Range<usize>,
    ) -> bool {
        let line =
            script.line_of(span, if what == "source" || what == "reader" { "id" } else { "name" });
        let place = format!("{}:{line}", script.file.display());
        if let Some(first) = self.taken.get(&(what, name.to_lowercase())) {
            let message = format!("a second {what} {name:?}; the first is at {first}: rename one");
            self.problems.push(script.problem(Some(line), message));
            return false;
        }
        self.taken.insert((what, name.to_lowercase()), place);
        true
    }

    fn check_readers(&mut self) {
        let mut problems = Vec::new();
        for (reader, file, line) in &self.readers {
            let unknown_topics = reader
                .topics
                .iter()
                .filter(|name| !self.topics.iter().any(|topic| topic.name == **name))
                .map(|name| format!("no topic {name:?}"));
            let unknown_accounts = reader
                .accounts
                .iter()
                .filter(|name| !self.accounts.iter().any(|account| account.name == **name))
                .map(|name| format!("no account {name:?}"));
            for what in unknown_topics.chain(unknown_accounts) {
                let what = format!("reader {}: {what} is defined in this folder", reader.id);
                problems.push(Problem { file: file.clone(), line: Some(*line), what });
            }
        }
        self.problems.append(&mut problems);
    }
}

/// What is wrong with an offer, if anything; the rest of a topic is the classifier's to judge.
fn offer_problem(topic: &Topic) -> Option<String> {
    let offer = topic.offer.iter().find(|offer| {
        Url::parse(&offer.url).map_or(true, |url| !matches!(url.scheme(), "http" | "https"))
    })?;
    Some(format!("the offer's url {:?} is no http or https URL", offer.url))
}

fn reader(raw: RawReader) -> Result<Reader, (&'static str, String)> {
    let id = raw.id;
    let fits = (1..=64).contains(&id.len())
        && id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'))
        && !id.starts_with('.');
    if !fits {
        let what =
            format!("{id:?} cannot be a reader's id: use 1 to 64 of a-z, 0-9, '-', '_', '.'");
        return Err(("id", what));
    }
    let time_zone = TimeZone::get(&raw.time_zone).map_err(|_| {
        let what = format!("reader {id}: no time zone {:?}; write Europe/Berlin", raw.time_zone);
        ("time_zone", what)
    })?;
    let at: Time = raw.at.parse().map_err(|_| {
        ("at", format!("reader {id}: at = {:?} is no time of day; write \"07:00\"", raw.at))
    })?;
    Ok(Reader {
        id,
        name: raw.name,
        email: raw.email,
        topics: raw.topics,
        accounts: raw.accounts,
        time_zone,
        at,
    })
}
