//! Topics and signals: what sellers talk about, as marketers define it in a file.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::account::Account;
use crate::label::Label;

/// Counts the changes of our code by which the same rules judge otherwise: raise it with every one, so
/// that what was judged before is judged again. A test holds the verdicts of this one.
const JUDGING: u32 = 3;

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

/// Names the rules a verdict was made by: the first 12 hexadecimal digits of SHA-256 over topics and
/// labels; and, where there are accounts, a dot and 12 digits of what tells them from others.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RulesetId(pub String);

impl fmt::Display for RulesetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The topics that were in force together, and the labels that taught them.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruleset {
    /// Names these very rules, labels and accounts.
    pub id: RulesetId,
    /// The topics and signals, in the order of the file.
    pub topics: Vec<Topic>,
    /// The labels given to posts, of these topics only; by topic, then post.
    pub labels: Vec<Label>,
}

impl Ruleset {
    /// The ruleset of `topics`. Any change to what they say gives another id.
    #[must_use]
    pub fn of(topics: Vec<Topic>) -> Self {
        let id = RulesetId(digits(&(JUDGING, &topics)));
        Self { id, topics, labels: Vec::new() }
    }

    /// The same rules, for the posts of a market with these accounts. Who looks after one makes no other
    /// rules of it.
    #[must_use]
    pub fn with_accounts(mut self, accounts: &[Account]) -> Self {
        let told: Vec<_> = accounts
            .iter()
            .map(|account| {
                let Account { name, aliases, domain, about, not, owner: _, competitors } = account;
                (name, aliases, domain, about, not, competitors)
            })
            .collect();
        let rules = self.id.rules();
        self.id = match accounts {
            [] => RulesetId(rules.to_owned()),
            _ => RulesetId(format!("{rules}.{}", digits(&(JUDGING, &told)))),
        };
        self
    }

    /// The same topics, taught by `labels`. Those of other topics wait until there is one of that name
    /// again. When a label was given makes no other rules of it; what it says does.
    #[must_use]
    pub fn taught(self, mut labels: Vec<Label>) -> Self {
        let rules = Self::of(self.topics);
        labels.retain(|label| rules.topic(&label.topic).is_some());
        labels.sort_by(|a, b| (&a.topic, a.post).cmp(&(&b.topic, b.post)));
        let said: Vec<_> =
            labels.iter().map(|label| (&label.topic, label.post, label.answer)).collect();
        let taught = match labels.as_slice() {
            [] => rules.id.0,
            _ => digits(&(&rules.id, said)),
        };
        let id = RulesetId(match self.id.accounts() {
            "" => taught,
            accounts => format!("{taught}.{accounts}"),
        });
        Self { id, topics: rules.topics, labels }
    }

    /// The topic called `name`.
    #[must_use]
    pub fn topic(&self, name: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.name == name)
    }
}

impl RulesetId {
    /// What names the topics and the labels.
    fn rules(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }

    /// What names the accounts; empty where there are none.
    #[must_use]
    pub fn accounts(&self) -> &str {
        self.0.split_once('.').map_or("", |(_, accounts)| accounts)
    }
}

fn digits(of: &impl Serialize) -> String {
    let hash = Sha256::digest(serde_json::to_vec(of).unwrap_or_default());
    hash.iter().take(6).fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::label::Answer;
    use crate::post::PostId;

    fn topic(name: &str) -> Topic {
        toml::from_str(&format!("name = {name:?}\ndescription = \"About {name}.\"")).unwrap()
    }

    fn label(topic: &str, post: u8, answer: Answer, second: i64) -> Label {
        let at = Timestamp::from_second(second).unwrap();
        Label { topic: topic.into(), post: PostId::from_bytes([post; 16]), answer, at }
    }

    #[test]
    fn the_id_covers_what_labels_say_and_not_when_they_said_it() {
        let rules = || Ruleset::of(vec![topic("fees"), topic("outage")]);
        let id = |labels| rules().taught(labels).id;
        let one = id(vec![label("fees", 1, Answer::Is, 1), label("outage", 2, Answer::Is, 1)]);
        let later = id(vec![label("outage", 2, Answer::Is, 9), label("fees", 1, Answer::Is, 9)]);
        assert_eq!(one, later);
        assert_ne!(one, rules().id);
        assert_ne!(
            one,
            id(vec![label("fees", 1, Answer::IsNot, 1), label("outage", 2, Answer::Is, 1)])
        );
        assert_eq!(id(vec![label("gone", 1, Answer::Is, 1)]), rules().id, "no topic, no rule");
        assert_eq!(rules().taught(vec![label("fees", 1, Answer::Is, 1)]).taught(vec![]), rules());
    }

    #[test]
    fn the_id_covers_what_tells_accounts_from_others_and_not_who_looks_after_them() {
        let account = |text: &str| vec![toml::from_str::<Account>(text).unwrap()];
        let rules = || Ruleset::of(vec![topic("fees")]);
        let acme = rules().with_accounts(&account("name = 'Acme'"));
        let handed = rules().with_accounts(&account("name = 'Acme'\nowner = 'ada'"));
        let linked = rules().with_accounts(&account("name = 'Acme'\ndomain = 'acme.example'"));
        assert_eq!(acme.id, handed.id);
        assert_ne!(acme.id.accounts(), linked.id.accounts());
        assert_ne!(acme.id, rules().id);
        assert_eq!(rules().id.accounts(), "");
        assert_eq!(acme.clone().with_accounts(&[]).id, rules().id);
        let taught = acme.clone().taught(vec![label("fees", 1, Answer::Is, 1)]);
        assert_eq!(taught.id.accounts(), acme.id.accounts());
        assert_ne!(taught.id, acme.id);
        assert_eq!(taught.taught(vec![]), acme);
    }
}
