//! The sources and topics that ship with the product.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use overheard::adapters;
use overheard::config::Market;
use overheard::config::edit::{Edit, edited};
use overheard::source::{SourceId, Voice};
use overheard::topic::{Stage, Topic, TopicKind};
use serde::Deserialize;
use url::Url;

/// What every source may say, whatever its kind.
const COMMON: [&str; 8] = ["id", "kind", "owner", "voice", "tags", "language", "every", "paused"];

#[derive(Deserialize)]
struct Sources {
    #[serde(default)]
    source: Vec<toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Topics {
    topic: Vec<Topic>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sources")
}

fn sources() -> Vec<(String, toml::Table)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.extension().is_none_or(|ending| ending != "toml") || name == "topics.toml" {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let file: Sources = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        all.extend(file.source.into_iter().map(|source| (name.clone(), source)));
    }
    all
}

fn text<'a>(source: &'a toml::Table, key: &str) -> &'a str {
    source.get(key).and_then(toml::Value::as_str).unwrap_or_else(|| panic!("{key}: {source:?}"))
}

#[test]
fn every_shipped_source_opens_with_its_adapter() {
    let sources = sources();
    assert!(sources.len() >= 65, "{}", sources.len());
    let mut seen = BTreeSet::new();
    for (file, source) in sources {
        let id: SourceId = text(&source, "id").parse().unwrap();
        assert!(seen.insert(id.clone()), "{file}: {id} stands there twice");
        let voice: Voice = source["voice"].clone().try_into().unwrap();
        assert!(!matches!(voice, Voice::Field | Voice::Survey), "{id}: {voice}");
        assert!(!text(&source, "owner").is_empty(), "{id}");
        assert!(source["tags"].as_array().is_some_and(|tags| !tags.is_empty()), "{id}: no tags");
        let kind = adapters::kind(text(&source, "kind")).unwrap_or_else(|| panic!("{id}: kind"));
        let own: toml::Table =
            source.into_iter().filter(|(key, _)| !COMMON.contains(&key.as_str())).collect();
        if let Err(error) = (kind.open)(own) {
            panic!("{file}: {id}: {error}");
        }
    }
}

#[test]
fn no_shipped_source_is_heard_twice() {
    let mut seen = BTreeMap::new();
    for (_, source) in sources() {
        let own: toml::Table = source
            .iter()
            .filter(|(key, _)| !COMMON.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let id = text(&source, "id").to_owned();
        if let Some(other) = seen.insert(own.to_string(), id.clone()) {
            panic!("{id} and {other} read the same place");
        }
    }
}

#[test]
fn every_kind_of_public_voice_is_heard() {
    let voices: BTreeSet<String> =
        sources().iter().map(|(_, source)| text(source, "voice").to_owned()).collect();
    for voice in ["analyst", "blog", "customer", "expert", "press", "social", "vendor"] {
        assert!(voices.contains(voice), "{voice}");
    }
}

#[test]
fn every_shipped_topic_is_complete() {
    let text = std::fs::read_to_string(folder().join("topics.toml")).unwrap();
    let Topics { topic: topics } = toml::from_str(&text).unwrap();
    let signals = topics.iter().filter(|topic| topic.kind == TopicKind::Signal).count();
    assert!(signals >= 12 && topics.len() - signals >= 16, "{signals} of {}", topics.len());
    let mut names = BTreeSet::new();
    for topic in &topics {
        let name = &topic.name;
        assert!(names.insert(name.to_lowercase()), "{name} stands there twice");
        assert!((4..=6).contains(&topic.examples.len()), "{name}: examples");
        let examples: BTreeSet<&String> = topic.examples.iter().collect();
        assert_eq!(examples.len(), topic.examples.len(), "{name}: an example stands there twice");
        assert!(topic.description.len() > 60 && topic.any.len() >= 10, "{name}");
        assert!(topic.ask.as_deref().is_some_and(|ask| ask.ends_with('?')), "{name}: ask");
        assert!(!topic.offer.is_empty(), "{name}: nothing to offer");
        for offer in &topic.offer {
            let url = Url::parse(&offer.url).unwrap();
            assert_eq!(url.host_str(), Some("example.com"), "{name}: {url}");
        }
        for example in &topic.examples {
            let lower = example.to_lowercase();
            let barred = topic.none.iter().find(|word| lower.contains(&word.to_lowercase()));
            assert_eq!(barred, None, "{name}: {example}");
        }
    }
    for stage in [Stage::Awareness, Stage::Consideration, Stage::Decision] {
        let offered =
            topics.iter().flat_map(|topic| &topic.offer).any(|offer| offer.stage == stage);
        assert!(offered, "nothing to offer at the stage {stage:?}");
    }
}

#[test]
fn every_shipped_entry_can_be_paused_and_removed_without_touching_another() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sources");
    let files = Market::files(&folder).unwrap();
    let market = Market::parse(&files).unwrap();
    for id in market.sources.iter().map(|listened| &listened.source.id) {
        let at =
            files.iter().position(|(_, text)| edited(text, id, Edit::Pause) != Ok(None)).unwrap();
        let text = &files[at].1;
        let paused = edited(text, id, Edit::Pause).unwrap().unwrap();
        assert!(
            Market::parse(&[(PathBuf::from("a"), paused.clone())])
                .is_ok_and(|market| { market.source(id).unwrap().paused })
        );
        assert_eq!(edited(&paused, id, Edit::Resume), Ok(Some(text.clone())), "{id}");
        let without = edited(text, id, Edit::Remove).unwrap().unwrap();
        let left = Market::parse(&[(PathBuf::from("a"), without.clone())]).unwrap();
        let before = Market::parse(&[(PathBuf::from("a"), text.clone())]).unwrap();
        assert!(left.source(id).is_none(), "{id}");
        assert_eq!(left.sources.len() + 1, before.sources.len(), "{id}");
        // What goes stood in one piece.
        let front = without.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
        assert!(text.ends_with(&without[front..]), "{id}");
    }
}

#[test]
fn the_unit_in_the_readme_is_one_that_systemd_takes_without_a_word() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, unit) = readme.split_once("```ini\n").unwrap();
    let (unit, _) = unit.split_once("```").unwrap();
    assert!(unit.contains("ExecStart=/usr/local/bin/overheard serve"), "{unit}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("overheard.service");
    // It is not installed there on this machine.
    fs::write(&file, unit.replace("/usr/local/bin/overheard", "/bin/true")).unwrap();
    let verified = Command::new("systemd-analyze").arg("verify").arg(&file).output();
    let verified = verified.expect("systemd-analyze is there: tests/prepare installs it");
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    let about_ours: Vec<&str> = said.lines().filter(|line| line.contains("overheard")).collect();
    assert!(verified.status.success() && about_ours.is_empty(), "{said}");
}
