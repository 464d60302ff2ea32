//! Feedback: what a reader did with a point, in one tap.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::post::PostId;
use crate::source::{Knowledge, SourceId};

/// Which point of a digest: where it stands there, and the post its words are from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PointRef {
    /// The block it stands in; none for the news of an account.
    pub block: Option<Knowledge>,
    /// Its place there, from 0.
    pub index: u8,
    /// The post its claim is from.
    pub post: PostId,
}

/// What a reader may say of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tap {
    /// They used it.
    Used,
    /// It was of no use to them.
    NotUseful,
    /// They used it, and the customer agreed.
    Agreed,
    /// They used it, and the customer disagreed.
    Disagreed,
    /// It is of another company than the account it stands under.
    WrongCompany,
    /// They heard the same from somebody.
    HeardToo,
}

impl Tap {
    /// Every one, in the order they are offered.
    pub const ALL: [Self; 6] = [
        Self::Used,
        Self::NotUseful,
        Self::Agreed,
        Self::Disagreed,
        Self::WrongCompany,
        Self::HeardToo,
    ];

    /// As a link or a button says it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Used => "Used it",
            Self::NotUseful => "Not useful",
            Self::Agreed => "Customer agreed",
            Self::Disagreed => "Customer disagreed",
            Self::WrongCompany => "Wrong company",
            Self::HeardToo => "I heard this too",
        }
    }

    /// As addresses and JSON name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::NotUseful => "not-useful",
            Self::Agreed => "agreed",
            Self::Disagreed => "disagreed",
            Self::WrongCompany => "wrong-company",
            Self::HeardToo => "heard-too",
        }
    }

    /// The one called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tap| tap.name() == name)
    }

    /// Whether it stands beside what else a reader said of the point, and replaces none of it.
    #[must_use]
    pub const fn stands_apart(self) -> bool {
        matches!(self, Self::HeardToo)
    }

    /// Whether the point was put to use.
    #[must_use]
    pub const fn is_use(self) -> bool {
        matches!(self, Self::Used | Self::Agreed | Self::Disagreed)
    }
}

impl fmt::Display for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// By what way feedback came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// A link in the digest, and the button behind it.
    Page,
    /// An answer to the mail.
    Mail,
}

/// What a reader said of a point. Of one reader and point the newest stands, but for
/// [`Tap::stands_apart`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// Who.
    pub reader: String,
    /// Of the digest of which date.
    pub date: Date,
    /// Of which point.
    pub point: PointRef,
    /// What.
    pub tap: Tap,
    /// When.
    pub at: Timestamp,
    /// By what way.
    pub way: Way,
    /// The point's topic; none for the news of an account.
    pub topic: Option<String>,
    /// The account it is of, where it is news of one.
    pub account: Option<String>,
    /// The sources of its posts, each once.
    pub sources: Vec<SourceId>,
    /// The note that came with it.
    pub note: Option<PostId>,
}
