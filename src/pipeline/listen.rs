//! Listening: what is due is visited, and one writer keeps what comes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::block_in_place;
use tokio::time::timeout;

use super::renamed::ReadBefore;
use super::{Event, KeptCounts, NotVisited, Pipeline, PipelineError, Summary, Visits};
use crate::crawl::owed::asking_again;
use crate::crawl::round::HOSTS_AT_A_TIME;
use crate::crawl::schedule;
use crate::crawl::visit::{Due, Visited};
use crate::crawl::waiting::{Haste, waiting};
use crate::host::HostMemory;
use crate::post::Post;
use crate::source::SourceId;
use crate::visit::{Memory, Outcome, Validators, Visit};

/// Posts kept in one transaction: what DESIGN.md §5 measured.
const POSTS_A_BATCH: usize = 100;

/// Hosts remembered in one transaction.
const HOSTS_A_BATCH: usize = 100;

/// What is remembered of hosts is stored after so many visits, and at the end: what a crash takes of
/// it is a few counts.
const VISITS_BEFORE_HOSTS: usize = 50;

/// How often it is looked whether all that is left of a round is silence.
const LOOK: Duration = Duration::from_millis(100);

/// Visits that wait for the writer: fetching stops when it falls behind. Those that wait are
/// remembered in one transaction, for each costs a wait for the disk.
const VISITED_WAITING: usize = 32;

/// No further visit joins a group of so many posts: while it is kept, it is held in memory beside
/// those that wait.
const POSTS_A_GROUP: usize = 2_000;

/// What is done while some hosts say nothing: it gets the sources that wait for them.
pub(super) type Meanwhile<'a> =
    dyn Fn(&mut Summary, &[SourceId]) -> Result<(), PipelineError> + Send + Sync + 'a;

/// Whether the digests were written while some hosts said nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// They wait for the end of the round.
    NotYet,
    /// They were.
    Meanwhile,
}

impl Pipeline<'_> {
    /// Visits every due source and keeps what is new. Once, when all that is left are hosts that say
    /// nothing, it does `meanwhile`: nobody else's posts and digests wait for them (invariant 7).
    pub(super) async fn listen(
        &self,
        summary: &mut Summary,
        meanwhile: &Meanwhile<'_>,
    ) -> Result<Told, PipelineError> {
        let due = self.due(summary).await?;
        (self.watch)(Event::Listening { sources: due.len() });
        let waiting = due.iter().map(|due| due.source.id.clone()).collect();
        let (sender, visited) = mpsc::channel(VISITED_WAITING);
        let visitor = Arc::clone(self.visitor);
        let round = tokio::spawn(async move {
            visitor.visit_all(due, HOSTS_AT_A_TIME, sender).await;
        });
        let told = self.take_in(visited, waiting, summary, meanwhile).await;
        if told.is_err() {
            // What is under way could not be kept: no host that hangs is waited for.
            round.abort();
        }
        match round.await {
            Err(error) if !error.is_cancelled() => {
                return Err(PipelineError::Broke(error.to_string()));
            }
            _ => {}
        }
        let told = told?;
        block_in_place(|| self.keep_hosts())?;
        summary.visits.sort_by(|a, b| a.source.cmp(&b.source));
        Ok(told)
    }

    /// The one writer: visits end in any order, and are kept one after the other. `waiting` are the
    /// sources that are being visited.
    async fn take_in(
        &self,
        mut visited: mpsc::Receiver<Visited>,
        mut waiting: BTreeSet<SourceId>,
        summary: &mut Summary,
        meanwhile: &Meanwhile<'_>,
    ) -> Result<Told, PipelineError> {
        let (mut told, mut since_hosts) = (Told::NotYet, 0);
        loop {
            if (self.stop)() {
                block_in_place(|| self.keep_hosts())?;
                return Err(PipelineError::Stopped);
            }
            let Ok(next) = timeout(LOOK, visited.recv()).await else {
                if self.visitor.http.has_newly_quiet_host() {
                    block_in_place(|| self.keep_hosts())?;
                }
                if told == Told::NotYet && self.visitor.waits_for_silence_only() {
                    told = Told::Meanwhile;
                    let silent: Vec<SourceId> = waiting.iter().cloned().collect();
                    meanwhile(summary, &silent)?;
                }
                continue;
            };
            let Some(next) = next else { return Ok(told) };
            let group = group_of(next, || visited.try_recv().ok());
            for Visited { visit, .. } in &group {
                waiting.remove(&visit.source);
                (self.watch)(Event::Visited { source: &visit.source });
            }
            let visits = block_in_place(|| self.keep(group, &mut summary.kept))?;
            since_hosts += visits.len();
            // An article's host may have asked for quiet while its visit went well.
            if since_hosts >= VISITS_BEFORE_HOSTS || self.visitor.http.has_newly_quiet_host() {
                block_in_place(|| self.keep_hosts())?;
                since_hosts = 0;
            }
            summary.visits.extend(visits);
        }
    }

    /// The sources that may be visited now, each with what is remembered of it.
    async fn due(&self, summary: &mut Summary) -> Result<Vec<Due>, PipelineError> {
        let now = self.clock.now();
        let mut due = Vec::new();
        self.visitor.http.recall(block_in_place(|| self.store.hosts())?, now);
        let mut read_before = ReadBefore::of(&**self.store);
        for listened in self.market.sources.iter().filter(|listened| !listened.source.paused) {
            let memory = match self.store.memory(&listened.source.id)? {
                Some(memory) => memory,
                None => read_before.memory_for(listened)?,
            };
            // A host that asked for quiet has it as a whole, also after a restart.
            self.visitor.keep_quiet(&*listened.adapter, &memory).await;
            let memory = schedule::as_configured(memory, &listened.source, &*listened.adapter);
            let id = &listened.source.id;
            let haste = match self.visits {
                Visits::Due => Haste::WhenDue,
                Visits::Only(named, haste) if named.contains(id) => haste,
                Visits::Only(..) => continue,
            };
            if let Some(waiting) = waiting(&memory, haste, now) {
                summary.not_due += 1;
                if matches!(self.visits, Visits::Only(..)) {
                    summary.waiting.push(NotVisited { source: id.clone(), waiting });
                }
            } else {
                let memory = match haste {
                    Haste::WhenDue => memory,
                    Haste::AfterFailures => asking_again(memory, now),
                };
                due.push(Due {
                    source: listened.source.clone(),
                    adapter: Arc::clone(&listened.adapter),
                    listing: listened.listing,
                    memory,
                });
            }
        }
        Ok(due)
    }

    /// Keeps what visits brought: first the posts, and only then the validators that vouch for them
    /// (invariant 3). What is owed behind the posts is remembered before them: once they are known,
    /// nothing else would lead there.
    fn keep(
        &self,
        group: Vec<Visited>,
        counts: &mut KeptCounts,
    ) -> Result<Vec<Visit>, PipelineError> {
        let mut owing = Vec::new();
        for visited in group.iter().filter(|visited| owes(visited)) {
            let source = visited.visit.source.clone();
            let before = self.store.memory(&source)?.unwrap_or_default();
            owing.push((source, owing_only(before, &visited.memory)));
        }
        if !owing.is_empty() {
            self.store.remember(&owing)?;
        }
        let mut memories = Vec::with_capacity(group.len());
        let mut visits = Vec::with_capacity(group.len());
        for visited in group {
            let (visit, memory) = self.keep_posts(visited, counts)?;
            memories.push((visit.source.clone(), memory));
            visits.push(visit);
        }
        self.store.remember(&memories)?;
        Ok(visits)
    }

    /// Keeps the posts of a visit; the visit and the memory that may be stored after them.
    fn keep_posts(
        &self,
        visited: Visited,
        counts: &mut KeptCounts,
    ) -> Result<(Visit, Memory), PipelineError> {
        let Visited { mut visit, posts, mut memory, skipped } = visited;
        for skipped in skipped {
            tracing::debug!(source = %visit.source, place = %skipped.place, why = %skipped.why, "skipped");
        }
        let heard = self.clock.now();
        let mut fresh = 0;
        let posts: Vec<_> =
            posts.into_iter().map(|said| Post::new(&visit.source, said, heard)).collect();
        for batch in posts.chunks(POSTS_A_BATCH) {
            let kept = self.store.keep(batch)?;
            fresh += kept.new;
            counts.add(kept);
        }
        if let Outcome::Read { new, .. } = &mut visit.outcome {
            *new = fresh;
        }
        memory.last = Some(visit.clone());
        Ok((visit, memory))
    }

    /// Keeps what the round has learnt of hosts, and what it counted there.
    fn keep_hosts(&self) -> Result<(), PipelineError> {
        for hosts in batches(self.visitor.http.changed_hosts()) {
            self.store.remember_hosts(&hosts)?;
        }
        Ok(())
    }
}

/// What is to be remembered of hosts, a transaction each. What was counted at the forgotten is counted
/// of all others, who have no name: with both, or with neither.
fn batches(changed: Vec<(String, Option<HostMemory>)>) -> Vec<Vec<(String, Option<HostMemory>)>> {
    let (with_the_forgotten, rest): (Vec<_>, Vec<_>) =
        changed.into_iter().partition(|(host, memory)| memory.is_none() || host.is_empty());
    let batches = rest.chunks(HOSTS_A_BATCH).map(<[_]>::to_vec);
    let first = Some(with_the_forgotten).filter(|hosts| !hosts.is_empty());
    first.into_iter().chain(batches).collect()
}

/// Whether posts of a visit hide, once they are known, what it could not read.
fn owes(visited: &Visited) -> bool {
    !visited.posts.is_empty() && (visited.memory.gap || !visited.memory.unread.is_empty())
}

/// What was remembered `before` a visit, with what is owed `after` it: it vouches for nothing.
fn owing_only(before: Memory, after: &Memory) -> Memory {
    let before = match &after.start {
        Some(start) => before.for_start(start.clone()),
        None => before,
    };
    Memory {
        validators: Validators::default(),
        body_hash: None,
        gap: before.gap || after.gap,
        unread: after.unread.clone(),
        ..before
    }
}

/// The visits that are kept together: this one, and of those that wait as many as there is room for.
fn group_of(first: Visited, mut next: impl FnMut() -> Option<Visited>) -> Vec<Visited> {
    let mut posts = first.posts.len();
    let mut group = vec![first];
    while posts < POSTS_A_GROUP
        && group.len() <= VISITED_WAITING
        && let Some(visited) = next()
    {
        posts += visited.posts.len();
        group.push(visited);
    }
    group
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::post::Said;

    fn visited(posts: usize) -> Visited {
        let (source, outcome) = ("a".parse().unwrap(), Outcome::Unchanged);
        Visited {
            visit: Visit { source, at: Timestamp::UNIX_EPOCH, requests: 1, bytes: 0, outcome },
            posts: vec![Said::default(); posts],
            skipped: Vec::new(),
            memory: Memory::default(),
        }
    }

    #[test]
    fn the_counts_of_forgotten_hosts_are_kept_with_their_being_forgotten() {
        let forgotten = (0..150).map(|n| (format!("a{n}"), None));
        let known = ["", "b"].map(|host| (host.to_owned(), Some(HostMemory::default())));
        let batches = batches(forgotten.chain(known).collect());
        let sizes: Vec<usize> = batches.iter().map(Vec::len).collect();
        assert_eq!(sizes, [151, 1]);
        assert!(batches[0].iter().any(|(host, _)| host.is_empty()));
    }

    #[test]
    fn a_group_is_full_by_its_posts_or_by_its_visits() {
        let of = |posts: usize| group_of(visited(posts), || Some(visited(posts))).len();
        assert_eq!(of(POSTS_A_GROUP), 1);
        assert_eq!(of(900), 3);
        assert_eq!(of(0), VISITED_WAITING + 1);
        assert_eq!(group_of(visited(1), || None).len(), 1);
    }
}
