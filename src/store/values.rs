//! What a store takes and gives, beside the words of everybody: counts, months, changes, what became of things.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::month::Month;
use crate::post::{Post, PostId};
use crate::source::SourceId;
use crate::verdict::{Embedding, Verdict};

/// A verdict with the embedding it was read off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// The embedding; empty where the language could not be judged.
    pub embedding: Embedding,
}

/// What became of a batch of posts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Not known before.
    pub new: usize,
    /// Known, and changed since.
    pub updated: usize,
    /// Known, and the same; in a month that is damaged, as far as can be told.
    pub same: usize,
    /// Erased, or of somebody who was: not kept.
    pub refused: usize,
}

impl Kept {
    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            new: self.new + other.new,
            updated: self.updated + other.updated,
            same: self.same + other.same,
            refused: self.refused + other.refused,
        }
    }
}

/// A digest asked for, and whether it was ours to send.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Claim {
    /// It is claimed for us: send it.
    Ours,
    /// This reader and date were claimed before: the digest as it was made then.
    Before(Box<Digest>),
}

/// How much there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Posts.
    pub posts: u64,
    /// Verdicts.
    pub verdicts: u64,
    /// Sources with a memory.
    pub sources: u64,
    /// Digests in the ledger.
    pub digests: u64,
}

/// Which posts are to be kept: all but those of some sources.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keeps {
    /// Names the rule, so that it is known later what a month was written by.
    pub rule: String,
    /// The sources whose posts go.
    pub without: BTreeSet<SourceId>,
}

impl Keeps {
    /// Whether a post is to be kept.
    #[must_use]
    pub fn post(&self, post: &Post) -> bool {
        !self.without.contains(&post.source)
    }
}

/// A month that cannot be relied on: nothing is written into it, and what looks through all months passes
/// it over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damaged {
    /// Which.
    pub month: Month,
    /// What is wrong with it.
    pub what: String,
}

impl std::fmt::Display for Damaged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { month, what } = self;
        write!(
            f,
            "month {month}: {what}; what arrived in it cannot be relied on, all else can be read. \
             `overheard restore BACKUP --month {month}` brings it back"
        )
    }
}

/// A month with posts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// Which month.
    pub month: Month,
    /// Its size on the disk.
    pub bytes: u64,
    /// Batches that were written to it since it is in this place: while there are as many, it is as it
    /// was.
    pub batches: u64,
    /// When it was last written anew, and its size then; none where it never was.
    pub anew: Option<Anew>,
}

/// When a month was written anew, by which rule, and its size then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anew {
    /// When.
    pub at: Timestamp,
    /// What names the rule by which posts were kept.
    pub rule: String,
    /// Its size on the disk then.
    pub bytes: u64,
}

/// What became of a month that was written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compacted {
    /// Which month.
    pub month: Month,
    /// Posts that were kept.
    pub kept: u64,
    /// Posts that were not.
    pub dropped: u64,
    /// Its size on the disk before.
    pub before_bytes: u64,
    /// Its size on the disk now; 0 where it is gone.
    pub after_bytes: u64,
}

/// How far a follower has read the changes of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Which month of this name it is: one that was restored, or from which posts were dropped, is
    /// another.
    pub born: u64,
    /// The last change that was read.
    pub change: u64,
}

/// What became of a post.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// It is there, and this is how.
    Now {
        /// The post.
        post: Box<Post>,
        /// The verdict on these words, if there is one.
        judged: Option<Box<Judged>>,
    },
    /// It was erased.
    Gone(PostId),
}

/// What changed in a month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// Whether the month is another than the one the mark was of: what was read of it does not hold.
    pub from_start: bool,
    /// The changes, oldest first; none where there is nothing new.
    pub changes: Vec<Change>,
    /// What to ask with the next time.
    pub mark: Mark,
}
