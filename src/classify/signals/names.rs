//! Where a name or a phrase that a pattern found begins and ends, and whether it is one at all.

use std::ops::Range;

use crate::verdict::Part;

/// Words that begin sentences and stand beside names without being part of them.
const NO_NAMES: [&str; 93] = [
    "a",
    "after",
    "again",
    "all",
    "also",
    "an",
    "and",
    "another",
    "any",
    "anyone",
    "are",
    "as",
    "at",
    "before",
    "both",
    "but",
    "by",
    "can",
    "come",
    "did",
    "do",
    "does",
    "each",
    "every",
    "everyone",
    "everything",
    "excited",
    "finally",
    "for",
    "from",
    "good",
    "great",
    "happy",
    "has",
    "have",
    "he",
    "her",
    "here",
    "his",
    "how",
    "i",
    "if",
    "i'm",
    "in",
    "is",
    "it",
    "it's",
    "its",
    "just",
    "last",
    "more",
    "most",
    "my",
    "never",
    "new",
    "news",
    "no",
    "not",
    "now",
    "on",
    "one",
    "our",
    "please",
    "proud",
    "she",
    "so",
    "some",
    "still",
    "thanks",
    "that",
    "the",
    "their",
    "there",
    "these",
    "they",
    "third",
    "this",
    "those",
    "today",
    "until",
    "we",
    "well",
    "what",
    "when",
    "where",
    "while",
    "who",
    "why",
    "with",
    "yes",
    "yesterday",
    "you",
    "your",
];

/// Words of offices, which stand in capitals beside people's names.
const OFFICES: [&str; 46] = [
    "acting",
    "ceo",
    "cfo",
    "chair",
    "chairman",
    "chairwoman",
    "chief",
    "ciso",
    "cio",
    "cmo",
    "co-ceo",
    "coo",
    "counsel",
    "cpo",
    "cro",
    "cto",
    "deputy",
    "director",
    "executive",
    "founder",
    "former",
    "general",
    "global",
    "group",
    "head",
    "incoming",
    "information",
    "interim",
    "lead",
    "manager",
    "managing",
    "marketing",
    "new",
    "officer",
    "operating",
    "outgoing",
    "president",
    "revenue",
    "security",
    "senior",
    "svp",
    "technology",
    "vice",
    "vp",
    "financial",
    "evp",
];

/// Words that are no system one moves from or to.
const NO_THINGS: [&str; 60] = [
    "a",
    "all",
    "an",
    "another",
    "any",
    "anything",
    "april",
    "august",
    "being",
    "but",
    "day",
    "december",
    "do",
    "each",
    "february",
    "friday",
    "here",
    "home",
    "i",
    "it",
    "its",
    "january",
    "july",
    "june",
    "march",
    "may",
    "me",
    "monday",
    "more",
    "nine",
    "november",
    "now",
    "october",
    "one",
    "other",
    "our",
    "place",
    "scratch",
    "september",
    "six",
    "some",
    "something",
    "ten",
    "that",
    "the",
    "their",
    "them",
    "there",
    "they",
    "this",
    "three",
    "thursday",
    "time",
    "today",
    "tuesday",
    "two",
    "us",
    "wednesday",
    "week",
    "what",
];

/// Words at which the phrase that says what is asked for ends.
const PHRASE_ENDS: [&str; 44] = [
    "by",
    "with",
    "before",
    "until",
    "from",
    "is",
    "are",
    "was",
    "were",
    "closes",
    "close",
    "due",
    "that",
    "which",
    "to",
    "worth",
    "after",
    "as",
    "at",
    "this",
    "next",
    "today",
    "went",
    "goes",
    "out",
    "has",
    "have",
    "will",
    "in",
    "starts",
    "ends",
    "again",
    "last",
    "closing",
    "because",
    "but",
    "if",
    "on",
    "and",
    "per",
    "valued",
    "expected",
    "under",
    "published",
];

/// The range without what a name or phrase does not begin or end with.
pub(super) fn trimmed(part: Part, sentence: &str, range: Range<usize>) -> Range<usize> {
    let mut range = strip(sentence, range);
    match part {
        Part::Who => {
            drop_front(sentence, &mut range, |w| NO_NAMES.contains(&w) || OFFICES.contains(&w));
            drop_back(sentence, &mut range, |w| NO_NAMES.contains(&w) || OFFICES.contains(&w));
        }
        Part::Investor | Part::With | Part::About | Part::Where => {
            drop_front(sentence, &mut range, |w| NO_NAMES.contains(&w));
            drop_back(sentence, &mut range, |w| NO_NAMES.contains(&w));
        }
        Part::From | Part::To => {
            let first = sentence[range.clone()].split_whitespace().next().unwrap_or_default();
            if first.starts_with(char::is_uppercase) {
                drop_front(sentence, &mut range, |w| NO_NAMES.contains(&w));
                drop_back(sentence, &mut range, |w| NO_NAMES.contains(&w));
            }
        }
        Part::What => cut_phrase(sentence, &mut range),
        Part::Role => {
            drop_front(sentence, &mut range, |w| {
                matches!(
                    w,
                    "a" | "an"
                        | "the"
                        | "our"
                        | "new"
                        | "first"
                        | "next"
                        | "more"
                        | "as"
                        | "for"
                        | "permanent"
                )
            });
            drop_back(sentence, &mut range, |w| matches!(w, "the" | "and" | "of" | "for" | "at"));
        }
        _ => {}
    }
    genitive(sentence, part, strip(sentence, range))
}

/// Whether the words can be this part at all.
pub(super) fn fits(part: Part, words: &str) -> bool {
    let lower = words.to_lowercase();
    match part {
        Part::Who => {
            let count = words.split_whitespace().count();
            let is_office = |word: &str| OFFICES.contains(&word.to_lowercase().as_str());
            (2..=5).contains(&count) && !words.split_whitespace().any(is_office)
        }
        Part::From | Part::To => {
            words.starts_with(|c: char| c.is_ascii_digit() || "$€£¥₹".contains(c))
                || !NO_THINGS.contains(&lower.as_str()) && !NO_NAMES.contains(&lower.as_str())
        }
        Part::Investor | Part::With | Part::About => {
            // “Honestly the worst vendor”: how it is said, and not of whom.
            let is_adverb = lower.ends_with("ly") && !lower.contains(' ');
            !NO_NAMES.contains(&lower.as_str()) && lower.chars().nth(1).is_some() && !is_adverb
        }
        Part::What | Part::Where => {
            lower.chars().nth(1).is_some() && !NO_NAMES.contains(&lower.as_str())
        }
        _ => true,
    }
}

/// A phrase ends before the word that goes on with the sentence.
fn cut_phrase(sentence: &str, range: &mut Range<usize>) {
    let words = &sentence[range.clone()];
    let is_name = words.starts_with(char::is_uppercase);
    drop_front(sentence, range, |w| NO_NAMES.contains(&w) && (is_name || w != "all"));
    let words = &sentence[range.clone()];
    let mut end = words.len();
    for (at, word) in words.split_word_starts().skip(1) {
        if PHRASE_ENDS.contains(&word.to_lowercase().as_str()) {
            // “security and fraud tools” goes on; “tools and we” does not.
            let joins = word == "and"
                && words[at..]
                    .split_whitespace()
                    .nth(1)
                    .is_some_and(|next| !NO_NAMES.contains(&next.to_lowercase().as_str()));
            if !joins {
                end = at;
                break;
            }
        }
    }
    range.end = range.start + end;
    *range = strip(sentence, range.clone());
}

trait WordStarts {
    /// Its words with the places they begin at.
    fn split_word_starts(&self) -> impl Iterator<Item = (usize, &str)>;
}

impl WordStarts for str {
    fn split_word_starts(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut at = 0;
        self.split(' ').map(move |word| {
            let start = at;
            at += word.len() + 1;
            (start, word)
        })
    }
}

/// Acme's → Acme, where the name alone is asked for.
fn genitive(sentence: &str, part: Part, range: Range<usize>) -> Range<usize> {
    if matches!(part, Part::What | Part::Role | Part::Duration) {
        return range;
    }
    let words = &sentence[range.clone()];
    let cut = words.strip_suffix("'s").or_else(|| words.strip_suffix("\u{2019}s"));
    cut.map_or(range.clone(), |cut| range.start..range.start + cut.len())
}

fn strip(sentence: &str, range: Range<usize>) -> Range<usize> {
    let words = &sentence[range.clone()];
    let edge = |c: char| {
        c.is_whitespace() || matches!(c, ',' | '.' | ';' | ':' | '-' | '\'' | '\u{2019}' | '"')
    };
    let begin = words.len() - words.trim_start_matches(edge).len();
    let kept = words.trim_matches(edge).len();
    range.start + begin..range.start + begin + kept
}

fn drop_front(sentence: &str, range: &mut Range<usize>, drop: impl Fn(&str) -> bool) {
    while let Some((first, rest)) = sentence[range.clone()].split_once(' ') {
        if !drop(&first.to_lowercase().replace('\u{2019}', "'")) {
            break;
        }
        range.start = range.end - rest.len();
    }
}

fn drop_back(sentence: &str, range: &mut Range<usize>, drop: impl Fn(&str) -> bool) {
    while let Some((rest, last)) = sentence[range.clone()].rsplit_once(' ') {
        if !drop(&last.to_lowercase().replace('\u{2019}', "'")) {
            break;
        }
        range.end = range.start + rest.len();
    }
}
