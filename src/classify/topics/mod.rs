//! Topics and signals: what a text is near to, which words it says, and what labels say of its like.
//!
//! A topic's head is three steps of log-odds: *likeness* to its description beside its rivals, mixed
//! with a *regression* on examples, the more of them the more; then words, and of a signal the arguments
//! that are found; then the *correction* that labels teach. `none` and `all` stand above them all.

mod anchors;
mod background;
mod dense;
mod likeness;
mod regression;
mod taught;

use std::collections::BTreeSet;

use self::anchors::Anchors;
use self::background::BACKGROUND;
use self::likeness::Likeness;
use self::regression::Regression;
pub use self::taught::Taught;
use self::taught::{Corrected, Correction};
use super::signals::{self, Evidence};
use super::words::{Folded, Words};
use crate::label::Answer;
use crate::topic::{Ruleset, Topic, TopicKind};
use crate::verdict::{Band, Embedding, TopicVerdict};

/// Examples from which the regression weighs as much as likeness does.
const EXAMPLES_FOR_HALF: f32 = 1.0;

/// What likeness can take from the log-odds at most where a topic's own words are said: they speak
/// for it, in whatever company.
const WORDS_FLOOR: f32 = -2.0;

/// What the evidence of an event's arguments adds to the log-odds: the first part, each further one, none
/// found, and the event denied. Chosen on tests/fixtures/signals/posts/tuned.tsv and real headlines of
/// no event; `overheard eval signals` reports the other half.
const FIRST_PART: f32 = 2.0;
const SECOND_PART: f32 = 2.0;
const NO_PART: f32 = -1.0;
const DENIED: f32 = -4.0;

/// Log-odds below which no evidence could make a signal of it, so that none is looked for.
const OUT_OF_REACH: f32 = -6.0;

/// What the rules can say at most: about 98 in a hundred. They are never surer than that, and a person
/// who knows better can always turn them.
const SUREST: f32 = 4.0;

/// Characters of an example or of a labelled post shown as a reason.
const SHOWN_CHARS: usize = 90;

/// What is wrong with a ruleset, each in a sentence with its remedy.
#[must_use]
pub fn problems(topics: &[Topic]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut names = BTreeSet::new();
    for (place, topic) in topics.iter().enumerate() {
        let name = topic.name.trim();
        if name.is_empty() {
            problems.push(format!("topic {}: it has no name; give it one", place + 1));
        } else if !names.insert(name.to_lowercase()) {
            problems.push(format!("topic “{name}”: there are two of this name; rename one"));
        }
        if !topic.description.chars().any(char::is_alphanumeric) {
            problems.push(format!(
                "topic “{name}”: it has no description; say in a sentence what belongs to it"
            ));
        }
        for (list, words) in [("any", &topic.any), ("all", &topic.all), ("none", &topic.none)] {
            if words.iter().any(|word| word.trim().is_empty()) {
                problems.push(format!("topic “{name}”: `{list}` holds an empty word; remove it"));
            }
        }
    }
    problems
}

/// What to embed for a ruleset, in the order that [`Topics::new`] expects.
#[must_use]
pub fn anchors(ruleset: &Ruleset) -> Vec<&str> {
    ruleset
        .topics
        .iter()
        .flat_map(|topic| {
            std::iter::once(topic.description.as_str())
                .chain(topic.examples.iter().map(String::as_str))
        })
        .chain(BACKGROUND)
        .collect()
}

/// A ruleset, ready to judge by.
#[derive(Debug)]
pub struct Topics {
    rules: Vec<Topic>,
    anchors: Anchors,
    likeness: Likeness,
    regression: Regression,
    /// For each topic, what its labels teach.
    corrections: Vec<Correction>,
    words: Words,
    /// For each word: its topic, its role, and how the topic's author wrote it.
    roles: Vec<(usize, Role, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    Any,
    All,
    None,
}

/// What the rules say of one topic.
struct Ruled {
    odds: f32,
    evidence: Option<Evidence>,
}

/// What a text says of one topic's words.
#[derive(Debug, Default)]
struct Said<'a> {
    any: BTreeSet<&'a str>,
    all: BTreeSet<&'a str>,
    none: Option<&'a str>,
    verbatim: Vec<&'a str>,
}

impl Topics {
    /// A ruleset with the embeddings of its [`anchors`].
    ///
    /// # Errors
    /// Where the words are too many to be searched at once.
    pub fn new(ruleset: &Ruleset, embeddings: Vec<Embedding>) -> Result<Self, String> {
        let mut roles = Vec::new();
        for (place, topic) in ruleset.topics.iter().enumerate() {
            for (role, words) in
                [(Role::Any, &topic.any), (Role::All, &topic.all), (Role::None, &topic.none)]
            {
                roles.extend(words.iter().map(|word| (place, role, word.clone())));
            }
        }
        let words = Words::inflected(roles.iter().map(|(_, _, word)| word.as_str()))
            .map_err(|error| error.to_string())?;
        let anchors = Anchors::of(ruleset, embeddings);
        let gram = anchors.gram();
        Ok(Self {
            rules: ruleset.topics.clone(),
            likeness: Likeness::of(&anchors, &gram),
            regression: Regression::of(&anchors, &gram),
            corrections: ruleset.topics.iter().map(|_| Correction::default()).collect(),
            anchors,
            words,
            roles,
        })
    }

    /// Learns from labels, forgetting those of before. Those of a post without an embedding, and those
    /// that the rules' `none` and `all` leave nothing to say, teach nothing; of very many the last count.
    pub fn teach(&mut self, labels: Vec<Taught>) {
        let mut of_topic: Vec<Vec<(Taught, f32)>> = self.rules.iter().map(|_| Vec::new()).collect();
        for label in labels {
            let place = self.rules.iter().position(|topic| topic.name == label.topic);
            let Some(place) = place.filter(|_| !label.embedding.0.is_empty()) else { continue };
            let folded = Folded::new(&label.text);
            let said = self.said(&folded);
            let odds = self.odds(&self.anchors.cosines(&label.embedding));
            if let Ok(ruled) = self.ruled(place, &said[place], odds[place], &label.text) {
                of_topic[place].push((label, ruled.odds));
            }
        }
        self.corrections = of_topic
            .into_iter()
            .map(|mut labels| {
                let surplus = labels.len().saturating_sub(taught::MOST);
                labels.drain(..surplus);
                Correction::of(labels)
            })
            .collect();
    }

    /// Every topic and signal with its score, best first. An empty embedding is about nothing.
    #[must_use]
    pub fn judge(
        &self,
        folded: &Folded<'_>,
        embedding: &Embedding,
    ) -> Vec<(TopicKind, TopicVerdict)> {
        if embedding.0.is_empty() {
            return Vec::new();
        }
        let said = self.said(folded);
        let cosines = self.anchors.cosines(embedding);
        let mut verdicts: Vec<(TopicKind, TopicVerdict)> = self
            .odds(&cosines)
            .into_iter()
            .zip(&said)
            .enumerate()
            .map(|(place, (odds, said))| {
                let topic = &self.rules[place];
                let name = topic.name.clone();
                let verdict = match self.ruled(place, said, odds, folded.original()) {
                    Err(why) => TopicVerdict {
                        name,
                        score: 0.0,
                        band: Band::No,
                        why,
                        arguments: Vec::new(),
                    },
                    Ok(ruled) => {
                        let corrected = self.corrections[place].judge(embedding);
                        let score = 1.0 / (1.0 + (-ruled.odds - corrected.odds).exp());
                        let why = self.why(place, said, &ruled, &cosines, corrected);
                        TopicVerdict {
                            name,
                            score,
                            band: Band::of(score),
                            why,
                            arguments: Vec::new(),
                        }
                    }
                };
                (topic.kind, verdict)
            })
            .collect();
        verdicts.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
        verdicts
    }

    /// For each topic, the words of it that a text says.
    fn said<'s>(&'s self, folded: &Folded<'s>) -> Vec<Said<'s>> {
        let mut said: Vec<Said<'_>> = self.rules.iter().map(|_| Said::default()).collect();
        for found in self.words.find(folded) {
            let Some((place, role, word)) = self.roles.get(found.word) else { continue };
            let Some(said) = said.get_mut(*place) else { continue };
            let verbatim = folded.verbatim(found.range);
            let first = match role {
                Role::Any => said.any.insert(word),
                Role::All => said.all.insert(word),
                Role::None => {
                    said.none = Some(verbatim);
                    false
                }
            };
            if first {
                said.verbatim.push(verbatim);
            }
        }
        said
    }

    /// What nearness alone says of each topic.
    fn odds(&self, cosines: &[f32]) -> Vec<f32> {
        let likeness = self.likeness.odds(&self.anchors, cosines);
        let regression = self.regression.odds(&self.anchors, cosines);
        let mixed = |((topic, likeness), regression): ((&Topic, f32), f32)| {
            let examples = topic.examples.len() as f32;
            let share = examples / (examples + EXAMPLES_FOR_HALF);
            share * regression + (1.0 - share) * likeness
        };
        self.rules.iter().zip(likeness).zip(regression).map(mixed).collect()
    }

    /// What the words make of it, and a signal's arguments; or why it is out of the question.
    fn ruled(
        &self,
        place: usize,
        said: &Said<'_>,
        mut odds: f32,
        text: &str,
    ) -> Result<Ruled, String> {
        let topic = &self.rules[place];
        if let Some(word) = said.none {
            return Err(format!("says “{word}”, which rules it out"));
        }
        if let Some(missing) = topic.all.iter().find(|word| !said.all.contains(word.as_str())) {
            return Err(format!("does not say “{missing}”"));
        }
        if topic.kind == TopicKind::Topic && !said.any.is_empty() {
            odds = odds.max(WORDS_FLOOR);
        }
        odds += words_odds(topic.kind, said, !topic.any.is_empty());
        let is_read = topic.kind == TopicKind::Signal && odds > OUT_OF_REACH;
        let evidence = is_read.then(|| signals::evidence(&topic.name, text)).flatten();
        odds += evidence.as_ref().map_or(0.0, evidence_odds);
        // Bent, not cut: what is nearer stays before what is less near.
        Ok(Ruled { odds: SUREST * (odds / SUREST).tanh(), evidence })
    }

    fn why(
        &self,
        place: usize,
        said: &Said<'_>,
        ruled: &Ruled,
        cosines: &[f32],
        corrected: Corrected<'_>,
    ) -> String {
        let mut reasons = Vec::new();
        if !said.verbatim.is_empty() {
            let quoted: Vec<String> =
                said.verbatim.iter().take(3).map(|word| format!("“{word}”")).collect();
            reasons.push(format!("says {}", quoted.join(", ")));
        }
        if let Some(evidence) = &ruled.evidence {
            let parts: Vec<&str> = evidence.parts.iter().map(|part| part.name()).collect();
            if !parts.is_empty() {
                reasons.push(format!("tells {}", parts.join(", ")));
            } else if evidence.is_denied {
                reasons.push("denies it, or means something else".to_owned());
            }
        }
        let own = cosines.get(self.anchors.ranges[place].clone()).unwrap_or_default();
        match own.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)) {
            Some((0, cosine)) => reasons.push(format!("close to its description ({cosine:.2})")),
            Some((anchor, cosine)) => {
                let examples = &self.rules[place].examples;
                let example = examples.get(anchor - 1).map_or("", String::as_str);
                reasons.push(format!("close to the example “{}” ({cosine:.2})", shown(example)));
            }
            None => {}
        }
        if let Some(label) = corrected.telling {
            let answer = match label.answer {
                Answer::Is => "labelled as it",
                Answer::IsNot => "labelled as not it",
            };
            let first = label.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            reasons.push(format!("like the post “{}”, {answer}", shown(first.trim())));
        }
        reasons.join("; ")
    }
}

/// What arguments add to the log-odds: “raises $40M” is hardly ever anything but funding, whatever else
/// the post is near to, and “we are not hiring” never is hiring.
fn evidence_odds(evidence: &Evidence) -> f32 {
    match evidence.parts.len() {
        _ if evidence.is_denied => DENIED,
        0 => NO_PART,
        1 => FIRST_PART,
        _ => FIRST_PART + SECOND_PART,
    }
}

/// What words add to the log-odds. An event has its words ("raises", "outage"); a subject can be
/// talked about in any.
fn words_odds(kind: TopicKind, said: &Said<'_>, has_words: bool) -> f32 {
    let hits = said.any.len() + said.all.len();
    let (first, more, missing) = match kind {
        TopicKind::Topic => (2.4, 0.8, -0.2),
        TopicKind::Signal => (2.4, 0.8, -1.2),
    };
    match hits {
        0 if has_words => missing,
        0 => 0.0,
        hits => more * (hits - 1).min(2) as f32 + first,
    }
}

fn shown(example: &str) -> String {
    match example.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", example[..end].trim_end()),
        None => example.to_owned(),
    }
}
