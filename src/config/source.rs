//! One `[[source]]`: the keys every kind has, and what is left for its adapter.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;

use super::market::Listened;
use crate::adapters::{self, KINDS};
use crate::crawl::http::Manner;
use crate::source::{Owner, Source, SourceId, Speaker, Voice};

/// What is wrong with a source, and at which key.
pub(super) struct Wrong {
    pub(super) key: &'static str,
    pub(super) named: Option<String>,
    pub(super) what: String,
}

#[derive(Deserialize)]
struct Raw {
    id: String,
    kind: String,
    owner: Option<String>,
    voice: Option<Voice>,
    #[serde(default)]
    tags: Vec<String>,
    language: Option<String>,
    every: Option<String>,
    #[serde(default)]
    paused: bool,
    #[serde(flatten)]
    options: toml::Table,
}

/// Parses one source, its kind's settings included.
pub(super) fn parse(table: &toml::Table) -> Result<Listened, Wrong> {
    let raw: Raw =
        table.clone().try_into().map_err(|error: toml::de::Error| misread(table, &error))?;
    let id: SourceId = raw.id.parse().map_err(|error| wrong("id", format!("{error}")))?;
    let Some(kind) = adapters::kind(&raw.kind) else {
        let known: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
        let what = format!("{id}: no kind {:?}; there are {}", raw.kind, known.join(", "));
        return Err(wrong("kind", what));
    };
    let every = raw.every.as_deref().map(duration).transpose();
    let every = every.map_err(|why| wrong("every", format!("{id}: every: {why}")))?;
    let voice = match (raw.voice, kind.speaker) {
        (Some(voice), _) => voice,
        (None, Speaker::Author) => Voice::Social,
        (None, Speaker::Owner) => {
            let voices = Voice::ALL.map(Voice::name).join(", ");
            return Err(wrong("id", format!("{id}: no voice; it is one of {voices}")));
        }
    };
    let adapter = (kind.open)(raw.options).map_err(|bad| Wrong {
        key: "id",
        named: Some(bad.key.clone()),
        what: format!("{id}: {bad}"),
    })?;
    let owner = match raw.owner.as_deref().map(str::trim) {
        Some("") => return Err(wrong("owner", format!("{id}: owner is empty; leave it out"))),
        Some(name) => Owner::named(name),
        None => Owner::of_host(adapter.start().url.host_str().unwrap_or_default()),
    };
    let speaker = if voice == Voice::Social { Speaker::Author } else { kind.speaker };
    let source = Source {
        id,
        kind: kind.name,
        owner,
        voice,
        speaker,
        tags: raw.tags,
        language: raw.language,
        every,
        paused: raw.paused,
    };
    let listing = Manner::for_listings_of(kind);
    Ok(Listened { source, adapter: Arc::from(adapter), listing })
}

/// A duration as people write it: "90m", "6h", "1d".
///
/// # Errors
/// In words, where it is no time or none at all.
pub fn duration(text: &str) -> Result<Duration, String> {
    let days = text.trim().strip_suffix('d').and_then(|days| days.trim().parse::<u32>().ok());
    let parsed = match days {
        Some(days) => Some(Duration::from_secs(u64::from(days) * 86_400)),
        None => text.parse::<SignedDuration>().ok().and_then(|d| Duration::try_from(d).ok()),
    };
    parsed
        .filter(|every| !every.is_zero())
        .ok_or_else(|| format!("{text:?} is no time; write \"30m\", \"6h\" or \"1d\""))
}

/// A key that is missing or of another type, with the source's id.
fn misread(table: &toml::Table, error: &toml::de::Error) -> Wrong {
    let message = error.message().trim();
    // serde puts the key, or the value it cannot use, between backticks.
    let quoted = message.split('`').nth(1).unwrap_or_default();
    let of_value = table.iter().find(|(_, value)| value.as_str() == Some(quoted));
    let key = of_value.map_or(quoted, |(key, _)| key.as_str());
    let id = table.get("id").and_then(toml::Value::as_str).unwrap_or("a source");
    let what =
        if key == quoted { format!("{id}: {message}") } else { format!("{id}: {key}: {message}") };
    Wrong { key: "id", named: Some(key.to_owned()), what }
}

fn wrong(key: &'static str, what: String) -> Wrong {
    Wrong { key, named: None, what }
}
