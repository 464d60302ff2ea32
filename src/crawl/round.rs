//! A round: every source that is due, many at a time, one at a time a host.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use url::Url;

use super::hosts::host_key;
use super::moves::adopted;
use super::schedule::host_quiet_until;
use super::visit::{Due, Visited, Visitor};
use crate::adapters::Adapter;
use crate::visit::{Failure, FailureKind, Memory, Visit};

/// Hosts visited at the same time, unless an operator says otherwise: enough that a handful of slow
/// ones does not hold up a round, few enough for a small server.
pub const HOSTS_AT_A_TIME: usize = 16;

/// Hosts that may be slow at the same time, beside those: they give their place to others, and each
/// may still hold a body in memory.
const SLOW_HOSTS: usize = 32;

/// After this long a round begins no further visit: a morning's digest is worth more with most
/// sources than late with all. With the visits under way it lasts a few minutes longer
/// ([`super::visit::VISIT_LIMIT`]). By the clock that says what is due, since both decide when a
/// source is asked.
pub const ROUND_LIMIT: SignedDuration = SignedDuration::from_mins(15);

impl Visitor {
    /// Takes up the quiet that the host of this source asked for before this process began. Call it
    /// for every source, due or not, before [`Visitor::visit_all`]: what one was told holds for all.
    ///
    /// `memory` is the one that was stored: it was the host it speaks of that asked.
    pub async fn keep_quiet(&self, adapter: &dyn Adapter, memory: &Memory) {
        if let Some(until) = host_quiet_until(memory).filter(|until| *until > self.clock.now()) {
            let before = memory.start.as_ref().and_then(|start| Url::parse(&start.url).ok());
            let url = before.unwrap_or_else(|| adapter.start().url);
            self.http.leave_alone(&url, until).await;
        }
    }

    /// Visits every source that is due and hands each on as soon as it is done; ends when all are,
    /// when [`ROUND_LIMIT`] has passed, or when nobody listens any more. What was not visited by
    /// then is still due, and comes first the next time.
    ///
    /// Run it as a task of its own: while `visited` is full it waits, and it must not be kept from
    /// running by whoever empties it.
    pub async fn visit_all(&self, due: Vec<Due>, at_a_time: usize, visited: mpsc::Sender<Visited>) {
        let (visited, left) = (&visited, &AtomicUsize::new(0));
        let places = &Semaphore::new(at_a_time.max(1));
        let now = self.clock.now();
        let until = now.checked_add(ROUND_LIMIT).unwrap_or(Timestamp::MAX);
        // The one place where fetches run side by side. The sources of one host follow each other
        // within one of them, so that a slow host with many sources holds up one place, not all.
        let hosts: Vec<_> =
            by_host(due, now).map(|due| (due, self.http.silence.host_left())).collect();
        stream::iter(hosts)
            .for_each_concurrent(at_a_time.max(1) + SLOW_HOSTS, |(sources, not_done)| async move {
                let place = places.acquire().await;
                let mut visiting = pin!(self.visit_host(sources, until, visited));
                let silence = self.http.settings().silence();
                let unvisited = if let Ok(unvisited) = timeout(silence, &mut visiting).await {
                    unvisited
                } else {
                    drop(place);
                    visiting.await
                };
                drop(not_done);
                left.fetch_add(unvisited, Ordering::Relaxed);
            })
            .await;
        let left = left.load(Ordering::Relaxed);
        if left > 0 {
            tracing::warn!(sources = left, "the round took too long: they are read in the next");
        }
    }

    /// Whether a round under way has nothing left but hosts that were asked and say nothing.
    #[must_use]
    pub fn waits_for_silence_only(&self) -> bool {
        self.http.silence.is_all_that_is_left()
    }

    /// Visits the sources of one host, one after the other; how many there was no time for.
    async fn visit_host(
        &self,
        due: Vec<Due>,
        until: Timestamp,
        visited: &mpsc::Sender<Visited>,
    ) -> usize {
        let mut silence = None;
        let mut due = due.into_iter();
        while self.clock.now() < until {
            let Some(due) = due.next() else {
                return 0;
            };
            let done = match &silence {
                Some(failure) => self.leave_out(due, failure),
                None => self.visit(due).await,
            };
            if silence.is_none() {
                silence = silence_of_host(&done.visit);
            }
            if visited.send(done).await.is_err() {
                return 0;
            }
        }
        due.len()
    }
}

/// Why nobody answers at the host where a visit began, if that is how it ended.
fn silence_of_host(visit: &Visit) -> Option<Failure> {
    use FailureKind as Kind;
    let failure = visit.outcome.failure()?;
    let is_silence = matches!(failure.kind, Kind::Dns | Kind::Connect | Kind::Timeout);
    // After an answer, it was another host or another page that failed: a redirect, robots.txt.
    (is_silence && visit.requests == 1).then(|| Failure {
        sentence: format!(
            "not asked, because another source at the same host had just failed: {}",
            failure.sentence
        ),
        ..failure.clone()
    })
}

/// The sources that begin at each host, those first that have waited longest: of the hosts as of the
/// sources within one.
fn by_host(due: Vec<Due>, now: Timestamp) -> impl Iterator<Item = Vec<Due>> {
    let mut hosts: BTreeMap<String, Vec<Due>> = BTreeMap::new();
    for due in due {
        let begins = adopted(&due.memory, now).unwrap_or_else(|| due.adapter.start().url);
        hosts.entry(host_key(&begins)).or_default().push(due);
    }
    let mut hosts: Vec<Vec<Due>> = hosts.into_values().collect();
    for sources in &mut hosts {
        sources.sort_by_key(|due| due.memory.next_visit);
    }
    hosts.sort_by_key(|sources| sources.first().map(|due| due.memory.next_visit));
    hosts.into_iter()
}
