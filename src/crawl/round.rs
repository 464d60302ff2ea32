//! A round: every source that is due, many at a time, one at a time a host.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use tokio::sync::mpsc;
use url::Url;

use super::hosts::host_key;
use super::schedule::host_quiet_until;
use super::visit::{Due, Visited, Visitor};
use crate::adapters::Adapter;
use crate::visit::Memory;

/// Hosts visited at the same time, unless an operator says otherwise: enough that a handful of slow
/// ones does not hold up a round, few enough for a small server.
pub const HOSTS_AT_A_TIME: usize = 16;

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
    /// or when nobody listens any more.
    ///
    /// Run it as a task of its own: while `visited` is full it waits, and it must not be kept from
    /// running by whoever empties it.
    pub async fn visit_all(&self, due: Vec<Due>, at_a_time: usize, visited: mpsc::Sender<Visited>) {
        let visited = &visited;
        // The one place where fetches run side by side. The sources of one host follow each other
        // within one of them, so that a slow host with many sources holds up one place, not all.
        stream::iter(by_host(due))
            .for_each_concurrent(at_a_time.max(1), |sources| async move {
                for due in sources {
                    let done = self.visit(due).await;
                    if visited.send(done).await.is_err() {
                        return;
                    }
                }
            })
            .await;
    }
}

/// The sources that begin at each host; within a host, those that have waited longest come first.
fn by_host(due: Vec<Due>) -> impl Iterator<Item = Vec<Due>> {
    let mut hosts: BTreeMap<String, Vec<Due>> = BTreeMap::new();
    for due in due {
        hosts.entry(host_key(&due.adapter.start().url)).or_default().push(due);
    }
    hosts.into_values().map(|mut sources| {
        sources.sort_by_key(|due| due.memory.next_visit);
        sources
    })
}
