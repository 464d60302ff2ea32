//! The query language: what somebody types → what is wanted of a post. Pure: the market and the time are
//! passed in.
//!
//! ```text
//! pricing plans         both words; English endings, case and accents make no difference
//! "cloud cost"          one after the other
//! migrat*               words that begin so
//! -beta  -"beta test"   not this
//! a OR b, (a b) OR c    either
//! voice:expert,analyst  one of these, by field
//! ```

mod fault;
mod moment;
mod parser;
mod value;

use std::ops::Range;

use jiff::Timestamp;

pub use self::fault::{Fault, NotAQuery};
pub use self::value::FIELDS;
use crate::config::Market;
use crate::source::SourceId;
use crate::verdict::SentimentLabel;

/// A longer query was not typed by anybody.
const LONGEST_BYTES: usize = 4 * 1024;

/// What is wanted of a post.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// All of these.
    All(Vec<Wanted>),
    /// One of these.
    Any(Vec<Wanted>),
    /// Not this.
    Not(Box<Wanted>),
    /// That it says these words, one after the other.
    Words(String),
    /// That it says a word that begins so; of several words the last.
    Begins(String),
    /// That its author is called so.
    Author(String),
    /// That it was heard at one of these.
    Sources(Vec<SourceId>),
    /// That it is about this topic.
    Topic(String),
    /// That it carries this signal.
    Signal(String),
    /// That it names this account.
    Account(String),
    /// That it is in this language.
    Language(String),
    /// That its author feels so.
    Sentiment(SentimentLabel),
    /// That it was said from this moment on, and before that one.
    Said {
        /// The first moment; none for the beginning of time.
        from: Option<Timestamp>,
        /// The first moment after it; none for the end of time.
        until: Option<Timestamp>,
    },
}

/// What is wanted, part by part.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// The parts, of which every one is wanted.
    pub parts: Vec<Part>,
}

/// A part of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// What is wanted.
    pub wanted: Wanted,
    /// Where it stands in what was typed, in bytes.
    pub at: Range<usize>,
}

impl Query {
    /// Reads what somebody typed. An empty text wants nothing in particular: every post.
    ///
    /// # Errors
    /// [`NotAQuery`]: everything that is wrong with it, and where.
    pub fn parse(text: &str, market: &Market, now: Timestamp) -> Result<Self, NotAQuery> {
        if text.len() > LONGEST_BYTES {
            return Err(NotAQuery::long(text.len(), LONGEST_BYTES));
        }
        let (parts, mut faults) = parser::read(text, &value::Values { market, now });
        faults.extend(never(&parts));
        if faults.is_empty() { Ok(Self { parts }) } else { Err(NotAQuery::of(text, faults)) }
    }

    /// Whether a word is asked for, so that there are better posts and worse.
    #[must_use]
    pub fn has_words(&self) -> bool {
        let mut found = false;
        self.each_wanted(&mut |wanted| {
            found |= matches!(wanted, Wanted::Words(_) | Wanted::Begins(_));
        });
        found
    }

    /// The same without one of its parts.
    #[must_use]
    pub fn without(&self, part: usize) -> Self {
        let kept = self.parts.iter().enumerate().filter(|(n, _)| *n != part);
        Self { parts: kept.map(|(_, part)| part.clone()).collect() }
    }

    /// Tells of everything that speaks for a post, one by one: not what is not wanted.
    pub fn each_wanted(&self, tell: &mut dyn FnMut(&Wanted)) {
        for part in &self.parts {
            each_wanted(&part.wanted, tell);
        }
    }
}

/// What is wrong with times of which every one is wanted: nothing is said after the one and before the other.
fn never(parts: &[Part]) -> Option<Fault> {
    let (mut latest, mut earliest): (Option<Timestamp>, Option<Timestamp>) = (None, None);
    let mut others = false;
    for part in parts {
        let Wanted::Said { from, until } = part.wanted else { continue };
        latest = latest.max(from);
        earliest = earliest.into_iter().chain(until).min();
        if let (Some(from), Some(until)) = (latest, earliest)
            && from >= until
            && others
        {
            let what = format!(
                "nothing was said from {} on and before {}: exchange them, or leave one out",
                from.strftime("%Y-%m-%d %H:%M"),
                until.strftime("%Y-%m-%d %H:%M"),
            );
            return Some(Fault { what, at: part.at.clone() });
        }
        others = true;
    }
    None
}

fn each_wanted(wanted: &Wanted, tell: &mut dyn FnMut(&Wanted)) {
    match wanted {
        Wanted::All(all) | Wanted::Any(all) => {
            for wanted in all {
                each_wanted(wanted, tell);
            }
        }
        Wanted::Not(_) => {}
        wanted => tell(wanted),
    }
}

#[cfg(test)]
pub(super) mod tests;
