//! Topics and signals: how near a text is to a description and examples, and which words it says.
//!
//! Cosines are not comparable between topics: a broad one is near to everything. Each topic's
//! likeness is therefore measured against what is *not* the topic (the other topics' descriptions
//! and examples, and everyday talk) and against its own examples, each left out in turn.

use std::collections::BTreeSet;

use super::words::{Folded, Words};
use crate::topic::{Ruleset, Topic, TopicKind};
use crate::verdict::{Band, Embedding, TopicVerdict};

/// The score from which a text is about a topic.
pub const THRESHOLD: f32 = 0.5;

/// The score from which it may be.
pub const UNSURE: f32 = 0.35;

/// Likeness that is worth one unit of log-odds. Tuned, with the thresholds' bounds below, on parts
/// of banking77 and Reuters R8 and on the project's own labelled posts.
const LIKENESS_UNIT: f32 = 0.05;

/// Where a topic's threshold may lie, whatever its examples say.
const THRESHOLD_BOUNDS: (f32, f32) = (0.20, 0.42);

/// How much of its likeness to the nearest other topics of the same kind counts against a topic.
/// Average precision with 4 examples, at 0 and at 0.5: banking77 0.722 and 0.751, Reuters R8 0.668
/// and 0.757. More helps sets with one label a text, and hurts posts that are about two topics.
const RIVALRY: f32 = 0.5;

/// How many of the nearest others are its rivals.
const RIVALS: usize = 3;

/// How far the threshold lies from what is not the topic towards the topic's own examples.
const OWN_SHARE: f32 = 0.6;

/// How far above what is not the topic the threshold is at least: two or three examples that have
/// little in common would otherwise let everything in.
const LEAST_GAP: f32 = 0.03;

/// What likeness can take from the log-odds at most where a topic's own words are said: they speak
/// for it, in whatever company.
const WORDS_FLOOR: f32 = -2.0;

/// Characters of an example shown as a reason.
const SHOWN_CHARS: usize = 90;

/// Everyday talk that is about no topic: what a threshold must keep out.
const BACKGROUND: [&str; 26] = [
    "Good morning everyone, have a great weekend!",
    "Here is what we read this week.",
    "Our team had a wonderful time at the conference, thanks to all who came by the booth.",
    "Version 2.3.1 fixes a few small bugs and updates the documentation.",
    "The city council votes on the new bicycle lanes on Tuesday.",
    "I finally finished the book and I can't recommend it enough.",
    "What a match last night, they deserved to win.",
    "A step by step guide for beginners.",
    "Does anybody know a good restaurant near the station?",
    "The company was founded twenty years ago and has offices in four countries.",
    "Subscribe to our newsletter for more articles like this one.",
    "Rain is expected in the north with temperatures around ten degrees.",
    "My laptop battery lasts half a day at most.",
    "We compared five keyboards so that you don't have to.",
    "The minister said that the law will be discussed in parliament next month.",
    "How I organise my notes and my calendar.",
    "The new phone has a better camera and a brighter screen.",
    "Listen to this episode wherever you get your podcasts.",
    "Software is eating the world, and developers write more of it every year.",
    "Technology companies keep changing the way we work.",
    "The team lifted the trophy after a dramatic final.",
    "Our next webinar starts in ten minutes, there is still time to register.",
    "A short introduction to data structures, with drawings.",
    "Quarterly results were in line with expectations.",
    "Meet us at our booth and win a prize.",
    "Nobody told me that this job has so many meetings.",
];

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
    heads: Vec<Head>,
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

/// One topic's side of the judgement.
#[derive(Debug)]
struct Head {
    topic: Topic,
    /// The description, then the examples.
    anchors: Vec<Embedding>,
    centre: Embedding,
    /// The likeness, less that to its rivals, at which a text without telling words is as likely
    /// about it as not.
    threshold: f32,
}

/// How like a text is to each topic, and how that stands to the others.
struct Likeness {
    kinds: Vec<TopicKind>,
    plain: Vec<f32>,
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
        let mut embeddings = embeddings.into_iter();
        let mut heads: Vec<Head> = ruleset
            .topics
            .iter()
            .map(|topic| {
                let anchors: Vec<Embedding> =
                    embeddings.by_ref().take(1 + topic.examples.len()).collect();
                let centre = centre(&anchors);
                Head { topic: topic.clone(), anchors, centre, threshold: 0.0 }
            })
            .collect();
        let background: Vec<Embedding> = embeddings.collect();
        let thresholds: Vec<f32> =
            (0..heads.len()).map(|place| threshold(place, &heads, &background)).collect();
        for (head, threshold) in heads.iter_mut().zip(thresholds) {
            head.threshold = threshold;
        }

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
        Ok(Self { heads, words, roles })
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
        let mut said: Vec<Said<'_>> = self.heads.iter().map(|_| Said::default()).collect();
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
        let likeness = Likeness::of(&self.heads, embedding);
        let mut verdicts: Vec<(TopicKind, TopicVerdict)> = self
            .heads
            .iter()
            .zip(&said)
            .enumerate()
            .map(|(place, (head, said))| {
                let verdict = head.verdict(said, likeness.against_rivals(place), embedding);
                (head.topic.kind, verdict)
            })
            .collect();
        verdicts.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
        verdicts
    }
}

impl Head {
    fn verdict(&self, said: &Said<'_>, likeness: f32, embedding: &Embedding) -> TopicVerdict {
        let name = self.topic.name.clone();
        if let Some(word) = said.none {
            let why = format!("says “{word}”, which rules it out");
            return TopicVerdict { name, score: 0.0, band: Band::No, why, arguments: Vec::new() };
        }
        if let Some(missing) = self.topic.all.iter().find(|word| !said.all.contains(word.as_str()))
        {
            let why = format!("does not say “{missing}”");
            return TopicVerdict { name, score: 0.0, band: Band::No, why, arguments: Vec::new() };
        }
        let mut odds = (likeness - self.threshold) / LIKENESS_UNIT;
        if self.topic.kind == TopicKind::Topic && !said.any.is_empty() {
            odds = odds.max(WORDS_FLOOR);
        }
        odds += words_odds(self.topic.kind, said, !self.topic.any.is_empty());
        let score = 1.0 / (1.0 + (-odds).exp());
        let why = self.why(said, embedding);
        TopicVerdict { name, score, band: band(score), why, arguments: Vec::new() }
    }

    fn why(&self, said: &Said<'_>, embedding: &Embedding) -> String {
        let mut reasons = Vec::new();
        if !said.verbatim.is_empty() {
            let quoted: Vec<String> =
                said.verbatim.iter().take(3).map(|word| format!("“{word}”")).collect();
            reasons.push(format!("says {}", quoted.join(", ")));
        }
        let nearest = self
            .anchors
            .iter()
            .map(|anchor| anchor.cosine(embedding))
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(&b.1));
        match nearest {
            Some((0, cosine)) => reasons.push(format!("close to its description ({cosine:.2})")),
            Some((anchor, cosine)) => {
                let example = self.topic.examples.get(anchor - 1).map_or("", String::as_str);
                reasons.push(format!("close to the example “{}” ({cosine:.2})", shown(example)));
            }
            None => {}
        }
        reasons.join("; ")
    }
}

impl Likeness {
    fn of(heads: &[Head], text: &Embedding) -> Self {
        Self {
            kinds: heads.iter().map(|head| head.topic.kind).collect(),
            plain: heads.iter().map(|head| likeness(&head.anchors, &head.centre, text)).collect(),
        }
    }

    fn against_rivals(&self, place: usize) -> f32 {
        let kind = self.kinds[place];
        let mut rivals: Vec<f32> = self
            .plain
            .iter()
            .zip(&self.kinds)
            .enumerate()
            .filter(|(other, (_, other_kind))| *other != place && **other_kind == kind)
            .map(|(_, (likeness, _))| *likeness)
            .collect();
        rivals.sort_by(|a, b| b.total_cmp(a));
        rivals.truncate(RIVALS);
        let rivals = rivals.iter().sum::<f32>() / rivals.len().max(1) as f32;
        self.plain[place] - RIVALRY * rivals
    }
}

/// The band of a score.
#[must_use]
pub fn band(score: f32) -> Band {
    if score >= THRESHOLD {
        Band::Yes
    } else if score >= UNSURE {
        Band::Unsure
    } else {
        Band::No
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

/// Half the nearest anchor, half the centre of all: one good example counts, one odd one does not
/// decide.
fn likeness(anchors: &[Embedding], centre: &Embedding, text: &Embedding) -> f32 {
    let nearest = anchors.iter().map(|anchor| anchor.cosine(text)).fold(0.0, f32::max);
    f32::midpoint(nearest, centre.cosine(text))
}

/// Between what is not the topic and what is, as far as its own examples tell.
fn threshold(place: usize, heads: &[Head], background: &[Embedding]) -> f32 {
    let Some(head) = heads.get(place) else { return THRESHOLD_BOUNDS.1 };
    let others = heads
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != place)
        .flat_map(|(_, other)| other.anchors.iter())
        .chain(background);
    let mut strange: Vec<f32> =
        others.map(|text| Likeness::of(heads, text).against_rivals(place)).collect();
    strange.sort_by(f32::total_cmp);
    // Topics overlap, so that a few of the others' examples are rightly near: the very nearest are
    // not held against it.
    let strange = quantile(&strange, 0.98);

    let own: Vec<f32> = (0..head.anchors.len())
        .map(|left_out| {
            let mut rest = head.anchors.clone();
            let text = rest.remove(left_out);
            let mut likeness = Likeness::of(heads, &text);
            likeness.plain[place] = self::likeness(&rest, &centre(&rest), &text);
            likeness.against_rivals(place)
        })
        .collect();
    let middle = if own.len() < 3 {
        // Too few to leave one out: what descriptions of one sentence were found to need.
        strange + 0.08
    } else {
        let own = own.iter().sum::<f32>() / own.len() as f32;
        strange + (OWN_SHARE * (own - strange)).max(LEAST_GAP)
    };
    middle.clamp(THRESHOLD_BOUNDS.0, THRESHOLD_BOUNDS.1)
}

fn quantile(sorted: &[f32], share: f32) -> f32 {
    let last = sorted.len().saturating_sub(1) as f32;
    #[expect(clippy::cast_sign_loss, reason = "both factors are at least 0")]
    let place = (last * share).round() as usize;
    sorted.get(place).copied().unwrap_or(0.2)
}

fn centre(anchors: &[Embedding]) -> Embedding {
    let mut sum: Vec<f32> = Vec::new();
    for anchor in anchors {
        sum.resize(sum.len().max(anchor.0.len()), 0.0);
        for (sum, value) in sum.iter_mut().zip(&anchor.0) {
            *sum += value;
        }
    }
    let norm = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
    if norm > 0.0 {
        for value in &mut sum {
            *value /= norm;
        }
    }
    Embedding(sum)
}

fn shown(example: &str) -> String {
    match example.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", example[..end].trim_end()),
        None => example.to_owned(),
    }
}
