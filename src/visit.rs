//! A visit: one polite attempt to read a source, how it ended, and what is remembered of it.

mod articles;

use std::time::Duration;

use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub(crate) use self::articles::first_eight;
pub use self::articles::{GivenUp, Teaser, Unread, mark};
use crate::source::SourceId;

/// A source that was due so long ago and was not asked is not heard: we were away ourselves.
const UNASKED: SignedDuration = SignedDuration::from_hours(24);

/// What the server gave to ask again with, byte for byte.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// The ETag header.
    pub etag: Option<String>,
    /// The Last-Modified header.
    pub last_modified: Option<String>,
}

/// Why a visit failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The host has no address.
    Dns,
    /// Nothing answers there.
    Connect,
    /// The certificate or handshake is bad.
    Tls,
    /// It took too long.
    Timeout,
    /// A status that is no success.
    Status,
    /// Nothing is there (404).
    Missing,
    /// The server asks to be left alone for a while (429, 503).
    Busy,
    /// It is not wanted that we read it (401, 403, a challenge page).
    Refused,
    /// It is gone for good (410).
    Gone,
    /// More bytes than we take.
    TooLarge,
    /// Redirects that loop, downgrade, or are too many.
    Redirect,
    /// Not what the source's kind reads.
    NotAFeed,
    /// robots.txt says no.
    Robots,
    /// A private or local address.
    ForbiddenAddress,
    /// The answer breaks HTTP.
    Protocol,
}

/// A visit that failed: its kind, and a sentence for a marketer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What sort of failure.
    pub kind: FailureKind,
    /// What happened, to what, and what to do.
    pub sentence: String,
    /// How long the server asked us to stay away.
    pub retry_after: Option<Duration>,
}

/// How a visit ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was read.
    Read {
        /// Posts in the response.
        posts: usize,
        /// Of these, posts we had not kept.
        new: usize,
        /// Items that could not be read.
        skipped: usize,
        /// Why most of these could not, in words.
        #[serde(default)]
        why_skipped: Option<String>,
        /// What had to be repaired.
        repairs: Vec<String>,
        /// Articles it names that are still to be read, in later visits.
        #[serde(default)]
        to_come: usize,
    },
    /// 304, or the same bytes as before.
    Unchanged,
    /// It failed.
    Failed(Failure),
}

impl Outcome {
    /// Why it failed, if it did.
    #[must_use]
    pub const fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::Read { .. } | Self::Unchanged => None,
        }
    }
}

/// One polite attempt to read a source, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Which source.
    pub source: SourceId,
    /// When it began.
    pub at: Timestamp,
    /// Requests it took.
    pub requests: u32,
    /// Bytes that came over the wire or out of decompression.
    pub bytes: u64,
    /// How it ended.
    pub outcome: Outcome,
}

/// What a response says of when to come back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hints {
    /// `ttl`, `sy:updatePeriod` and the like.
    pub interval: Option<Duration>,
    /// Hours (0–23, GMT) in which not to ask.
    pub skip_hours: Vec<u8>,
    /// Days (GMT) on which not to ask.
    #[serde(with = "weekdays")]
    pub skip_days: Vec<Weekday>,
}

/// What is remembered of a source between visits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// The URL the validators belong to.
    pub url: Option<String>,
    /// What to ask again with. Stored only after the posts they vouch for.
    pub validators: Validators,
    /// SHA-256 of the last body, in hexadecimal.
    pub body_hash: Option<String>,
    /// Not to be visited before this moment; never visited yet if absent.
    pub next_visit: Option<Timestamp>,
    /// Visits that failed since the last that did not.
    pub failures: u32,
    /// The last visit.
    pub last: Option<Visit>,
    /// The last visit that did not fail.
    pub last_success: Option<Timestamp>,
    /// When each of the last new posts was said, newest first, for the interval; bounded.
    pub recent_posts: Vec<Timestamp>,
    /// Gone for good, until a person says otherwise.
    pub retired: bool,
    /// When a body last came: after a long row of 304s one request is made without validators.
    #[serde(default)]
    pub last_body: Option<Timestamp>,
    /// The server said 304 while it had something new: its validators are not used any more.
    #[serde(default)]
    pub validators_lie: bool,
    /// What the last body said of when to come back; a 304 says nothing, and it still holds.
    #[serde(default)]
    pub hints: Hints,
    /// A visit was cut short beyond the first page of its listing: behind posts that are kept there
    /// may be some that are not, and the next visit goes on past what it knows.
    #[serde(default)]
    pub gap: bool,
    /// What the source was when all this was learnt.
    #[serde(default)]
    pub start: Option<Start>,
    /// For how long the server called its last answer fresh; a 304 that does not say lets it stand.
    #[serde(default)]
    pub fresh_for: Option<Duration>,
    /// The bytes of the last body: what a 304 saves the server.
    #[serde(default)]
    pub body_bytes: u64,
    /// Where the source says it has moved for good.
    #[serde(default)]
    pub moved: Option<Moved>,
    /// Articles that are still to be read, whose posts may be kept as teasers. Bounded.
    #[serde(default)]
    pub unread: Vec<Unread>,
    /// Articles that could not be had, those met last first. Bounded.
    #[serde(default)]
    pub given_up: Vec<GivenUp>,
    /// The teasers that its listing showed last, to know an edited one by. Bounded.
    #[serde(default)]
    pub teasers: Vec<Teaser>,
    /// When a body last held posts, or led to some that are kept; as far as we remember.
    #[serde(default)]
    pub last_heard: Option<Timestamp>,
    /// Stretches in which it could not be heard, and after which what it showed did not reach back to what
    /// we had: a trend must not count their days. The oldest first; those that last are not among them.
    /// Bounded.
    #[serde(default)]
    pub outages: Vec<Outage>,
}

/// A stretch in which a source could not be heard: from the last visit that was read, or that was due, to
/// the next that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

/// A move for good that a source's address announces, visit after visit (301, 308).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Where to.
    pub to: String,
    /// When it was met first.
    pub since: Timestamp,
    /// Visits in a row that met it and read what is there.
    pub times: u32,
    /// When we began, or went on, to ask there at once; the configured address is asked in between.
    pub adopted: Option<Timestamp>,
    /// The place it moved to was gone (410) when it was asked last.
    #[serde(default)]
    pub gone: bool,
}

/// What a visit begins with, as a person configured it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// The source's kind: what is no feed may be a page.
    pub kind: String,
    /// The first URL that is asked.
    pub url: String,
}

impl Memory {
    /// Since when it cannot be heard at `now`: it fails, or nobody asked it though it was due long ago.
    #[must_use]
    pub fn silent_since(&self, now: Timestamp) -> Option<Timestamp> {
        let heard = self.last_success?;
        if self.failures > 0 {
            return Some(heard);
        }
        self.next_visit.filter(|due| now.duration_since(*due) >= UNASKED)
    }

    /// What of this holds for a source that begins at `start`: everything where it began there
    /// before, else its past only. A new address or kind is a person's answer to a failure, and is
    /// not made to wait for what the old one deserved.
    ///
    /// A memory that does not tell where its source began is taken to be of this start.
    #[must_use]
    pub fn for_start(self, start: Start) -> Self {
        if self.start.as_ref().is_none_or(|before| *before == start) {
            return Self { start: Some(start), ..self };
        }
        Self {
            start: Some(start),
            last: self.last,
            last_success: self.last_success,
            gap: self.gap,
            outages: self.outages,
            ..Self::default()
        }
    }
}

/// Weekdays as numbers, Monday 1: jiff has no serde form for them.
mod weekdays {
    use jiff::civil::Weekday;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(days: &[Weekday], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(days.iter().map(|day| day.to_monday_one_offset()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<Weekday>, D::Error> {
        Vec::<i8>::deserialize(from)?
            .into_iter()
            .map(|day| Weekday::from_monday_one_offset(day).map_err(serde::de::Error::custom))
            .collect()
    }
}
