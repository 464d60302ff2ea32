//! A source under a new name: what was read a moment ago under its old one is not polled again.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::config::Listened;
use crate::crawl::waiting::sooner;
use crate::store::{Store, StoreError};
use crate::visit::{FailureKind, Memory};

/// When each address may be asked again, as far as sources of any name have read it.
pub(super) struct ReadBefore<'a> {
    store: &'a dyn Store,
    /// By kind and first URL; read when it is needed first.
    next_visits: Option<HashMap<(String, String), Timestamp>>,
}

impl<'a> ReadBefore<'a> {
    /// What this store knows.
    pub(super) fn of(store: &'a dyn Store) -> Self {
        Self { store, next_visits: None }
    }

    /// The memory of a source that has none: empty, but not due before its address is.
    pub(super) fn memory_for(&mut self, listened: &Listened) -> Result<Memory, StoreError> {
        let next_visits = match &mut self.next_visits {
            Some(known) => known,
            unread => unread.insert(next_visits(self.store)?),
        };
        let start = (listened.source.kind.to_owned(), listened.adapter.start().url.into());
        Ok(Memory { next_visit: next_visits.get(&start).copied(), ..Memory::default() })
    }
}

fn next_visits(store: &dyn Store) -> Result<HashMap<(String, String), Timestamp>, StoreError> {
    let mut next_visits = HashMap::new();
    for (_, memory) in store.memories()? {
        let next = next_visit(&memory);
        // What is retired has a date far away, which is no wish of its server's.
        if let (Some(start), Some(next), false) = (memory.start, next, memory.retired) {
            let known = next_visits.entry((start.kind, start.url)).or_insert(next);
            *known = next.max(*known);
        }
    }
    Ok(next_visits)
}

/// When its address may be asked again: our own patience with its failures is not passed on, for a new
/// name may be a person's answer to them.
fn next_visit(memory: &Memory) -> Option<Timestamp> {
    let next = memory.next_visit?;
    let Some(last) = &memory.last else { return Some(next) };
    let Some(failure) = last.outcome.failure() else { return Some(next) };
    if failure.retry_after.is_some() || failure.kind == FailureKind::Busy {
        return Some(next);
    }
    Some(sooner(memory, last).min(next))
}
