//! Labels: what a person says of one post and one topic. They teach the topic's head.

pub mod measured;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::post::PostId;
use crate::verdict::Band;

/// Whether a post is about a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is.
    Is,
    /// It is not.
    IsNot,
}

impl Answer {
    /// How much it speaks for the topic: 1 or -1.
    #[must_use]
    pub const fn sign(self) -> f32 {
        match self {
            Self::Is => 1.0,
            Self::IsNot => -1.0,
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Is => "is",
            Self::IsNot => "is not",
        })
    }
}

/// What a person says of one post and one topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Which topic or signal, by name.
    pub topic: String,
    /// Which post.
    pub post: PostId,
    /// What they say.
    pub answer: Answer,
    /// When.
    pub at: Timestamp,
}

/// A post drawn by chance to be labelled, and what the verdict said of it then: what precision and
/// recall are read off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// For which topic.
    pub topic: String,
    /// Which post.
    pub post: PostId,
    /// What the verdict said of the two.
    pub said: Band,
    /// How many posts there were of which the verdict said so: those it was drawn from.
    pub among: u64,
    /// When.
    pub at: Timestamp,
}

/// Labels that were given together, with what they replaced: what can be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    /// When.
    pub at: Timestamp,
    /// What it changed; a label that says what was said before changes nothing.
    pub changes: Vec<Relabelled>,
}

/// A label, and the one it replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relabelled {
    /// The label before, where there was one.
    pub before: Option<Label>,
    /// The label now.
    pub label: Label,
}
