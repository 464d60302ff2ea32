//! What is remembered of the articles a listing leads to. A row each, for there may be thousands.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::FailureKind;

/// A key in eight bytes: two of a source's keys with one mark are not met.
#[must_use]
pub fn mark(key: &str) -> u64 {
    first_eight(&Sha256::digest(key.as_bytes()))
}

/// The beginning of a hash, as a number.
pub(crate) fn first_eight(hash: &[u8]) -> u64 {
    hash.iter().take(8).fold(0, |mark, byte| mark << 8 | u64::from(*byte))
}

/// An article that is still to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "UnreadRow", into = "UnreadRow")]
pub struct Unread {
    /// Of its post's key.
    pub mark: u64,
    /// How often it was tried in vain.
    pub tries: u32,
    /// It is not asked for again: how a store may say what [`GivenUp`] says.
    pub for_good: bool,
}

/// An article that could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "GivenUpRow", into = "GivenUpRow")]
pub struct GivenUp {
    /// Of its post's key.
    pub mark: u64,
    /// Why, where it was one thing, and is known.
    pub why: Option<FailureKind>,
    /// When it was asked for last, where that is known.
    pub at: Option<Timestamp>,
    /// How often it was tried in vain.
    pub tries: u32,
}

/// A teaser, as its listing showed it last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "TeaserRow", into = "TeaserRow")]
pub struct Teaser {
    /// Of its post's key.
    pub mark: u64,
    /// What its words are told from others by.
    pub words: u64,
    /// The same of its link, where it was noted.
    pub link: Option<u64>,
    /// The same of its author, tags and files, where they were noted.
    pub about: Option<u64>,
    /// How often its article was asked for again because it had been edited.
    pub asked_again: u32,
}

/// How an [`Unread`] is written, and how it was before it was a row.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum UnreadRow {
    Row(u64, u32, bool),
    Named {
        key: String,
        tries: u32,
        #[serde(default)]
        for_good: bool,
    },
}

/// How a [`GivenUp`] is written, and how it was when its mark was all.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum GivenUpRow {
    Row(u64, Option<FailureKind>, Option<i64>, u32),
    Mark(u64),
}

/// How a [`Teaser`] is written, and how it was before it was a row.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum TeaserRow {
    Row(u64, u64, Option<u64>, Option<u64>, u32),
    Named { key: String, words: String, asked_again: u32 },
}

impl From<UnreadRow> for Unread {
    fn from(row: UnreadRow) -> Self {
        match row {
            UnreadRow::Row(mark, tries, for_good) => Self { mark, tries, for_good },
            UnreadRow::Named { key, tries, for_good } => Self { mark: mark(&key), tries, for_good },
        }
    }
}

impl From<Unread> for UnreadRow {
    fn from(Unread { mark, tries, for_good }: Unread) -> Self {
        Self::Row(mark, tries, for_good)
    }
}

impl From<GivenUpRow> for GivenUp {
    fn from(row: GivenUpRow) -> Self {
        match row {
            GivenUpRow::Row(mark, why, at, tries) => {
                let at = at.and_then(|at| Timestamp::from_second(at).ok());
                Self { mark, why, at, tries }
            }
            GivenUpRow::Mark(mark) => Self { mark, why: None, at: None, tries: 0 },
        }
    }
}

impl From<GivenUp> for GivenUpRow {
    fn from(GivenUp { mark, why, at, tries }: GivenUp) -> Self {
        match (why, at) {
            (None, None) => Self::Mark(mark),
            _ => Self::Row(mark, why, at.map(Timestamp::as_second), tries),
        }
    }
}

impl From<TeaserRow> for Teaser {
    fn from(row: TeaserRow) -> Self {
        match row {
            TeaserRow::Row(mark, words, link, about, asked_again) => {
                Self { mark, words, link, about, asked_again }
            }
            TeaserRow::Named { key, words, asked_again } => {
                // Words that are no number were none of ours: they are those of no teaser.
                let words = u64::from_str_radix(&words, 16).unwrap_or_default();
                Self { mark: mark(&key), words, link: None, about: None, asked_again }
            }
        }
    }
}

impl From<Teaser> for TeaserRow {
    fn from(Teaser { mark, words, link, about, asked_again }: Teaser) -> Self {
        Self::Row(mark, words, link, about, asked_again)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::de::DeserializeOwned;

    use super::*;

    /// Through the store's form and through that of an export.
    fn again<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
        let stored = rmp_serde::to_vec_named(value).unwrap();
        assert_eq!(rmp_serde::from_slice::<T>(&stored).unwrap(), *value);
        let exported = serde_json::to_string(value).unwrap();
        assert_eq!(serde_json::from_str::<T>(&exported).unwrap(), *value);
    }

    #[test]
    fn what_is_remembered_of_articles_is_read_as_it_was_written() {
        again(&Unread { mark: u64::MAX, tries: 2, for_good: false });
        let at = Timestamp::from_second(1_800_000_000).ok();
        again(&GivenUp { mark: 7, why: Some(FailureKind::Refused), at, tries: 1 });
        again(&GivenUp { mark: 7, why: None, at, tries: 3 });
        again(&GivenUp { mark: u64::MAX, why: None, at: None, tries: 0 });
        again(&Teaser { mark: 1, words: 2, link: Some(3), about: None, asked_again: 4 });
    }

    #[test]
    fn what_was_remembered_of_articles_before_they_were_rows_is_read() {
        #[derive(Serialize)]
        struct Named {
            key: &'static str,
            words: &'static str,
            asked_again: u32,
            tries: u32,
            for_good: bool,
        }
        let (key, words) = ("https://a.example/1", "00000000000000ff");
        let old = Named { key, words, asked_again: 2, tries: 1, for_good: true };
        let stored = rmp_serde::to_vec_named(&old).unwrap();
        let unread: Unread = rmp_serde::from_slice(&stored).unwrap();
        assert_eq!(unread, Unread { mark: mark(key), tries: 1, for_good: true });
        let teaser: Teaser = rmp_serde::from_slice(&stored).unwrap();
        let expected =
            Teaser { mark: mark(key), words: 255, link: None, about: None, asked_again: 2 };
        assert_eq!(teaser, expected);
        let marks: Vec<GivenUp> =
            rmp_serde::from_slice(&rmp_serde::to_vec_named(&vec![1_u64, u64::MAX]).unwrap())
                .unwrap();
        assert_eq!((marks[1].mark, marks[1].why, marks[1].at), (u64::MAX, None, None));
    }
}
