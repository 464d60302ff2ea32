//! Changes: what topics gain and lose when posts are judged by other rules.

use std::collections::BTreeMap;

use serde::Serialize;

use super::judging::Turn;
use crate::post::PostId;
use crate::verdict::{Band, TopicVerdict, Verdict};

/// Posts named of each change: enough to see what kind of post it is.
pub const NAMED: usize = 3;

/// What topics and signals gained and lost, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Changes(pub BTreeMap<String, Change>);

/// What one topic or signal gained and lost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Posts that were about it before.
    pub before: usize,
    /// Posts that were not about it, and are.
    pub gained: usize,
    /// Posts that were about it, and are not.
    pub lost: usize,
    /// The first of those gained.
    pub gained_posts: Vec<PostId>,
    /// The first of those lost.
    pub lost_posts: Vec<PostId>,
}

impl Changes {
    /// Takes in what became of posts. A first verdict changes nothing: there was none to differ from.
    pub fn count(&mut self, turns: &[Turn]) {
        for Turn { before, now } in turns {
            if let Some(before) = before {
                self.compare(now.post, &said(before), &said(now));
            }
        }
    }

    /// Takes in what two rulesets say of one post.
    pub fn compare(&mut self, post: PostId, before: &[&str], now: &[&str]) {
        for name in before {
            let change = self.0.entry((*name).to_owned()).or_default();
            change.before += 1;
            if !now.contains(name) {
                change.lost += 1;
                push(&mut change.lost_posts, post);
            }
        }
        for name in now.iter().filter(|name| !before.contains(name)) {
            let change = self.0.entry((*name).to_owned()).or_default();
            change.gained += 1;
            push(&mut change.gained_posts, post);
        }
    }
}

/// The topics and signals a verdict says a post is about.
fn said(verdict: &Verdict) -> Vec<&str> {
    yes(verdict.topics.iter().chain(&verdict.signals))
}

/// The names of those over their threshold.
pub fn yes<'v>(verdicts: impl Iterator<Item = &'v TopicVerdict>) -> Vec<&'v str> {
    verdicts.filter(|topic| topic.band == Band::Yes).map(|topic| topic.name.as_str()).collect()
}

fn push(posts: &mut Vec<PostId>, post: PostId) {
    if posts.len() < NAMED {
        posts.push(post);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gained_and_lost_is_counted_and_the_first_are_named() {
        let mut changes = Changes::default();
        for n in 0..5 {
            let post = PostId::from_bytes([n; 16]);
            changes.compare(post, &["fees", "outage"], &["fees", "funding"]);
        }
        let of = |name: &str| changes.0[name].clone();
        assert_eq!((of("fees").before, of("fees").gained, of("fees").lost), (5, 0, 0));
        assert_eq!((of("outage").lost, of("outage").lost_posts.len()), (5, NAMED));
        assert_eq!((of("funding").before, of("funding").gained), (0, 5));
    }
}
