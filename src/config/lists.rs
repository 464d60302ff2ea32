//! Lists of sources from elsewhere: what of them is new to a market, and how it is written down.

use std::collections::{HashMap, HashSet};

use toml::{Table, Value};
use url::Url;

use super::csv::texts;
use super::differences::{Differing, differences};
use super::entry::{Details, Entry, numbered, readable};
use super::market::{Listened, Market};
use super::source::duration;
use crate::adapters::feed::opml::Opml;
use crate::adapters::{self, Adapter, Kind, Skipped};
use crate::source::{SourceId, Speaker, Voice};
use crate::text::urls::canonical;

/// Tags of one source; each is compared with all of them.
const MOST_TAGS: usize = 100;

/// Characters of a language tag; those in use have no more than fifteen.
const LONGEST_LANGUAGE: usize = 35;

/// A source as a list names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its kind.
    pub kind: String,
    /// Its kind's settings, as texts.
    pub options: Vec<(String, String)>,
    /// The id the list gives it.
    pub id: Option<String>,
    /// What the list says of it beside that.
    pub details: Details,
    /// Where it stands in the list.
    pub place: String,
    /// The columns of its table: what is empty in one of them is meant to be empty.
    pub columns: Vec<String>,
}

impl Default for Candidate {
    fn default() -> Self {
        Self {
            kind: "feed".to_owned(),
            options: Vec::new(),
            id: None,
            details: Details::default(),
            place: String::new(),
            columns: Vec::new(),
        }
    }
}

/// A list from elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    /// The sources it names.
    pub candidates: Vec<Candidate>,
    /// What could not be read, and why.
    pub skipped: Vec<Skipped>,
    /// What had to be overlooked, in words.
    pub repairs: Vec<String>,
}

impl From<Opml> for List {
    fn from(opml: Opml) -> Self {
        let candidates = opml.outlines.into_iter().enumerate().map(|(index, outline)| Candidate {
            options: vec![("url".to_owned(), outline.url.into())],
            place: outline.title.clone().unwrap_or_else(|| format!("outline {}", index + 1)),
            details: Details {
                title: outline.title,
                tags: outline.tags,
                language: outline.language,
                ..Details::default()
            },
            ..Candidate::default()
        });
        Self { candidates: candidates.collect(), skipped: opml.skipped, repairs: opml.repairs }
    }
}

/// What taking in a list would do.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// Entries to be written.
    pub entries: Vec<Entry>,
    /// Sources that the list names more than once: so many mentions were merged into others.
    pub merged: usize,
    /// Sources we listen to already, by the id they have with us.
    pub there: Vec<SourceId>,
    /// Those of them of which the list says otherwise.
    pub differing: Vec<Differing>,
    /// Sources that are not called as the list calls them, and why, in words.
    pub renamed: Vec<String>,
    /// What is left out, and why.
    pub skipped: Vec<Skipped>,
}

/// What the list is taken in by.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The voice of sources that do not say theirs.
    pub voice: Voice,
    /// Tags for all of them.
    pub tags: &'a [String],
    /// Addresses that were read before, and under which id: a source that comes back keeps its past,
    /// and is not read before its time.
    pub remembered: &'a [(String, SourceId)],
}

/// The place an address leads to: two that differ in nothing but http or https and a slash at the end
/// are one, for who makes a list.
#[must_use]
pub fn place_of(url: &Url) -> String {
    let canonical = canonical(url);
    let bare = canonical.trim_start_matches("https://").trim_start_matches("http://");
    bare.trim_end_matches('/').to_owned()
}

/// Plans what of a list is written into a market's folder. Mentions of one [place](place_of) are one
/// source, with the tags of all of them.
#[must_use]
pub fn plan(list: List, market: &Market, terms: Terms<'_>) -> Plan {
    let mut plan = Plan { skipped: list.skipped, ..Plan::default() };
    // The very address goes before one of the same place.
    let mut known: HashMap<String, &Listened> = HashMap::new();
    for listened in &market.sources {
        let url = listened.adapter.start().url;
        known.insert(canonical(&url), listened);
        known.entry(place_of(&url)).or_insert(listened);
    }
    let mut taken: HashSet<SourceId> =
        market.sources.iter().map(|listened| listened.source.id.clone()).collect();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut there: HashSet<SourceId> = HashSet::new();
    // Of two memories of one address the first counts.
    let remembered: HashMap<&str, &SourceId> =
        terms.remembered.iter().rev().map(|(url, id)| (url.as_str(), id)).collect();
    let had: HashSet<&SourceId> = terms.remembered.iter().map(|(_, id)| id).collect();
    // Where numbers for an id begin, so that they are not counted anew for each of many namesakes.
    let mut next: HashMap<String, u32> = HashMap::new();
    for candidate in list.candidates {
        let opened = open(&candidate);
        let (kind, options, adapter) = match opened {
            Ok(opened) => opened,
            Err(why) => {
                plan.skipped.push(Skipped { place: candidate.place, why });
                continue;
            }
        };
        if let Err(why) = usable(&candidate) {
            plan.skipped.push(Skipped { place: candidate.place, why });
            continue;
        }
        let address = adapter.start().url;
        let (key, place) = (canonical(&address), place_of(&address));
        if let Some(listened) = known.get(&key).or_else(|| known.get(&place)) {
            let id = &listened.source.id;
            if there.insert(id.clone()) {
                let changes = differences(&candidate, kind, &options, listened);
                if !changes.is_empty() {
                    plan.differing.push(Differing { id: id.clone(), changes });
                }
                if let Some(stated) = candidate.id.filter(|stated| stated != id.as_str()) {
                    plan.renamed.push(format!("{stated} is there already, as {id}"));
                }
                plan.there.push(id.clone());
            } else {
                plan.merged += 1;
            }
            continue;
        }
        let mut details = candidate.details;
        let mut tags = std::mem::take(&mut details.tags);
        tags.extend(terms.tags.iter().cloned());
        if let Some(first) = places.get(&place) {
            plan.merged += 1;
            add_tags(&mut plan.entries[*first], tags);
            continue;
        }
        let before = remembered.get(key.as_str()).copied();
        let stated = candidate.id.as_deref().and_then(|id| id.parse::<SourceId>().ok());
        // What is remembered under an id, posts and all, is of the address it was read at.
        let free = |id: &SourceId| !taken.contains(id) && !had.contains(id);
        let wished = before.filter(|id| !taken.contains(*id)).cloned();
        let wished = wished.or_else(|| stated.filter(free));
        let host = address.host_str().unwrap_or_default();
        let title = details.title.as_deref().unwrap_or_default();
        let made = || {
            let base = readable(title, host);
            let from = next.get(&base).copied().unwrap_or(1);
            let (number, id) = numbered(&base, from, free)?;
            next.insert(base, number + 1);
            Some(id)
        };
        let Some(id) = wished.or_else(made) else {
            let why = "no id is free that could be made of its title".to_owned();
            plan.skipped.push(Skipped { place: candidate.place, why });
            continue;
        };
        if let Some(stated) = candidate.id.filter(|stated| *stated != id.as_str()) {
            let why = match stated.parse::<SourceId>() {
                Err(why) => why.to_string(),
                Ok(_) if before.is_some() => format!("{stated} was read before under another id"),
                Ok(other) if taken.contains(&other) => format!("id {stated} is taken"),
                Ok(_) => format!(
                    "id {stated} was that of another address, whose posts are kept under it"
                ),
            };
            plan.renamed.push(format!("{why}; it is called {id}"));
        }
        taken.insert(id.clone());
        places.insert(place, plan.entries.len());
        let voice = || (kind.speaker == Speaker::Owner).then(|| terms.voice.name().to_owned());
        details.voice = details.voice.or_else(voice);
        // What everybody there is by nature needs no words.
        let is_plain = kind.speaker == Speaker::Author
            && details.voice.as_deref() == Some(Voice::Social.name());
        details.voice = details.voice.filter(|_| !is_plain);
        let mut entry = Entry { id, kind: kind.name.to_owned(), options, details };
        add_tags(&mut entry, tags);
        plan.entries.push(entry);
    }
    plan
}

type Opened = (&'static Kind, Vec<(String, Value)>, Box<dyn Adapter>);

/// The adapter of a candidate. A table knows texts only: what its kind cannot use as one is tried as
/// a number, then as a yes or no, then as a list.
fn open(candidate: &Candidate) -> Result<Opened, String> {
    let kind = adapters::kind(&candidate.kind)
        .ok_or_else(|| format!("there is no kind {:?}", candidate.kind))?;
    let keys = || candidate.options.iter().filter(|(key, _)| kind.keys.contains(&key.as_str()));
    let mut options: Vec<(String, Value)> = Vec::new();
    for (key, text) in keys() {
        if !options.iter().any(|(known, _)| known == key) {
            options.push((key.clone(), Value::String(text.clone())));
        }
    }
    for _ in 0..=options.len() * 2 {
        let settings: Table = options.iter().cloned().collect();
        let bad = match (kind.open)(settings) {
            Ok(adapter) => return Ok((kind, options, adapter)),
            Err(bad) => bad,
        };
        let Some((_, value)) = options.iter_mut().find(|(key, _)| *key == bad.key) else {
            return Err(bad.to_string());
        };
        let Some(other) = otherwise(value) else { return Err(bad.to_string()) };
        *value = other;
    }
    Err("its settings cannot be used".to_owned())
}

/// Whether the words every kind knows can be written down as they are.
fn usable(candidate: &Candidate) -> Result<(), String> {
    let Details { voice, language, every, .. } = &candidate.details;
    if let Some(voice) = voice
        && !Voice::ALL.iter().any(|known| known.name() == voice)
    {
        let voices = Voice::ALL.map(Voice::name).join(", ");
        return Err(format!("there is no voice {voice:?}; there are {voices}"));
    }
    if let Some(language) = language
        && !is_language(language)
    {
        return Err(format!("{language:?} is no language; write \"de\" or \"pt-BR\""));
    }
    every.as_deref().map_or(Ok(()), |every| duration(every).map(|_| ()))
}

/// Whether a text is made as language tags are, of short parts of letters and digits.
fn is_language(text: &str) -> bool {
    let is_part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    text.split(['-', '_']).all(is_part) && text.len() <= LONGEST_LANGUAGE
}

fn otherwise(value: &Value) -> Option<Value> {
    let Value::String(text) = value else { return None };
    let number = text.parse().ok().map(Value::Integer);
    let answer = || text.to_lowercase().parse().ok().map(Value::Boolean);
    let list = || texts(text).map(|all| all.into_iter().map(Value::String).collect());
    number.or_else(answer).or_else(|| list().map(Value::Array))
}

fn add_tags(entry: &mut Entry, tags: Vec<String>) {
    for tag in tags {
        let known = &mut entry.details.tags;
        if known.len() >= MOST_TAGS {
            return;
        }
        if !known.iter().any(|known| known.eq_ignore_ascii_case(&tag)) {
            known.push(tag);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(candidates: Vec<Candidate>, remembered: &[(String, SourceId)]) -> Plan {
        let market = Market::parse(&[]).unwrap();
        let list = List { candidates, ..List::default() };
        plan(list, &market, Terms { voice: Voice::Blog, tags: &[], remembered })
    }

    fn candidate(number: usize) -> Candidate {
        let url = format!("https://{number}.example/");
        Candidate { options: vec![("url".to_owned(), url)], ..Candidate::default() }
    }

    fn named(title: &str) -> Details {
        Details { title: Some(title.to_owned()), ..Details::default() }
    }

    #[test]
    fn namesakes_are_numbered_and_none_takes_an_id_that_is_remembered() {
        let all = (0..4).map(|n| Candidate { details: named("The Same"), ..candidate(n) });
        let remembered = [("https://x.example/".to_owned(), "the-same-2".parse().unwrap())];
        let plan = planned(all.collect(), &remembered);
        let ids: Vec<&str> = plan.entries.iter().map(|entry| entry.id.as_str()).collect();
        assert_eq!(ids, ["the-same", "the-same-3", "the-same-4", "the-same-5"]);
    }

    #[test]
    fn an_id_of_the_lists_own_that_is_remembered_is_taken_at_its_address_only() {
        let theirs = |number: usize| Candidate { id: Some("mine".to_owned()), ..candidate(number) };
        let remembered = [("https://1.example/".to_owned(), "mine".parse().unwrap())];
        let id = |number: usize| planned(vec![theirs(number)], &remembered).entries[0].id.clone();
        assert_eq!(id(1).as_str(), "mine");
        assert_eq!(id(2).as_str(), "2-example");
    }

    #[test]
    fn a_key_is_written_once_and_tags_have_an_end() {
        let mut twice = candidate(1);
        twice.options.push(("url".to_owned(), "https://2.example/".to_owned()));
        twice.details.tags = (0..500).map(|n| format!("t{n}")).collect();
        let plan = planned(vec![twice], &[]);
        assert_eq!(plan.entries[0].options.len(), 1);
        assert_eq!(plan.entries[0].details.tags.len(), MOST_TAGS);
    }

    #[test]
    fn what_is_no_language_is_left_out_and_said() {
        let of = |language: &str| {
            let language = Some(language.to_owned());
            let details = Details { language, ..Details::default() };
            planned(vec![Candidate { details, ..candidate(1) }], &[])
        };
        for good in ["de", "pt-BR", "en_us", "zh-Hant-TW"] {
            assert_eq!(of(good).entries.len(), 1, "{good}");
        }
        for bad in ["klingon language!!", "\u{1b}[31m", "de-", "überlang"] {
            let plan = of(bad);
            assert!(plan.entries.is_empty(), "{bad}");
            assert!(plan.skipped[0].why.contains("is no language; write \"de\""), "{plan:?}");
        }
    }
}
