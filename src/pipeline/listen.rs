//! Listening: what is due is visited, and one writer keeps what comes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::block_in_place;
use tokio::time::timeout;

use super::renamed::ReadBefore;
use super::{Event, KeptCounts, Pipeline, PipelineError, Summary};
use crate::crawl::round::HOSTS_AT_A_TIME;
use crate::crawl::schedule;
use crate::crawl::visit::{Due, Visited};
use crate::post::Post;
use crate::source::SourceId;
use crate::visit::{FailureKind, Outcome, Visit};

/// Posts kept in one transaction: what DESIGN.md §5 measured.
const POSTS_A_BATCH: usize = 100;

/// Hosts remembered in one transaction.
const HOSTS_A_BATCH: usize = 100;

/// What is remembered of hosts is stored after so many visits, and at the end: what a crash takes of
/// it is a few counts.
const VISITS_BEFORE_HOSTS: usize = 50;

/// How often it is looked whether all that is left of a round is silence.
const LOOK: Duration = Duration::from_millis(100);

/// Visits that wait for the writer: fetching stops when it falls behind.
const VISITED_WAITING: usize = 32;

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
        let mut told = Told::NotYet;
        loop {
            let Ok(next) = timeout(LOOK, visited.recv()).await else {
                if told == Told::NotYet && self.visitor.waits_for_silence_only() {
                    told = Told::Meanwhile;
                    let silent: Vec<SourceId> = waiting.iter().cloned().collect();
                    meanwhile(summary, &silent)?;
                }
                continue;
            };
            let Some(visited) = next else { return Ok(told) };
            waiting.remove(&visited.visit.source);
            (self.watch)(Event::Visited { source: &visited.visit.source });
            let visit = block_in_place(|| self.keep(visited, &mut summary.kept))?;
            let failure = visit.outcome.failure().map(|failure| failure.kind);
            summary.visits.push(visit);
            let is_time = summary.visits.len().is_multiple_of(VISITS_BEFORE_HOSTS);
            if is_time || failure == Some(FailureKind::Busy) {
                block_in_place(|| self.keep_hosts())?;
            }
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
            if schedule::is_due(&memory, now) {
                due.push(Due {
                    source: listened.source.clone(),
                    adapter: Arc::clone(&listened.adapter),
                    listing: listened.listing,
                    memory,
                });
            } else {
                summary.not_due += 1;
            }
        }
        Ok(due)
    }

    /// Keeps what one visit brought: first the posts, and only then the validators that vouch for
    /// them (invariant 3).
    fn keep(&self, visited: Visited, counts: &mut KeptCounts) -> Result<Visit, PipelineError> {
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
        self.store.remember(&[(visit.source.clone(), memory)])?;
        Ok(visit)
    }

    /// Keeps what the round has learnt of hosts, and what it counted there.
    fn keep_hosts(&self) -> Result<(), PipelineError> {
        for hosts in self.visitor.http.changed_hosts().chunks(HOSTS_A_BATCH) {
            self.store.remember_hosts(hosts)?;
        }
        Ok(())
    }
}
