//! How long posts are kept, by the voice of their source; a month of arrival at a time.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::month::Month;
use crate::source::Voice;

/// What is written where nothing is ever dropped.
const FOR_EVER: &str = "forever";

/// The shortest time: digests compare a week with those before it.
const SHORTEST: SignedDuration = SignedDuration::from_hours(24 * 42);

const DAY_HOURS: i64 = 24;

/// How long posts of each voice are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Of companies that buy.
    pub customer: Term,
    /// Of analysts.
    pub analyst: Term,
    /// Of named experts.
    pub expert: Term,
    /// Of practitioners.
    pub blog: Term,
    /// Of networks and forums.
    pub social: Term,
    /// Of the press.
    pub press: Term,
    /// Of those who sell.
    pub vendor: Term,
    /// Of our own colleagues.
    pub field: Term,
    /// Of surveys.
    pub survey: Term,
}

/// For how long.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Term {
    /// Nothing is dropped.
    #[default]
    ForEver,
    /// So long after the end of the month in which a post arrived.
    For(SignedDuration),
}

/// A text that is no term.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotATerm {
    /// It cannot be read.
    #[error("{0:?} is no time to keep posts; write \"180d\", \"18m\", \"3y\" or \"forever\"")]
    Unreadable(String),
    /// A digest needs more.
    #[error("{0:?} is too short: a digest looks back six weeks; write \"42d\" or more")]
    Short(String),
}

impl Retention {
    /// For how long posts of a voice are kept.
    #[must_use]
    pub fn of(&self, voice: Voice) -> Term {
        match voice {
            Voice::Customer => self.customer,
            Voice::Analyst => self.analyst,
            Voice::Expert => self.expert,
            Voice::Blog => self.blog,
            Voice::Social => self.social,
            Voice::Press => self.press,
            Voice::Vendor => self.vendor,
            Voice::Field => self.field,
            Voice::Survey => self.survey,
        }
    }

    /// When the posts of a voice that arrived in a month are to go; none where they stay.
    #[must_use]
    pub fn end(&self, voice: Voice, month: Month) -> Option<Timestamp> {
        match self.of(voice) {
            Term::ForEver => None,
            Term::For(time) => month.end().checked_add(time).ok(),
        }
    }

    /// Whether the posts of a voice that arrived in a month are to go by now.
    #[must_use]
    pub fn is_over(&self, voice: Voice, month: Month, now: Timestamp) -> bool {
        self.end(voice, month).is_some_and(|end| end <= now)
    }
}

impl FromStr for Term {
    type Err = NotATerm;

    fn from_str(text: &str) -> Result<Self, NotATerm> {
        let text = text.trim();
        if text.eq_ignore_ascii_case(FOR_EVER) {
            return Ok(Self::ForEver);
        }
        let unreadable = || NotATerm::Unreadable(text.to_owned());
        let unit = text.chars().next_back().ok_or_else(unreadable)?;
        // Of months and years the longest: nothing is dropped before its time.
        let days = match unit {
            'd' => 1,
            'w' => 7,
            'm' => 31,
            'y' => 366,
            _ => return Err(unreadable()),
        };
        let number = text[..text.len() - 1].trim_end().parse::<u16>().map_err(|_| unreadable())?;
        let time = SignedDuration::from_hours(i64::from(number) * days * DAY_HOURS);
        if time < SHORTEST {
            return Err(NotATerm::Short(text.to_owned()));
        }
        Ok(Self::For(time))
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForEver => f.write_str(FOR_EVER),
            Self::For(time) => write!(f, "{}d", time.as_hours() / DAY_HOURS),
        }
    }
}

impl TryFrom<String> for Term {
    type Error = NotATerm;

    fn try_from(text: String) -> Result<Self, NotATerm> {
        text.parse()
    }
}

impl From<Term> for String {
    fn from(term: Term) -> Self {
        term.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_read_as_people_write_them() {
        let days = |text: &str| text.parse::<Term>().map(|term| term.to_string());
        for (text, said) in [
            ("180d", "180d"),
            (" 26 w", "182d"),
            ("6m", "186d"),
            ("3y", "1098d"),
            ("Forever", "forever"),
            ("42d", "42d"),
        ] {
            assert_eq!(days(text).as_deref(), Ok(said));
            assert_eq!(days(said).as_deref(), Ok(said), "it is read as it is written");
        }
        for text in ["", "d", "3", "-3y", "3.5y", "99999999y", "3 years", "é", "180"] {
            assert!(matches!(text.parse::<Term>(), Err(NotATerm::Unreadable(_))), "{text:?}");
        }
        assert!(matches!("7d".parse::<Term>(), Err(NotATerm::Short(_))));
    }

    #[test]
    fn a_post_stays_its_whole_term_after_the_month_it_came_in() {
        let retention = Retention { social: "180d".parse().unwrap(), ..Retention::default() };
        let march: Month = "2026-03".parse().unwrap();
        let at = |moment: &str| moment.parse().unwrap();
        assert_eq!(retention.end(Voice::Social, march), Some(at("2026-09-28T00:00:00Z")));
        assert!(!retention.is_over(Voice::Social, march, at("2026-09-27T23:59:59Z")));
        assert!(retention.is_over(Voice::Social, march, at("2026-09-28T00:00:00Z")));
        assert!(!retention.is_over(Voice::Press, march, at("2990-01-01T00:00:00Z")));
    }
}
