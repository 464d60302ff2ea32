//! What a list says otherwise of a source than its entry does.

use toml::Value;
use url::Url;

use super::csv::{COLUMNS, own_key};
use super::entry::Details;
use super::lists::Candidate;
use super::market::Listened;
use super::source::duration;
use crate::adapters::Kind;
use crate::source::{Owner, SourceId};
use crate::text::urls::canonical;

/// A source that is there, and what a list says otherwise of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Differing {
    /// Its id with us.
    pub id: SourceId,
    /// The keys that differ, each with what the list has; nothing where it has none.
    pub changes: Vec<(String, Option<Value>)>,
}

/// The keys in which a row differs from the source of its address, in what its table has columns for.
pub(super) fn differences(
    candidate: &Candidate,
    kind: &Kind,
    options: &[(String, Value)],
    there: &Listened,
) -> Vec<(String, Option<Value>)> {
    let has = |name: &str| candidate.columns.iter().any(|column| column == name);
    let word = |text: &str| Some(Value::String(text.to_owned()));
    if kind.name != there.source.kind {
        let kinds = has("kind").then(|| ("kind".to_owned(), word(kind.name)));
        return kinds.into_iter().collect();
    }
    let Details { voice, owner, tags, language, every, paused, .. } = &candidate.details;
    let (source, written) = (&there.source, &there.written);
    let mut found: Vec<(&str, Option<Value>)> = Vec::new();
    if let Some(voice) = voice.as_deref().filter(|voice| *voice != source.voice.name()) {
        found.push(("voice", word(voice)));
    }
    match owner {
        Some(owner) if Owner::named(owner) != source.owner => found.push(("owner", word(owner))),
        None if has("owner") && written.owner.is_some() => found.push(("owner", None)),
        _ => {}
    }
    if has("tags") && sorted(tags) != sorted(&source.tags) {
        let list = Value::Array(tags.iter().cloned().map(Value::String).collect());
        found.push(("tags", (!tags.is_empty()).then_some(list)));
    }
    if has("language") && *language != source.language {
        found.push(("language", language.as_deref().and_then(word)));
    }
    let wished = every.as_deref().and_then(|every| duration(every).ok());
    if has("every") && wished != source.every {
        found.push(("every", every.as_deref().and_then(word)));
    }
    if has("paused") && *paused != source.paused {
        found.push(("paused", paused.then_some(Value::Boolean(true))));
    }
    for column in &candidate.columns {
        let (of_kind, key) = own_key(column);
        let is_own = of_kind.is_none_or(|of_kind| of_kind == kind.name) && kind.keys.contains(&key);
        if !is_own || (of_kind.is_none() && COLUMNS.contains(&key)) {
            continue;
        }
        let theirs = options.iter().find(|(own, _)| own == key).map(|(_, value)| value);
        let ours = there.options.get(key);
        let differs = match (theirs, ours) {
            (Some(theirs), Some(ours)) => !is_same(key, theirs, ours),
            // No source does without its address.
            (None, Some(_)) => key != "url",
            (theirs, None) => theirs.is_some(),
        };
        if differs {
            found.push((key, theirs.cloned()));
        }
    }
    found.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn sorted(tags: &[String]) -> Vec<String> {
    let mut sorted: Vec<String> = tags.iter().map(|tag| tag.to_lowercase()).collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

fn is_same(key: &str, theirs: &Value, ours: &Value) -> bool {
    match (theirs.as_str(), ours.as_str()) {
        (Some(theirs), Some(ours)) if key == "url" => {
            let of = |text: &str| Url::parse(text.trim()).ok().map(|url| canonical(&url));
            of(theirs) == of(ours)
        }
        (Some(theirs), Some(ours)) => theirs.trim() == ours.trim(),
        _ => theirs == ours,
    }
}
