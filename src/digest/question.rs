//! A question in natural words: what of it asks, and what it is about.

mod vocabulary;

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Serialize;

use self::vocabulary::{ASKED, ASKING, DOING, FEELING, STRETCHES, WHEN};
use crate::account::Account;
use crate::source::Voice;
use crate::text::words;
use crate::topic::Topic;

/// A longer question is a text: the encoder reads about a page, and a person asks in a sentence.
const LONGEST_CHARS: usize = 600;

/// A name this short is told from a word by its capitals alone.
const SHORT_NAME: usize = 3;

/// A topic that a question is about without naming it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lean {
    /// The topic's name.
    pub topic: String,
    /// How surely, 0 to 1.
    pub score: f32,
}

/// What was understood of a question.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Understood {
    /// What it is about, in the words it was asked in.
    pub about: String,
    /// The terms of that.
    #[serde(skip)]
    pub terms: BTreeSet<String>,
    /// The accounts it names.
    pub accounts: Vec<String>,
    /// The topics it names.
    pub topics: Vec<String>,
    /// Topics it is about without naming them, by the rules that posts are judged by.
    pub leans: Vec<Lean>,
    /// The name it asks about where that is none of our accounts': of a company, a product, a person.
    pub name: Option<String>,
    /// Whether it asks only how people feel about that name, or about the account it is narrowed to.
    pub feeling: bool,
    /// Whom it asks.
    pub voice: Option<Voice>,
    /// How far back it asks, in days.
    pub days: Option<i32>,
}

/// A text that asks nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAQuestion {
    /// There are no words.
    #[error("the question is empty: ask, say, \"what do others say about leaving the cloud?\"")]
    Empty,
    /// There are too many.
    #[error("the question has {0} characters: ask in one sentence, of {LONGEST_CHARS} at most")]
    TooLong(usize),
    /// All of them ask, and none says what about.
    #[error("{0:?} does not say what about: name a subject, a company, or a thing people do")]
    AboutNothing(String),
}

/// A question, as it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question(String);

impl Understood {
    /// The same, narrowed to posts that name an account: what it asks of it is what is not its name.
    #[must_use]
    pub fn of_account(mut self, account: &Account) -> Self {
        let names = std::iter::once(&account.name).chain(&account.aliases);
        let of_name: BTreeSet<String> =
            names.flat_map(|name| words::terms(name)).map(Cow::into_owned).collect();
        self.terms.retain(|term| !of_name.contains(term));
        self.feeling = !self.terms.is_empty() && self.terms.iter().all(|term| is_of_feeling(term));
        self
    }

    /// The same, where all it asks of a name that we do not know is how people feel about it, or whether they use it:
    /// "is Acme reliable?".
    fn of_name(mut self, asked: &str) -> Self {
        let feels = |word: &&str| words::terms(word).any(|term| is_of_feeling(&term));
        let said: Vec<&str> =
            spoken(&self.about).filter(|word| !words::is_stop_word(&fold(word))).collect();
        let first = said.iter().position(|word| !feels(word)).unwrap_or(said.len());
        let last = said.iter().rposition(|word| !feels(word)).map_or(first, |last| last + 1);
        let name = &said[first..last];
        let is_capital = |word: &&str| word.starts_with(char::is_uppercase);
        // Every question begins with a capital.
        let tells = |word: &&str| {
            word.chars().skip(1).any(|c| c.is_uppercase() || c.is_numeric())
                || spoken(asked).next() != Some(*word) && is_capital(word)
        };
        let is_asked = self.accounts.is_empty() && name.len() < said.len();
        if is_asked && name.iter().all(is_capital) && name.iter().any(tells) {
            self.feeling = self
                .terms
                .iter()
                .any(|term| is_of_feeling(term) && !DOING.contains(&term.as_str()));
            self.terms.retain(|term| !is_of_feeling(term));
            self.name = Some(name.join(" "));
        }
        self
    }
}

fn is_of_feeling(term: &str) -> bool {
    FEELING.binary_search(&term).is_ok()
}

impl Question {
    /// The question in `text`.
    ///
    /// # Errors
    /// [`NotAQuestion::Empty`] or [`NotAQuestion::TooLong`].
    pub fn of(text: &str) -> Result<Self, NotAQuestion> {
        let characters = text.chars().count();
        if characters > LONGEST_CHARS {
            return Err(NotAQuestion::TooLong(characters));
        }
        let text = words::fold_space(text);
        if text.chars().any(char::is_alphanumeric) {
            Ok(Self(text))
        } else {
            Err(NotAQuestion::Empty)
        }
    }

    /// What it asks, where these accounts and topics are known.
    ///
    /// # Errors
    /// [`NotAQuestion::AboutNothing`].
    pub fn understood(
        &self,
        accounts: &[Account],
        topics: &[Topic],
    ) -> Result<Understood, NotAQuestion> {
        let asked = self.0.as_str();
        let said: Vec<&str> = spoken(asked).collect();
        let folded: Vec<String> = said.iter().map(|word| fold(word)).collect();
        let is_one_of = |list: &[&str], word: &str| list.binary_search(&word).is_ok();
        // Whom it asks does not come first: "vendor lock-in" is what it is about.
        let is_asked = |word: &str| ASKED.iter().any(|(words, _)| words.contains(&word));
        let asks =
            |(at, word): &(usize, &String)| is_one_of(ASKING, word) && (*at > 0 || !is_asked(word));
        let lead = folded.iter().enumerate().take_while(asks).count();
        let rest = &folded[lead..];
        let tail = rest.iter().rev().take_while(|word| is_one_of(WHEN, word)).count();
        let about = match (said.get(lead), said.get(lead..said.len() - tail).and_then(<[_]>::last))
        {
            (Some(first), Some(last)) => between(asked, first, last).trim().to_owned(),
            _ => String::new(),
        };
        let terms: BTreeSet<String> = words::terms(&about).map(Cow::into_owned).collect();
        if terms.is_empty() {
            return Err(NotAQuestion::AboutNothing(asked.to_owned()));
        }
        let when = rest[rest.len() - tail..].join(" ");
        let when = format!(" {when} {} ", folded[..lead].join(" "));
        let stretch = STRETCHES.iter().find(|(words, _)| when.contains(&format!(" {words} ")));
        let of_lead =
            |words: &[&str]| folded[..lead].iter().any(|word| words.contains(&word.as_str()));
        let asks = ASKED.iter().find(|(words, _)| of_lead(words)).map(|(_, voice)| *voice);
        let lower = asked.to_lowercase();
        let names = |name: &str| lower.contains(&name.to_lowercase()) && says(&said, &folded, name);
        let accounts = accounts.iter().filter(|account| {
            names(&account.name) || account.aliases.iter().any(|alias| names(alias))
        });
        let of_topics = topics.iter().filter(|topic| names(&topic.name));
        let understood = Understood {
            accounts: accounts.map(|account| account.name.clone()).collect(),
            topics: of_topics.map(|topic| topic.name.clone()).collect(),
            leans: Vec::new(),
            name: None,
            feeling: false,
            voice: asks,
            days: stretch.map(|(_, days)| *days),
            about,
            terms,
        };
        Ok(understood.of_name(asked))
    }
}

/// The stretch of `text` from one slice of it to another.
fn between<'t>(text: &'t str, first: &str, last: &str) -> &'t str {
    let offset = |part: &str| part.as_ptr().addr().saturating_sub(text.as_ptr().addr());
    text.get(offset(first)..offset(last) + last.len()).unwrap_or_default()
}

/// The words of a question as people write them: "on-call" is one.
fn spoken(text: &str) -> impl Iterator<Item = &str> {
    let words =
        text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    words.filter(|word| !word.is_empty())
}

fn fold(word: &str) -> String {
    word.to_lowercase().replace('\u{2019}', "'")
}

/// Whether the words of a question, as they stand and folded, say a name: its words one after another,
/// the last of them maybe with an ending. A name that is a common word, or hardly one, has to be written
/// as it is.
fn says(said: &[&str], folded: &[String], name: &str) -> bool {
    let name_folded: Vec<String> = spoken(name).map(fold).collect();
    let [first, ..] = name_folded.as_slice() else { return false };
    let is_word = name_folded.len() == 1
        && (words::is_stop_word(first) || name.chars().count() <= SHORT_NAME);
    let plain = |word: &str| word.strip_suffix("'s").unwrap_or(word).to_owned();
    let fits = |(at, words): (usize, &[String])| {
        let mut pairs = words.iter().zip(&name_folded);
        let same = pairs.all(|(word, own)| word == own || plain(word) == *own);
        same && (!is_word || said.get(at).is_some_and(|word| word.starts_with(name.trim())))
    };
    folded.windows(name_folded.len()).enumerate().any(fits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn account(name: &str, aliases: &[&str]) -> Account {
        let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
        Account {
            name: name.to_owned(),
            aliases,
            domain: None,
            about: None,
            not: Vec::new(),
            owner: None,
            competitors: Vec::new(),
        }
    }

    fn understood(text: &str) -> Understood {
        let accounts =
            [account("Acme", &["Acme Corp"]), account("IT", &[]), account("Blue Harbour", &[])];
        Question::of(text).unwrap().understood(&accounts, &[]).unwrap()
    }

    #[test]
    fn the_words_that_only_ask_are_not_what_it_is_about() {
        for (question, about) in [
            ("what do others say about leaving the cloud?", "leaving the cloud"),
            ("What are you hearing from others about on-call work lately?", "on-call work"),
            ("Is anyone leaving the cloud?", "leaving the cloud"),
            ("How do people feel about the price of storage these days", "price of storage"),
            ("Any news on funding rounds this week?", "funding rounds"),
            ("storage prices", "storage prices"),
            ("Why are bills growing?", "bills growing"),
        ] {
            assert_eq!(understood(question).about, about);
        }
    }

    #[test]
    fn how_people_feel_about_a_name_is_told_from_a_subject() {
        for (question, name) in [
            ("is Tillhouse reliable?", Some("Tillhouse")),
            ("What are the problems with Harbour Pay?", Some("Harbour Pay")),
            ("do people trust eBay?", None),
            ("Do customers recommend the SumUp?", Some("SumUp")),
            ("iPhone still good?", None),
            ("Tillhouse", None),
            ("Robots reliable?", None),
            ("is Acme reliable?", None),
            ("is Tillhouse cheaper than Harbour Pay?", None),
            ("are the Tillhouse terminals reliable?", None),
        ] {
            let understood = understood(question);
            assert_eq!(understood.name.as_deref(), name, "{question}");
            assert_eq!(understood.feeling, name.is_some(), "{question}");
        }
        let used = understood("does anybody still use Tillhouse?");
        assert_eq!((used.name.as_deref(), used.feeling), (Some("Tillhouse"), false));
        assert_eq!(used.terms, ["tillhouse".to_owned()].into());
    }

    #[test]
    fn whom_and_how_far_back_it_asks_is_understood() {
        let asked = understood("What did customers say about outages last week?");
        assert_eq!((asked.voice, asked.days), (Some(Voice::Customer), Some(14)));
        let asked = understood("are customers leaving?");
        assert_eq!((asked.voice, asked.days), (Some(Voice::Customer), None));
        assert_eq!(understood("outages at customers").voice, None);
        let asked = understood("vendor lock-in");
        assert_eq!((asked.voice, asked.about.as_str()), (None, "vendor lock-in"));
    }

    #[test]
    fn an_account_is_named_by_its_words_and_not_by_a_part_of_one() {
        assert_eq!(understood("what about Acme's outage").accounts, ["Acme"]);
        assert_eq!(understood("outage at acme corp").accounts, ["Acme"]);
        assert_eq!(understood("trouble at blue harbour").accounts, ["Blue Harbour"]);
        assert_eq!(understood("acmeology as a trade").accounts, [""; 0]);
        assert_eq!(understood("what is it worth, storage").accounts, [""; 0]);
        assert_eq!(understood("buying from IT").accounts, ["IT"]);
    }

    #[test]
    fn what_asks_nothing_is_refused_in_words() {
        assert_eq!(Question::of("  ?! "), Err(NotAQuestion::Empty));
        let long = Question::of(&"cloud ".repeat(20_000)).unwrap_err();
        assert!(long.to_string().contains("one sentence"), "{long}");
        for text in ["what do others say about", "what is it?", "the of and"] {
            let refused = Question::of(text).unwrap().understood(&[], &[]);
            assert!(matches!(refused, Err(NotAQuestion::AboutNothing(_))), "{text}");
        }
    }

    #[test]
    fn the_lists_are_sorted_so_that_they_can_be_searched() {
        assert!(ASKING.is_sorted() && WHEN.is_sorted() && FEELING.is_sorted());
    }

    proptest! {
        #[test]
        fn whatever_is_asked_what_it_is_about_stands_in_it(text in "\\PC{0,120}") {
            let Ok(question) = Question::of(&text) else { return Ok(()) };
            if let Ok(understood) = question.understood(&[account("Acme", &[])], &[]) {
                prop_assert!(words::fold_space(&text).contains(&understood.about));
            }
        }
    }
}
