//! One `[[source]]`: the keys every kind has, and what is left for its adapter.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use toml::{Table, Value};

use super::fields::Fields;
use super::market::{Listened, Written};
use super::nearest::hint;
use crate::adapters::{self, Adapter, KINDS, Kind};
use crate::crawl::http::Manner;
use crate::source::{Owner, Source, SourceId, Speaker, Voice};

/// Settings that hold an address, and one that stands for it while the others are looked at.
const ADDRESSES: [&str; 3] = ["url", "server", "site"];
const ANY_ADDRESS: &str = "https://example.com/";

/// Parses one source, its kind's settings included; none where anything is wrong with it.
pub(super) fn parse(fields: &mut Fields<'_>) -> Option<Listened> {
    let id = fields.needed("id", "give it a short name of your own, like \"daily-rack\"");
    let id: Option<SourceId> = id.and_then(|id| match id.parse::<SourceId>() {
        Ok(id) => Some(id),
        Err(error) => {
            fields.fault("id", error.to_string());
            None
        }
    });
    let kind = kind(fields);
    let owner = fields.text("owner");
    let voices = Voice::ALL.map(|voice| (voice.name(), voice));
    let stated = fields.one_of("voice", &voices);
    let tags = fields.texts("tags");
    let language = fields.text("language");
    let spoken = fields.text("every");
    let every = spoken
        .as_deref()
        .and_then(|text| duration(text).map_err(|why| fields.wrong("every", &why)).ok());
    let paused = fields.yes("paused");
    let options = fields.rest();
    let Some(kind) = kind else {
        for key in options.keys().filter(|key| !KINDS.iter().any(|kind| knows(kind, key))) {
            fields.unknown(key, &[]);
        }
        return None;
    };
    let voice = match (stated, kind.speaker) {
        (Some(voice), _) => Some(voice),
        (None, Speaker::Author) => Some(Voice::Social),
        (None, Speaker::Owner) => {
            if !fields.has("voice") {
                let voices = Voice::ALL.map(Voice::name).join(", ");
                fields.missing("voice", &format!("it is one of {voices}"));
            }
            None
        }
    };
    let adapter = open(fields, kind, options.clone())?;
    let (id, voice) = (id?, voice?);
    let written = Written { owner: owner.clone(), group: None, every: spoken };
    let owner = owner.map_or_else(
        || Owner::of_host(adapter.start().url.host_str().unwrap_or_default()),
        |name| Owner::named(&name),
    );
    let speaker = if voice == Voice::Social { Speaker::Author } else { kind.speaker };
    let source =
        Source { id, kind: kind.name, owner, voice, speaker, tags, language, every, paused };
    let listing = Manner::for_listings_of(kind);
    Some(Listened { source, adapter: Arc::from(adapter), listing, options, written })
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

fn kind(fields: &mut Fields<'_>) -> Option<&'static Kind> {
    let names = || KINDS.iter().map(|kind| kind.name);
    let listed = names().collect::<Vec<_>>().join(", ");
    let name = fields.needed("kind", &format!("it is one of {listed}"))?;
    let found = adapters::kind(&name);
    if found.is_none() {
        let what = format!("no kind {name:?}; there are {listed}{}", hint(&name, names()));
        fields.wrong("kind", &what);
    }
    found
}

/// Makes the adapter. It names its first problem only: each is mended here for the time being, so
/// that the next one is seen too.
fn open(fields: &mut Fields<'_>, kind: &Kind, mut options: Table) -> Option<Box<dyn Adapter>> {
    let mut mended: Vec<String> = Vec::new();
    let most = options.len() + kind.keys.len() + 1;
    for _ in 0..most {
        let bad = match (kind.open)(options.clone()) {
            Ok(adapter) if mended.is_empty() => return Some(adapter),
            Ok(_) => return None,
            Err(bad) => bad,
        };
        // What is missing because it was taken out, or could not be mended, is no news.
        if mended.contains(&bad.key) {
            return None;
        }
        let stood = options.remove(&bad.key).is_some();
        let is_address = ADDRESSES.contains(&bad.key.as_str());
        if is_address {
            options.insert(bad.key.clone(), Value::String(ANY_ADDRESS.to_owned()));
        }
        if stood && !knows(kind, &bad.key) {
            fields.unknown(&bad.key, kind.keys);
        } else if stood || !fields.has(&bad.key) {
            fields.wrong(&bad.key, &bad.why);
        }
        mended.push(bad.key);
        if !stood && !is_address {
            return None;
        }
    }
    None
}

fn knows(kind: &Kind, key: &str) -> bool {
    kind.keys.contains(&key)
}
