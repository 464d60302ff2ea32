//! Relevance: how much a post is about what was asked, and whether it may speak to that at all.

use std::borrow::Cow;

use super::answer::Looked;
use super::rarity::{Rarity, Terms};
use super::{Heard, Understood};
use crate::text::words;
use crate::verdict::{Band, SentimentLabel};

/// What it adds to the likeness of a post that it says every term of the question; MiniLM alone takes one
/// product for another, and one company for its rival.
const WORDS: f32 = 0.2;

/// What it adds that the post is of a topic that the question names, or is about without naming it.
const SAME_TOPIC: f32 = 0.1;

/// The same of a post that names the account asked about: both together are nearly what was asked.
const SAME_TOPIC_OF_ACCOUNT: f32 = 0.22;

/// A word is told from its other forms by what is left of it, and so much has to be.
const STEM: usize = 4;

/// How much a post is about what was asked, 0 to about 1.3: how near it is in meaning, how many of the
/// question's terms it says, by how rare they are, and whether it is of a topic that the question is about.
/// `said` are the terms it begins with.
pub(super) fn relevance(
    looked: &Looked,
    heard: &Heard,
    likeness: f32,
    said: &Terms,
    rarity: &Rarity,
) -> f32 {
    let understood = looked.understood;
    let terms = &understood.terms;
    if understood.feeling && (looked.account.is_some() || understood.name.is_some()) {
        return if feels(looked, heard) { 1.0 } else { 0.0 };
    }
    if terms.is_empty() {
        // Whatever is said of the account is asked for.
        return if names(looked, heard) { 1.0 } else { 0.0 };
    }
    let says = |asked: &String| said.iter().any(|term| stem(term) == stem(asked));
    let all: f64 = terms.iter().map(|term| rarity.weight(term)).sum();
    let said: f64 = terms.iter().filter(|term| says(term)).map(|term| rarity.weight(term)).sum();
    let share = if all > 0.0 { (said / all) as f32 } else { 0.0 };
    let topic = match (is_of_topic_asked(looked, heard), looked.account) {
        (false, _) => 0.0,
        (true, None) => SAME_TOPIC,
        (true, Some(_)) => SAME_TOPIC_OF_ACCOUNT,
    };
    likeness + WORDS * share + topic
}

/// Whether a post is of a topic that the question names, or is about without naming it. Of an account it is
/// enough that the question may be about it: its posts are few.
fn is_of_topic_asked(looked: &Looked, heard: &Heard) -> bool {
    let least = if looked.account.is_some() { Band::UNSURE } else { Band::THRESHOLD };
    let Understood { topics, leans, .. } = looked.understood;
    let is_asked = |name: &String| {
        topics.contains(name) || leans.iter().any(|lean| lean.topic == *name && lean.score >= least)
    };
    let mut judged = heard.verdict.topics.iter().chain(&heard.verdict.signals);
    judged.any(|topic| topic.band == Band::Yes && is_asked(&topic.name))
}

/// A rough stem, so that "raising" is said where "raised" is.
fn stem(term: &str) -> &str {
    let left = |ending: &&str| term.strip_suffix(*ending).filter(|left| left.len() >= STEM);
    ["ing", "ers", "er", "ed", "es", "s", "e"].iter().find_map(left).unwrap_or(term)
}

/// Whether a post may speak: what the question is narrowed to.
pub(super) fn may_speak(looked: &Looked, heard: &Heard) -> bool {
    let is_about = |topic: &str| {
        let mut judged = heard.verdict.topics.iter().chain(&heard.verdict.signals);
        judged.any(|judged| judged.name == topic && judged.band == Band::Yes)
    };
    let is_own = looked.own == Some(&heard.source.owner);
    (is_own || names(looked, heard))
        && looked.topic.is_none_or(is_about)
        && looked.voice.is_none_or(|voice| voice == heard.source.voice)
}

/// Whether a post names the account that the question is narrowed to, and the name that it asks about, if it does.
pub(super) fn names(looked: &Looked, heard: &Heard) -> bool {
    let names_account = looked.account.is_none_or(|account| {
        let mut named = heard.verdict.accounts.iter();
        named.any(|named| named.name == account && Band::of(named.score) == Band::Yes)
    });
    let said = &heard.post.said;
    names_account
        && looked.understood.name.as_deref().is_none_or(|name| {
            says(&said.text, name) || said.title.as_deref().is_some_and(|title| says(title, name))
        })
}

/// Whether a text says a name, its words one after another.
fn says(text: &str, name: &str) -> bool {
    let name: Vec<Cow<str>> = words::folded(name).collect();
    let text: Vec<Cow<str>> = words::folded(text).collect();
    !name.is_empty() && text.windows(name.len()).any(|said| said == name)
}

/// Whether a post feels well or badly about the account that the question is narrowed to, or about the name.
fn feels(looked: &Looked, heard: &Heard) -> bool {
    use SentimentLabel as Label;
    let is_feeling = |label| matches!(label, Label::Positive | Label::Negative | Label::Mixed);
    if let Some(name) = &looked.understood.name {
        let is_own =
            says(heard.source.id.as_str(), name) || says(heard.source.owner.as_str(), name);
        return !is_own && names(looked, heard) && is_feeling(heard.verdict.sentiment.label);
    }
    let of_account = heard.verdict.accounts.iter().find(|named| {
        looked.account == Some(named.name.as_str()) && Band::of(named.score) == Band::Yes
    });
    // What an account says of itself is no reputation.
    looked.own != Some(&heard.source.owner)
        && of_account.is_some_and(|named| {
            let sentiment = named.sentiment.as_ref().unwrap_or(&heard.verdict.sentiment);
            is_feeling(sentiment.label)
        })
}
