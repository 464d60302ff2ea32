//! One visit of one source: ask, read, follow, and say how it went.

mod reading;
mod tour;
mod unread;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use self::tour::{Posts, Tour};
use self::unread::tries;
use super::http::{Cost, Http, Manner};
use super::remember::{Found, remember};
use super::schedule::as_configured;
use crate::adapters::{Adapter, Skipped};
use crate::clock::Clock;
use crate::post::Said;
use crate::source::{Source, SourceId};
use crate::visit::{Failure, Memory, Outcome, Visit};

/// Listing pages read in one visit: enough to catch up after a weekend, not to copy an archive.
pub const PAGES_A_VISIT: usize = 5;
/// Articles fetched in one visit; at 5 s apart they take under two minutes. The rest waits for the
/// next visit.
pub const ARTICLES_A_VISIT: usize = 20;
/// An article that failed so often is left alone; its post stays the teaser it is, if it has one.
pub const TRIES_AN_ARTICLE: u32 = 3;
/// A visit takes no longer than this, all in all: what was read by then is kept.
pub const VISIT_LIMIT: Duration = Duration::from_mins(5);

/// A source that is to be visited.
#[derive(Clone)]
pub struct Due {
    /// Which.
    pub source: Source,
    /// What reads it.
    pub adapter: Arc<dyn Adapter>,
    /// As what we come to its listing: a page where its kind is under robots.txt, else a feed.
    pub listing: Manner,
    /// What is remembered of it.
    pub memory: Memory,
}

/// A source visited.
#[derive(Debug, Clone, PartialEq)]
pub struct Visited {
    /// How it went.
    pub visit: Visit,
    /// What was said there, known and new, each key once; what was read last comes first.
    ///
    /// Whoever keeps them in this order and breaks off loses none: listings begin with the newest,
    /// so that a later page is kept before an earlier one, and the next visit, which goes on until
    /// a page holds nothing new, comes by every post that is still missing.
    pub posts: Vec<Said>,
    /// What could not be read, and why.
    pub skipped: Vec<Skipped>,
    /// What to remember: to be stored once the posts are durable, not before.
    pub memory: Memory,
}

/// Says whether a post of a source, by its key there, is already kept. Called off the reactor.
pub type Known = dyn Fn(&SourceId, &str) -> bool + Send + Sync;

/// Gives a post of a source, by its key there, as it is kept. Called off the reactor.
pub type Recall = dyn Fn(&SourceId, &str) -> Option<Said> + Send + Sync;

/// Visits sources.
pub struct Visitor {
    /// The client.
    pub http: Http,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What is already kept.
    pub known: Arc<Known>,
    /// What it says.
    pub recall: Arc<Recall>,
}

impl Visitor {
    /// Visits one source. However it ends, there is something to remember.
    pub async fn visit(&self, mut due: Due) -> Visited {
        let at = self.clock.now();
        due.memory = as_configured(due.memory, &due.source, &*due.adapter);
        let mut tour = Tour {
            visitor: self,
            due: &due,
            deadline: Instant::now() + VISIT_LIMIT,
            cost: Cost::default(),
            posts: Posts::default(),
            skipped: Vec::new(),
            kept: BTreeSet::new(),
            edited: BTreeMap::new(),
            tries: tries(&due.memory),
            met: HashSet::new(),
            asked: HashSet::new(),
            lost: HashSet::new(),
            forbidden: false,
        };
        let found = tour.go().await;
        let Tour { cost, mut posts, skipped, .. } = tour;
        posts.said.reverse();
        self.visited(due, at, cost, found, posts.said, skipped)
    }

    /// The visit to a source that is not made, because it would fail as another just did.
    pub(super) fn leave_out(&self, mut due: Due, failure: &Failure) -> Visited {
        let at = self.clock.now();
        due.memory = as_configured(due.memory, &due.source, &*due.adapter);
        let found = Err(failure.clone());
        self.visited(due, at, Cost::default(), found, Vec::new(), Vec::new())
    }

    fn visited(
        &self,
        due: Due,
        at: Timestamp,
        cost: Cost,
        found: Result<Found, Failure>,
        posts: Vec<Said>,
        skipped: Vec<Skipped>,
    ) -> Visited {
        let visit = Visit {
            source: due.source.id.clone(),
            at,
            requests: cost.requests,
            bytes: cost.bytes,
            outcome: Outcome::Unchanged,
        };
        let memory = remember(&due.source, due.memory, visit.clone(), found, self.clock.now());
        let visit = memory.last.clone().unwrap_or(visit);
        Visited { visit, posts, skipped, memory }
    }
}
