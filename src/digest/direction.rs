//! Direction: of what somebody says that it rises or falls. Who says the opposite of the same thing contradicts.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::text::words;

/// Words of what rises, folded.
const RISING: &[&str] = &[
    "climb",
    "climbed",
    "climbing",
    "climbs",
    "dearer",
    "grew",
    "growing",
    "grown",
    "grows",
    "higher",
    "increase",
    "increased",
    "increases",
    "increasing",
    "jumped",
    "rise",
    "risen",
    "rises",
    "rising",
    "rose",
    "soared",
    "up",
];

/// Words of what falls.
const FALLING: &[&str] = &[
    "cheaper",
    "decline",
    "declined",
    "declines",
    "declining",
    "decrease",
    "decreased",
    "decreases",
    "decreasing",
    "down",
    "drop",
    "dropped",
    "dropping",
    "drops",
    "fall",
    "fallen",
    "falling",
    "falls",
    "fell",
    "lower",
    "shrank",
    "shrinking",
    "shrunk",
    "sank",
];

/// "Up" and "down" say where something goes only behind one of these.
const GOING: &[&str] = &["go", "goes", "going", "gone", "went"];

/// Finds any of them, and of "up" and "down" what they stand behind: few sentences have one, and those alone are
/// read word by word.
static SAYING: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let bare = ["up", "down"];
    let one = RISING.iter().chain(FALLING).filter(|word| !bare.contains(word));
    let one = one.map(|word| (*word).to_owned());
    let going = GOING.iter().flat_map(|going| bare.map(|bare| format!("{going} {bare}")));
    search_for(one.chain(going))
});

#[expect(clippy::expect_used, reason = "the words are constants, few and short")]
fn search_for(words: impl Iterator<Item = String>) -> AhoCorasick {
    AhoCorasick::builder().ascii_case_insensitive(true).build(words).expect("few short words")
}

/// Words before the one that says where it goes, among which is what goes there.
const BEFORE: usize = 8;

/// Terms of what goes there: those nearest before it.
const SUBJECT: usize = 3;

/// Terms that two subjects have in common, to be one thing, where they end in other ones.
const SAME_SUBJECT: usize = 2;

/// Where something goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Move {
    rises: bool,
    /// The term right before it, and some before that one.
    head: String,
    subject: BTreeSet<String>,
}

impl Move {
    /// What a sentence says rises or falls; none where it says neither, or both, or that something does not.
    pub(super) fn of(sentence: &str) -> Option<Self> {
        if !SAYING.is_match(sentence) {
            return None;
        }
        let words: Vec<String> = words::folded(sentence).map(Cow::into_owned).collect();
        let goes = |at: usize| {
            let word = words[at].as_str();
            let is_bare = matches!(word, "up" | "down");
            let is_going = at > 0 && GOING.contains(&words[at - 1].as_str());
            match (RISING.contains(&word), FALLING.contains(&word)) {
                _ if is_bare && !is_going => None,
                (true, _) => Some((at, true)),
                (_, true) => Some((at, false)),
                _ => None,
            }
        };
        let all: Vec<(usize, bool)> = (0..words.len()).filter_map(goes).collect();
        let (at, rises) = *all.first()?;
        let before = words[at.saturating_sub(BEFORE)..at].join(" ");
        if all.iter().any(|(_, other)| *other != rises) || super::dissent::is_turned(&before) {
            return None;
        }
        let is_thing = |term: &str| {
            !term.starts_with(|c: char| c.is_ascii_digit())
                && !GOING.contains(&term)
                && !matches!(term, "percent" | "keep" | "per" | "cent")
        };
        let terms: Vec<String> =
            words::terms(&before).map(Cow::into_owned).filter(|term| is_thing(term)).collect();
        let head = terms.last()?.clone();
        let subject: BTreeSet<String> = terms.into_iter().rev().take(SUBJECT).collect();
        Some(Self { rises, head, subject })
    }

    /// Whether another sentence speaks of the same thing.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        self.head == other.head || self.subject.intersection(&other.subject).count() >= SAME_SUBJECT
    }

    /// Whether another sentence says the opposite of the same thing.
    pub(super) fn is_opposite(&self, other: &Self) -> bool {
        self.rises != other.rises && self.is_of(other)
    }
}

/// Whether two sentences say the opposite of the same thing.
pub(super) fn are_opposite(one: &str, other: &str) -> bool {
    Move::of(one).zip(Move::of(other)).is_some_and(|(one, other)| one.is_opposite(&other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rises_for_one_and_falls_for_another_is_opposite_where_it_is_one_thing() {
        let fell = "In nine of the eleven shops card processing fees fell this year.";
        for (other, expected) in [
            ("Card processing fees have climbed for the third quarter running.", true),
            ("In October our card processing fees were 18 percent higher.", true),
            ("Our card fees keep going up.", true),
            ("We sold as much as in September, and the fees were 18 percent higher.", true),
            ("Shop rents rose in market towns.", false),
            ("Card processing fees fell at our place, too.", false),
            ("Card processing fees did not rise.", false),
            ("Card processing fees rose, and nobody told us.", true),
            ("Card processing fees rose in spring and fell in autumn.", false),
            ("We looked up what card processing fees are.", false),
        ] {
            assert_eq!(are_opposite(fell, other), expected, "{other}: {:?}", Move::of(other));
            assert_eq!(are_opposite(other, fell), expected, "{other}");
        }
    }
}
