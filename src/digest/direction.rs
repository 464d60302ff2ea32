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
    "doubled",
    "doubles",
    "doubling",
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
    "raise",
    "raised",
    "raises",
    "raising",
    "rise",
    "risen",
    "rises",
    "rising",
    "rose",
    "soared",
    "tripled",
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
    let one = RISING.iter().chain(FALLING).chain(CUTTING).filter(|word| !bare.contains(word));
    let one = one.map(|word| (*word).to_owned());
    let going = GOING.iter().flat_map(|going| bare.map(|bare| format!("{going} {bare}")));
    search_for(one.chain(going))
});

#[expect(clippy::expect_used, reason = "the words are constants, few and short")]
fn search_for(words: impl Iterator<Item = String>) -> AhoCorasick {
    AhoCorasick::builder().ascii_case_insensitive(true).build(words).expect("few short words")
}

/// Words that move what they stand before: "higher fees".
const BEFORE_A_NOUN: &[&str] = &[
    "cheaper",
    "dearer",
    "declining",
    "decreasing",
    "dropping",
    "falling",
    "growing",
    "higher",
    "increasing",
    "lower",
    "rising",
    "shrinking",
];

/// Words that may move what comes behind them, and is somebody's: "increased its fees".
const WITH_AN_OBJECT: &[&str] = &[
    "doubled",
    "doubles",
    "doubling",
    "tripled",
    "decrease",
    "decreased",
    "decreases",
    "drop",
    "dropped",
    "drops",
    "increase",
    "increased",
    "increases",
    "lower",
];

/// Words that move what comes behind them alone, unless it is said that it was done: "fees were raised".
const OF_AN_OBJECT: &[&str] = &["raise", "raised", "raises", "raising"];

/// Words of what somebody made fall: they say so where it was done ("fees were cut") or is what somebody asks
/// of others ("Acme cut its fees"). Who cut their own bill says nothing of bills.
const CUTTING: &[&str] = &["cut", "halved", "lowered", "reduced", "slashed"];

/// Words behind which something was done.
const DONE: &[&str] = &["are", "be", "been", "being", "get", "got", "is", "was", "were"];

/// The same as nouns, where one of [`DETERMINERS`] stands before them: "a drop in fees".
const NOUNS: &[&str] =
    &["climb", "decline", "decrease", "drop", "fall", "increase", "jump", "rise"];

/// Words before a noun.
const DETERMINERS: &[&str] =
    &["a", "an", "another", "any", "her", "his", "its", "my", "no", "our", "the", "their", "your"];

/// Words that stand for what was named just before.
const STANDING_IN: &[&str] = &["both", "it", "that", "these", "they", "this", "those"];

/// Words that say when, and not what.
const TIMES: &[&str] = &[
    "april",
    "august",
    "autumn",
    "day",
    "december",
    "february",
    "friday",
    "january",
    "july",
    "june",
    "march",
    "may",
    "monday",
    "month",
    "november",
    "october",
    "quarter",
    "saturday",
    "season",
    "september",
    "spring",
    "summer",
    "sunday",
    "thursday",
    "today",
    "tuesday",
    "wednesday",
    "week",
    "winter",
    "year",
    "yesterday",
];

/// Words that say how, and not what.
const HOW: &[&str] = &["cent", "double", "far", "keep", "per", "percent", "twice"];

/// Words between the one that says where it goes and what goes there.
const BETWEEN: usize = 6;

/// Words of a name for what goes there.
const NAMED_BY: usize = 4;

/// Words before one that says where something goes, among which it is looked whether it is turned round, and what
/// a pronoun stands for: in a text without a full stop each is looked at a few times only.
const LOOKED_BACK: usize = 10;

/// Words behind which something goes no further.
const STOPPING: &[&str] = &["cease", "ceased", "stop", "stopped", "stopping", "stops"];

/// Words that begin a statement of its own, which what was turned round before does not touch.
const ANOTHER: &[&str] = &["and", "but", "yet"];

/// Where something goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Move {
    rises: bool,
    /// The terms of what goes there.
    subject: BTreeSet<String>,
    /// Those of whose it is, or where, as far as it is said: "Acme raised its prices".
    whose: BTreeSet<String>,
}

impl Move {
    /// What a sentence says rises or falls; none where it says neither, or both, or that something does not.
    pub(super) fn of(sentence: &str) -> Option<Self> {
        if !SAYING.is_match(sentence) {
            return None;
        }
        let mut words: Vec<Cow<str>> = Vec::new();
        let (mut found, mut directions) = (None, BTreeSet::new());
        let (mut before, mut begin) = (0, 0);
        for part in sentence.split([',', ';', ':', '(', ')', '\u{2013}', '\u{2014}']) {
            words.extend(words::folded(part));
            let this = &words[begin..];
            for at in 0..this.len() {
                let Some(rises) = direction(this, at) else { continue };
                directions.insert(rises);
                if found.is_some() || is_turned(&words, begin + at) {
                    continue;
                }
                let mut subject = subject(this, at);
                let near = &this[at.saturating_sub(LOOKED_BACK)..at];
                if subject.is_empty()
                    && near.iter().any(|word| STANDING_IN.contains(&word.as_ref()))
                {
                    let of_part = &words[before..begin];
                    subject = last_named(of_part, of_part.len().saturating_sub(LOOKED_BACK));
                }
                if !subject.is_empty() {
                    let whose = whose(this, at).unwrap_or_else(|| place(sentence));
                    found = Some(Self { rises, subject, whose });
                }
            }
            (before, begin) = (begin, words.len());
        }
        found.filter(|_| directions.len() == 1)
    }

    /// Whether another sentence speaks of the same thing: the shorter name for it is a part of the longer, and it
    /// is not another's.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        let is_one =
            self.subject.is_subset(&other.subject) || other.subject.is_subset(&self.subject);
        let is_theirs = self.whose.is_empty() || other.whose.is_empty();
        is_one && (is_theirs || !self.whose.is_disjoint(&other.whose))
    }

    /// Whether another sentence says the opposite of the same thing.
    pub(super) fn is_opposite(&self, other: &Self) -> bool {
        self.rises != other.rises && self.is_of(other)
    }
}

/// Whether it is said before the word at `at` that it is not so, or no longer.
fn is_turned(words: &[Cow<str>], at: usize) -> bool {
    let near = &words[at.saturating_sub(LOOKED_BACK)..at];
    let from = near.iter().rposition(|word| ANOTHER.contains(&word.as_ref()));
    let near = &near[from.map_or(0, |another| another + 1)..];
    let last = &near[near.len().saturating_sub(2)..];
    last.iter().any(|word| STOPPING.contains(&word.as_ref()))
        || super::dissent::is_turned(&near.join(" "))
}

/// Who did what the word at `at` says to what is its own; none where nobody did.
fn whose(words: &[Cow<str>], at: usize) -> Option<BTreeSet<String>> {
    let is_its = moves_other(&words[at]) && is_of_its_own(words, at);
    is_its.then(|| last_named(&words[..at], at.saturating_sub(BETWEEN)))
}

/// Where it is, if a sentence says "at" somebody by name.
fn place(sentence: &str) -> BTreeSet<String> {
    let behind = sentence.split(" at ").skip(1);
    let mut names = sentence.strip_prefix("At ").into_iter().chain(behind);
    let name = names.find(|name| name.starts_with(char::is_uppercase)).unwrap_or_default();
    let name = name.split_whitespace().next().unwrap_or_default();
    words::terms(name).map(Cow::into_owned).collect()
}

/// Whether a word says that something rises, or falls; none where it says neither.
fn direction(words: &[Cow<str>], at: usize) -> Option<bool> {
    let word = words[at].as_ref();
    let is_bare = matches!(word, "up" | "down");
    if is_bare && !(at > 0 && GOING.contains(&words[at - 1].as_ref())) {
        return None;
    }
    if CUTTING.contains(&word) {
        return (is_done(words, at) || is_of_its_own(words, at)).then_some(false);
    }
    match (RISING.contains(&word), FALLING.contains(&word)) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

/// Whether it is said that what a word says was done.
fn is_done(words: &[Cow<str>], at: usize) -> bool {
    at > 0 && DONE.contains(&words[at - 1].as_ref())
}

/// Whether a company did what a word says to what is its own.
fn is_of_its_own(words: &[Cow<str>], at: usize) -> bool {
    words.get(at + 1).is_some_and(|next| next == "its")
}

/// What goes where the word at `at` says.
fn subject(words: &[Cow<str>], at: usize) -> BTreeSet<String> {
    let word = words[at].as_ref();
    let is_one_of =
        |list: &[&str], at: usize| words.get(at).is_some_and(|w| list.contains(&w.as_ref()));
    let is_noun = NOUNS.contains(&word) && at > 0 && is_one_of(DETERMINERS, at - 1);
    let is_done = is_done(words, at) && (OF_AN_OBJECT.contains(&word) || CUTTING.contains(&word));
    let behind = if is_done {
        BTreeSet::new()
    } else if is_noun && is_one_of(&["in", "of"], at + 1) {
        name_from(words, if is_one_of(DETERMINERS, at + 2) { at + 3 } else { at + 2 })
    } else if moves_other(word) && is_one_of(DETERMINERS, at + 1) {
        name_from(words, at + 2)
    } else if moves_other(word) || BEFORE_A_NOUN.contains(&word) {
        name_from(words, at + 1)
    } else {
        BTreeSet::new()
    };
    let is_of_behind =
        is_noun && is_one_of(&["of"], at + 1) || OF_AN_OBJECT.contains(&word) && !is_done;
    if !behind.is_empty() || is_of_behind {
        return behind;
    }
    last_named(&words[..at], at.saturating_sub(BETWEEN))
}

/// The last name among words that ends behind the one at `first`.
fn last_named(words: &[Cow<str>], first: usize) -> BTreeSet<String> {
    let last = (first..words.len()).rev().find(|at| thing(&words[*at]).is_some());
    last.map(|last| name_until(words, last)).unwrap_or_default()
}

fn moves_other(word: &str) -> bool {
    [WITH_AN_OBJECT, OF_AN_OBJECT, CUTTING].iter().any(|list| list.contains(&word))
}

/// The name that begins at a word: what stands together, and what that is of.
fn name_from(words: &[Cow<str>], first: usize) -> BTreeSet<String> {
    let mut name = BTreeSet::new();
    let mut at = first;
    while name.len() < NAMED_BY
        && let Some(word) = words.get(at)
    {
        match thing(word) {
            Some(term) => {
                name.insert(term);
            }
            None if !name.is_empty() && is_linking(words, at) => {}
            None => break,
        }
        at += 1;
    }
    name
}

/// The name that ends with a word.
fn name_until(words: &[Cow<str>], last: usize) -> BTreeSet<String> {
    let mut name = BTreeSet::new();
    for at in (0..=last).rev() {
        match thing(&words[at]) {
            Some(term) if name.len() < NAMED_BY => {
                name.insert(term);
            }
            None if is_linking(words, at) => {}
            _ => break,
        }
    }
    name
}

/// Whether a word joins what a name is of: "the price of a cart".
fn is_linking(words: &[Cow<str>], at: usize) -> bool {
    let is_of = |at: usize| matches!(words.get(at).map(Cow::as_ref), Some("of" | "for"));
    is_of(at) || DETERMINERS.contains(&words[at].as_ref()) && at > 0 && is_of(at - 1)
}

/// The term of a word, where it may name what goes somewhere.
fn thing(word: &str) -> Option<String> {
    let term = words::terms(word).next()?.into_owned();
    let names_none = term.starts_with(|c: char| c.is_ascii_digit())
        || term.ends_with("ly")
        || [TIMES, HOW, GOING, RISING, FALLING].iter().any(|list| list.contains(&term.as_str()));
    (!names_none).then_some(term)
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
            ("They charge higher card fees.", true),
            ("Acme increased its card processing fees.", true),
            ("We have not, so far, seen card processing fees rise.", false),
            ("Card processing fees stopped rising.", false),
            ("We stopped taking cards because processing fees rose.", true),
            ("Nobody told us, but card processing fees rose.", true),
            ("They have raised their processing fees in October.", true),
            ("Processing fees were raised in October.", true),
            ("Processing fees were raised last year by three processors.", true),
            ("Card processing fees doubled.", true),
            ("A maker of card processing fees raised 60 million dollars.", false),
            ("There was another rise in processing fees.", true),
            ("For bakers, card fees rose sharply.", true),
            ("Card processing fees rose, and nobody told us.", true),
            ("A second look at card processing fees: they rose here, too.", true),
            ("Shop rents rose in market towns.", false),
            ("Booking fees rose in market towns.", false),
            ("The number of shops rose this year.", false),
            ("Card processing fees fell at our place, too.", false),
            ("Card processing fees did not rise.", false),
            ("Card processing fees rose in spring and fell in autumn.", false),
            ("We looked up what card processing fees are.", false),
        ] {
            assert_eq!(are_opposite(fell, other), expected, "{other}: {:?}", Move::of(other));
            assert_eq!(are_opposite(other, fell), expected, "{other}");
        }
    }

    #[test]
    fn what_a_company_cut_fell_and_what_we_saved_says_nothing_of_what_is_asked() {
        let rose = "Cloud storage fees rose again this quarter.";
        for (other, expected) in [
            ("Cloud storage fees were cut by a third.", true),
            ("Storage fees have been halved since the spring.", true),
            ("Northwind slashed its cloud storage fees.", true),
            ("We cut our cloud storage fees by moving out.", false),
            ("We have reduced cloud storage fees by deleting old files.", false),
            ("The cables were cut, and cloud storage was gone.", false),
        ] {
            assert_eq!(are_opposite(rose, other), expected, "{other}: {:?}", Move::of(other));
        }
    }

    #[test]
    fn a_text_without_a_full_stop_is_read_once() {
        // A minute and more, where each word looked at all before it.
        let endless = "they of fees not rise up and down, at Acme ".repeat(40_000);
        assert_eq!(Move::of(&endless), None);
        let raised = "raised its own very of the ".repeat(60_000);
        assert_eq!(Move::of(&format!("Fees {raised}")), None);
    }

    #[test]
    fn what_goes_somewhere_is_told_from_what_else_is_named() {
        for (sentence, rises, subject) in [
            ("The price of a cart rose by a third.", true, &["cart", "price"][..]),
            ("Cart prices fell this year.", false, &["cart", "price"]),
            ("Demand for warehouse robots grew.", true, &["demand", "robot", "warehouse"]),
            ("We saw a drop in orders in March.", false, &["order"]),
            ("Acme dropped support for old robots.", false, &["old", "robot", "support"]),
            ("Higher rents forced us out.", true, &["forced", "rent"]),
            ("Fees this quarter went up.", true, &["fee"]),
        ] {
            let said = Move::of(sentence).unwrap_or_else(|| panic!("{sentence}"));
            let expected: BTreeSet<String> =
                subject.iter().map(|term| (*term).to_owned()).collect();
            assert_eq!((said.rises, said.subject), (rises, expected), "{sentence}");
        }
        for (one, other) in [
            ("Robot prices rose.", "Cart prices fell."),
            ("Demand for warehouse robots rose.", "Demand for warehouse people fell."),
            ("Fees this year rose.", "Sales this year fell."),
            ("We pay higher rents.", "We pay lower fees."),
            ("Acme increased prices.", "Acme dropped support for carts."),
            ("It rose.", "It fell."),
            ("Acme raised its prices.", "Northwind slashed its prices."),
            ("Sales rose at Northwind.", "Sales fell at Acme."),
        ] {
            assert!(!are_opposite(one, other), "{one} {other}");
        }
    }
}
