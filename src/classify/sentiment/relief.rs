//! Relief: somebody says that what costs them grew less. "The bill is down by half" praises nothing by word, and models
//! that learnt from tweets and reviews take it for blame, for its words are those of complaints. What it says is read by
//! rule instead, and weighed against the branch (the thought is Choi and Wiebe's, "+/-EffectWordNet", EMNLP 2014).

use std::borrow::Cow;

use crate::text::{sentences, words};
use crate::verdict::Probs;

/// Counts the changes of the rule by which the same text is read otherwise: it is part of the model's name.
pub const VERSION: u32 = 1;

/// How much more likely praise is, and how much less blame, where somebody tells of relief. A text that is full of
/// blame beside it stays one.
const WEIGHT: f32 = 7.0;

/// Sentences of a text that are looked at.
const SENTENCES: usize = 16;

/// Bytes of them.
const BYTES: usize = 4_096;

/// Words between a burden and what became of it.
const BETWEEN: usize = 4;

/// Money that goes out, without an end in "s". That prices fell pleases only who buys, so they are not among them.
const MONEY: &[&str] =
    &["bill", "cost", "expense", "fee", "invoice", "outlay", "overhead", "premium", "surcharge"];

/// What else is a burden to whoever has it.
const TROUBLE: &[&str] = &[
    "accident",
    "alarm",
    "alert",
    "backlog",
    "breakdown",
    "bug",
    "chargeback",
    "churn",
    "complaint",
    "crash",
    "defect",
    "delay",
    "downtime",
    "error",
    "fault",
    "incident",
    "interruption",
    "latency",
    "outage",
    "overtime",
    "queue",
    "scrap",
    "ticket",
    "waste",
];

/// What became of it.
const FELL: &[&str] =
    &["declined", "decreased", "dropped", "fallen", "fell", "halved", "sank", "shrank", "shrunk"];

/// Words before "down" where something went there, and behind it where it says by how much.
const WENT: &[&str] =
    &["are", "came", "come", "goes", "going", "gone", "is", "was", "went", "were"];
const BY: &[&str] = &["by", "from", "to"];

/// Who made it less.
const CUT: &[&str] =
    &["cut", "cuts", "halved", "halves", "lowered", "lowers", "reduced", "reduces", "slashed"];

/// Whose it is.
const OURS: &[&str] = &["my", "our", "us"];

/// Words that end what is said of a burden.
const STOPS: &[&str] = &[
    "and", "as", "because", "for", "if", "more", "rose", "so", "than", "then", "up", "when",
    "where", "while",
];

/// Words that say that it is not so, or only may be, or that there is more to it.
const DOUBTS: &[&str] = &[
    "although", "but", "cannot", "could", "hardly", "hope", "however", "if", "may", "might",
    "must", "need", "neither", "never", "no", "nobody", "nor", "not", "promise", "promised",
    "promises", "should", "though", "unless", "until", "want", "wanted", "wants", "without",
    "would",
];

/// The first sentence of a text that tells of relief.
#[must_use]
pub fn told(text: &str) -> Option<&str> {
    let end = text.floor_char_boundary(BYTES);
    sentences::one_by_one(&text[..end]).take(SENTENCES).find(|sentence| tells(sentence))
}

/// How an author feels, once it is weighed that they tell of relief.
#[must_use]
pub fn weighed(text: &str, author: Option<Probs>) -> Option<Probs> {
    let probs = author?;
    if told(text).is_none() {
        return Some(probs);
    }
    let (positive, negative) = (probs.positive * WEIGHT, probs.negative / WEIGHT);
    let sum = positive + probs.neutral + negative;
    Some(Probs { positive: positive / sum, neutral: probs.neutral / sum, negative: negative / sum })
}

fn tells(sentence: &str) -> bool {
    if sentence.trim_end().ends_with('?') {
        return false;
    }
    let parts = sentence.split([',', ';', ':', '(', ')', '\u{2013}', '\u{2014}']);
    let parts: Vec<Vec<Cow<str>>> = parts.map(|part| words::folded(part).collect()).collect();
    let is_doubt = |word: &Cow<str>| DOUBTS.contains(&word.as_ref()) || word.ends_with("n't");
    !parts.iter().flatten().any(is_doubt)
        && parts.iter().any(|part| grew_less(part) || pays_less(part))
}

fn grew_less(part: &[Cow<str>]) -> bool {
    (0..part.len()).any(|at| {
        let behind = || part[at + 1..].iter().take(BETWEEN + 1).map(Cow::as_ref);
        if is_one_of(MONEY, &part[at]) || is_one_of(TROUBLE, &part[at]) {
            let mut said = behind().take_while(|word| !STOPS.contains(word)).zip(at + 1..);
            return said.any(|(word, place)| has_fallen(part, word, place) || is_down(part, place));
        }
        let is_cut =
            CUT.contains(&part[at].as_ref()) || matches!(part[at].as_ref(), "fewer" | "lower");
        let mut said = behind().take_while(|word| !STOPS.contains(word));
        // A company that cut its costs cut jobs; who cut their own tells of them.
        let is_ours = behind().take(1).any(|word| OURS.contains(&word));
        is_cut && said.any(|word| is_one_of(TROUBLE, word) || is_ours && is_one_of(MONEY, word))
    })
}

/// "Fell", "is lower", "are 18 percent lower", but neither "the bill was dropped" nor "costs lower our margin".
fn has_fallen(part: &[Cow<str>], word: &str, at: usize) -> bool {
    let before = part[at - 1].as_ref();
    if matches!(word, "cheaper" | "lower") {
        return WENT.contains(&before)
            || matches!(before, "cent" | "far" | "much" | "now" | "percent")
            || part.get(at + 1).is_none_or(|next| next == "than");
    }
    FELL.contains(&word) && !(WENT.contains(&before) && word != "halved")
}

/// "Down by half", "went down", "down 20 percent".
fn is_down(part: &[Cow<str>], at: usize) -> bool {
    let says_how_much =
        |word: &str| BY.contains(&word) || word.starts_with(|c: char| c.is_ascii_digit());
    part[at] == "down"
        && (WENT.contains(&part[at - 1].as_ref())
            || part.get(at + 1).is_some_and(|next| says_how_much(next)))
}

/// "We pay 40 percent less."
fn pays_less(part: &[Cow<str>]) -> bool {
    let pays = |word: &Cow<str>| {
        matches!(word.as_ref(), "paid" | "pay" | "paying" | "pays" | "spend" | "spent")
    };
    let Some(at) = part.iter().position(pays) else { return false };
    let behind = part[at + 1..].iter().take(BETWEEN + 1);
    let mut said = behind.map(Cow::as_ref).take_while(|word| !STOPS.contains(word));
    said.any(|word| word == "less")
        && part[..at].iter().any(|word| matches!(word.as_ref(), "i" | "we"))
}

fn is_one_of(list: &[&str], word: &str) -> bool {
    let one = word.strip_suffix('s').unwrap_or(word);
    list.contains(&word) || list.contains(&one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_says_that_a_burden_grew_less_tells_of_relief() {
        for text in [
            "The cost fell by 45 percent.",
            "Sixty terabytes moved, two engines on top, bill down by half.",
            "A year on our fees are 18 percent lower.",
            "Complaints went down in the first month.",
            "The robots have cut picking errors to almost nothing.",
            "It halved our bill.",
            "We turned on sampling and paid 55% less the month after.",
            "There are fewer alerts at night.",
            "Our premium dropped a little.",
        ] {
            assert_eq!(told(text), Some(text));
        }
    }

    #[test]
    fn what_may_be_or_is_not_or_is_something_else_is_none() {
        for text in [
            "",
            "The cost did not fall.",
            "They said that the bill would be lower.",
            "Are your fees down by half, too?",
            "Costs rose while sales fell.",
            "The bill is up, the service down.",
            "Acme cut its costs and 300 jobs.",
            "Shares fell by a fifth on the news.",
            "The queue down the street is for bread.",
            "Our error rate is higher.",
            "Their prices fell, and so did our margin.",
            "The bill was dropped in the upper house.",
            "Higher costs lower our margin.",
            "The bill fell, but nobody knows for how long.",
        ] {
            assert_eq!(told(text), None, "{text}");
        }
    }

    #[test]
    fn a_text_full_of_blame_stays_one_and_no_text_is_too_long() {
        let bad = Probs { positive: 0.01, neutral: 0.02, negative: 0.97 };
        let probs = weighed("The cost fell by 45 percent.", Some(bad)).unwrap();
        assert!(probs.negative > probs.positive, "{probs:?}");
        let probs = weighed("The cost rose by 45 percent.", Some(bad)).unwrap();
        assert_eq!(probs, bad);
        let doubtful = Probs { positive: 0.05, neutral: 0.15, negative: 0.8 };
        let probs = weighed("The cost fell by 45 percent.", Some(doubtful)).unwrap();
        assert!(probs.negative < probs.positive, "{probs:?}");
        assert!((probs.negative + probs.neutral + probs.positive - 1.0).abs() < 1e-6);
        assert_eq!(weighed("The cost fell.", None), None);
        assert_eq!(told(&"é".repeat(BYTES)), None);
        assert_eq!(told(&"cost ".repeat(100_000)), None);
    }
}
