//! Topics and signals: what sellers talk about, as marketers define it in a file.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Whether it is a subject of talk or an event at a company.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TopicKind {
    /// A subject.
    #[default]
    Topic,
    /// Something that happened: funding, a new leader, an outage…
    Signal,
}

/// A buying stage that a piece of our own content is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The buyer learns that there is a problem.
    Awareness,
    /// The buyer compares ways out.
    Consideration,
    /// The buyer chooses.
    Decision,
}

/// Something of our own to offer when the topic comes up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// What it is called.
    pub title: String,
    /// Where it is: an absolute http or https URL.
    pub url: String,
    /// The buying stage it is for.
    pub stage: Stage,
}

/// Something sellers talk about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Its name: unique in a ruleset, shown to sellers.
    pub name: String,
    /// Topic or signal.
    #[serde(default)]
    pub kind: TopicKind,
    /// One or two sentences that say what belongs to it.
    pub description: String,
    /// Sentences as somebody would say them.
    #[serde(default)]
    pub examples: Vec<String>,
    /// Words and phrases of which one speaks for the topic.
    #[serde(default)]
    pub any: Vec<String>,
    /// Words and phrases without any of which it is not the topic.
    #[serde(default)]
    pub all: Vec<String>,
    /// Words and phrases with any of which it is not the topic.
    #[serde(default)]
    pub none: Vec<String>,
    /// The question a seller asks back.
    #[serde(default)]
    pub ask: Option<String>,
    /// Our own content to offer.
    #[serde(default)]
    pub offer: Vec<Offer>,
}

/// Names the rules a verdict was made by: the first 12 hexadecimal digits of SHA-256 over them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RulesetId(pub String);

impl fmt::Display for RulesetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The topics that were in force together.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruleset {
    /// Names these very rules.
    pub id: RulesetId,
    /// The topics and signals, in the order of the file.
    pub topics: Vec<Topic>,
}

impl Ruleset {
    /// The ruleset of `topics`. Any change to what they say gives another id.
    #[must_use]
    pub fn of(topics: Vec<Topic>) -> Self {
        let text = serde_json::to_vec(&topics).unwrap_or_default();
        let hash = Sha256::digest(&text);
        let id = hash.iter().take(6).fold(String::new(), |id, byte| format!("{id}{byte:02x}"));
        Self { id: RulesetId(id), topics }
    }

    /// The topic called `name`.
    #[must_use]
    pub fn topic(&self, name: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.name == name)
    }
}
