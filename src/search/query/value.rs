//! What stands behind a field: held against the market, so that nobody waits for posts of a topic there
//! is none of.

use std::ops::Range;

use jiff::Timestamp;

use super::moment::{self, Stretch};
use super::{Fault, Wanted};
use crate::config::{Market, nearest};
use crate::search::fields::sentiment_name;
use crate::search::tokens;
use crate::source::{Owner, SourceId, Voice};
use crate::text::languages;
use crate::topic::TopicKind;
use crate::verdict::SentimentLabel;

/// The fields, each with what stands behind it.
pub const FIELDS: [(&str, &str); 12] = [
    ("account", "a company, by its name, an alias or its domain"),
    ("topic", "a topic, by its name"),
    ("signal", "a signal, by its name"),
    ("source", "where it was heard, by id"),
    ("owner", "who is behind the source"),
    ("voice", "customer, analyst, press, blog, social, vendor, expert, field, survey"),
    ("author", "a name or a handle"),
    ("lang", "en, de, german; und where it cannot be told"),
    ("sentiment", "positive, neutral, negative, mixed, unsure, unknown"),
    ("since", "2026-11-01, 2026-11, yesterday, 14d, 2w, 3m"),
    ("until", "the same; that day included"),
    ("on", "the same: a day, or a whole month"),
];

/// What others call these fields.
const ALSO: [(&str, &str); 12] = [
    ("company", "account"),
    ("customer", "account"),
    ("language", "lang"),
    ("feeling", "sentiment"),
    ("mood", "sentiment"),
    ("by", "author"),
    ("site", "source"),
    ("from", "since"),
    ("after", "since"),
    ("before", "until"),
    ("to", "until"),
    ("date", "on"),
];

const SENTIMENTS: [SentimentLabel; 6] = [
    SentimentLabel::Positive,
    SentimentLabel::Neutral,
    SentimentLabel::Negative,
    SentimentLabel::Mixed,
    SentimentLabel::Unsure,
    SentimentLabel::Unknown,
];

/// Names suggested that have a word of what was written, and the letters of such a word at least.
const MOST_MEANT: usize = 3;
const SHORTEST_WORD: usize = 3;

/// Names listed where one of a few was meant.
const MOST_LISTED: usize = 12;

/// What values are held against.
#[derive(Clone, Copy)]
pub(super) struct Values<'m> {
    pub(super) market: &'m Market,
    pub(super) now: Timestamp,
}

/// The field somebody meant by a name.
///
/// # Errors
/// In words, where there is none.
pub(super) fn field(name: &str) -> Result<&'static str, String> {
    let lower = name.to_lowercase();
    let names = || FIELDS.iter().map(|(name, _)| *name);
    if let Some(field) = names().find(|field| *field == lower) {
        return Ok(field);
    }
    let also = ALSO.iter().find(|(also, _)| *also == lower).map(|(_, field)| *field);
    let hint = match also.or_else(|| nearest(&lower, names())) {
        Some(field) => format!("did you mean `{field}:`?"),
        None => format!("the fields are {}", names().collect::<Vec<_>>().join(", ")),
    };
    Err(format!("there is no field `{name}:`; {hint} To find these words, write them in quotes"))
}

/// Whether a post has only one value of a field.
pub(super) fn has_one(field: &str) -> bool {
    matches!(field, "source" | "owner" | "voice" | "lang" | "sentiment")
}

impl Values<'_> {
    /// What is wanted by a field with one of these values.
    ///
    /// # Errors
    /// What is wrong with a value, and where.
    pub(super) fn wanted(
        &self,
        field: &str,
        values: &[(String, Range<usize>)],
    ) -> Result<Wanted, Vec<Fault>> {
        let (mut any, mut faults) = (Vec::new(), Vec::new());
        let one_moment = matches!(field, "since" | "until");
        for (n, (value, at)) in values.iter().enumerate() {
            if one_moment && n > 0 {
                let what = format!("`{field}:` takes one moment");
                faults.push(Fault { what, at: at.clone() });
                continue;
            }
            match self.one(field, value.trim()) {
                Ok(wanted) => any.push(wanted),
                Err(what) => faults.push(Fault { what, at: at.clone() }),
            }
        }
        match any.pop() {
            _ if !faults.is_empty() => Err(faults),
            Some(wanted) if any.is_empty() => Ok(wanted),
            Some(wanted) => {
                any.push(wanted);
                Ok(Wanted::Any(any))
            }
            None => Ok(Wanted::Any(Vec::new())),
        }
    }

    fn one(&self, field: &str, value: &str) -> Result<Wanted, String> {
        match field {
            "account" => self.account(value),
            "topic" => self.topic(value, TopicKind::Topic),
            "signal" => self.topic(value, TopicKind::Signal),
            "source" => self.source(value),
            "owner" => self.owner(value),
            "voice" => self.voice(value),
            "author" => author(value),
            "lang" => language(value),
            "sentiment" => sentiment(value),
            _ => self.said(field, value),
        }
    }

    fn account(&self, value: &str) -> Result<Wanted, String> {
        let accounts = &self.market.accounts;
        let asked = key(value);
        let goes_by = |name: &str| name.eq_ignore_ascii_case(value) || key(name) == asked;
        let meant = accounts.iter().filter(|account| {
            goes_by(&account.name)
                || account.aliases.iter().any(|alias| goes_by(alias))
                || account.domain.as_deref().is_some_and(goes_by)
        });
        let found: Vec<Wanted> =
            meant.map(|account| Wanted::Account(account.name.clone())).collect();
        either(found).ok_or_else(|| {
            let names = || {
                accounts.iter().flat_map(|account| {
                    std::iter::once(&account.name).chain(&account.aliases).map(String::as_str)
                })
            };
            let listed = accounts.iter().map(|account| account.name.as_str());
            none("account", value, names(), listed)
        })
    }

    fn topic(&self, value: &str, kind: TopicKind) -> Result<Wanted, String> {
        let asked = key(value);
        let named = |wanted: TopicKind| {
            let topics = &self.market.ruleset.topics;
            topics.iter().filter(move |topic| topic.kind == wanted).map(|topic| topic.name.as_str())
        };
        let is = |name: &&str| name.eq_ignore_ascii_case(value) || key(name) == asked;
        let (word, wants): (_, fn(String) -> Wanted) = match kind {
            TopicKind::Topic => ("topic", Wanted::Topic),
            TopicKind::Signal => ("signal", Wanted::Signal),
        };
        let found: Vec<Wanted> =
            named(kind).filter(is).map(|name| wants(name.to_owned())).collect();
        either(found).ok_or_else(|| {
            let (other, other_word) = match kind {
                TopicKind::Topic => (TopicKind::Signal, "signal"),
                TopicKind::Signal => (TopicKind::Topic, "topic"),
            };
            match named(other).find(|name| is(name)) {
                Some(name) => {
                    format!("{name} is a {other_word}: write {other_word}:{}", quoted(name))
                }
                None => none(word, value, named(kind), named(kind)),
            }
        })
    }

    fn source(&self, value: &str) -> Result<Wanted, String> {
        let ids = || self.market.sources.iter().map(|listened| &listened.source.id);
        let asked = value.to_lowercase();
        let found: Vec<SourceId> = ids().filter(|id| id.as_str() == asked).cloned().collect();
        if found.is_empty() {
            let names = || ids().map(SourceId::as_str);
            return Err(none("source", value, names(), names()));
        }
        Ok(Wanted::Sources(found))
    }

    fn owner(&self, value: &str) -> Result<Wanted, String> {
        let (owner, asked) = (Owner::named(value), key(value));
        let sources = || self.market.sources.iter().map(|listened| &listened.source);
        let found: Vec<SourceId> = sources()
            .filter(|source| source.owner == owner || key(source.owner.as_str()) == asked)
            .map(|source| source.id.clone())
            .collect();
        if found.is_empty() {
            let mut owners: Vec<&str> = sources().map(|source| source.owner.shown()).collect();
            owners.sort_unstable();
            owners.dedup();
            let told = none("owner", value, owners.iter().copied(), owners.iter().copied());
            return Err(format!("{told} (who writes on a network is an `author:`)"));
        }
        Ok(Wanted::Sources(found))
    }

    fn voice(&self, value: &str) -> Result<Wanted, String> {
        let names = || Voice::ALL.iter().map(|voice| voice.name());
        let voice = Voice::ALL.into_iter().find(|voice| voice.name().eq_ignore_ascii_case(value));
        let voice = voice.ok_or_else(|| none("voice", value, names(), names()))?;
        let of_it = self.market.all_sources().filter(|source| source.voice == voice);
        Ok(Wanted::Sources(of_it.map(|source| source.id.clone()).collect()))
    }

    fn said(&self, field: &str, value: &str) -> Result<Wanted, String> {
        let unreadable = || {
            let meant: Vec<String> =
                moment::meant(value).iter().map(|day| format!("{field}:{day}")).collect();
            let shown = crate::views::safe::plain(value, 60);
            if meant.is_empty() {
                format!("{shown:?} is no day and no time; {}", moment::EXAMPLES)
            } else {
                format!(
                    "{shown:?} is no day as it is written here; did you mean {}?",
                    meant.join(" or ")
                )
            }
        };
        let stretch = moment::read(value, self.now).ok_or_else(unreadable)?;
        let Stretch { from, until } = stretch;
        Ok(match field {
            "since" => Wanted::Said { from: Some(from), until: None },
            "until" => Wanted::Said { from: None, until: Some(until) },
            _ => {
                let day = if from == until { moment::day_of(from) } else { Some(stretch) };
                let Stretch { from, until } = day.ok_or_else(unreadable)?;
                Wanted::Said { from: Some(from), until: Some(until) }
            }
        })
    }
}

fn author(value: &str) -> Result<Wanted, String> {
    if tokens::folded(value).is_empty() {
        return Err("there is no letter in it: write a name or a handle".to_owned());
    }
    Ok(Wanted::Author(value.to_owned()))
}

fn language(value: &str) -> Result<Wanted, String> {
    let asked = value.to_lowercase();
    if asked == languages::UNTOLD {
        return Ok(Wanted::Language(asked));
    }
    if let Some(code) = languages::code(&asked) {
        return Ok(Wanted::Language(code.to_owned()));
    }
    // Some languages are told that we have no name for.
    if (2..=3).contains(&asked.len()) && asked.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Ok(Wanted::Language(asked));
    }
    Err(match nearest(&asked, languages::names()) {
        Some(meant) => {
            format!("there is no language {value:?}; did you mean `{}`?", meant.to_lowercase())
        }
        None => format!("there is no language {value:?}; write its code, like en or de"),
    })
}

fn sentiment(value: &str) -> Result<Wanted, String> {
    let label =
        SENTIMENTS.into_iter().find(|label| sentiment_name(*label).eq_ignore_ascii_case(value));
    let names = || SENTIMENTS.iter().map(|label| sentiment_name(*label));
    label.map(Wanted::Sentiment).ok_or_else(|| none("sentiment", value, names(), names()))
}

/// What tells a name from others, however it is written: `cloud-cost` is "Cloud cost".
fn key(name: &str) -> String {
    tokens::fold(name).chars().filter(|c| c.is_alphanumeric()).collect()
}

fn either(mut found: Vec<Wanted>) -> Option<Wanted> {
    found.dedup();
    match found.len() {
        0 | 1 => found.pop(),
        _ => Some(Wanted::Any(found)),
    }
}

/// "there is no voice "exprt"; did you mean `expert`?", or which there are.
fn none<'c>(
    what: &str,
    value: &str,
    names: impl IntoIterator<Item = &'c str>,
    listed: impl Iterator<Item = &'c str>,
) -> String {
    let shown = crate::views::safe::plain(value, 60);
    let begin = format!("there is no {what} {shown:?}");
    if let Some(meant) = nearest(value, names) {
        return format!("{begin}; did you mean {what}:{}?", quoted(meant));
    }
    let all: Vec<&str> = listed.collect();
    let with_word: Vec<String> = all
        .iter()
        .filter(|name| has_word_of(name, value))
        .take(MOST_MEANT)
        .map(|name| format!("{what}:{}", quoted(name)))
        .collect();
    if !with_word.is_empty() {
        return format!("{begin}; did you mean {}?", with_word.join(" or "));
    }
    let mut listed: Vec<&str> = all.into_iter().take(MOST_LISTED + 1).collect();
    match listed.len() {
        0 => format!("{begin}: this market has none"),
        n if n > MOST_LISTED => {
            listed.truncate(MOST_LISTED);
            format!("{begin}; there are {}, …", listed.join(", "))
        }
        _ => format!("{begin}; there are {}", listed.join(", ")),
    }
}

/// Whether a name has a word of what somebody wrote, or one that begins so.
fn has_word_of(name: &str, written: &str) -> bool {
    let written = tokens::folded(written);
    let of_name = tokens::folded(name);
    written
        .iter()
        .filter(|word| word.letters.chars().count() >= SHORTEST_WORD)
        .any(|word| of_name.iter().any(|of_name| of_name.letters.starts_with(&word.letters)))
}

/// A name as it is written behind a field.
pub(super) fn quoted(name: &str) -> String {
    let is_bare = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '$' | '@' | '&');
    if name.chars().all(is_bare) { name.to_owned() } else { format!("\"{name}\"") }
}
